"""Group commit: what arrives in one tick, or while a commit runs, becomes one batch.

The event loop owns this; only `LogWriter.commit` and `.read` run elsewhere. One hop to the writer
thread carries a whole batch (57 µs measured), never a single statement.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog

from lanmsg.hub.jobs import Changes, Committed, Job, MembersPage, Outcome, Page, ReadJob, ReadMembersJob
from lanmsg.hub.log_writer import LogWriter
from lanmsg.wire.limits import COMMIT_BATCH_ENTRIES, WRITER_QUEUE_ENTRIES

R = TypeVar("R")

log = structlog.get_logger("lanmsg.hub")

_Read = tuple[ReadJob | ReadMembersJob, Callable[[Page | MembersPage], None]]

BATCH_DELIVERIES = 128 * 1024
"""What the messages for crowds in one batch may add up to, entries times readers: some 0.1 s of writing."""
READS_PER_HOP = 8
"""Pages read between two commits: a commit waits for some 8 ms of reading at most."""


class Executor(Protocol):
    """Runs one function at a time, in the order given, off the event loop or on it."""

    def submit(
        self, function: Callable[[], R], done: Callable[[R], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Run `function`, then call `done` or `failed` on the event loop."""

    def close(self) -> None:
        """Finish what was submitted, then stop."""


class InlineExecutor:
    """Runs everything on the event loop: for tests under controlled time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def submit(
        self, function: Callable[[], R], done: Callable[[R], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Run `function` now and call back in the loop's next round."""
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - the whole point is to hand it to `failed`
            self._loop.call_soon(failed, error)
        else:
            self._loop.call_soon(done, result)

    def close(self) -> None:
        """Nothing runs, nothing to stop."""


class ThreadExecutor:
    """Runs everything on one thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, name: str) -> None:
        self._loop = loop
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()

    def submit(
        self, function: Callable[[], R], done: Callable[[R], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Queue `function` for the thread."""
        self._tasks.put(partial(self._do, function, done, failed))

    def _do(
        self, function: Callable[[], R], done: Callable[[R], None], failed: Callable[[BaseException], None]
    ) -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - handed to `failed`, which stops the hub
            self._call(failed, error)
        else:
            self._call(done, result)

    def _call(self, callback: Callable[..., None], value: Any) -> None:  # noqa: ANN401 - passed through
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, value)

    def close(self) -> None:
        """Finish what was queued, then end the thread."""
        self._tasks.put(None)
        self._thread.join()


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """What the queue holds and has done since the start."""

    waiting_jobs: int
    waiting_reads: int
    batches: int
    jobs: int


