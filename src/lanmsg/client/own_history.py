"""The past of a person on a second device of theirs: the device that let it in hands over the keys.

The new device has every old entry of its person's conversations and can't read it. It names the
sessions it lacks, those of the newest messages first, and its helper answers with the keys it has.
Each step starts from what is unreadable still, so it goes on by itself after a crash or a lost link.
A device gets keys only from the one that let it in, and only for the token it was let in with: who has
stolen an identity, and no more, gets nothing of the past.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto
from lanmsg.client.device_messages import PastKey, PastKeys, PastRequest
from lanmsg.client.device_outbox import DeviceOutbox
from lanmsg.client.effects import Effects
from lanmsg.client.events import HistoryProgress
from lanmsg.client.inbox import Inbox
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import UnreadableReason
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import DeletePairing, Store, StoredPairing
from lanmsg.wire.ids import KEY_BYTES, DeviceId, LogId
from lanmsg.wire.limits import PAST_KEYS_AT_ONCE

FIRST_RETRY_S = 30.0
LONGEST_RETRY_S = 3600.0
"""A helper that does not answer is asked again, less and less often: it may be switched off."""
_EVERYTHING = 1_000_000


class OwnHistory:
    """Asks for the past, or hands it over. `got_key` gets the id of a session that can be read now."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        keys: MessageKeys,
        crypto: Crypto,
        outbox: DeviceOutbox,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        when_stored: Callable[[Callable[[], None]], None],
        got_key: Callable[[bytes], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._keys = keys
        self._crypto = crypto
        self._outbox = outbox
        self._call_later = call_later
        self._when_stored = when_stored
        self._got_key = got_key
        self._asked: PastRequest | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._lacking: set[bytes] = set()
        """What was asked for already: the helper does not have what is missing still."""

    def listen_to(self, inbox: Inbox) -> None:
        """Take requests and keys from here."""
        inbox.on(PastRequest, lambda device, request, _at_ms: self._take_request(device, request))
        inbox.on(PastKeys, lambda device, keys, _at_ms: self._take_keys(device, keys))

    # --- the new device ----------------------------------------------------------------------

    @property
    def _pairing(self) -> StoredPairing | None:
        return next((each for each in self._state.pairings.values() if not each.is_helper), None)

    @property
    def is_coming(self) -> bool:
        """Whether this device was let in and has not got all of the past yet."""
        return self._pairing is not None

    def resume(self) -> None:
        """The backlog is stored: ask for the keys of what can't be read, unless that is under way."""
        if self._pairing is not None and self._asked is None:
            self._tell_progress()
            self._ask()

    def _ask(self) -> None:
        """Ask for the next sessions; without any it is over."""
        self._stop_timer()
        pairing = self._pairing
        if pairing is None:
            return
        for log in self._logs():
            wanted = self._missing(log, limit=PAST_KEYS_AT_ONCE + len(self._lacking))[:PAST_KEYS_AT_ONCE]
            if wanted:
                self._asked = PastRequest(pairing.token, log, wanted)
                self._send(FIRST_RETRY_S)
                return
        self._asked = None
        del self._state.pairings[pairing.token]
        self._effects.save(DeletePairing(pairing.token))

    def _logs(self) -> list[LogId]:
        return [log.stored.log for log in self._state.logs.values() if log.is_conversation]

    def _missing(self, log: LogId, *, limit: int) -> list[bytes]:
        reason = UnreadableReason.BEFORE_YOU_JOINED
        found = self._store.missing_sessions(log, reason=reason, limit=limit)
        return [each for each in found if each not in self._lacking]

    def _send(self, retry_s: float) -> None:
        pairing = self._pairing
        if pairing is None or self._asked is None:
            return
        self._outbox.deliver(DeviceId(pairing.device), self._asked)
        again_s = min(2 * retry_s, LONGEST_RETRY_S)
        self._timer = self._call_later(retry_s, lambda: self._send(again_s))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take_keys(self, device: DeviceId, answer: PastKeys) -> None:
        pairing, asked = self._pairing, self._asked
        if pairing is None or asked is None or device != pairing.device or answer.log != asked.log:
            return
        for key in answer.keys:
            self._take_key(asked, key)
        self._lacking.update(asked.sessions)
        self._asked = None
        self._stop_timer()
        self._when_stored(self._go_on)

    def _take_key(self, asked: PastRequest, key: PastKey) -> None:
        try:
            session = self._crypto.receiving_session_from_export(key.key)
        except CannotDecrypt:
            return
        if session.id + key.device in asked.sessions and self._keys.add_receiving(
            session, log=asked.log, device=key.device
        ):
            self._got_key(session.id)

    def _go_on(self) -> None:
        self._tell_progress()
        self._ask()

    def _tell_progress(self) -> None:
        left = sum(len(self._missing(log, limit=_EVERYTHING)) for log in self._logs())
        done = len(self._lacking)
        self._effects.emit(HistoryProgress(done=done, total=done + left))

    # --- the helper --------------------------------------------------------------------------

    def expect(self, token: bytes) -> None:
        """A parcel with this token is on its way; the ones that nobody took are void."""
        for pairing in list(self._state.pairings.values()):
            if pairing.is_helper and not pairing.device:
                del self._state.pairings[pairing.token]
                self._effects.save(DeletePairing(pairing.token))
        self._save(StoredPairing(token, b"", is_helper=True))

    def _save(self, pairing: StoredPairing) -> None:
        self._state.pairings[pairing.token] = pairing
        self._effects.save(pairing)

    def _take_request(self, device: DeviceId, request: PastRequest) -> None:
        """Hand over what we have, to the device of ours that we let in and to no other."""
        pairing = self._state.pairings.get(request.token)
        ourselves = self._state.directory.person(self._state.user)
        if pairing is None or not pairing.is_helper or ourselves is None or device not in ourselves.devices:
            return
        if not pairing.device:
            pairing = replace(pairing, device=device)
            self._save(pairing)
        if pairing.device != device:
            return
        keys = [key for each in request.sessions if (key := self._exported(request.log, each)) is not None]
        self._outbox.deliver(device, PastKeys(request.log, keys))

    def _exported(self, log: LogId, session_and_device: bytes) -> PastKey | None:
        session, device = session_and_device[:KEY_BYTES], DeviceId(session_and_device[KEY_BYTES:])
        receiving = self._keys.receiving(session, device)
        if receiving is None or receiving.log != log:
            return None
        key = receiving.session.export(receiving.session.first_index)
        return None if key is None else PastKey(device, key)
