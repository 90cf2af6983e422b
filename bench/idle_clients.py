"""`python -m bench.idle_clients JOB`: thousands of clients that log in and stay, in a process of their own.

The job is JSON on the command line, the reading JSON on stdout.
"""

import asyncio
import gc
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from bench.idle_connections import IdleConnection
from bench.idle_greeting import OpenClient
from bench.idle_peers import IDLE_PEERS
from bench.jobs import run_job
from bench.latency import Latencies
from bench.processes import cpu_s, machine_cpu_s, resident_bytes
from lanmsg.wire.limits import MAX_UNAUTHENTICATED, PING_INTERVAL_S

SETTLE_S: Final = 5.0
"""After the last login: who came is told to all, and buffers are given back."""
TICK_S: Final = 0.01
LAST_ANSWERS_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class IdleJob:
    """So many clients at a running server; `seconds` of rest are measured."""

    peer: str
    port: int
    server_pid: int
    clients: int
    seconds: float


class Heartbeats:
    """Pings each client that has joined once an interval, from its login on, as clients do."""

    def __init__(self) -> None:
        self.clients: list[IdleConnection] = []
        self.pings = 0
        self._due: deque[tuple[float, IdleConnection]] = deque()

    @property
    def pongs(self) -> int:
        """Heartbeats that were answered."""
        return sum(client.pongs for client in self.clients)

    def join(self, client: IdleConnection) -> None:
        """Take a client that has just logged in."""
        self.clients.append(client)
        self._due.append((time.perf_counter() + PING_INTERVAL_S, client))

    async def beat(self) -> None:
        """Ping for ever. All wait equally long, so those who are due are at the front."""
        while True:
            now_s = time.perf_counter()
            while self._due and self._due[0][0] <= now_s:
                due_s, client = self._due.popleft()
                self._due.append((due_s + PING_INTERVAL_S, client))
                client.ping()
                self.pings += 1
            await asyncio.sleep(TICK_S)


async def measure_idle(job: IdleJob) -> dict[str, float]:
    """Log everybody in, let them rest, and say what that cost the server."""
    opener = IDLE_PEERS[job.peer].opener(job.port, job.clients)
    await asyncio.sleep(SETTLE_S)
    empty_bytes = resident_bytes(job.server_pid)
    heartbeats = Heartbeats()
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(heartbeats.beat())
        logins = await _log_all_in(job, opener, heartbeats)
        gc.collect()
        gc.freeze()
        await asyncio.sleep(SETTLE_S)
        connected_bytes = resident_bytes(job.server_pid)
        rest = await _rest(job, heartbeats)
        idle_bytes = resident_bytes(job.server_pid)
        beating.cancel()
    await asyncio.sleep(LAST_ANSWERS_S)
    grown_bytes = max(connected_bytes, idle_bytes) - empty_bytes
    return {
        **logins,
        **rest,
        "empty_bytes": empty_bytes,
        "connected_bytes": connected_bytes,
        "idle_bytes": idle_bytes,
        "kib_per_client": grown_bytes / job.clients / 1024,
        "unanswered": heartbeats.pings - heartbeats.pongs,
        "lost": sum(client.is_lost for client in heartbeats.clients),
    }


async def _log_all_in(job: IdleJob, opener: OpenClient, heartbeats: Heartbeats) -> dict[str, float]:
    """Let as many come at a time as the hub has room for strangers."""
    gate = asyncio.Semaphore(MAX_UNAUTHENTICATED)
    waits = Latencies()

    async def log_in(number: int) -> None:
        async with gate:
            started_s = time.perf_counter()
            client = await opener(number)
            waits.add(time.perf_counter() - started_s)
            heartbeats.join(client)

    before = _moment(job)
    async with asyncio.TaskGroup() as tasks:
        for number in range(job.clients):
            tasks.create_task(log_in(number))
    passed = {name: value - before[name] for name, value in _moment(job).items()}
    figures = {f"login_{name}": value for name, value in passed.items()}
    return {**figures, **waits.as_json("login"), "logins_per_s": job.clients / passed["seconds"]}


async def _rest(job: IdleJob, heartbeats: Heartbeats) -> dict[str, float]:
    """Measure while nothing happens but heartbeats."""
    pings_before = heartbeats.pings
    before = _moment(job)
    await asyncio.sleep(job.seconds)
    passed = {name: value - before[name] for name, value in _moment(job).items()}
    return {**passed, "pings": heartbeats.pings - pings_before}


def _moment(job: IdleJob) -> dict[str, float]:
    return {
        "seconds": time.perf_counter(),
        "generator_cpu_s": time.process_time(),
        "server_cpu_s": cpu_s(job.server_pid),
        "machine_cpu_s": machine_cpu_s(),
    }


if __name__ == "__main__":
    run_job(IdleJob, measure_idle)
