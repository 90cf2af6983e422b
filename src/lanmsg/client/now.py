"""What is of now and kept nowhere: statuses with their reasons, and who is typing."""

import asyncio
from collections.abc import Callable, Sequence

from lanmsg.client.effects import Effects
from lanmsg.client.events import StatusChanged
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import PersonStatus
from lanmsg.client.own_status import OwnStatus
from lanmsg.client.signals import Signals
from lanmsg.client.state import ClientState, Log
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.client.typing_notices import TypingNotices
from lanmsg.wire.entries import ChainedEntry
from lanmsg.wire.frames import PersonPresence
from lanmsg.wire.ids import DeviceId, UserId
from lanmsg.wire.signals import AwayReason
from lanmsg.wire.status import Status, status_of

_SHOWN: dict[Status, PersonStatus] = {
    Status.ONLINE: PersonStatus.ONLINE,
    Status.IDLE: PersonStatus.IDLE,
    Status.AWAY: PersonStatus.AWAY,
    Status.DO_NOT_DISTURB: PersonStatus.DO_NOT_DISTURB,
}


class Now:
    """Owns what says how things are at this moment."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        keys: MessageKeys,
        surroundings: EngineSurroundings,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self._state = state
        self._effects = effects
        now_s = surroundings.loop.time
        self._signals = Signals(state, keys, surroundings)
        self.typing = TypingNotices(state, effects, self._signals, now_s=now_s, call_later=call_later)
        self.own = OwnStatus(
            state,
            effects,
            self._signals,
            idle_after_s=surroundings.idle_after_s,
            now_s=now_s,
            call_later=call_later,
        )
        self._reasons: dict[UserId, tuple[bytes, str]] = {}
        self._newest_ms: dict[DeviceId, int] = {}

    def took_messages(self, log: Log, run: Sequence[ChainedEntry]) -> None:
        """New entries of a conversation are here."""
        self.typing.took_messages(log, run)
        if log.stored.log == self._state.everyone_log:
            self.own.wrote_to_everyone()

    def status_changed(self, presence: PersonPresence) -> None:
        """Somebody who is here has another status than before."""
        self._effects.emit(
            StatusChanged(
                handle=self._state.handle_of(presence.user),
                status=self.status_of(presence),
                reason=self.reason_of(presence),
                since_ms=presence.since_ms,
            )
        )

    def status_of(self, presence: PersonPresence) -> PersonStatus:
        """Return the status to show for a person."""
        return _SHOWN[status_of(presence.status)] if presence.online else PersonStatus.OFFLINE

    def own_presence(self) -> PersonPresence:
        """Return our own, as this device tells it."""
        own = self.own
        since_ms = own.since_ms if own.status in {Status.AWAY, Status.DO_NOT_DISTURB} else 0
        return PersonPresence(self._state.user, online=True, status=own.status, since_ms=since_ms)

    def reason_of(self, presence: PersonPresence) -> str:
        """Return why a person is away, if they say so and we can read it. A remote string.

        It is opened when it is asked for: of a thousand people who are away, most are never looked at,
        and the key may come later than the note.
        """
        if not presence.online or not presence.note:
            return ""
        note, text = self._reasons.get(presence.user, (b"", ""))
        if note != presence.note:
            text = self._open(presence)
        return text

    def _open(self, presence: PersonPresence) -> str:
        opened = self._signals.open(self._state.everyone_log, presence.note)
        if opened is None or opened.user != presence.user or not isinstance(opened.content, AwayReason):
            return ""
        if opened.made_at_ms < self._newest_ms.get(opened.device, 0):
            return ""  # an older reason of theirs, repeated by the hub
        self._newest_ms[opened.device] = opened.made_at_ms
        self._reasons[presence.user] = (presence.note, opened.content.text)
        return opened.content.text
