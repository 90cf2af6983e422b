"""`python -m bench.catch_up_client JOB`: a real client comes back and takes all that it has missed.

It has a listener for its events, as a chat has. The reading is JSON on stdout.
"""

import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.backlog import READER, TEXT, open_person
from bench.processes import GENERATOR_CORE
from lanmsg.client import EVERYONE, Client, MessageAdded, MessageState

TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """Where the reader's store is, how much it missed, and when its process was started.

    Times are of the monotonic clock, which all processes of a machine share.
    """

    home: str
    port: int
    messages: int
    started_s: float


async def catch_up(job: Job) -> dict[str, float]:
    """Connect, wait until everything is stored, then look whether it is all there and readable."""
    calling_s, cpu_before_s = time.monotonic(), time.process_time()
    async with open_person(Path(job.home), READER, job.port) as client, asyncio.timeout(TIMEOUT_S):
        logged_in_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_listen(client, job.messages))
            await client.synced()
            synced_s, cpu_s = time.monotonic(), time.process_time() - cpu_before_s
        _check(client, job.messages)
    return {
        "login_s": logged_in_s - calling_s,
        "catch_up_s": synced_s - calling_s,
        "catch_up_from_process_start_s": synced_s - job.started_s,
        "client_cpu_s": cpu_s,
        "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def _listen(client: Client, messages: int) -> None:
    """Take the event of each message."""
    async for event in client.events():
        if isinstance(event, MessageAdded):
            messages -= 1
            if not messages:
                return


def _check(client: Client, messages: int) -> None:
    """Every message is in the store, once, in order, and can be read."""
    stored = client.history(EVERYONE, limit=messages + 1)
    readable = [each for each in stored if each.state is MessageState.RECEIVED and each.text == TEXT]
    if [each.seq for each in readable] != list(range(1, messages + 1)):
        raise RuntimeError(f"{len(readable)} of {messages} messages can be read, {len(stored)} are stored")


def main(text: str) -> None:
    """Run the job and print its reading."""
    os.sched_setaffinity(0, {GENERATOR_CORE})
    print(json.dumps(asyncio.run(catch_up(Job(**json.loads(text))))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
