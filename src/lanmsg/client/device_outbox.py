"""What this device says to others over their inboxes, on its way.

`send` is for what is asked anew on each connection, `deliver` for what the hub must get: the same bytes
are sent again after every loss until it says that it has them. Neither outlives the program.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lanmsg.client.device_messages import DeviceContent, DevicePlaintext, encode_device_plaintext
from lanmsg.client.effects import Effects
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.wire import ids
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Append, Refused
from lanmsg.wire.ids import DeviceId, MessageId

MAX_KEPT: int = 5000
"""Messages under way; beyond it the oldest is given up: who is missed by it asks again or stops waiting."""
RETRY_S = 1.0
"""How long to wait at least when the hub is too busy."""


@dataclass(slots=True)
class _Kept:
    """A message that the hub must get; `append` is made once there is a session to encrypt it on."""

    device: DeviceId
    content: DeviceContent
    append: Append | None = None


class DeviceOutbox:
    """Sends device messages, each as soon as there is a session with its device."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        sessions: PeerSessions,
        claims: KeyClaims,
        *,
        random_bytes: Callable[[int], bytes],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._state = state
        self._effects = effects
        self._sessions = sessions
        self._claims = claims
        self._random_bytes = random_bytes
        self._call_later = call_later
        self._unsent: list[tuple[DeviceId, DeviceContent]] = []
        self._kept: dict[MessageId, _Kept] = {}

    @property
    def under_way(self) -> int:
        """How many messages of `deliver` the hub does not have yet."""
        return len(self._kept)

    def send(self, device: DeviceId, content: DeviceContent) -> None:
        """Send a message on this connection; lost with it."""
        if self._can_encrypt_for(device):
            self._effects.send(self._append(device, content, self._new_id()))
        elif self._state.directory.device(device) is not None:
            self._unsent.append((device, content))

    def deliver(self, device: DeviceId, content: DeviceContent) -> None:
        """Send a message, over as many connections as it takes."""
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        message_id = self._new_id()
        self._kept[message_id] = _Kept(device, content)
        self._go(message_id)

    def _new_id(self) -> MessageId:
        return MessageId(self._random_bytes(ids.ID_BYTES))

    def _can_encrypt_for(self, device: DeviceId) -> bool:
        """Tell whether there is a session with a device, asking for a key of it if not."""
        if not self._sessions.has(device) and self._state.directory.device(device) is not None:
            self._claims.ensure([device])
        return self._sessions.has(device)

    def _append(self, device: DeviceId, content: DeviceContent, message_id: MessageId) -> Append:
        plaintext = DevicePlaintext(self._state.database, self._state.device, device, content)
        body = self._sessions.encrypt(device, encode_device_plaintext(plaintext))
        inbox = ids.inbox_log(self._state.database, device)
        return Append(message_id, inbox, EntryKind.DEVICE_MESSAGE, encode(body))

    def _go(self, message_id: MessageId) -> None:
        """Send a kept message, if we are online and it is still wanted."""
        kept = self._kept.get(message_id)
        if kept is None or not self._state.is_online:
            return
        if kept.append is None and self._can_encrypt_for(kept.device):
            kept.append = self._append(kept.device, kept.content, message_id)
        if kept.append is not None:
            self._effects.send(kept.append)

    # --- the connection ----------------------------------------------------------------------

    def reset(self) -> None:
        """A new connection: what `send` has not sent is asked for anew."""
        self._unsent.clear()

    def resend(self) -> None:
        """All heads are here: send what is kept, in order."""
        for message_id in list(self._kept):
            self._go(message_id)

    def sessions_started(self) -> None:
        """Keys were claimed, or may be again: send what waited for them."""
        unsent, self._unsent = self._unsent, []
        for device, content in unsent:
            if self._sessions.has(device):
                self.send(device, content)
        for message_id, kept in list(self._kept.items()):
            if kept.append is None:
                self._go(message_id)

    def appended(self, message_id: MessageId) -> None:
        """The hub has it."""
        self._kept.pop(message_id, None)

    def refused(self, frame: Refused) -> bool:
        """Try again if that can help, else give it up; False if it was none of ours."""
        message_id = MessageId(frame.message_id)
        if message_id not in self._kept:
            return False
        if frame.code == Code.THROTTLED:
            self._call_later(max(RETRY_S, frame.retry_after_ms / 1000), lambda: self._go(message_id))
        else:
            del self._kept[message_id]
        return True
