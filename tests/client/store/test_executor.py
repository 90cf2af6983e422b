import asyncio
import threading

import pytest

from lanmsg.client.store.conformance_records import PROFILE, outbox_row
from lanmsg.client.store.executor import MAX_TRANSACTION_CHANGES, InlineStoreExecutor, StoreThread
from lanmsg.client.store.interface import StoreFailed
from lanmsg.client.store.memory import MemoryStore
from lanmsg.wire.errors import LocalError


class RecordingStore(MemoryStore):
    """Writes down the size of each commit and its thread; `gate` holds commits back."""

    def __init__(self):
        super().__init__()
        self.sizes = []
        self.threads = set()
        self.gate = threading.Event()
        self.gate.set()
        self.is_inside = threading.Event()

    def commit(self, changes):
        self.is_inside.set()
        assert self.gate.wait(10)
        super().commit(changes)
        self.sizes.append(len(changes))
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def store():
    return RecordingStore()


@pytest.fixture(params=[InlineStoreExecutor, StoreThread])
async def executor(request, store):
    executor = request.param(store, asyncio.get_running_loop())
    yield executor
    store.gate.set()
    executor.close()


def refuse(error):
    raise AssertionError("failed must not be called") from error


def rows(count, *, start=0):
    return [outbox_row(number % 256, position=number) for number in range(start, start + count)]


async def test_callbacks_come_in_order_after_the_commit_and_never_inside_submit(executor, store):
    seen = []
    for number in range(50):
        executor.submit(
            [outbox_row(number, position=number)], lambda n=number: seen.append((n, len(store.sizes))), refuse
        )
    assert seen == []
    await executor.drain()
    assert [number for number, _ in seen] == list(range(50))
    assert all(commits for _, commits in seen)
    assert len(store.load().outbox) == 50
    assert executor.statistics().waiting == 0
    assert executor.statistics().submissions == 50
    assert executor.statistics().transactions == len(store.sizes)


async def test_after_a_failure_this_and_every_later_submission_fails_with_it(executor, store):
    errors = []
    executor.submit([PROFILE], lambda: None, refuse)
    await executor.drain()
    store.break_disk()
    executor.submit([PROFILE], lambda: errors.append("done"), errors.append)
    executor.submit([PROFILE], lambda: errors.append("done"), errors.append)
    await executor.drain()
    executor.submit([], lambda: errors.append("done"), errors.append)
    await executor.drain()
    assert len(errors) == 3
    assert all(isinstance(error, StoreFailed) for error in errors)
    assert executor.statistics().submissions == 1


async def test_a_callback_that_raises_keeps_no_other_from_its_own(executor):
    seen, reported = [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    executor.submit([PROFILE], lambda: 1 / 0, refuse)
    executor.submit([PROFILE], lambda: seen.append("second"), refuse)
    await executor.drain()
    assert seen == ["second"]
    assert isinstance(reported[0], ZeroDivisionError)


async def test_close_finishes_what_was_submitted_and_refuses_more(executor, store):
    seen = []
    executor.submit([PROFILE], lambda: seen.append(1), refuse)
    executor.submit([], lambda: seen.append(2), refuse)
    executor.close()
    executor.close()
    assert store.load().profile == PROFILE
    with pytest.raises(LocalError, match="closed"):
        executor.submit([PROFILE], lambda: None, refuse)
    await executor.drain()
    assert seen == [1, 2]


async def test_drain_returns_at_once_when_nothing_waits(executor):
    await asyncio.wait_for(executor.drain(), 1)


async def test_what_comes_during_a_commit_shares_the_next_transaction(store):
    executor = StoreThread(store, asyncio.get_running_loop(), name="the store's")
    seen = []
    store.gate.clear()
    executor.submit([PROFILE], lambda: seen.append(0), refuse)
    assert store.is_inside.wait(10)
    for number in range(1, 20):
        executor.submit(rows(2, start=2 * number), lambda n=number: seen.append(n), refuse)
    store.gate.set()
    await executor.drain()
    executor.close()
    assert store.sizes == [1, 38]
    assert seen == list(range(20))
    assert store.threads == {"the store's"}


async def test_a_transaction_has_a_limit_but_takes_any_one_submission(store):
    executor = StoreThread(store, asyncio.get_running_loop())
    store.gate.clear()
    executor.submit([PROFILE], lambda: None, refuse)
    assert store.is_inside.wait(10)
    for size in (MAX_TRANSACTION_CHANGES - 1, 1, 1, MAX_TRANSACTION_CHANGES + 1, 1):
        executor.submit(rows(size), lambda: None, refuse)
    store.gate.set()
    await executor.drain()
    executor.close()
    assert store.sizes == [1, MAX_TRANSACTION_CHANGES, 1, MAX_TRANSACTION_CHANGES + 1, 1]


def test_a_thread_whose_loop_is_gone_still_commits(store):
    async def submit():
        executor = StoreThread(store, asyncio.get_running_loop())
        store.gate.clear()
        executor.submit([PROFILE], lambda: None, refuse)
        return executor

    executor = asyncio.run(submit())
    store.gate.set()
    executor.close()
    assert store.load().profile == PROFILE
