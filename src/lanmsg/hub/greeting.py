"""From a stranger's first frame to a device that is logged in: `hello`, `enrol`, `login`."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import structlog

from lanmsg.hub.jobs import EnrolJob, LoginDone, LoginJob, Outcome
from lanmsg.hub.logs import Log
from lanmsg.hub.receipts import wants_all_receipts
from lanmsg.hub.session import Session, SessionState
from lanmsg.hub.settings_book import BANNED_TEXT
from lanmsg.wire import ids
from lanmsg.wire.directory import Person
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import Enrol, Enrolled, Head, Hello, Login, Welcome
from lanmsg.wire.ids import DeviceId, UserId
from lanmsg.wire.limits import MAX_FRAME_BYTES, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION
from lanmsg.wire.statements import UserStatement, login_bytes, verify

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub

log = structlog.get_logger("lanmsg.hub")


def handle_hello(hub: "Hub", session: Session, frame: Hello) -> None:
    """Agree on a version."""
    if frame.version > PROTOCOL_VERSION:
        raise RemoteError(
            Code.PROTOCOL_TOO_NEW, f"this hub speaks version {PROTOCOL_VERSION}: update the hub"
        )
    if frame.version < OLDEST_PROTOCOL_VERSION:
        raise RemoteError(
            Code.PROTOCOL_TOO_OLD, f"this hub needs version {OLDEST_PROTOCOL_VERSION}: update the client"
        )
    session.version = frame.version
    session.client_nonce = frame.nonce
    session.state = SessionState.KNOWN


def handle_enrol(hub: "Hub", session: Session, frame: Enrol) -> None:
    """Queue the enrolment; frames behind it wait for its outcome."""
    hub.pace.limit_enrolments()
    _check_may_enrol(hub, session, frame.user)
    session.wait()
    job = EnrolJob(frame, hub.now_ms(), hub.settings.invite_only)
    hub.queue.put(job, partial(_enrolled, hub, session, frame))


def _check_may_enrol(hub: "Hub", session: Session, user: UserStatement) -> None:
    """Refuse the banned, and keep an admin's name for who is at the hub's own machine."""
    if hub.published.directory.named(user.handle) is not None:
        _check_not_banned(hub, user.handle)
    elif user.handle in hub.settings.admins and not session.link.is_same_machine:
        raise Refusal(
            Code.NAME_TAKEN,
            f"the name {user.handle} is kept for an admin of this hub, who takes it on the hub's own machine",
        )


def _check_not_banned(hub: "Hub", handle: str) -> None:
    if handle in hub.settings.banned:
        raise Refusal(Code.BANNED, BANNED_TEXT)


def _enrolled(hub: "Hub", session: Session, frame: Enrol, outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        hub.pace.count_failed_invite(outcome)
        session.refuse(outcome)
    else:
        log.info("enrolled", user=frame.user.user.hex(), device=frame.device.device.hex())
        known = hub.published.directory.person(frame.user.user)  # the answer to an earlier try was lost
        session.send(Enrolled(known.handle if known is not None else frame.user.handle))
    hub.after_publication(session.resume)


def handle_login(hub: "Hub", session: Session, frame: Login) -> None:
    """Check who it is, then look up what `welcome` tells them."""
    device = hub.published.directory.device(frame.device)
    if hub.published.directory.is_revoked(frame.device):
        raise Refusal(Code.REVOKED_DEVICE, "this device was cut off")
    if device is None:
        raise Refusal(Code.UNKNOWN_DEVICE, "this hub does not know this device")
    signed = login_bytes(
        hub=hub.hub_id,
        certificate_hash=session.link.certificate_hash,
        hub_nonce=session.hub_nonce,
        client_nonce=session.client_nonce,
        device=frame.device,
        version=session.version,
    )
    verify(device.signing_key, frame.signature, signed)
    owner = hub.published.directory.owner(frame.device)
    if owner is not None:
        _check_not_banned(hub, owner.handle)
    session.wait()
    hub.displace(frame.device)
    logs = [] if owner is None else [log.log for log in _logs_of(hub, owner.user)]
    hub.queue.put(LoginJob(frame.device, logs), partial(_login_read, hub, session, frame))


def _logs_of(hub: "Hub", user: UserId) -> list[Log]:
    return [*hub.published.logs.of_user(user), *hub.published.logs.left_by(user)]


def _login_read(hub: "Hub", session: Session, frame: Login, outcome: Outcome) -> None:
    if session.state is SessionState.CLOSED:
        return
    owner = hub.published.directory.owner(frame.device)
    if (
        not isinstance(outcome, LoginDone)
        or owner is None
        or hub.published.directory.is_revoked(frame.device)
    ):
        session.close(Code.REVOKED_DEVICE, "this device was cut off", retry_after_ms=-1)
        return
    if owner.handle in hub.settings.banned:  # meanwhile
        session.close(Code.BANNED, BANNED_TEXT, retry_after_ms=-1)
        return
    _welcome(hub, session, owner, frame.device, outcome)
    session.resume()


def _welcome(hub: "Hub", session: Session, person: Person, device: DeviceId, found: LoginDone) -> None:
    """Register a device that logged in, and send where everything stands, in one step.

    No entry can fall between: what is published from here on is sent live.
    """
    hub.displace(device)
    session.logged_in(device, person.user)
    session.rates = hub.pace.rates_of(device)
    if hub.gate is not None:
        hub.gate.authenticated(session.link.remote)
    session.link.set_max_frame_bytes(MAX_FRAME_BYTES)
    hub.fan_out.add(session)
    inbox = ids.inbox_log(hub.published.database, device)
    acknowledged = hub.receipts.cursor(inbox, device)
    heads = hub.published.heads(session, {**found.counters, inbox: acknowledged})
    heads += hub.published.last_heads(session, found.counters, hub.receipts.cursor)
    session.send(_welcome_frame(hub, person, found, log_count=len(heads)))
    session.send_heads(heads)
    hub.presence.connected(person.user)
    hub.fan_out.send_apart(session.outgoing, hub.presence.newcomer_frames())
    _send_known_receipts(hub, session, heads)
    log.info("connected", device=device.hex(), user=person.user.hex(), remote=session.link.remote)


def _welcome_frame(hub: "Hub", person: Person, found: LoginDone, *, log_count: int) -> Welcome:
    return Welcome(
        hub=hub.hub_id,
        user=person.user,
        handle=person.handle,
        now_ms=hub.now_ms(),
        stock=found.stock,
        log_count=log_count,
        has_fallback_key=found.has_fallback_key,
        messages_per_second=hub.settings.messages_per_second,
        messages_burst=hub.settings.messages_burst,
        notice=hub.settings.notice,
    )


def _send_known_receipts(hub: "Hub", session: Session, heads: Iterable[Head]) -> None:
    for head in heads:
        if wants_all_receipts(LogKind(head.kind)):
            receipts = hub.receipts.of_log(head.log, but=session.device)
            if receipts is not None:
                session.send(receipts)
