"""`python -m bench.catch_up_talk JOB`: people talk in pairs at a fixed pace until stdin ends.

Says `talking` once it does, and at the end prints as JSON when each delivery was due and how long it
took. A process of its own, so that the crowd beside it does not hold up the clock.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.jobs import run_job
from bench.pacing import SETTLE_S, TICK_S, Metronome, PacedClient, Stopwatch
from bench.peers.interface import Plan
from bench.peers.lanmsg_hub import LanmsgHub

SEED = 13


@dataclass(frozen=True, slots=True)
class Job:
    """How many people of the world in `home` talk, how fast, and of how many messages they have each."""

    home: str
    port: int
    talkers: int
    per_s: int
    messages_each: int

    def plan(self) -> Plan:
        """Return the part that the hub's clients must know."""
        return Plan(
            clients=self.talkers,
            payload=b"",
            text_bytes=128,
            entry_bytes=0,
            messages=self.talkers * self.messages_each,
            room_messages=0,
            home=Path(self.home),
        )


class Diary(Stopwatch):
    """A stopwatch that also notes when each delivery was due."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: list[tuple[float, float]] = []

    def on_delivered(self, mark: bytes) -> None:
        """A reader has it."""
        before = len(self.delivered.readings_s)
        super().on_delivered(mark)
        now_s = time.perf_counter()
        self.deliveries += [(now_s - took_s, took_s) for took_s in self.delivered.readings_s[before:]]


def partners(talkers: int) -> list[int]:
    """Return for each whom they write to: people talk in pairs."""
    return [number ^ 1 for number in range(talkers)]


async def talk(job: Job) -> dict[str, object]:
    """Talk until stdin ends."""
    diary = Diary()
    clients = await LanmsgHub().open_paced(job.port, job.plan(), partners(job.talkers), diary)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    print("talking", flush=True)
    await _keep_pace(clients, job.per_s, ended)
    await asyncio.sleep(SETTLE_S)
    return {"deliveries": diary.deliveries, "lost": diary.owed}


async def _keep_pace(clients: Sequence[PacedClient], per_s: int, ended: asyncio.Event) -> None:
    chance = random.Random(SEED)
    metronome = Metronome(per_s)
    start_s = time.perf_counter()
    while not ended.is_set():
        for due_s in metronome.due(time.perf_counter() - start_s):
            chance.choice(clients).send_direct(start_s + due_s)
        await asyncio.sleep(TICK_S)


if __name__ == "__main__":
    run_job(Job, talk)
