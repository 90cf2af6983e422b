"""What each frame of a client does: one small handler per frame, found through one table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from lanmsg.hub.admin import handle_admin
from lanmsg.hub.fan_out import SLICE_CONNECTIONS
from lanmsg.hub.greeting import handle_enrol, handle_hello, handle_login
from lanmsg.hub.jobs import (
    AppendDone,
    AppendJob,
    ClaimDone,
    ClaimJob,
    InviteJob,
    Job,
    OpenDirectJob,
    OpenGroupJob,
    Outcome,
    PublishJob,
    StockDone,
)
from lanmsg.hub.now import handle_set_status, handle_signal
from lanmsg.hub.pairings import handle_store_pairing, handle_take_pairing
from lanmsg.hub.reading import handle_fetch, handle_fetch_members
from lanmsg.hub.receipts import wants_all_receipts
from lanmsg.hub.session import Session, SessionState
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_as, decode_message_body, decode_olm_body, encode_frame
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.entries import EntryKind, LogKind, MessageBody
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import (
    Ack,
    Admin,
    Append,
    Appended,
    ClaimedKeys,
    ClaimKeys,
    ClientFrame,
    CreateInvite,
    Enrol,
    Fetch,
    FetchMembers,
    Heads,
    Hello,
    InviteCreated,
    Login,
    OpenDirect,
    OpenGroup,
    Ping,
    Pong,
    PublishKeys,
    SetStatus,
    Share,
    Shares,
    Signal,
    Stock,
    StorePairing,
    TakePairing,
)
from lanmsg.wire.limits import (
    INVITE_LIFETIME_S,
    MAX_DEVICE_MESSAGE_BYTES,
    MAX_SHARES,
    ONE_TIME_KEYS_LOW,
)
from lanmsg.wire.statements import MembersStatement, RevokeStatement, RoomStatement

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub

F = TypeVar("F", bound=ClientFrame)

_LIMITED_AS_STATEMENTS = frozenset({EntryKind.ROOM, EntryKind.MEMBERS})
"""What a device may append less often than messages."""

CLOCK_SLACK_MS = 60_000
"""How much longer than `INVITE_LIFETIME_S` an invite may seem to live: clocks differ."""


# --- logs ------------------------------------------------------------------------------------


def handle_append(hub: "Hub", session: Session, frame: Append) -> None:
    """Check form and rate, then leave the rest to the log writer."""
    extra = session.take_shares(frame.message_id)
    try:
        hub.pace.limit_appends(session.rates, session.received_at_s)
        job = _append_job(hub, session, frame, extra)
    except Refusal as refusal:
        session.refuse(refusal, message_id=frame.message_id)
        return
    done = partial(_appended, session, frame)
    log_appended = hub.published.logs.get(frame.log)
    if log_appended is not None and log_appended.kind is LogKind.EVERYONE:
        hub.queue.put_for_crowd(job, done, readers=len(hub.fan_out))
    elif log_appended is not None and len(log_appended.members) > SLICE_CONNECTIONS:  # a large room
        hub.queue.put_for_crowd(job, done, readers=len(log_appended.members))
    else:
        hub.queue.put(job, done)


def _append_job(hub: "Hub", session: Session, frame: Append, extra: list[Share]) -> AppendJob:
    body: MessageBody | None = None
    statement: RevokeStatement | RoomStatement | None = None
    members: MembersStatement | None = None
    match frame.kind:
        case EntryKind.MESSAGE:
            body = decode_message_body(frame.body)
        case EntryKind.REVOKE:
            statement = _revoke_statement(session, frame)
        case EntryKind.ROOM:
            statement = _room_statement(session, frame)
            hub.pace.limit_statements(session.rates)
        case EntryKind.MEMBERS:
            members = decode_as(MembersStatement, frame.body, "a change of members")
            hub.pace.limit_statements(session.rates)
        case EntryKind.DEVICE_MESSAGE:
            decode_olm_body(frame.body)
            if len(frame.body) > MAX_DEVICE_MESSAGE_BYTES:
                raise Refusal(Code.TOO_LARGE, f"at most {MAX_DEVICE_MESSAGE_BYTES} bytes fit")
        case _:
            raise Refusal(Code.MALFORMED, f"nobody appends entries of kind {frame.kind}")
    if frame.shares or extra:
        frame = Append(frame.message_id, frame.log, frame.kind, frame.body, [*extra, *frame.shares])
        if frame.kind != EntryKind.MESSAGE:
            raise Refusal(Code.MALFORMED, "shares come with messages only")
        if len(frame.shares) > MAX_SHARES:
            raise Refusal(Code.TOO_LARGE, f"at most {MAX_SHARES} shares belong to one message")
    return AppendJob(session.device, session.user, frame, hub.now_ms(), body, statement, members)


def _revoke_statement(session: Session, frame: Append) -> RevokeStatement:
    statement = decode_statement(frame.kind, frame.body)
    if not isinstance(statement, RevokeStatement) or statement.user != session.user:
        raise Refusal(Code.NOT_A_MEMBER, "only the owner of a device revokes it")
    if statement.by != session.device:
        raise Refusal(Code.NOT_A_MEMBER, "a revocation is sent by the device that signed it")
    return statement


def _room_statement(session: Session, frame: Append) -> RoomStatement:
    statement = decode_statement(frame.kind, frame.body)
    if not isinstance(statement, RoomStatement) or statement.device != session.device:
        raise Refusal(Code.NOT_A_MEMBER, "a room's record is sent by the device that signed it")
    return statement


def _appended(session: Session, frame: Append, outcome: Outcome) -> None:
    if isinstance(outcome, AppendDone):
        session.send(Appended(frame.message_id, outcome.log, outcome.seq, outcome.hash))
        return
    if frame.kind in _LIMITED_AS_STATEMENTS:
        session.rates.statements.give_back()
    if isinstance(outcome, Refusal):
        session.refuse(outcome, message_id=frame.message_id)
    else:
        raise AssertionError(outcome)


def handle_shares(hub: "Hub", session: Session, frame: Shares) -> None:
    """Hold shares for the append that follows."""
    session.hold_shares(frame)


def handle_ack(hub: "Hub", session: Session, frame: Ack) -> None:
    """Move the device's cursor; tell the authors, or forget what an inbox held."""
    found = hub.published.logs.get(frame.log)
    span = hub.published.span(session, frame.log)
    if found is None or span is None:
        raise Refusal(Code.UNKNOWN_LOG, "you read no such conversation here")
    seq = min(frame.seq, found.seq if span.end is None else span.end)
    before = hub.receipts.advance(frame.log, session.device, seq)
    if seq <= before:
        return
    if found.kind is LogKind.INBOX:
        hub.prune_later(frame.log, seq)
    elif wants_all_receipts(found.kind):
        listeners = (reader.device for user in found.members for reader in hub.fan_out.of_user(user))
        hub.receipts.tell((d for d in listeners if d != session.device), frame.log, session.device, seq)
    elif found.kind in {LogKind.EVERYONE, LogKind.ROOM}:
        authors = hub.receipts.authors(frame.log, before, seq) - {session.device}
        hub.receipts.tell(authors, frame.log, session.device, seq)


