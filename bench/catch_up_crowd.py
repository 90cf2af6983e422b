"""`python -m bench.catch_up_crowd JOB`: many devices come back at once and take all they have missed.

One core cannot decrypt for hundreds, so these clients do what a client does but for that: they fetch
directory, inbox and conversation page by page, the next one as soon as one has come, check that no seq
is missing, and acknowledge. So they ask faster than real ones could. The reading is JSON on stdout.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bench.hub_client import HubClient, log_all_in
from bench.jobs import run_job
from bench.people import World
from bench.processes import cpu_s
from bench.world import PEOPLE
from lanmsg.wire import ids
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.frames import Ack, Entries, Fetch, HubFrame

TIMEOUT_S = 200.0


@dataclass(frozen=True, slots=True)
class Job:
    """Who comes back to which hub: `clients` people of the world in `home`, behind the first `talkers`."""

    home: str
    port: int
    server_pid: int
    talkers: int
    clients: int
    messages: int


class Returning:
    """A client that takes one log after the other."""

    def __init__(self, client: HubClient, database: ids.DatabaseId) -> None:
        self._client = client
        self._directory = ids.directory_log(database)
        logs = [self._directory, ids.inbox_log(database, client.person.device), ids.everyone_log(database)]
        self._logs = iter([log for log in logs if client.heads[log]])
        self._log = ids.LogId(b"")
        self._seq = 0
        self.pages = 0
        self.received_bytes = 0
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """How many entries of the last log came."""
        client.on_frame = self._take

    def start(self) -> None:
        """Ask for the next log, from its beginning."""
        log = next(self._logs, None)
        if log is None:
            self.done.set_result(self._seq)
            return
        self._log, self._seq = log, 0
        self._client.transport.write(encode_frame(Fetch(log, 0)))

    def _take(self, frame: HubFrame) -> None:
        if not isinstance(frame, Entries) or frame.log != self._log or self.done.done():
            return
        if frame.first_seq != self._seq + 1:
            self.done.set_exception(RuntimeError(f"entry {self._seq + 1} is missing"))
            return
        self._seq += len(frame.items)
        self.pages += 1
        self.received_bytes += sum(len(memoryview(item)) for item in frame.items)
        if self._log != self._directory:  # which needs no ack
            self._client.transport.write(encode_frame(Ack(self._log, self._seq)))
        if self._seq < frame.head:
            self._client.transport.write(encode_frame(Fetch(self._log, self._seq)))
        else:
            self.start()


async def run_crowd(job: Job) -> dict[str, float]:
    """Log all in, let them start at once, and wait until everybody has everything."""
    world = World.load(Path(job.home) / PEOPLE)
    people = world.people[job.talkers : job.talkers + job.clients]
    clients = await log_all_in(people, job.port)
    crowd = [Returning(client, world.database) for client in clients]
    server_before_s, own_before_s = cpu_s(job.server_pid), time.process_time()
    started_s = time.monotonic()
    for each in crowd:
        each.start()
    async with asyncio.timeout(TIMEOUT_S):
        counts = await asyncio.gather(*(each.done for each in crowd))
    finished_s = time.monotonic()
    if counts != [job.messages] * job.clients:
        raise RuntimeError(f"somebody has {min(counts)} messages of {job.messages}")
    return {
        "started_s": started_s,
        "finished_s": finished_s,
        "hub_cpu_s": cpu_s(job.server_pid) - server_before_s,
        "crowd_cpu_s": time.process_time() - own_before_s,
        "pages": sum(each.pages for each in crowd),
        "entries_mib": sum(each.received_bytes for each in crowd) / 2**20,
    }


if __name__ == "__main__":
    run_job(Job, run_crowd)
