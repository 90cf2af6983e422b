"""What clients fetch: pages of logs and MEMBERS entries, one after the other for each connection."""

from functools import partial
from typing import TYPE_CHECKING

from lanmsg.hub.jobs import MembersPage, Page, ReadJob, ReadMembersJob
from lanmsg.hub.session import Session, SessionState
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import Fetch, FetchMembers, Heads, Members

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub


def handle_fetch(hub: "Hub", session: Session, frame: Fetch) -> None:
    """Read a page when its turn comes, from where this reader's part of the log begins."""
    span = hub.published.span(session, frame.log)
    if span is None:
        raise Refusal(Code.UNKNOWN_LOG, "you read no such conversation here")
    after = max(frame.after, span.base)
    if span.end is not None and after >= span.end:
        raise Refusal(Code.NOT_A_MEMBER, "you are not in this room any more: a member may invite you")
    session.hold_fetch(ReadJob(frame.log, after))
    start_fetch(hub, session)


def handle_fetch_members(hub: "Hub", session: Session, frame: FetchMembers) -> None:
    """Read a page of a room's MEMBERS entries, for who is in it now; for who was, those until they left."""
    found, span = hub.published.logs.get(frame.log), hub.published.span(session, frame.log)
    if found is None or found.kind is not LogKind.ROOM or span is None:
        raise Refusal(Code.UNKNOWN_LOG, "you are in no such room here")
    if span.end is not None and frame.seq > span.end:
        raise Refusal(Code.NOT_A_MEMBER, "you are not in this room any more: a member may invite you")
    session.hold_fetch(ReadMembersJob(frame.log, frame.seq))
    start_fetch(hub, session)


def start_fetch(hub: "Hub", session: Session) -> None:
    """Read the page whose turn it is, if any."""
    job = session.next_fetch()
    if job is not None:
        hub.queue.put_read(job, partial(_page_read, hub, session))


def _page_read(hub: "Hub", session: Session, page: Page | MembersPage) -> None:
    session.fetched()
    if session.state is SessionState.CLOSED:
        return
    try:
        if isinstance(page, Page):
            _send_page(hub, session, page)
        elif _may_read_members(hub, session, page):
            session.send(Members(page.log, page.seq, [*page.items]))
    except Refusal as refusal:
        session.refuse(refusal)
    start_fetch(hub, session)


def _may_read_members(hub: "Hub", session: Session, page: MembersPage) -> bool:
    span = hub.published.span(session, page.log)
    return span is not None and (span.end is None or page.seq <= span.end)


def _send_page(hub: "Hub", session: Session, page: Page) -> None:
    """Send what of a page is theirs to read now: who reads may have changed since it was asked for."""
    span, run, entries = hub.published.span(session, page.log), page.run, page.run.entries
    if span is None or run.first_seq <= span.base:
        raise Refusal(Code.NOT_A_MEMBER, "what you asked for is not yours to read any more")
    if span.end is not None:
        entries = entries[: max(span.end + 1 - run.first_seq, 0)]
    if run.first_seq > page.after + 1 and hub.published.logs[page.log].kind is not LogKind.INBOX:
        session.send(Heads([hub.published.head(session, page.log)]))  # first: what is between is gone
    frames = hub.publisher.encode_run(page.log, run.first_seq, run.previous, entries, head=span.end)
    for data in frames:
        hub.fan_out.send(session.outgoing, data)
