"""This device's inbox: keys that others share with us, and what devices say to each other.

What does not fit is dropped without a word: a device that is missed by a message asks for its key
(`key_requests`), and nobody else is harmed.
"""

from collections.abc import Callable

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto
from lanmsg.client.device_messages import (
    DevicePlaintext,
    KeyAnswer,
    KeyRequest,
    SessionShare,
    decode_device_plaintext,
    encode_device_plaintext,
)
from lanmsg.client.effects import Effects
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_olm_body, encode
from lanmsg.wire.entries import Entry, EntryKind
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.frames import Append
from lanmsg.wire.ids import DeviceId, MessageId

_KINDS = frozenset({EntryKind.SHARE, EntryKind.DEVICE_MESSAGE})


class Inbox:
    """Takes inbox entries and writes to the inboxes of others.

    `got_key` is called with the id of a receiving session that is new or better than before,
    `asked` and `answered` with key requests and answers and the device they came from.
    """

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        crypto: Crypto,
        keys: MessageKeys,
        sessions: PeerSessions,
        claims: KeyClaims,
        *,
        random_bytes: Callable[[int], bytes],
        got_key: Callable[[bytes], None],
        asked: Callable[[DeviceId, KeyRequest], None],
        answered: Callable[[KeyAnswer], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._crypto = crypto
        self._keys = keys
        self._sessions = sessions
        self._claims = claims
        self._random_bytes = random_bytes
        self._got_key = got_key
        self._asked = asked
        self._answered = answered
        self._unsent: list[tuple[DeviceId, KeyRequest | KeyAnswer]] = []

    def reset(self) -> None:
        """A new connection: what was not sent is asked for anew."""
        self._unsent.clear()

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
        match content:
            case SessionShare():
                self._take_share(entry.sender, content)
            case KeyRequest():
                self._asked(entry.sender, content)
            case KeyAnswer():
                self._answered(content)

    def _take_share(self, sender: DeviceId, share: SessionShare) -> None:
        try:
            session = self._crypto.receiving_session_from_key(share.key)
        except CannotDecrypt:
            return
        if self._keys.add_receiving(session, log=share.log, device=sender):
            self._got_key(session.id)

    def send(self, device: DeviceId, content: KeyRequest | KeyAnswer) -> None:
        """Send a device message, as soon as there is a session to send it on."""
        if not self._sessions.has(device):
            if self._state.directory.device(device) is not None:
                self._unsent.append((device, content))
                self._claims.ensure([device])
            return
        plaintext = DevicePlaintext(self._state.database, self._state.device, device, content)
        body = self._sessions.encrypt(device, encode_device_plaintext(plaintext))
        inbox = ids.inbox_log(self._state.database, device)
        message_id = MessageId(self._random_bytes(ids.ID_BYTES))
        self._effects.send(Append(message_id, inbox, EntryKind.DEVICE_MESSAGE, encode(body)))

    def sessions_started(self) -> None:
        """Keys were claimed: send what waited for them."""
        unsent, self._unsent = self._unsent, []
        for device, content in unsent:
            if self._sessions.has(device):
                self.send(device, content)
