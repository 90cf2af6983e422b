"""Events to any number of listeners, each at its own pace."""

import asyncio
from collections import deque

from lanmsg.client.errors import EventsLost
from lanmsg.client.events import Event, Stopped

MAX_WAITING_EVENTS = 10_000
"""A listener this far behind is told so, and reads `history` again."""


class EventStream:
    """An async iterator over all events since it was made. Ends after `Stopped`, or when closed."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._is_closed = False
        self._has_lost = False

    def put(self, event: Event) -> None:
        """Add an event; beyond the limit all that wait are dropped and the listener is told."""
        if len(self._waiting) >= MAX_WAITING_EVENTS:
            self._waiting.clear()
            self._has_lost = True
        self._waiting.append(event)
        self._is_closed = self._is_closed or isinstance(event, Stopped)
        self._arrived.set()

    def close(self) -> None:
        """End the stream behind what waits."""
        self._is_closed = True
        self._arrived.set()

    def __aiter__(self) -> "EventStream":
        """Return itself."""
        return self

    async def __anext__(self) -> Event:
        """Return the next event. Raises EventsLost once after some were dropped."""
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        if self._has_lost:
            self._has_lost = False
            raise EventsLost(f"more than {MAX_WAITING_EVENTS} events waited")
        return self._waiting.popleft()
