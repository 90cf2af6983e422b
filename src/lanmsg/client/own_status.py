"""Our own status: what the person chose, and whether they have touched this device lately."""

import asyncio
from collections.abc import Callable
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.signals import Signals
from lanmsg.client.state import ClientState
from lanmsg.wire.frames import SetStatus
from lanmsg.wire.signals import AwayReason
from lanmsg.wire.status import Status

_SHORTEST_WAIT_S: Final = 0.05
"""A timer may ring a little early; a shorter one would spin."""


class OwnStatus:
    """Tells the hub, when it has changed and after each login. Lives as long as the client.

    Attributes:
        chosen: ONLINE, AWAY or DO_NOT_DISTURB.
        reason: Why we are away; may be empty.
        since_ms: When it was last chosen, by the hub's clock (Unix ms; 0: never).
    """

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        signals: Signals,
        *,
        idle_after_s: float,
        now_s: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self._state = state
        self._effects = effects
        self._signals = signals
        self._idle_after_s = idle_after_s
        self._now_s = now_s
        self._call_later = call_later
        self.chosen = Status.ONLINE
        self.reason = ""
        self.since_ms = 0
        self._is_quiet_time = False
        self._unreached = 0
        self._input_at_s = 0.0
        self._is_idle = False
        self._is_watching = False

    @property
    def status(self) -> Status:
        """What others are shown of this device."""
        if self.chosen is not Status.ONLINE:
            return self.chosen
        if self._is_quiet_time:
            return Status.DO_NOT_DISTURB
        return Status.IDLE if self._is_idle else Status.ONLINE

    def choose(self, status: Status, *, reason: str = "") -> int:
        """Take what the person chose; return how many people can't read the reason now.

        Raises:
            LocalError: the reason is too long.
        """
        note = self._seal(reason)
        self.chosen, self.reason = status, reason
        self._is_quiet_time = False  # until the next quiet hours: the person knows better
        self.since_ms = self._signals.hub_now_ms()
        self._effects.send(SetStatus(self.status, note))
        return self._unreached

    def set_quiet_time(self, *, is_quiet: bool) -> None:
        """Quiet hours have begun or ended: that shows, unless the person has chosen a status."""
        before = self.status
        self._is_quiet_time = is_quiet
        if self.status is not before:
            self.since_ms = self._signals.hub_now_ms()
            self._effects.send(SetStatus(self.status))

    def touched(self) -> None:
        """The person is here: a key was pressed. Without any, a device never counts as idle."""
        self._input_at_s = self._now_s()
        if self._is_idle:
            self._set_idle(is_idle=False)
        if not self._is_watching and self._idle_after_s > 0:
            self._is_watching = True
            self._call_later(self._idle_after_s, self._look)

    def _look(self) -> None:
        left_s = self._input_at_s + self._idle_after_s - self._now_s()
        self._is_watching = left_s > 0
        if left_s > 0:
            self._call_later(max(left_s, _SHORTEST_WAIT_S), self._look)
        else:
            self._set_idle(is_idle=True)

    def _set_idle(self, *, is_idle: bool) -> None:
        before = self.status
        self._is_idle = is_idle
        if self.status is not before:
            self._effects.send(SetStatus(self.status))

    def logged_in(self) -> None:
        """A new connection: the hub takes us for online until we say otherwise."""
        if self.status is not Status.ONLINE:
            self._effects.send(SetStatus(self.status))

    def caught_up(self) -> None:
        """Now we know who reads: the reason may go to them."""
        if self.reason:
            self._effects.send(SetStatus(self.status, self._seal(self.reason)))

    def wrote_to_everyone(self) -> None:
        """More people may have our key now: the reason goes to them, too."""
        if self.reason and self._signals.count_without_key(self._state.everyone_log) < self._unreached:
            self._effects.send(SetStatus(self.status, self._seal(self.reason)))

    def _seal(self, reason: str) -> bytes:
        self._unreached = 0
        if not reason:
            return b""
        self._unreached = self._signals.count_without_key(self._state.everyone_log)
        return self._signals.seal(self._state.everyone_log, AwayReason(reason)) or b""
