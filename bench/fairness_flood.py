"""`python -m bench.fairness_flood JOB`: people who send as fast as they can, and all who read it.

Each flooder keeps a window of unacknowledged messages and waits for no reader: that is a flood. It says
`flooding` once it does, ends when stdin does, and prints its reading as JSON.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ciphertext import encrypt_messages, read_frames, shared_out, write_frames
from bench.hub_client import HubClient, log_all_in
from bench.jobs import run_job
from bench.people import World
from bench.processes import cpu_s
from bench.world import PEOPLE
from lanmsg.wire import ids
from lanmsg.wire.frames import Heads, OpenDirect

TEXT_BYTES = 128
CHATTERS = 2
"""The last people of the world: they talk, and do not belong to the flood."""
WARM_UP_S = 2.0
GIVES_WAY = 10
"""The nice value of this process: the chat beside it runs first."""
_EACH = {"room": 12_000, "pairs": 45_000}
"""Messages of each flooder: enough for the time that the chat takes, with some to spare."""


@dataclass(frozen=True, slots=True)
class FloodJob:
    """`flood` is a key of `bench.fairness.FLOODS`; `home` is the directory of the world."""

    home: str
    port: int
    server_pid: int
    flood: str
    clients: int
    flooders: int
    window: int


class Flood:
    """Counts what the hub took, and sends as much again."""

    def __init__(self, clients: Sequence[HubClient], *, flooders: int, window: int) -> None:
        self._flooders = clients[:flooders]
        self._window = window
        self.acknowledged = 0
        self.delivered = 0
        self.is_used_up = False
        for client in clients:
            client.on_delivered = self._on_delivered
            client.start_counting()
        for flooder in self._flooders:
            flooder.on_acknowledged = self._crediting(flooder)

    def start(self) -> None:
        """Fill all windows."""
        for flooder in self._flooders:
            flooder.send(self._window)

    def _on_delivered(self, count: int) -> None:
        self.delivered += count

    def _crediting(self, flooder: HubClient) -> Callable[[int], None]:
        def credit(count: int) -> None:
            self.acknowledged += count
            self.is_used_up |= flooder.send(count) < count

        return credit


def make_frames(home: Path, *, flooders: int) -> None:
    """Encrypt what they will send; made once."""
    for flood, each in _EACH.items():
        path = _frames_file(home, flood, flooders)
        if not path.exists():
            write_frames(path, _encrypted(World.load(home / PEOPLE), flood, flooders=flooders, each=each))


def _encrypted(world: World, flood: str, *, flooders: int, each: int) -> Iterator[bytes]:
    everyone = ids.everyone_log(world.database)
    for number, person in enumerate(world.people[:flooders]):
        partner = world.people[_partner(number)]
        direct = ids.direct_log(world.database, person.user, partner.user)
        log = everyone if flood == "room" else direct
        yield from encrypt_messages(world, person, log, count=each, text_bytes=TEXT_BYTES)


def _frames_file(home: Path, flood: str, flooders: int) -> Path:
    return home / f"flood-{flood}-{flooders}-{_EACH[flood]}-{TEXT_BYTES}.frames"


def _partner(number: int) -> int:
    """Return the other one of a pair: 0 and 1, 2 and 3, and so on."""
    return number ^ 1


async def run_flood(job: FloodJob) -> dict[str, float | bool]:
    """Log all in but the chatters, flood until told to end, and say how much it was."""
    people = World.load(Path(job.home) / PEOPLE).people
    clients = await log_all_in(people[: job.clients - CHATTERS], job.port)
    if job.flood == "pairs":
        for number, client in enumerate(clients[: job.flooders]):
            await client.request(OpenDirect(people[_partner(number)].user), Heads)
    if job.flood in _EACH:
        frames = read_frames(_frames_file(Path(job.home), job.flood, job.flooders))
        for client, own in zip(clients, shared_out(frames, senders=job.flooders), strict=False):
            client.load(iter(own))
    gc.collect()
    gc.freeze()
    flood = Flood(clients, flooders=job.flooders, window=job.window)
    flood.start()
    await asyncio.sleep(WARM_UP_S)
    start = _moment(flood, job.server_pid)
    print("flooding", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    passed = [now - then for then, now in zip(start, _moment(flood, job.server_pid), strict=True)]
    if any(client.is_lost for client in clients):
        raise ConnectionError("the hub hung up: " + "; ".join({client.failure for client in clients}))
    return {
        "flood_messages_per_s": passed[0] / passed[4],
        "flood_deliveries_per_s": passed[1] / passed[4],
        "flood_core": passed[2] / passed[4],
        "server_core": passed[3] / passed[4],
        "flood_ended_early": flood.is_used_up and job.flood in _EACH,
    }


def _moment(flood: Flood, server_pid: int) -> tuple[float, ...]:
    return flood.acknowledged, flood.delivered, time.process_time(), cpu_s(server_pid), time.perf_counter()


if __name__ == "__main__":
    os.nice(GIVES_WAY)
    run_job(FloodJob, run_flood)
