"""Messages at a fixed pace, and how long each takes: the load of W3, and the background of W5.

A message's time starts when it was due, not when it was sent: a server that holds up the generator
does not thereby look better.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bench.latency import Latencies

TICK_S: Final = 0.001
SEED: Final = 11
SETTLE_S: Final = 2.0
"""How long the pace runs before it counts, and how long it waits at the end for what is on its way."""


class PacedClient(Protocol):
    """A connection that can send one message at a time."""

    def send_direct(self, due_s: float) -> None:
        """Send the next message to the client's partner; it was due at this time."""

    def send_to_room(self, due_s: float) -> None:
        """Send the next message to everybody."""


class Stopwatch:
    """Knows when each message was due, and collects how long its ways took."""

    def __init__(self) -> None:
        self._due_s: dict[bytes, float] = {}
        self.acknowledged = Latencies()
        self.delivered = Latencies()
        self.owed = 0
        """Deliveries that must still come of the messages that count."""

    def sent(self, mark: bytes, due_s: float, *, deliveries: int) -> None:
        """Note a message on its way; one before the time that counts is due at 0."""
        if due_s:
            self._due_s[mark] = due_s
            self.owed += deliveries

    def on_delivered(self, mark: bytes) -> None:
        """A reader has it."""
        due_s = self._due_s.get(mark)
        if due_s is not None:
            self.delivered.add(time.perf_counter() - due_s)
            self.owed -= 1

    def on_acknowledged(self, mark: bytes) -> None:
        """Its sender was told."""
        due_s = self._due_s.get(mark)
        if due_s is not None:
            self.acknowledged.add(time.perf_counter() - due_s)

    def as_json(self) -> dict[str, float]:
        """Return the figures."""
        return {
            **self.acknowledged.as_json("ack"),
            **self.delivered.as_json("delivery"),
            "lost": self.owed,
        }


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages a second, to partners and to the room of everybody."""

    direct_per_s: int
    room_per_s: int


async def keep_pace(clients: Sequence[PacedClient], pace: Pace, *, seconds: float) -> float:
    """Send at this pace for so long after a time to settle; return the seconds that counted."""
    chance = random.Random(SEED)
    direct = Metronome(pace.direct_per_s)
    room = Metronome(pace.room_per_s)
    start_s = time.perf_counter()
    while (passed_s := time.perf_counter() - start_s) < SETTLE_S + seconds:
        for due_s in direct.due(passed_s):
            chance.choice(clients).send_direct(_counted(due_s, start_s))
        for due_s in room.due(passed_s):
            clients[0].send_to_room(_counted(due_s, start_s))
        await asyncio.sleep(TICK_S)
    await asyncio.sleep(SETTLE_S)
    return seconds


def _counted(due_s: float, start_s: float) -> float:
    return start_s + due_s if due_s >= SETTLE_S else 0.0


class Metronome:
    """Says what is due at so many beats a second, the first at 0 s."""

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._beats = 0

    def due(self, passed_s: float) -> list[float]:
        """Return the times of the beats that have passed since the last call."""
        first, self._beats = self._beats, int(passed_s * self._per_s) + 1 if self._per_s else 0
        return [beat / self._per_s for beat in range(first, self._beats)]
