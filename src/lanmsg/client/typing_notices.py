"""Who is typing where: ours, told now and then; theirs, until they say so no more.

Nothing here is stored or has to arrive. A notice that is repeated by the hub is dropped by its time, and
would do no more than show a person as typing for some seconds.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.events import Typing
from lanmsg.client.model import Conversation
from lanmsg.client.signals import Opened, Signals
from lanmsg.client.state import ClientState, Log
from lanmsg.wire.entries import ChainedEntry
from lanmsg.wire.frames import Signal
from lanmsg.wire.ids import DeviceId, UserId
from lanmsg.wire.limits import MAX_SIGNAL_PEOPLE, SIGNAL_MAX_AGE_S, TYPING_INTERVAL_S, TYPING_LASTS_S
from lanmsg.wire.signals import TypingNotice

_SHORTEST_WAIT_S: Final = 0.05
"""A timer may ring a little early; a shorter one would spin."""


@dataclass(frozen=True, slots=True)
class _Typist:
    conversation: Conversation
    user: UserId


class TypingNotices:
    """Sends ours and shows theirs. `call_later` runs a step of its own."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        signals: Signals,
        *,
        now_s: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self._state = state
        self._effects = effects
        self._signals = signals
        self._now_s = now_s
        self._call_later = call_later
        self._told_at_s: dict[Conversation, float] = {}
        self._theirs: dict[_Typist, float] = {}
        self._newest_ms: dict[DeviceId, int] = {}
        self._is_watching = False

    # --- ours --------------------------------------------------------------------------------

    def typing(self, conversation: Conversation) -> None:
        """Tell that we are typing, unless that was told a moment ago."""
        now_s = self._now_s()
        if now_s - self._told_at_s.get(conversation, -TYPING_INTERVAL_S) >= TYPING_INTERVAL_S:
            self._told_at_s[conversation] = now_s
            self._tell(conversation, TypingNotice())

    def stopped_typing(self, conversation: Conversation) -> None:
        """Tell that we type no more, if anybody may think so."""
        told_at_s = self._told_at_s.pop(conversation, None)
        if told_at_s is not None and self._now_s() - told_at_s < TYPING_LASTS_S:
            self._tell(conversation, TypingNotice(is_typing=False))

    def _tell(self, conversation: Conversation, notice: TypingNotice) -> None:
        if not self._state.is_online or len(self._state.members(conversation)) > MAX_SIGNAL_PEOPLE:
            return
        log = self._state.log_of(conversation)
        body = self._signals.seal(log, notice)
        if body is not None:
            self._effects.send(Signal(log, body))

    # --- theirs ------------------------------------------------------------------------------

    def take(self, frame: Signal) -> None:
        """Show that somebody is typing, or types no more."""
        opened = self._signals.open(frame.log, frame.body)
        if opened is None or opened.user == self._state.user or not self._is_new(opened):
            return
        typist = _Typist(self._state.conversation_of(self._state.logs[frame.log]), opened.user)
        if not isinstance(opened.content, TypingNotice):
            return
        if opened.content.is_typing:
            self._started(typist)
        else:
            self._ended(typist)

    def _is_new(self, opened: Opened) -> bool:
        """Tell whether a signal was made just now, and after all we had from its device."""
        age_ms = abs(self._signals.hub_now_ms() - opened.made_at_ms)
        if age_ms > SIGNAL_MAX_AGE_S * 1000 or opened.made_at_ms <= self._newest_ms.get(opened.device, 0):
            return False
        self._newest_ms[opened.device] = opened.made_at_ms
        return True

    def _started(self, typist: _Typist) -> None:
        if typist not in self._theirs:
            self._emit(typist, is_typing=True)
        self._theirs[typist] = self._now_s() + TYPING_LASTS_S
        if not self._is_watching:
            self._is_watching = True
            self._call_later(TYPING_LASTS_S, self._look)

    def _ended(self, typist: _Typist) -> None:
        if self._theirs.pop(typist, None) is not None:
            self._emit(typist, is_typing=False)

    def _emit(self, typist: _Typist, *, is_typing: bool) -> None:
        handle = self._state.handle_of(typist.user)
        self._effects.emit(Typing(conversation=typist.conversation, handle=handle, is_typing=is_typing))

    def _look(self) -> None:
        """End what has lasted long enough, and look again when the next may have."""
        now_s = self._now_s()
        for typist in [each for each, until_s in self._theirs.items() if until_s <= now_s]:
            self._ended(typist)
        self._is_watching = bool(self._theirs)
        if self._theirs:
            self._call_later(max(min(self._theirs.values()) - now_s, _SHORTEST_WAIT_S), self._look)

    def took_messages(self, log: Log, run: Iterable[ChainedEntry]) -> None:
        """Whoever has said something has typed it; we, too, tell anew when we type again."""
        conversation = self._state.conversation_of(log)
        for chained in run:
            person = self._state.directory.owner(chained.entry.sender)
            if person is None:
                continue
            if person.user == self._state.user:
                self._told_at_s.pop(conversation, None)
            elif self._theirs:
                self._ended(_Typist(conversation, person.user))

    def link_lost(self) -> None:
        """Nobody tells us any more."""
        self._told_at_s.clear()
        for typist in list(self._theirs):
            self._ended(typist)
