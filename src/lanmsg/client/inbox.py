"""This device's inbox: keys that others share with us, and what devices say to each other.

What does not fit is dropped without a word: a device that is missed by a message asks for its key
(`key_requests`), and nobody else is harmed.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto
from lanmsg.client.device_messages import DeviceContent, SessionShare, decode_device_plaintext
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.wire.codec import decode_olm_body
from lanmsg.wire.entries import Entry, EntryKind
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import DeviceId

_KINDS = frozenset({EntryKind.SHARE, EntryKind.DEVICE_MESSAGE})

C = TypeVar("C", bound=DeviceContent)
_Handler = Callable[[DeviceId, DeviceContent, int], None]


class Inbox:
    """Takes inbox entries. `got_key` is called with the id of a receiving session that is new or better.

    Who takes device messages of another kind says so with `on`.
    """

    def __init__(
        self,
        state: ClientState,
        crypto: Crypto,
        keys: MessageKeys,
        sessions: PeerSessions,
        *,
        got_key: Callable[[bytes], None],
    ) -> None:
        self._state = state
        self._crypto = crypto
        self._keys = keys
        self._sessions = sessions
        self._got_key = got_key
        self._handlers: dict[type, _Handler] = {}
        self.on(SessionShare, self._take_share)

    def on(self, kind: type[C], handler: Callable[[DeviceId, C, int], None]) -> None:
        """Give what comes of this kind to a handler: the device it is from, it, and the hub's time (ms).

        The device is or was somebody's; whether it may say such a thing is for the handler to decide.
        """
        self._handlers[kind] = cast("_Handler", handler)

    def take_entry(self, entry: Entry) -> None:
        """Take a share or a device message."""
        sender = self._state.directory.ever_device(entry.sender)
        if sender is None or entry.kind not in _KINDS:
            return
        try:
            data = self._sessions.decrypt(sender, decode_olm_body(entry.body))
            content = decode_device_plaintext(
                data, database=self._state.database, sender=entry.sender, recipient=self._state.device
            )
        except (CannotDecrypt, RemoteError):
            return
        handler = self._handlers.get(type(content))
        if handler is not None:
            handler(entry.sender, content, entry.at_ms)

    def _take_share(self, sender: DeviceId, share: SessionShare, _at_ms: int) -> None:
        try:
            session = self._crypto.receiving_session_from_key(share.key)
        except CannotDecrypt:
            return
        if self._keys.add_receiving(session, log=share.log, device=sender):
            self._got_key(session.id)
