"""Steps of the engine that are run later: after a while, or when the present one is on disk."""

import asyncio
from collections.abc import Callable

from lanmsg.client.effects import Effects

SHORTEST_WAIT_S = 0.001
"""What is missing of a token may be less than the clock can tell; a timer of that length would spin."""


class Later:
    """Runs them, each as a step of its own that ends with `flush`. Times are the loop's, in seconds."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, effects: Effects, *, flush: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._effects = effects
        self._flush = flush
        self._timers: set[asyncio.TimerHandle] = set()
        self._pump_timer: asyncio.TimerHandle | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Run a step after a while."""

        def step() -> None:
            self._timers.discard(handle)
            callback()
            self._flush()

        handle = self._loop.call_later(delay_s, step)
        self._timers.add(handle)
        return handle

    def cancel(self, timer: asyncio.TimerHandle) -> None:
        """Run that step never."""
        timer.cancel()
        self._timers.discard(timer)

    def pump_later(self, delay_s: float, pump: Callable[[], None]) -> None:
        """Pump after a while: one timer for all who wait, the earliest."""
        timer = self._pump_timer
        delay_s = max(delay_s, SHORTEST_WAIT_S)
        at_s = self._loop.time() + delay_s
        if timer is not None and timer.when() <= at_s:
            return
        if timer is not None:
            self.cancel(timer)

        def ring() -> None:
            self._pump_timer = None  # first: it may ring a moment before its time, and pumping sets the next
            pump()

        self._pump_timer = self.call_later(delay_s, ring)

    def when_stored(self, callback: Callable[[], None]) -> None:
        """Run a step when what was saved so far can be read from the store."""

        def step() -> None:
            callback()
            self._flush()

        self._effects.then(step)

    def time_s(self) -> float:
        """Return the time by which `call_later` goes."""
        return self._loop.time()

    def next_step(self) -> "asyncio.Future[None]":
        """Return a future that is done when the next step has ended, whatever it was."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(future)
        return future

    def step_ended(self) -> None:
        """Wake who waits for that."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Run nothing more."""
        for timer in self._timers:
            timer.cancel()
