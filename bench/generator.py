"""`python -m bench.generator JOB`: one measurement from the generator's side, in a process of its own.

The job is JSON on the command line, the reading JSON on stdout. A fresh process for each, so that no
measurement inherits another's memory.
"""

import asyncio
import gc
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

from bench.flow import PairsFlow, RoomFlow, measure
from bench.jobs import run_job
from bench.pacing import SETTLE_S, Pace, Stopwatch, keep_pace
from bench.peers.interface import Plan
from bench.peers.lanmsg_hub import LanmsgHub
from bench.peers.registry import PEERS
from bench.peers.thread_per_client import ThreadPerClient
from bench.processes import cpu_s, machine_cpu_s

SEED = 7
SETTLE_AFTER_JOINING_S = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure, at which running server."""

    workload: str
    peer: str
    port: int
    server_pid: int
    clients: int
    window: int
    payload_bytes: int
    text_bytes: int
    entry_bytes: int
    messages: int
    room_messages: int
    direct_per_s: int
    room_per_s: int
    devices: int
    home: str
    warm_up_s: float
    seconds: float

    def plan(self) -> Plan:
        """Return the part that peers must know."""
        return Plan(
            clients=self.clients,
            payload=os.urandom(self.payload_bytes),
            text_bytes=self.text_bytes,
            entry_bytes=self.entry_bytes,
            messages=self.messages,
            room_messages=self.room_messages,
            devices=self.devices,
            home=Path(self.home),
        )


def random_partners(clients: int, *, devices: int = 1) -> list[int]:
    """Return for each client whom it writes to: everybody is written to by one, nobody by themselves.

    With several devices of each person, side by side in the list: the first device of the other person.
    """
    people = clients // devices
    order = list(range(people))
    random.Random(SEED).shuffle(order)
    partner = {person: order[(place + 1) % people] for place, person in enumerate(order)}
    return [devices * partner[client // devices] for client in range(clients)]


async def run_closed_loop(job: Job) -> dict[str, float]:
    """Connect, keep a window of messages in flight, and say what came of it."""
    peer = PEERS[job.peer]
    plan = job.plan()
    acknowledges = peer.facts.acknowledges
    flow: RoomFlow | PairsFlow
    if job.workload == "room":
        room = await peer.open_room(job.port, plan)
        everybody = [room.sender, *room.readers]
        flow = RoomFlow(room.sender, room.readers, window=job.window, acknowledges=acknowledges)
    else:
        partners = random_partners(job.clients)
        everybody = list(await peer.open_pairs(job.port, plan, partners))
        flow = PairsFlow(everybody, partners, window=job.window, acknowledges=acknowledges)
    await _settle()
    reading = await measure(
        flow, warm_up_s=job.warm_up_s, seconds=job.seconds, server_cpu_s=lambda: cpu_s(job.server_pid)
    )
    for client in everybody:
        if client.is_lost:
            raise ConnectionError(f"a connection was lost: {getattr(client, 'failure', '')}")
    return reading.as_json()


async def run_paced(job: Job) -> dict[str, float]:
    """Connect, send at a fixed pace, and say how long messages took."""
    peer = PEERS[job.peer]
    assert isinstance(peer, LanmsgHub | ThreadPerClient)
    stopwatch = Stopwatch()
    clients = await peer.open_paced(
        job.port, job.plan(), random_partners(job.clients, devices=job.devices), stopwatch
    )
    await _settle()
    before = _processor_times(job)
    seconds = await keep_pace(clients, Pace(job.direct_per_s, job.room_per_s), seconds=job.seconds)
    after = _processor_times(job)
    used = {name: after[name] - before[name] for name in before}
    return {**stopwatch.as_json(), **used, "seconds": seconds + 2 * SETTLE_S}


def _processor_times(job: Job) -> dict[str, float]:
    return {
        "generator_cpu_s": time.process_time(),
        "server_cpu_s": cpu_s(job.server_pid),
        "machine_cpu_s": machine_cpu_s(),
    }


async def _settle() -> None:
    """Let pass what joining has set off, and keep what is there out of later collections."""
    gc.collect()
    gc.freeze()
    await asyncio.sleep(SETTLE_AFTER_JOINING_S)


WORKLOADS = {"room": run_closed_loop, "pairs": run_closed_loop, "paced": run_paced}


async def run_workload(job: Job) -> dict[str, float]:
    """Run the job as its workload says."""
    return await WORKLOADS[job.workload](job)


if __name__ == "__main__":
    run_job(Job, run_workload)
