"""`python -m bench.generator JOB`: one measurement from the generator's side, in a process of its own.

The job is JSON on the command line, the reading JSON on stdout. A fresh process for each, so that no
measurement inherits another's memory.
"""

import asyncio
import gc
import json
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import aiofastnet

from bench.flow import PairsFlow, RoomFlow, measure
from bench.peers.interface import Plan
from bench.peers.registry import PEERS
from bench.processes import GENERATOR_CORE, allow_many_connections, cpu_s

SEED = 7


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
            home=Path(self.home),
        )


def random_partners(clients: int) -> list[int]:
    """Return for each client whom it writes to: everybody is written to by one, nobody by themselves."""
    order = list(range(clients))
    random.Random(SEED).shuffle(order)
    return [order[(order.index(client) + 1) % clients] for client in range(clients)]


async def run_job(job: Job) -> dict[str, float]:
    """Connect, measure, and say what came of it."""
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
        clients = await peer.open_pairs(job.port, plan, partners)
        everybody = list(clients)
        flow = PairsFlow(clients, partners, window=job.window, acknowledges=acknowledges)
    gc.collect()
    gc.freeze()
    await asyncio.sleep(0.5)  # what joining has set off
    reading = await measure(
        flow,
        warm_up_s=job.warm_up_s,
        seconds=job.seconds,
        server_cpu_s=lambda: cpu_s(job.server_pid),
    )
    for client in everybody:
        if client.is_lost:
            raise ConnectionError(f"a connection was lost: {getattr(client, 'failure', '')}")
    return reading.as_json()


def main(text: str) -> None:
    """Run the job and print its reading."""
    os.sched_setaffinity(0, {GENERATOR_CORE})
    allow_many_connections()
    job = Job(**json.loads(text))
    with asyncio.Runner(loop_factory=aiofastnet.loop_factory()) as runner:
        print(json.dumps(runner.run(run_job(job))), flush=True)
    os._exit(0)  # thousands of connections need no goodbye


if __name__ == "__main__":
    main(sys.argv[1])
