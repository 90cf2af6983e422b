"""What is said of now and kept nowhere: statuses, and signals passed on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lanmsg.hub.fan_out import Reader
from lanmsg.hub.presence import DeviceStatus
from lanmsg.hub.session import Session
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.entries import ALLOWED_KINDS, EntryKind
from lanmsg.wire.frames import SetStatus, Signal
from lanmsg.wire.limits import MAX_SIGNAL_PEOPLE
from lanmsg.wire.status import Status, status_of

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub


def handle_set_status(hub: "Hub", session: Session, frame: SetStatus) -> None:
    """Remember what this connection says of its person, and let everybody know, not too often."""
    status = status_of(frame.status)
    before = session.status
    since_ms = before.since_ms if status is before.status else hub.now_ms()
    session.status = DeviceStatus(status, 0 if status is Status.ONLINE else since_ms, frame.note)
    after_s = session.rates.statuses.wait_s(session.received_at_s)
    hub.presence.status_changed(session.user, after_s=after_s)


def handle_signal(hub: "Hub", session: Session, frame: Signal) -> None:
    """Pass a signal on to whoever reads the conversation and keeps up; else drop it, and say nothing."""
    if not session.rates.signals.wait_s(session.received_at_s):
        hub.fan_out.send_at_once(_listeners(hub, session, frame), encode_frame(frame))


def _listeners(hub: "Hub", session: Session, frame: Signal) -> Iterable[Reader]:
    found = hub.published.logs.get(frame.log)
    if found is None or hub.published.base(session, frame.log) is None:
        return []
    if EntryKind.MESSAGE not in ALLOWED_KINDS[found.kind] or len(found.members) > MAX_SIGNAL_PEOPLE:
        return []
    readers = hub.published.readers(found, hub.fan_out)
    return [reader for reader in readers if reader.device != session.device]
