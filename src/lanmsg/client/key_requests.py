"""The last resort for a message without a key: ask whoever can read it.

It should never be needed. It is asked for once per session and connection, only after the backlog is
in, first of the device that sent the message, then of a few others. A key that comes back cannot be
forged: the session id the entry is signed with is the key's own public half.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto, ReceivingSession
from lanmsg.client.device_messages import KeyAnswer, KeyRequest
from lanmsg.client.inbox import Inbox
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import UnreadableReason
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import Store, StoredMessage
from lanmsg.wire.codec import decode_message_body
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.limits import KEY_ANSWERS_BURST, KEY_ANSWERS_PER_MINUTE
from lanmsg.wire.token_bucket import TokenBucket

ASK_OTHERS_AFTER_S = 10.0
"""How long the sender's device has to answer before others are asked."""
OTHERS_ASKED = 3


class KeyRequests:
    """Asks for keys, and answers those who ask. `send` delivers to one device."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        store: Store,
        keys: MessageKeys,
        crypto: Crypto,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        send: Callable[[DeviceId, KeyRequest | KeyAnswer], None],
        got_key: Callable[[bytes], None],
        now_s: Callable[[], float],
    ) -> None:
        self._state = state
        self._store = store
        self._keys = keys
        self._crypto = crypto
        self._call_later = call_later
        self._send = send
        self._got_key = got_key
        self._now_s = now_s
        self._paces: dict[DeviceId, TokenBucket] = {}
        self._asked: dict[bytes, asyncio.TimerHandle] = {}

    def listen_to(self, inbox: Inbox) -> None:
        """Take requests and answers from here."""
        inbox.on(KeyRequest, lambda device, request, _at_ms: self.take_request(device, request))
        inbox.on(KeyAnswer, lambda _device, answer, _at_ms: self.take_answer(answer))

    def reset(self) -> None:
        """A new connection: ask again for what is still missing."""
        for timer in self._asked.values():
            timer.cancel()
        self._asked.clear()

    def ask(self) -> None:
        """Ask for the key of every message that misses one, once per session."""
        for message in self._store.unreadable(reason=UnreadableReason.MISSING_KEY):
            self.ask_for(message)

    def ask_for(self, message: StoredMessage) -> None:
        """Ask for one message's key, unless that was done on this connection."""
        if message.session in self._asked:
            return
        self._asked[message.session] = self._call_later(
            ASK_OTHERS_AFTER_S, partial(self._ask_others, message)
        )
        if message.sender != self._state.device:  # what we sent before our store was rolled back, others have
            self._request(message.sender, message)

    def _request(self, device: DeviceId, message: StoredMessage) -> None:
        self._send(device, KeyRequest(message.log, message.seq, message.session))

    def _ask_others(self, message: StoredMessage) -> None:
        if self._keys.receiving(message.session, message.sender) is not None or not self._state.is_online:
            return
        log = self._state.logs[message.log]
        readers = self._state.readers(self._state.conversation_of(log))
        online = [
            device
            for device, person in readers.items()
            if device != message.sender
            and (presence := self._state.presence.get(person.user)) is not None
            and presence.online
        ]
        for device in online[:OTHERS_ASKED]:
            self._request(device, message)

    def take_request(self, device: DeviceId, request: KeyRequest) -> None:
        """Answer, if the device could read that entry when it was written, and does not ask too fast.

        Policy is decided here, from the directory and our own copy of the entry, whatever the asker says.
        """
        message = self._store.message(request.log, request.seq)
        log = self._state.logs.get(request.log)
        if message is None or log is None or message.session != request.session:
            return
        receiving = self._keys.receiving(message.session, message.sender)
        if receiving is None:
            return
        device_seq = self._state.directory.device_seq(device)
        person = self._state.readers(self._state.conversation_of(log)).get(device)
        if person is None or not 0 < device_seq <= message.directory_seq or message.index < 0:
            return
        if not self._state.could_read(log, person.user, message.seq):
            return  # came to the room later; see `history_keys`
        key = receiving.session.export(message.index)
        if key is not None and not self._pace_of(device).wait_s(self._now_s()):
            self._send(device, KeyAnswer(request.log, key))

    def _pace_of(self, device: DeviceId) -> TokenBucket:
        """Return the bucket of a device of the directory: there are no more of them than devices."""
        pace = self._paces.get(device)
        if pace is None:
            pace = self._paces[device] = TokenBucket(
                per_second=KEY_ANSWERS_PER_MINUTE / 60, burst=KEY_ANSWERS_BURST, now_s=self._now_s()
            )
        return pace

    def take_answer(self, answer: KeyAnswer) -> None:
        """Keep a key somebody handed over, if it is one we asked for."""
        try:
            session = self._crypto.receiving_session_from_export(answer.key)
        except CannotDecrypt:
            return
        for message in self._store.unreadable(session=session.id, reason=UnreadableReason.MISSING_KEY):
            if message.log == answer.log and opens(session, message):
                if self._keys.add_receiving(session, log=answer.log, device=message.sender):
                    self._got_key(session.id)
                return


def opens(session: ReceivingSession, message: StoredMessage) -> bool:
    """Tell whether a key opens a message.

    An exported key is not signed; a false one, once kept, would stand in the way of the true one.
    """
    try:
        session.decrypt(decode_message_body(message.raw).ciphertext)
    except (CannotDecrypt, RemoteError):
        return False
    return True
