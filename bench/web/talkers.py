"""`python -m bench.web.talkers JOB`: native clients talk to everyone at a fixed pace until stdin ends."""

import asyncio
import contextlib
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.backlog import TEXT, open_person
from bench.pacing import TICK_S, Metronome
from bench.processes import SERVER_CORE
from lanmsg.client import EVERYONE, Client

_NAMES = ("anna", "bela", "cyril", "dora")


@dataclass(frozen=True, slots=True)
class Job:
    """Where the talkers live, where the hub is, and how many messages a second they write together."""

    home: str
    port: int
    per_s: int


async def talk(job: Job) -> dict[str, float]:
    """Talk until stdin ends; return how many messages a second it was."""
    async with contextlib.AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(open_person(Path(job.home), name, job.port)) for name in _NAMES
        ]
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
        print("talking", flush=True)
        start_s = time.perf_counter()
        sent = await _keep_pace(people, job.per_s, ended)
        return {"messages_per_s": sent / (time.perf_counter() - start_s)}


async def _keep_pace(people: list[Client], per_s: int, ended: asyncio.Event) -> int:
    metronome, start_s, sent = Metronome(per_s), time.perf_counter(), 0
    while not ended.is_set():
        for _ in metronome.due(time.perf_counter() - start_s):
            await people[sent % len(people)].send(EVERYONE, TEXT)
            sent += 1
        await asyncio.sleep(TICK_S)
    return sent


def main(text: str) -> None:
    """Run the job and print its reading."""
    os.sched_setaffinity(0, {SERVER_CORE})
    print(json.dumps(asyncio.run(talk(Job(**json.loads(text))))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