class CommitQueue:
    """Feeds the log writer and hands its outcomes out on the event loop.

    Messages for a crowd have a queue of their own, which waits while earlier ones are still going out
    and takes turns with the other: a flood in a large room holds up no chat of two, and what gathers
    meanwhile reaches each reader in one write. Jobs of one queue are done in order, and a log's are all
    in one. `is_serving_crowd` tells whether earlier ones are going out; call `crowd_served` at the end.

    `published` is called once a batch with everything it changed, after the outcomes were handed
    out; `failed` once, with the storage's error, after which nothing is accepted or answered.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        writer: LogWriter,
        executor: Executor,
        *,
        is_serving_crowd: Callable[[], bool],
        published: Callable[[Changes], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._is_serving_crowd = is_serving_crowd
        self._loop = loop
        self._writer = writer
        self._executor = executor
        self._published = published
        self._on_failure = failed
        self._jobs: deque[tuple[Job, Callable[[Outcome], None]]] = deque()
        self._crowd_jobs: deque[tuple[Job, Callable[[Outcome], None], int]] = deque()
        self._was_crowd = False
        self._reads: deque[_Read] = deque()
        self._is_busy = False
        self._has_failed = False
        self._was_read = True
        self._batches = 0
        self._done_jobs = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        """Whether senders must be told to come back later."""
        return self._waiting_jobs >= WRITER_QUEUE_ENTRIES

    @property
    def _waiting_jobs(self) -> int:
        return len(self._jobs) + len(self._crowd_jobs)

    def statistics(self) -> QueueStatistics:
        """Return a snapshot."""
        return QueueStatistics(self._waiting_jobs, len(self._reads), self._batches, self._done_jobs)

    def put(self, job: Job, done: Callable[[Outcome], None]) -> None:
        """Queue a job; `done` gets its outcome after the commit, or nothing if the storage fails."""
        if not self._has_failed:
            self._jobs.append((job, done))
            self._start_soon()

    def put_for_crowd(self, job: Job, done: Callable[[Outcome], None], *, readers: int) -> None:
        """Queue a job whose entry goes to so many readers."""
        if not self._has_failed:
            self._crowd_jobs.append((job, done, readers))
            self._start_soon()

    def put_read(self, job: ReadJob | ReadMembersJob, done: Callable[[Page | MembersPage], None]) -> None:
        """Queue a read; it sees every batch committed before."""
        if not self._has_failed:
            self._reads.append((job, done))
            self._start_soon()

    def crowd_served(self) -> None:
        """Look after the messages for a crowd that have gathered while others went out."""
        if self._crowd_jobs:
            self._start_soon()

    async def drain(self) -> None:
        """Wait until everything queued is done, or the storage has failed."""
        await self._idle.wait()

    def _start_soon(self) -> None:
        """Start at the end of this tick: all that arrives in it becomes one batch."""
        if not self._is_busy:
            self._is_busy = True
            self._idle.clear()
            self._loop.call_soon(self._start)

    def _start(self) -> None:
        self._is_busy = False
        batch = [] if self._reads and not self._was_read else self._next_batch()
        if batch:
            self._was_read = False
            self._start_commit(batch)
        elif self._reads:
            self._was_read = True  # reads and commits take turns, so neither starves
            self._start_reads()
        if not self._is_busy:
            self._was_read = True
            if not self._crowd_jobs:
                self._idle.set()

    def _next_batch(self) -> list[tuple[Job, Callable[[Outcome], None]]]:
        """Take what is to be committed now: for a crowd, when its time has come, and for others, in turns."""
        jobs = self._jobs
        may_serve_crowd = bool(self._crowd_jobs) and not self._is_serving_crowd()
        if jobs and (self._was_crowd or not may_serve_crowd):
            self._was_crowd = False
            return [jobs.popleft() for _ in range(min(len(jobs), COMMIT_BATCH_ENTRIES))]
        if may_serve_crowd:
            self._was_crowd = True
            return self._next_crowd_batch()
        return []

    def _next_crowd_batch(self) -> list[tuple[Job, Callable[[Outcome], None]]]:
        batch: list[tuple[Job, Callable[[Outcome], None]]] = []
        deliveries, jobs = 0, self._crowd_jobs
        while jobs and deliveries < BATCH_DELIVERIES and len(batch) < COMMIT_BATCH_ENTRIES:
            job, done, readers = jobs.popleft()
            batch.append((job, done))
            deliveries += readers
        return batch

    def _start_commit(self, batch: list[tuple[Job, Callable[[Outcome], None]]]) -> None:
        jobs = [job for job, _ in batch]
        self._is_busy = True
        self._executor.submit(
            partial(self._writer.commit, jobs), partial(self._committed, batch), self._storage_failed
        )

    def _committed(self, batch: list[tuple[Job, Callable[[Outcome], None]]], committed: Committed) -> None:
        self._batches += 1
        self._done_jobs += len(batch)
        for (job, done), outcome in zip(batch, committed.outcomes, strict=True):
            try:
                done(outcome)
            except Exception:  # a bug there must not cost the others theirs, nor the readers the batch
                log.exception("bug in handing out a result", job=type(job).__name__)
        self._published(committed.changes)
        # In the next tick the answers leave; in the one after it, those who waited for them write again:
        # larger batches cost less for each message.
        self._loop.call_soon(self._loop.call_soon, self._start)

    def _start_reads(self) -> None:
        batch = [self._reads.popleft() for _ in range(min(len(self._reads), READS_PER_HOP))]
        jobs = [job for job, _ in batch]
        self._is_busy = True
        self._executor.submit(
            partial(self._writer.read, jobs), partial(self._pages_read, batch), self._storage_failed
        )

    def _pages_read(self, batch: list[_Read], pages: list[Page | MembersPage]) -> None:
        self._loop.call_soon(self._start)
        for (job, done), page in zip(batch, pages, strict=True):
            try:
                done(page)
            except Exception:
                log.exception("bug in handing out a result", job=type(job).__name__)

    def _storage_failed(self, error: BaseException) -> None:
        self._is_busy = False
        self._has_failed = True
        self._jobs.clear()
        self._crowd_jobs.clear()
        self._reads.clear()
        self._idle.set()
        self._on_failure(error)
