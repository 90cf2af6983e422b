"""Megolm sessions: ours to send with, everybody's to read with."""

import dataclasses

from lanmsg.client.crypto.interface import Crypto, ReceivingSession, SendingSession
from lanmsg.client.effects import Effects
from lanmsg.client.store.interface import DeleteOutboundSession, InboundSession, OutboundSession, Store
from lanmsg.wire.ids import DeviceId, LogId
from lanmsg.wire.limits import SESSION_MAX_AGE_MS, SESSION_MAX_MESSAGES

MAX_CACHED_SESSIONS = 1000
"""Restored receiving sessions kept in memory; the others are a read away."""


@dataclasses.dataclass(slots=True)
class Receiving:
    """A receiving session with the one device and log it is good for."""

    session: ReceivingSession
    log: LogId
    device: DeviceId


@dataclasses.dataclass(slots=True)
class Sending:
    """Our sending session of a log; see `OutboundSession` for the fields."""

    session: SendingSession
    log: LogId
    created_at_ms: int
    messages: int = 0
    shared_with: set[DeviceId] = dataclasses.field(default_factory=set[DeviceId])
    pending: dict[DeviceId, bytes] = dataclasses.field(default_factory=dict[DeviceId, bytes])

    def is_worn_out(self, now_ms: int) -> bool:
        """Whether it has served long enough. A clock that went backwards wears it out too."""
        age_ms = now_ms - self.created_at_ms
        return self.messages >= SESSION_MAX_MESSAGES or not 0 <= age_ms < SESSION_MAX_AGE_MS

    def record(self) -> OutboundSession:
        """Return what is stored of it."""
        return OutboundSession(
            self.log,
            self.session.pickle(),
            self.created_at_ms,
            self.messages,
            tuple(self.shared_with),
            tuple(self.pending.items()),
        )


class MessageKeys:
    """Finds, keeps and replaces sessions."""

    def __init__(
        self, effects: Effects, store: Store, crypto: Crypto, *, outbound: list[OutboundSession]
    ) -> None:
        self._effects = effects
        self._store = store
        self._crypto = crypto
        self._receiving: dict[bytes, Receiving] = {}
        self._sending = {stored.log: self._restore(stored) for stored in outbound}

    def _restore(self, stored: OutboundSession) -> Sending:
        return Sending(
            self._crypto.sending_session(stored.pickle),
            stored.log,
            stored.created_at_ms,
            stored.messages,
            set(stored.shared_with),
            dict(stored.pending),
        )

    # --- sending -----------------------------------------------------------------------------

    @property
    def sending_logs(self) -> list[LogId]:
        """The logs that we have a sending session of."""
        return list(self._sending)

    def sending(self, log: LogId) -> Sending | None:
        """Return our sending session of a log, if there is one."""
        return self._sending.get(log)

    def new_sending(self, log: LogId, *, own_device: DeviceId, now_ms: int) -> Sending:
        """Start a new one in place of the old; we can read what it will encrypt."""
        session = self._crypto.new_sending_session()
        sending = self._sending[log] = Sending(session, log, now_ms)
        self.add_receiving(self._crypto.receiving_session_from_key(session.key()), log=log, device=own_device)
        return sending

    def save_sending(self, sending: Sending) -> None:
        """Save it after it moved on."""
        self._effects.save(sending.record())

    def drop_sending(self, log: LogId) -> None:
        """Never use our present session of a log again."""
        if self._sending.pop(log, None) is not None:
            self._effects.save(DeleteOutboundSession(log))

    # --- receiving ---------------------------------------------------------------------------

    def receiving(self, session: bytes, device: DeviceId) -> Receiving | None:
        """Find a receiving session by its id and the device that handed it out as its own.

        Whoever can read a session can pass its key off as theirs, so one device's claim never stands
        in the way of another's.
        """
        found = self._receiving.get(session + device)
        if found is None:
            stored = self._store.inbound_session(session + device)
            if stored is None:
                return None
            found = Receiving(self._crypto.receiving_session(stored.pickle), stored.log, stored.device)
            self._keep(found)
        return found

    def _keep(self, receiving: Receiving) -> None:
        if len(self._receiving) >= MAX_CACHED_SESSIONS:
            # The oldest; it is long since committed, so the store has it.
            del self._receiving[next(iter(self._receiving))]
        self._receiving[receiving.session.id + receiving.device] = receiving

    def add_receiving(self, session: ReceivingSession, *, log: LogId, device: DeviceId) -> bool:
        """Keep a session; False if the one we have is as good, or belongs to another log."""
        known = self.receiving(session.id, device)
        if known is not None and (known.log != log or known.session.first_index <= session.first_index):
            return False
        self._receiving.pop(session.id + device, None)
        self._keep(Receiving(session, log, device))
        self._effects.save(InboundSession(session.id + device, log, device, session.pickle()))
        return True
