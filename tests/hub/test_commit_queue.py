"""Group commit: what waits becomes one batch, and outcomes come back in order or not at all."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pytest

from lanmsg.hub.commit_queue import (
    BATCH_DELIVERIES,
    READS_PER_HOP,
    CommitQueue,
    InlineExecutor,
    QueueStatistics,
    ThreadExecutor,
)
from lanmsg.hub.jobs import Changes, Committed, Done, Job, LoginJob, Outcome, Page, ReadJob
from lanmsg.hub.storage.interface import Run, StorageFailed
from lanmsg.wire.ids import DeviceId, LogId
from lanmsg.wire.limits import COMMIT_BATCH_ENTRIES, WRITER_QUEUE_ENTRIES

from .lab import settle, virtual

R = TypeVar("R")


def job(number: int) -> Job:
    return LoginJob(DeviceId(number.to_bytes(16, "big")), [])


def read(number: int) -> ReadJob:
    return ReadJob(LogId(bytes(16)), number)


def number_of(outcome: Outcome) -> int:
    assert isinstance(outcome, Done)
    assert outcome.log is not None
    return int.from_bytes(outcome.log, "big")


class FakeWriter:
    """Records the batches; an outcome carries the id of its job."""

    def __init__(self) -> None:
        self.hops: list[tuple[str, int]] = []
        self.broken: Exception | None = None

    def commit(self, jobs: Sequence[Job]) -> Committed:
        if self.broken:
            raise self.broken
        self.hops.append(("commit", len(jobs)))
        return Committed([Done(LogId(each.device)) for each in jobs if isinstance(each, LoginJob)], Changes())

    def read(self, jobs: Sequence[ReadJob]) -> list[Page]:
        if self.broken:
            raise self.broken
        self.hops.append(("read", len(jobs)))
        return [Page(each.log, each.after, Run(each.after, b"", [])) for each in jobs]


class SlowExecutor:
    """Runs nothing until told."""

    def __init__(self) -> None:
        self._waiting: list[
            tuple[Callable[[], Any], Callable[[Any], None], Callable[[BaseException], None]]
        ] = []

    def submit(
        self, function: Callable[[], R], done: Callable[[R], None], failed: Callable[[BaseException], None]
    ) -> None:
        assert not self._waiting, "one hop at a time"
        self._waiting.append((function, done, failed))

    def step(self) -> bool:
        """Run what was submitted; False if there was nothing."""
        if not self._waiting:
            return False
        function, done, failed = self._waiting.pop()
        try:
            result = function()
        except StorageFailed as error:
            failed(error)
        else:
            done(result)
        return True

    def close(self) -> None: ...


class Ticks:
    """An event loop that goes on when told."""

    def __init__(self) -> None:
        self._ready: list[Callable[[], object]] = []
        self.is_serving_crowd = False

    def call_soon(self, callback: Callable[..., object], *arguments: object) -> None:
        self._ready.append(partial(callback, *arguments))

    def tick(self) -> bool:
        """Call what was ready before; False if nothing was."""
        ready, self._ready = self._ready, []
        for callback in ready:
            callback()
        return bool(ready)


@dataclass
class Bench:
    ticks: Ticks
    writer: FakeWriter
    executor: SlowExecutor
    queue: CommitQueue
    events: list[object]
    """Numbers of outcomes, negative for pages, "published", and errors, in the order they came."""

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.queue.put(job(number), lambda outcome: self.events.append(number_of(outcome)))

    def put_for_crowd(self, *numbers: int, readers: int = 100) -> None:
        for number in numbers:
            done = lambda outcome: self.events.append(number_of(outcome))  # noqa: E731
            self.queue.put_for_crowd(job(number), done, readers=readers)

    def put_read(self, *numbers: int) -> None:
        for number in numbers:
            self.queue.put_read(read(number), lambda page: self.events.append(-page.run.first_seq))

    def step(self) -> bool:
        """Let the executor do one hop, if it has one, and everything before it."""
        while self.ticks.tick():
            pass
        return self.executor.step()

    def finish(self) -> None:
        while self.step():
            pass


@pytest.fixture
def bench() -> Bench:
    ticks, writer, executor = Ticks(), FakeWriter(), SlowExecutor()
    events: list[object] = []
    queue = CommitQueue(
        ticks,  # type: ignore[arg-type]
        writer,  # type: ignore[arg-type]
        executor,
        is_serving_crowd=lambda: ticks.is_serving_crowd,
        published=lambda _changes: events.append("published"),
        failed=lambda error: events.append(str(error)),
    )
    return Bench(ticks, writer, executor, queue, events)


def test_what_comes_in_one_tick_is_one_batch(bench: Bench) -> None:
    bench.put(1, 2, 3)
    bench.finish()
    assert bench.writer.hops == [("commit", 3)]
    assert bench.events == [1, 2, 3, "published"]


def test_what_waits_during_a_commit_is_the_next_batch(bench: Bench) -> None:
    bench.put(1)
    while bench.ticks.tick():
        pass
    bench.put(2)
    assert not bench.ticks.tick()
    bench.put(3)
    bench.finish()
    assert bench.writer.hops == [("commit", 1), ("commit", 2)]
    assert bench.events == [1, "published", 2, 3, "published"]


def test_what_a_batch_sets_off_is_in_the_next_one(bench: Bench) -> None:
    bench.put(1)
    bench.step()
    bench.ticks.tick()  # the tick in which its answers leave
    bench.put(2)  # and what comes back at once
    bench.put(3)
    bench.finish()
    assert bench.writer.hops == [("commit", 1), ("commit", 2)]


# --- crowds ----------------------------------------------------------------------------------


def test_messages_for_a_crowd_wait_until_earlier_ones_are_out_and_others_do_not(bench: Bench) -> None:
    bench.ticks.is_serving_crowd = True
    bench.put_for_crowd(1)
    bench.finish()
    bench.put_for_crowd(2)
    bench.finish()
    assert bench.writer.hops == []
    bench.put(3)
    bench.finish()
    assert bench.events == [3, "published"]
    bench.ticks.is_serving_crowd = False
    bench.queue.crowd_served()
    bench.finish()
    assert bench.events == [3, "published", 1, 2, "published"]
    assert bench.writer.hops == [("commit", 1), ("commit", 2)]


def test_a_crowd_and_the_others_take_turns(bench: Bench) -> None:
    bench.put_for_crowd(*[1] * 3, readers=BATCH_DELIVERIES)
    bench.put(*[2] * (2 * COMMIT_BATCH_ENTRIES))
    bench.finish()
    sizes = [count for _, count in bench.writer.hops]
    assert sizes == [1, COMMIT_BATCH_ENTRIES, 1, COMMIT_BATCH_ENTRIES, 1]


def test_a_batch_for_a_crowd_is_limited_by_its_deliveries(bench: Bench) -> None:
    bench.put_for_crowd(*range(1, 11), readers=BATCH_DELIVERIES // 4)
    bench.finish()
    assert bench.writer.hops == [("commit", 4), ("commit", 4), ("commit", 2)]


def test_messages_for_a_crowd_count_as_waiting(bench: Bench) -> None:
    bench.ticks.is_serving_crowd = True
    bench.put_for_crowd(*[1] * WRITER_QUEUE_ENTRIES)
    bench.finish()
    assert bench.queue.is_full
    assert bench.queue.statistics().waiting_jobs == WRITER_QUEUE_ENTRIES


def test_a_broken_disk_forgets_messages_for_a_crowd_too(bench: Bench) -> None:
    bench.ticks.is_serving_crowd = True
    bench.put_for_crowd(1)
    bench.put(2)
    bench.writer.broken = StorageFailed("disk on fire")
    bench.finish()
    bench.queue.crowd_served()
    bench.finish()
    assert bench.events == ["disk on fire"]


# --- limits and turns ------------------------------------------------------------------------


def test_a_batch_has_a_limit(bench: Bench) -> None:
    bench.put(*range(1, COMMIT_BATCH_ENTRIES + 3))
    bench.finish()
    assert bench.writer.hops == [("commit", COMMIT_BATCH_ENTRIES), ("commit", 2)]


def test_reads_and_commits_take_turns(bench: Bench) -> None:
    for number in range(1, 5):
        bench.put_read(*[number] * READS_PER_HOP)
        bench.put(*[number] * COMMIT_BATCH_ENTRIES)
    bench.finish()
    assert [hop for hop, _ in bench.writer.hops] == ["commit", "read"] * 4


def test_reads_alone_do_not_wait(bench: Bench) -> None:
    bench.put_read(*range(1, READS_PER_HOP + 2))
    bench.finish()
    assert bench.writer.hops == [("read", READS_PER_HOP), ("read", 1)]
    assert bench.events == [-number for number in range(1, READS_PER_HOP + 2)]


def test_a_read_sees_what_was_committed_before_it_was_asked(bench: Bench) -> None:
    bench.put(1)
    bench.put_read(1)
    bench.finish()
    assert bench.events == [1, "published", -1]


def test_a_broken_disk_is_told_once_and_nothing_is_answered_any_more(bench: Bench) -> None:
    bench.put(1, 2, 3)
    bench.put_read(1)
    bench.writer.broken = StorageFailed("disk on fire")
    bench.finish()
    bench.put(4)
    bench.put_read(2)
    bench.finish()
    assert bench.events == ["disk on fire"]
    assert bench.queue.statistics() == QueueStatistics(0, 0, 0, 0)


def test_a_broken_disk_while_reading_stops_it_too(bench: Bench) -> None:
    bench.put_read(1)
    bench.put(1)
    bench.writer.broken = StorageFailed("unreadable")
    bench.finish()
    assert bench.events == ["unreadable"]


def test_what_was_committed_before_the_failure_is_still_told(bench: Bench) -> None:
    bench.put(1)
    bench.step()
    bench.put(2)
    bench.writer.broken = StorageFailed("disk on fire")
    bench.finish()
    assert bench.events == [1, "published", "disk on fire"]


def test_a_bug_in_one_answer_costs_the_others_nothing(bench: Bench) -> None:
    bench.put(1)
    bench.queue.put(job(2), lambda _: 1 / 0)
    bench.put(3)
    bench.queue.put_read(read(1), lambda _: 1 / 0)
    bench.put_read(2)
    bench.finish()
    assert bench.events == [1, 3, "published", -2]


def test_what_an_outcome_queues_comes_later(bench: Bench) -> None:
    bench.queue.put(job(1), lambda _: bench.put(9))
    bench.put(2)
    bench.finish()
    assert bench.events == [2, "published", 9, "published"]


def test_a_full_queue_says_so(bench: Bench) -> None:
    bench.put(*[1] * (WRITER_QUEUE_ENTRIES - 1))
    assert not bench.queue.is_full
    bench.put(1)
    assert bench.queue.is_full
    assert bench.queue.statistics().waiting_jobs == WRITER_QUEUE_ENTRIES
    bench.finish()
    assert not bench.queue.is_full
    statistics = bench.queue.statistics()
    assert (statistics.jobs, statistics.batches) == (WRITER_QUEUE_ENTRIES, 8)


@virtual
async def test_drain_waits_for_everything_queued() -> None:
    loop = asyncio.get_running_loop()
    told: list[int] = []
    queue = CommitQueue(
        loop,
        FakeWriter(),  # type: ignore[arg-type]
        InlineExecutor(loop),
        is_serving_crowd=lambda: False,
        published=lambda _: None,
        failed=lambda _: None,
    )
    await queue.drain()
    for number in range(1, 2000):
        queue.put(job(number), lambda outcome: told.append(number_of(outcome)))
        queue.put_read(read(1), lambda _page: None)
    await queue.drain()
    assert told == list(range(1, 2000))


@virtual
async def test_drain_ends_when_the_disk_fails() -> None:
    writer, failures = FakeWriter(), []
    queue = CommitQueue(
        asyncio.get_running_loop(),
        writer,  # type: ignore[arg-type]
        InlineExecutor(asyncio.get_running_loop()),
        is_serving_crowd=lambda: False,
        published=lambda _: None,
        failed=failures.append,
    )
    writer.broken = StorageFailed("disk on fire")
    queue.put(job(1), lambda _: None)
    await queue.drain()
    await settle()
    assert len(failures) == 1


# --- executors -------------------------------------------------------------------------------


async def test_the_thread_runs_in_order_and_answers_on_the_loop() -> None:
    loop = asyncio.get_running_loop()
    executor = ThreadExecutor(loop, name="writer")
    here, answers, done = threading.get_ident(), [], asyncio.Event()
    for number in range(5):
        executor.submit(
            lambda number=number: (number, threading.get_ident()),
            lambda result: answers.append((result, threading.get_ident())),
            answers.append,
        )
    error = StorageFailed("disk on fire")

    def fail() -> None:
        raise error

    executor.submit(fail, answers.append, lambda found: (answers.append(found), done.set()))
    await asyncio.wait_for(done.wait(), 10)
    executor.close()
    assert answers[-1] is error
    assert [result[0] for result, _ in answers[:-1]] == list(range(5))
    assert {thread for _, thread in answers[:-1]} == {here}
    assert here not in {result[1] for result, _ in answers[:-1]}


async def test_closing_the_thread_finishes_what_was_queued() -> None:
    ran: list[int] = []
    executor = ThreadExecutor(asyncio.get_running_loop(), name="writer")
    for number in range(100):
        executor.submit(lambda number=number: ran.append(number), lambda _: None, lambda _: None)
    executor.close()
    assert ran == list(range(100))


@virtual
async def test_the_inline_executor_answers_in_a_later_turn() -> None:
    executor, answers = InlineExecutor(asyncio.get_running_loop()), []
    executor.submit(lambda: 1, answers.append, answers.append)
    executor.submit(lambda: 1 / 0, answers.append, lambda error: answers.append(type(error)))
    assert answers == []
    await settle()
    assert answers == [1, ZeroDivisionError]
    executor.close()