def handle_open_direct(hub: "Hub", session: Session, frame: OpenDirect) -> None:
    """Create a direct conversation if need be, and answer with its head."""
    done = partial(_opened, hub, session, 0)
    _put_request(hub, session, OpenDirectJob(session.user, frame.peer), done)


def handle_open_group(hub: "Hub", session: Session, frame: OpenGroup) -> None:
    """Create a group if need be, and answer with its head."""
    try:
        hub.pace.limit_statements(session.rates)
    except Refusal as refusal:
        session.refuse(refusal, request=frame.request)
        return
    done = partial(_opened, hub, session, frame.request)
    _put_request(hub, session, OpenGroupJob(session.user, frame.users), done)


def _opened(hub: "Hub", session: Session, request: int, outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        session.refuse(outcome, request=request)
        return
    opened = cast("ids.LogId", outcome.log)  # type: ignore[union-attr]
    if opened in hub.published.logs:  # a new one is announced to all of its members when it is published
        session.send(Heads([hub.published.head(session, opened)]))


def _put_request(hub: "Hub", session: Session, job: Job, done: Callable[[Outcome], None]) -> None:
    """Queue a job that no rate limits."""
    session.request_queued()
    hub.queue.put(job, partial(_request_answered, session, done))


def _request_answered(session: Session, done: Callable[[Outcome], None], outcome: Outcome) -> None:
    session.request_answered()
    done(outcome)


# --- keys, invites, life ---------------------------------------------------------------------


def handle_claim_keys(hub: "Hub", session: Session, frame: ClaimKeys) -> None:
    """Hand out one key a device, for devices that are in the directory."""
    try:
        hub.pace.limit_claims(session.rates)
        _check_claim(hub, frame)
    except Refusal as refusal:
        session.refuse(refusal, request=frame.request)
        return
    _put_request(hub, session, ClaimJob(frame), partial(_claimed, hub, session, frame))


def _check_claim(hub: "Hub", frame: ClaimKeys) -> None:
    if len(set(frame.devices)) < len(frame.devices):  # or one request could drain a device's stock
        raise Refusal(Code.MALFORMED, "one key of each device is enough")
    if any(hub.published.directory.device(device) is None for device in frame.devices):
        raise Refusal(Code.UNKNOWN_DEVICE, "one of the devices is not (or no longer) here: catch up")


def _claimed(hub: "Hub", session: Session, frame: ClaimKeys, outcome: Outcome) -> None:
    if not isinstance(outcome, ClaimDone):
        raise AssertionError(outcome)
    session.send(ClaimedKeys(frame.request, outcome.keys))
    for device, stock in outcome.stocks.items():
        owner = hub.fan_out.device(device)
        if stock < ONE_TIME_KEYS_LOW and owner is not None:
            hub.fan_out.send(owner.outgoing, encode_frame(Stock(stock)))


def handle_publish_keys(hub: "Hub", session: Session, frame: PublishKeys) -> None:
    """Keep a device's keys. Whoever claims one checks its signature; a false one harms its owner only."""
    _put_request(hub, session, PublishJob(session.device, frame), partial(_published, session))


def _published(session: Session, outcome: Outcome) -> None:
    if not isinstance(outcome, StockDone):
        raise AssertionError(outcome)
    session.send(Stock(outcome.count, is_answer=True))


def handle_create_invite(hub: "Hub", session: Session, frame: CreateInvite) -> None:
    """Keep the hash of a secret that the client made."""
    latest_ms = hub.now_ms() + INVITE_LIFETIME_S * 1000 + CLOCK_SLACK_MS
    if frame.expires_at_ms > latest_ms:
        refusal = Refusal(Code.TOO_LARGE, f"an invite lives {INVITE_LIFETIME_S // 3600} hours at most")
        session.refuse(refusal, request=frame.request)
        return
    done = partial(_invite_created, session, frame)
    _put_request(hub, session, InviteJob(frame, hub.now_ms()), done)


def _invite_created(session: Session, frame: CreateInvite, outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        session.refuse(outcome, request=frame.request)
    else:
        session.send(InviteCreated(frame.request))


def handle_ping(hub: "Hub", session: Session, frame: Ping) -> None:
    """Answer."""
    session.send(Pong(frame.token))


# --- the table -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A handler, and the only state in which its frame may come."""

    handler: Callable[["Hub", Session, ClientFrame], None]
    state: SessionState


def _command(handler: Callable[["Hub", Session, F], None], state: SessionState) -> Command:
    return Command(cast('Callable[["Hub", Session, ClientFrame], None]', handler), state)


COMMANDS: dict[type[ClientFrame], Command] = {
    Hello: _command(handle_hello, SessionState.GREETING),
    Enrol: _command(handle_enrol, SessionState.KNOWN),
    Login: _command(handle_login, SessionState.KNOWN),
    Append: _command(handle_append, SessionState.LOGGED_IN),
    Shares: _command(handle_shares, SessionState.LOGGED_IN),
    Fetch: _command(handle_fetch, SessionState.LOGGED_IN),
    Ack: _command(handle_ack, SessionState.LOGGED_IN),
    ClaimKeys: _command(handle_claim_keys, SessionState.LOGGED_IN),
    PublishKeys: _command(handle_publish_keys, SessionState.LOGGED_IN),
    OpenDirect: _command(handle_open_direct, SessionState.LOGGED_IN),
    OpenGroup: _command(handle_open_group, SessionState.LOGGED_IN),
    FetchMembers: _command(handle_fetch_members, SessionState.LOGGED_IN),
    CreateInvite: _command(handle_create_invite, SessionState.LOGGED_IN),
    StorePairing: _command(handle_store_pairing, SessionState.LOGGED_IN),
    TakePairing: _command(handle_take_pairing, SessionState.KNOWN),
    Admin: _command(handle_admin, SessionState.LOGGED_IN),
    Ping: _command(handle_ping, SessionState.LOGGED_IN),
    SetStatus: _command(handle_set_status, SessionState.LOGGED_IN),
    Signal: _command(handle_signal, SessionState.LOGGED_IN),
}


def run_command(hub: "Hub", session: Session, frame: ClientFrame) -> None:
    """Do what a frame asks.

    Raises:
        RemoteError: PROTOCOL, for a frame that may not come now.
        Refusal: to be told to the client; nothing was done.
    """
    command = COMMANDS[type(frame)]
    if session.state is not command.state:
        name = type(frame).__name__.lower()
        raise RemoteError(Code.PROTOCOL, f"{name} may not come now ({session.state.name.lower()})")
    command.handler(hub, session, frame)
