"""Olm sessions with other devices: found, started, chosen, saved."""

import dataclasses
from collections.abc import Callable

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto, PeerSession
from lanmsg.client.effects import Effects
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import MAX_OLM_SESSIONS, OlmSession, Store
from lanmsg.wire.entries import OlmBody
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.statements import DeviceStatement

_PRE_KEY_TYPE = 0


@dataclasses.dataclass(slots=True)
class _Known:
    """A restored session and how recently the other end has used it; retired if below 1."""

    session: PeerSession
    used: int

    @property
    def is_retired(self) -> bool:
        """Whether it may only decrypt."""
        return self.used < 1


class PeerSessions:
    """All of them. One serves both directions.

    When both sides start one at once there are two for a while; each side encrypts with the one it
    last received on, so they soon agree.
    """

    def __init__(self, state: ClientState, effects: Effects, store: Store, crypto: Crypto) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._crypto = crypto
        self.fallback_used: Callable[[], None] = lambda: None
        """Called when somebody has started a session with our fallback key."""
        self._known: dict[DeviceId, list[_Known]] = {}

    def has(self, device: DeviceId) -> bool:
        """Tell whether we can encrypt for a device without claiming a key of it."""
        return any(not known.is_retired for known in self._sessions(device))

    def _sessions(self, device: DeviceId) -> list[_Known]:
        """Return a device's sessions, most recently used first."""
        known = self._known.get(device)
        if known is None:
            known = self._known[device] = [
                _Known(self._crypto.peer_session(stored.pickle), stored.used)
                for stored in self._store.olm_sessions(device)
            ]
        return known

    def start(self, device: DeviceStatement, one_time_key: bytes) -> None:
        """Start a session with a key the device has published. Raises CannotDecrypt."""
        session = self._state.account.open_outbound(device.agreement_key, one_time_key)
        self._add(device.device, session)

    def _add(self, device: DeviceId, session: PeerSession) -> None:
        sessions = self._sessions(device)
        known = _Known(session, 1)
        sessions.append(known)
        self._touch(device, known)
        del sessions[MAX_OLM_SESSIONS:]

    def _touch(self, device: DeviceId, known: _Known) -> None:
        """Move a session to the front, unless it is retired, and save it."""
        sessions = self._sessions(device)
        if not known.is_retired:
            known.used = 1 + max(each.used for each in sessions)
            sessions.sort(key=lambda each: -each.used)
        self._save(device, known)

    def retire(self) -> None:
        """Never encrypt on any session of now again: the store is an old copy, they have moved on since.

        They still decrypt. The first message on a new session makes the other end use that one.
        """
        for person in self._state.directory.people:
            for device in person.devices:
                for known in self._sessions(device):
                    known.used = min(known.used, -known.used)
                    self._save(device, known)

    def _save(self, device: DeviceId, known: _Known) -> None:
        self._effects.save(OlmSession(device, known.session.id, known.session.pickle(), known.used))

    def encrypt(self, device: DeviceId, plaintext: bytes) -> OlmBody:
        """Encrypt for a device we have a session with."""
        known = self._sessions(device)[0]
        body = known.session.encrypt(plaintext)
        self._save(device, known)
        return body

    def decrypt(self, sender: DeviceStatement, body: OlmBody) -> bytes:
        """Decrypt what a device sent, starting a session if it starts one.

        Raises:
            CannotDecrypt: if no session fits; nothing has changed, no one-time key is used up.
        """
        known = self._matching(sender.device, body)
        if known is not None:
            plaintext = known.session.decrypt(body)
            self._touch(sender.device, known)
            return plaintext
        if body.message_type == _PRE_KEY_TYPE:
            return self._accept(sender, body)
        return self._decrypt_with_any(sender.device, body)

    def _matching(self, device: DeviceId, body: OlmBody) -> _Known | None:
        if body.message_type != _PRE_KEY_TYPE:
            return None
        return next((known for known in self._sessions(device) if known.session.matches(body)), None)

    def _accept(self, sender: DeviceStatement, body: OlmBody) -> bytes:
        session, plaintext = self._state.account.open_inbound(sender.agreement_key, body)
        self._add(sender.device, session)
        if self._state.account.has_key_of(sender.agreement_key, body):
            self.fallback_used()
        self.save_account()
        return plaintext

    def save_account(self) -> None:
        """Save our own keys after they changed."""
        self._state.profile = dataclasses.replace(self._state.profile, account=self._state.account.pickle())
        self._effects.save(self._state.profile)

    def _decrypt_with_any(self, device: DeviceId, body: OlmBody) -> bytes:
        for known in list(self._sessions(device)):
            try:
                plaintext = known.session.decrypt(body)
            except CannotDecrypt:
                continue
            self._touch(device, known)
            return plaintext
        raise CannotDecrypt("no session with this device fits")
