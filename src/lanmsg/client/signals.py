"""Signals: sealed for those who have our session's key already, opened only if all of it is right.

A signal never makes anybody share or claim a key: who can't read it does without. What does not fit is
dropped without a word; nobody waits for a signal.
"""

from dataclasses import dataclass

import msgspec

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.crypto.signal_cipher import decrypt_signal, encrypt_signal, signal_key
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import Trust
from lanmsg.client.state import ClientState
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.wire.codec import encode
from lanmsg.wire.directory import Person
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.signals import (
    NONCE_BYTES,
    SignalBody,
    SignalContent,
    SignalPlaintext,
    decode_signal_body,
    seal_signal,
    unseal_signal,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A signal of a device of a member, made at `made_at_ms` by the hub's clock (Unix ms)."""

    device: DeviceId
    user: UserId
    made_at_ms: int
    content: SignalContent


class Signals:
    """Seals and opens signals."""

    def __init__(self, state: ClientState, keys: MessageKeys, surroundings: EngineSurroundings) -> None:
        self._state = state
        self._keys = keys
        self._crypto = surroundings.crypto
        self._now_ms = surroundings.now_ms
        self._random_bytes = surroundings.random_bytes
        self._last_made_at_ms = 0

    def hub_now_ms(self) -> int:
        """Return the hub's clock, as far as we know it."""
        return self._now_ms() + self._state.clock_offset_ms

    # --- sealing -----------------------------------------------------------------------------

    def seal(self, log: LogId, content: SignalContent) -> bytes | None:
        """Return an encoded body; None if nobody could read it, or somebody who reads no longer could.

        Raises:
            LocalError: the content is too large.
        """
        session = self._session_for(log)
        if session is None:
            return None
        own = self._keys.receiving(session[0], self._state.device)
        exported = own.session.export(session[1]) if own is not None else None
        if exported is None:
            return None
        plaintext = seal_signal(SignalPlaintext(self._next_made_at_ms(), content))
        bare = SignalBody(self._state.device, *session, self._random_bytes(NONCE_BYTES), b"")
        return encode(self._encrypted(log, bare, signal_key(exported), plaintext))

    def count_without_key(self, log: LogId) -> int:
        """Count the other people who read a log and could not open a signal of ours there now."""
        sending, known = self._keys.sending(log), self._state.logs.get(log)
        readers = self._state.readers(self._state.conversation_of(known)) if known is not None else {}
        can_seal = sending is not None and self._session_for(log) is not None
        served = sending.shared_with if can_seal and sending is not None else set[DeviceId]()
        reached = {person.user for device, person in readers.items() if device in served}
        return len({person.user for person in readers.values()} - reached - {self._state.user})

    def _session_for(self, log: LogId) -> tuple[bytes, int] | None:
        """Return our sending session's id and place, if some readers have it, and readers alone.

        It may be worn out: that rule bounds what a stolen key opens of messages.
        """
        sending, known = self._keys.sending(log), self._state.logs.get(log)
        if sending is None or known is None or not sending.shared_with:
            return None
        readers = self._state.readers(self._state.conversation_of(known)).keys()
        if not sending.shared_with | sending.pending.keys() <= readers:
            return None
        return sending.session.id, sending.session.index

    def _next_made_at_ms(self) -> int:
        self._last_made_at_ms = max(self._last_made_at_ms + 1, self.hub_now_ms())
        return self._last_made_at_ms

    def _encrypted(self, log: LogId, bare: SignalBody, key: bytes, plaintext: bytes) -> SignalBody:
        ciphertext = encrypt_signal(key, bare.nonce, plaintext, associated=bare.associated_bytes(log))
        body = msgspec.structs.replace(bare, ciphertext=ciphertext)
        return msgspec.structs.replace(body, signature=self._state.account.sign(body.signed_bytes(log)))

    # --- opening -----------------------------------------------------------------------------

    def open(self, log: LogId, data: bytes) -> Opened | None:
        """Return what a signal says; None unless a member's device made it, for this conversation."""
        try:
            body = decode_signal_body(data)
            person = self._author(log, body)
            if person is None:
                return None
            plaintext = unseal_signal(self._decrypt(log, body))
        except (RemoteError, CannotDecrypt):
            return None
        return Opened(body.sender, person.user, plaintext.made_at_ms, plaintext.content)

    def _author(self, log: LogId, body: SignalBody) -> Person | None:
        """Return who made a signal, if they may: known, trusted, not ignored, a member, and its signer."""
        known, device = self._state.logs.get(log), self._state.directory.device(body.sender)
        if known is None or not known.is_conversation or device is None:
            return None
        if self._state.is_ignored(body.sender):
            return None
        members = self._state.members(self._state.conversation_of(known))
        person = next((each for each in members if each.user == device.user), None)
        if person is None or self._state.trust_of(person) is Trust.CHANGED:
            return None
        is_signed = self._crypto.verify(device.signing_key, body.signature, body.signed_bytes(log))
        return person if is_signed else None

    def _decrypt(self, log: LogId, body: SignalBody) -> bytes:
        receiving = self._keys.receiving(body.session, body.sender)
        if receiving is None or receiving.log != log:
            raise CannotDecrypt("no key for this signal")
        exported = receiving.session.export(body.index)
        if exported is None:
            raise CannotDecrypt("the signal is older than our key")
        associated = body.associated_bytes(log)
        return decrypt_signal(signal_key(exported), body.nonce, body.ciphertext, associated=associated)
