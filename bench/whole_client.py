"""`python -m bench.whole_client JOB`: one real client in a process of its own, driven by lines.

It says `ready` and is told what comes next: `join` the hub, `meet` everybody, `warm-up` with one message
that hands out the keys. After `go` it keeps a few messages in flight, each with the time in its text,
until its own are sent and all of everybody's are decrypted and stored. Then it prints one line of
JSON, and `end` lets it go.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import GENERATOR_CORE
from lanmsg.client import EVERYONE, Client, ClientSettings, MessageAdded, MessageState

TIMEOUT_S = 240.0
_KNOWN_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Job:
    """Who this client is, and what it does: send so many messages, `window` of them in flight."""

    home: str
    name: str
    port: int
    clients: int
    messages: int
    window: int
    text_bytes: int


class Talk:
    """What one client sends and hears."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job
        self._heard = 0
        self._changed = asyncio.Event()
        self._free = asyncio.Semaphore(job.window)
        self.latencies_s: list[float] = []
        self.own_latencies_s: list[float] = []

    async def listen(self) -> None:
        """Take every message as a face would; for ever."""
        async for event in self._client.events():
            if isinstance(event, MessageAdded):
                message = event.message
                if message.state is MessageState.UNREADABLE:
                    raise RuntimeError(f"unreadable: {message.reason}")
                latency_s = time.monotonic() - float(message.text.split()[0])
                if message.is_own:
                    self.own_latencies_s.append(latency_s)
                    self._free.release()
                else:
                    self.latencies_s.append(latency_s)
                self._heard += 1
                self._changed.set()

    async def send(self, count: int) -> None:
        """Send so many messages, each when there is room in the window."""
        for _ in range(count):
            await self._free.acquire()
            text = f"{time.monotonic():.6f} "
            await self._client.send(EVERYONE, text.ljust(self._job.text_bytes, "x"))

    async def has_heard(self, each: int) -> None:
        """Wait until this client has so many messages of everybody, since the last `forget`."""
        while self._heard < each * self._job.clients:
            self._changed.clear()
            await self._changed.wait()

    def forget(self) -> None:
        """Count from here."""
        self._heard = 0
        self.latencies_s.clear()
        self.own_latencies_s.clear()


async def run(job: Job) -> None:
    """Join, wait for the others, talk, report."""
    settings = ClientSettings(home=Path(job.home), hub=f"127.0.0.1:{job.port}", name=job.name)
    await _command("ready", "join")
    async with asyncio.timeout(TIMEOUT_S), Client(settings) as client, asyncio.TaskGroup() as tasks:
        talk = Talk(client, job)
        listening = tasks.create_task(talk.listen())
        await _command("ready", "meet")
        await client.synced()
        while len(client.people()) < job.clients:
            await asyncio.sleep(_KNOWN_LOOK_S)
        await _command("ready", "warm-up")
        await talk.send(1)  # hands out the keys
        await talk.has_heard(1)
        talk.forget()
        await _command("ready", "go")
        before_s = time.process_time()
        await talk.send(job.messages)
        await talk.has_heard(job.messages)
        await _command(_report(talk, time.process_time() - before_s), "end")
        listening.cancel()


def _report(talk: Talk, cpu_s: float) -> str:
    return json.dumps(
        {
            "finished_s": time.monotonic(),
            "cpu_s": cpu_s,
            "latencies_s": talk.latencies_s,
            "own_latencies_s": talk.own_latencies_s,
        }
    )


async def _command(said: str, expected: str) -> None:
    """Say something, and wait for the answer."""
    print(said, flush=True)
    line = await asyncio.to_thread(sys.stdin.readline)
    if line.strip() != expected:
        raise RuntimeError(f"expected {expected}, got {line!r}")


if __name__ == "__main__":
    os.sched_setaffinity(0, {GENERATOR_CORE})
    asyncio.run(run(Job(**json.loads(sys.argv[1]))))
