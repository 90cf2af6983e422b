"""`python -m bench.idle_clients JOB`: thousands of clients that log in and stay, in a process of their own.

The job is JSON on the command line, the reading JSON on stdout.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiofastnet

from bench.idle_connections import IdleConnection
from bench.idle_peers import IDLE_PEERS, OpenClient
from bench.latency import Latencies
from bench.processes import GENERATOR_CORE, allow_many_connections, cpu_s, machine_cpu_s, resident_bytes
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


async def measure_idle(job: IdleJob) -> dict[str, float]:
    """Log everybody in, let them rest, and say what that cost the server."""
    opener = IDLE_PEERS[job.peer].opener(job.port, job.clients)
    await asyncio.sleep(SETTLE_S)
    empty_bytes = resident_bytes(job.server_pid)
    clients, logins = await _log_all_in(job, opener)
    gc.collect()
    gc.freeze()
    await asyncio.sleep(SETTLE_S)
    connected_bytes = resident_bytes(job.server_pid)
    rest = await _rest(job, clients)
    idle_bytes = resident_bytes(job.server_pid)
    grown_bytes = max(connected_bytes, idle_bytes) - empty_bytes
    return {
        **logins,
        **rest,
        "empty_bytes": empty_bytes,
        "connected_bytes": connected_bytes,
        "idle_bytes": idle_bytes,
        "kib_per_client": grown_bytes / job.clients / 1024,
        "lost": sum(client.is_lost for client in clients),
    }


async def _log_all_in(job: IdleJob, opener: OpenClient) -> tuple[list[IdleConnection], dict[str, float]]:
    """Let as many come at a time as the hub has room for strangers."""
    gate = asyncio.Semaphore(MAX_UNAUTHENTICATED)
    waits = Latencies()

    async def log_in(number: int) -> IdleConnection:
        async with gate:
            started_s = time.perf_counter()
            client = await opener(number)
            waits.add(time.perf_counter() - started_s)
            return client

    before = _moment(job)
    async with asyncio.TaskGroup() as tasks:
        logins = [tasks.create_task(log_in(number)) for number in range(job.clients)]
    passed = {name: value - before[name] for name, value in _moment(job).items()}
    figures = {f"login_{name}": value for name, value in passed.items()}
    return [login.result() for login in logins], {
        **figures,
        **waits.as_json("login"),
        "logins_per_s": job.clients / passed["seconds"],
    }


async def _rest(job: IdleJob, clients: Sequence[IdleConnection]) -> dict[str, float]:
    """Send each client's heartbeat once an interval, all of them spread evenly over it."""
    pings = 0
    pongs_before = sum(client.pongs for client in clients)
    before = _moment(job)
    while (passed_s := time.perf_counter() - before["seconds"]) < job.seconds:
        due = int(passed_s * len(clients) / PING_INTERVAL_S)
        for number in range(pings, due):
            clients[number % len(clients)].ping()
        pings = due
        await asyncio.sleep(TICK_S)
    passed = {name: value - before[name] for name, value in _moment(job).items()}
    await asyncio.sleep(LAST_ANSWERS_S)
    pongs = sum(client.pongs for client in clients) - pongs_before
    return {**passed, "pings": pings, "pongs": pongs}


def _moment(job: IdleJob) -> dict[str, float]:
    return {
        "seconds": time.perf_counter(),
        "generator_cpu_s": time.process_time(),
        "server_cpu_s": cpu_s(job.server_pid),
        "machine_cpu_s": machine_cpu_s(),
    }


def main(text: str) -> None:
    """Run the job and print its reading."""
    os.sched_setaffinity(0, {GENERATOR_CORE})
    allow_many_connections()
    with asyncio.Runner(loop_factory=aiofastnet.loop_factory()) as runner:
        print(json.dumps(runner.run(measure_idle(IdleJob(**json.loads(text))))), flush=True)
    os._exit(0)  # thousands of connections need no goodbye


if __name__ == "__main__":
    main(sys.argv[1])
