"""Commits a client's changes off the event loop, in the order in which they were submitted.

What is submitted while a commit runs becomes the next transaction (group commit), so a slow disk makes
transactions bigger and not the queue of them longer. Callbacks run on the event loop, in order.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from lanmsg.client.store.interface import Change, Store
from lanmsg.wire.errors import LocalError

MAX_TRANSACTION_CHANGES: Final = 5000
"""About 100 ms of writing: whoever waits for the next transaction waits no longer than that."""


@dataclass(frozen=True, slots=True)
class _Submission:
    changes: Sequence[Change]
    done: Callable[[], None]
    failed: Callable[[BaseException], None]


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What the executor holds and has done since the start."""

    waiting: int
    """Submissions whose callbacks have not run."""
    transactions: int
    submissions: int
    """Those that are on disk."""


class StoreExecutor(Protocol):
    """Runs `Store.commit`, first in, first out. Everything here is called on the event loop."""

    def submit(
        self, changes: Sequence[Change], done: Callable[[], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Commit these changes after all earlier ones, then call `done` on the event loop.

        Never calls back inside `submit`. If the commit fails, `failed` is called with the error instead,
        for this submission and every later one: what they hold was computed on top of it. Several
        submissions may share one transaction; they are then on disk together or not at all. There is no
        limit here: who submits waits for `done` before it takes more from outside.
        """

    async def drain(self) -> None:
        """Wait until the callbacks of everything submitted so far have run."""

    def statistics(self) -> StoreStatistics:
        """Return a snapshot."""
        ...

    def close(self) -> None:
        """Finish what was submitted, then stop; may be called twice.

        Blocks for that long. Callbacks still run if the loop goes on; the store stays open.
        """


class _Callbacks:
    """Counts submissions and hands out their outcomes: all of it on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting = 0
        self._transactions = 0
        self._submissions = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def statistics(self) -> StoreStatistics:
        return StoreStatistics(self._waiting, self._transactions, self._submissions)

    async def drain(self) -> None:
        await self._idle.wait()

    def expect(self) -> None:
        self._waiting += 1
        self._idle.clear()

    def committed(self, batch: Sequence[_Submission]) -> None:
        self._transactions += 1
        self._submissions += len(batch)
        for submission in batch:
            self._loop.call_soon(
                submission.done
            )  # one that raises is the loop's to report, and stops no other
        self._loop.call_soon(self._settle, len(batch))

    def failed(self, batch: Sequence[_Submission], error: BaseException) -> None:
        for submission in batch:
            self._loop.call_soon(submission.failed, error)
        self._loop.call_soon(self._settle, len(batch))

    def _settle(self, count: int) -> None:
        self._waiting -= count
        if not self._waiting:
            self._idle.set()


class InlineStoreExecutor:
    """Commits on the event loop, inside `submit`: for tests under controlled time."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._callbacks = _Callbacks(loop)
        self._error: BaseException | None = None
        self._is_closed = False

    def submit(
        self, changes: Sequence[Change], done: Callable[[], None], failed: Callable[[BaseException], None]
    ) -> None:
        """See `StoreExecutor.submit`."""
        _check_open(is_closed=self._is_closed)
        batch = [_Submission(changes, done, failed)]
        self._callbacks.expect()
        self._error = self._error or _commit(self._store, batch)
        if self._error is None:
            self._callbacks.committed(batch)
        else:
            self._callbacks.failed(batch, self._error)

    async def drain(self) -> None:
        """See `StoreExecutor.drain`."""
        await self._callbacks.drain()

    def statistics(self) -> StoreStatistics:
        """See `StoreExecutor.statistics`."""
        return self._callbacks.statistics()

    def close(self) -> None:
        """See `StoreExecutor.close`."""
        self._is_closed = True


class StoreThread:
    """Commits on a thread of its own, which starts here and ends with `close`."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop, *, name: str = "lanmsg store") -> None:
        self._store = store
        self._loop = loop
        self._callbacks = _Callbacks(loop)
        self._submissions: deque[_Submission] = deque()
        self._is_closed = False
        self._changed = threading.Condition()  # guards the two above
        # A daemon, so that a program which crashed without `close` still ends.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(
        self, changes: Sequence[Change], done: Callable[[], None], failed: Callable[[BaseException], None]
    ) -> None:
        """See `StoreExecutor.submit`."""
        _check_open(is_closed=self._is_closed)
        self._callbacks.expect()
        with self._changed:
            self._submissions.append(_Submission(changes, done, failed))
            self._changed.notify()

    async def drain(self) -> None:
        """See `StoreExecutor.drain`."""
        await self._callbacks.drain()

    def statistics(self) -> StoreStatistics:
        """See `StoreExecutor.statistics`."""
        return self._callbacks.statistics()

    def close(self) -> None:
        """See `StoreExecutor.close`."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    # --- on the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        error: BaseException | None = None
        while batch := self._take_batch():
            error = error or _commit(self._store, batch)
            if error is None:
                self._call(self._callbacks.committed, batch)
            else:
                self._call(self._callbacks.failed, batch, error)

    def _take_batch(self) -> list[_Submission]:
        """Wait for submissions and return what one transaction takes of them; none after `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._submissions or self._is_closed)
            batch: list[_Submission] = []
            size = 0
            while self._submissions:
                size += len(self._submissions[0].changes)
                if batch and size > MAX_TRANSACTION_CHANGES:
                    break
                batch.append(self._submissions.popleft())
            return batch

    def _call(self, callback: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(callback, *arguments)


def _commit(store: Store, batch: Sequence[_Submission]) -> BaseException | None:
    """Commit a batch as one transaction; return what went wrong."""
    try:
        if len(batch) == 1:
            store.commit(batch[0].changes)
        else:
            store.commit([change for submission in batch for change in submission.changes])
    except BaseException as error:  # noqa: BLE001 - handed to `failed`, which stops the client
        return error
    return None


def _check_open(*, is_closed: bool) -> None:
    if is_closed:
        raise LocalError("the store's executor is closed")
