"""`python -m bench.cut_off_clients JOB`: clients that talk while somebody else cuts them off.

Prints the line `talking` when all are connected and talk: cut them then. When all are back, or too much
time has passed, it lets everything arrive and prints the reading as JSON.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from bench import world
from bench.ciphertext import encrypt_messages, read_frames, shared_out, write_frames
from bench.generator import random_partners
from bench.hub_client import ID_IN_APPEND
from bench.jobs import run_job
from bench.people import World
from bench.steady_client import Ledger, SteadyClient
from lanmsg.net.tls import client_context
from lanmsg.wire import ids
from lanmsg.wire.frames import OpenDirect
from lanmsg.wire.limits import MAX_UNAUTHENTICATED

DIRECT_PER_S: Final = 195
EVERYONE_PER_S: Final = 5
EVERYONE_SENDERS: Final = 10
TEXT_BYTES: Final = 128
TALK_BEFORE_S: Final = 5.0
TALK_AFTER_S: Final = 3.0
BACK_TIMEOUT_S: Final = 60.0
DRAIN_TIMEOUT_S: Final = 30.0
SUPPLY_S: Final = int(TALK_BEFORE_S + BACK_TIMEOUT_S + TALK_AFTER_S) + 2
"""There are messages for so long."""
EVERYONE_EACH: Final = EVERYONE_PER_S * SUPPLY_S // EVERYONE_SENDERS
SEED: Final = 13
TICK_S: Final = 0.005
_DIRECT_READERS: Final = 2
_LOGS_EACH: Final = 6
"""Inbox, directory, everyone, account, and two direct conversations: one it writes in, one it only reads."""


@dataclass(frozen=True, slots=True)
class CutOffJob:
    """So many clients, whose world is at `home`, at a running hub."""

    home: str
    port: int
    clients: int


class Talk:
    """Says what is due, from whoever's turn it is."""

    def __init__(self, job: CutOffJob, clients: list[SteadyClient]) -> None:
        self._clients = clients
        self._is_open = True
        order = list(range(job.clients))
        random.Random(SEED).shuffle(order)
        direct, everyone = _supply(job)
        self._direct = [iter(frames) for frames in direct]
        self._everyone = [iter(frames) for frames in everyone]
        self._direct_turns = cycle(order)
        self._everyone_turns = cycle(range(EVERYONE_SENDERS))

    async def talk(self) -> None:
        """Keep the pace until `stop`, whoever is connected or not: people write to their outboxes."""
        started_s, said = time.monotonic(), [0, 0]
        while self._is_open:
            passed_s = time.monotonic() - started_s
            for kind, (per_s, say) in enumerate(
                ((DIRECT_PER_S, self._say_direct), (EVERYONE_PER_S, self._say_to_everyone))
            ):
                while said[kind] < int(passed_s * per_s):
                    said[kind] += 1
                    say()
            await asyncio.sleep(TICK_S)

    def stop(self) -> None:
        """Say no more."""
        self._is_open = False

    def _say_direct(self) -> None:
        self._say(next(self._direct_turns), self._direct, readers=_DIRECT_READERS)

    def _say_to_everyone(self) -> None:
        self._say(next(self._everyone_turns), self._everyone, readers=len(self._clients))

    def _say(self, number: int, supply: list[Iterator[bytes]], *, readers: int) -> None:
        append = next(supply[number])
        self._clients[number].say(append[ID_IN_APPEND], append, readers=readers)


def _supply(job: CutOffJob) -> tuple[list[Iterator[bytes]], list[Iterator[bytes]]]:
    """Return the encrypted messages of each sender to their partner, and to everyone."""
    home = Path(job.home)
    each = DIRECT_PER_S * SUPPLY_S // job.clients + 1
    path = world.pair_frames(home, random_partners(job.clients), each=each, text_bytes=TEXT_BYTES)
    direct = shared_out(read_frames(path), senders=job.clients)
    path = home / f"everyone-{EVERYONE_SENDERS}-{EVERYONE_EACH}-{TEXT_BYTES}.frames"
    if not path.exists():
        write_frames(path, _everyone_frames(World.load(home / world.PEOPLE)))
    everyone = shared_out(read_frames(path), senders=EVERYONE_SENDERS)
    return [iter(frames) for frames in direct], [iter(frames) for frames in everyone]


def _everyone_frames(known: World) -> Iterator[bytes]:
    log = ids.everyone_log(known.database)
    for person in known.people[:EVERYONE_SENDERS]:
        yield from encrypt_messages(known, person, log, count=EVERYONE_EACH, text_bytes=TEXT_BYTES)


async def measure_cut_off(job: CutOffJob) -> dict[str, object]:
    """Connect, talk, come back, and count what arrived."""
    ledger = Ledger()
    clients = await _connect_all(job, ledger)
    talk = Talk(job, clients)
    async with asyncio.TaskGroup() as tasks:
        staying = [tasks.create_task(client.stay()) for client in clients]
        tasks.create_task(talk.talk())
        await asyncio.sleep(TALK_BEFORE_S)
        attempts_before = sum(client.attempts for client in clients)
        print("talking", flush=True)
        await _until(
            lambda: all(client.logins > 1 and client.synced_at_s for client in clients), BACK_TIMEOUT_S
        )
        back_at_s = [client.synced_at_s for client in clients if client.logins > 1 and client.synced_at_s]
        said_when_back = ledger.said
        await asyncio.sleep(TALK_AFTER_S)
        talk.stop()
        await _until(lambda: not ledger.owed and not ledger.unacknowledged, DRAIN_TIMEOUT_S)
        for task in staying:
            task.cancel()
    return {
        "clients": job.clients,
        "back": len(back_at_s),
        "all_back_at_s": max(back_at_s, default=0.0),
        "half_back_at_s": statistics.median(back_at_s) if back_at_s else 0.0,
        "attempts": sum(client.attempts for client in clients) - attempts_before,
        "extra_logins": sum(max(0, client.logins - 2) for client in clients),
        "said": ledger.said,
        "said_when_back": said_when_back,
        "unacknowledged": ledger.unacknowledged,
        "lost": ledger.owed,
        "duplicates": ledger.duplicates,
        "failures": dict(ledger.failures),
        "generator_cpu_s": time.process_time(),
    }


async def _connect_all(job: CutOffJob, ledger: Ledger) -> list[SteadyClient]:
    people = World.load(Path(job.home) / world.PEOPLE).people[: job.clients]
    context = client_context()
    clients = [
        SteadyClient(person, job.port, number=number, context=context, ledger=ledger)
        for number, person in enumerate(people)
    ]
    gate = asyncio.Semaphore(MAX_UNAUTHENTICATED)

    async def connect(client: SteadyClient) -> None:
        async with gate:
            await client.connect()

    async with asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(connect(client))
    for client, partner in zip(clients, random_partners(job.clients), strict=True):
        client.send(OpenDirect(people[partner].user))
    await _until(lambda: all(client.log_count == _LOGS_EACH for client in clients), BACK_TIMEOUT_S)
    if not all(client.logins == 1 and client.log_count == _LOGS_EACH for client in clients):
        raise ConnectionError("not everybody could log in at first")
    return clients


async def _until(is_done: Callable[[], bool], timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not is_done() and time.monotonic() < deadline_s:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    run_job(CutOffJob, measure_cut_off)
