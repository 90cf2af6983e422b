"""From a stranger's first frame to a device that is logged in: `hello`, `enrol`, `login`."""

from functools import partial
from typing import TYPE_CHECKING

import structlog

from lanmsg.hub.jobs import EnrolJob, LoginDone, LoginJob, Outcome
from lanmsg.hub.logs import Log
from lanmsg.hub.session import Session, SessionState
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import Enrol, Enrolled, Hello, Login
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION
from lanmsg.wire.statements import login_bytes, verify

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
    session.wait()
    job = EnrolJob(frame, hub.now_ms(), hub.config.invite_only)
    hub.queue.put(job, partial(_enrolled, hub, session, frame))


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
    session.wait()
    hub.displace(frame.device)
    owner = hub.published.directory.owner(frame.device)
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
    hub.welcome(session, owner, frame.device, outcome)
    session.resume()
