"""Disks under a simulated power: commits take time, fail, and are lost if the power goes before their sync.

A hub's disk is a storage in memory, or real SQLite on a file layer that knows what was synced
(`SqliteDisk`, slower). A client's is a store in memory.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from lanmsg.client.store.executor import StoreStatistics
from lanmsg.client.store.interface import Change, Store, StoreFailed
from lanmsg.hub.storage.interface import Storage, StorageFailed
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.hub.storage.sqlite.directory import DATABASE_NAME
from tests.hub.storage.power_cut import Disk, File, Kept, Recorder, Rules


class DiskWeather:
    """How a machine's disk behaves now."""

    def __init__(self, chance: Random, fired: Counter[str], commit_s: float) -> None:
        self.chance = chance
        self._commit_s = commit_s
        self.fired = fired
        self.slowness_s = 0.0
        self.is_broken = False

    def latency_s(self) -> float:
        """Return how long the next step takes."""
        if self.slowness_s:
            self.fired["slow disk"] += 1
        return self.chance.random() * (self._commit_s + self.slowness_s)


class MemoryDisk:
    """A hub's disk: what was committed is there, what was not is gone, for good."""

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage

    def open(self) -> Storage:
        """Return what a hub finds that starts now."""
        self._storage = self._storage.copy_durable()
        return self._storage

    def lose_power(self, _chance: Random) -> None:
        """A running transaction is gone: `open` shows only what was committed."""

    def look(self) -> Storage:
        """Return what is on it, without touching it."""
        return self._storage.copy_durable()

    def close(self) -> None:
        """Nothing is left behind."""


class SqliteDisk:
    """A hub's disk with real SQLite on it; the power takes what was not synced, or parts of that."""

    _number = 0

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._root = Path(tempfile.mkdtemp(prefix="lanmsg-simulation-", dir=_memory_disk()))
        self._files: dict[str, bytes] = {}
        self._recorders: list[Recorder] = []
        self._storages: list[SqliteStorage] = []
        self._directory = self._root

    def open(self) -> Storage:
        """Return what a hub finds that starts now, after a kill: all that was written, synced or not."""
        if self._recorders:
            self._files = self._after(Kept.ALL, Random(0))
        return self._open_files()

    def lose_power(self, chance: Random) -> None:
        """Keep what was synced, and of the rest as much as luck has it."""
        self._files = self._after(chance.choice(list(Kept)), chance)
        self._recorders.append(Recorder(self._new_name()))  # the disk is at rest: `open` starts from it

    def _after(self, kept: Kept, chance: Random) -> dict[str, bytes]:
        recorder = self._recorders[-1]
        inodes = {name: number for number, name in enumerate(self._files, 10_000)}
        disk = Disk(self._rules, inodes)
        for name, inode in inodes.items():
            disk.files[inode] = File(durable=bytearray(self._files[name]))
        for operation in recorder.operations:
            disk.play(operation)
        return disk.after_crash(kept, chance)

    def _new_name(self) -> str:
        SqliteDisk._number += 1
        return f"simulation-{SqliteDisk._number}"

    def _open_files(self) -> Storage:
        self._directory = self._root / self._new_name()
        self._directory.mkdir()
        for name, content in self._files.items():
            (self._directory / name).write_bytes(content)
        recorder = Recorder(self._new_name())
        recorder.inodes = {name: number for number, name in enumerate(self._files, 10_000)}
        self._recorders.append(recorder)
        storage = SqliteStorage.open(self._directory, vfs=recorder.vfs_name)
        self._storages.append(storage)
        if DATABASE_NAME not in recorder.inodes:
            raise AssertionError("the storage does not use this file layer")
        return storage

    def look(self) -> Storage:
        """Return what is on it, in a copy of its own."""
        files = self._after(Kept.ALL, Random(0)) if self._recorders else {}
        directory = self._root / self._new_name()
        directory.mkdir()
        for name, content in files.items():
            (directory / name).write_bytes(content)
        storage = SqliteStorage.open(directory)
        self._storages.append(storage)
        return storage

    def close(self) -> None:
        """Remove all of it."""
        for storage in self._storages:
            with contextlib.suppress(Exception):
                storage.close()
        for recorder in self._recorders:
            recorder.unregister()
        shutil.rmtree(self._root)


def _memory_disk() -> str | None:
    return next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108 - a directory in it


class HubExecutor:
    """Runs what the hub hands to its disk, one after the other, each in its time. An `Executor`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, weather: DiskWeather) -> None:
        self._loop = loop
        self._weather = weather
        self._waiting: deque[Callable[[], None]] = deque()
        self.is_busy = False

    def submit(
        self,
        function: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Queue it."""
        self._waiting.append(partial(self._do, function, done, failed))
        if not self.is_busy:
            self.is_busy = True
            self._start()

    def _start(self) -> None:
        self._loop.call_later(self._weather.latency_s(), self._waiting.popleft())

    def _do(
        self,
        function: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        try:
            if self._weather.is_broken:
                self._weather.fired["disk error of the hub"] += 1
                raise StorageFailed("the disk is broken")
            result = function()
        except Exception as error:  # noqa: BLE001 - handed on, as the real one does
            self._loop.call_later(self._weather.latency_s(), self._tell, failed, error)
        else:
            self._loop.call_later(self._weather.latency_s(), self._tell, done, result)

    def _tell(self, callback: Callable[[Any], None], value: object) -> None:
        self.is_busy = bool(self._waiting)
        if self._waiting:
            self._start()
        callback(value)

    def close(self) -> None:
        """Nothing runs, nothing to stop."""


class StoreExecutor:
    """Commits a client's changes, in order; what waits while one runs shares the next transaction.

    `committed` is called with what is on the disk from now on, before anybody is told.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        store: Store,
        weather: DiskWeather,
        committed: Callable[[Sequence[Change]], None],
    ) -> None:
        self._loop = loop
        self._store = store
        self._weather = weather
        self._on_disk = committed
        self._waiting: list[tuple[Sequence[Change], Callable[[], None], Callable[[BaseException], None]]] = []
        self.is_busy = False
        self._error: BaseException | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._transactions = 0

    def submit(
        self,
        changes: Sequence[Change],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Queue them."""
        self._waiting.append((changes, done, failed))
        if not self.is_busy:
            self.is_busy = True
            self._idle.clear()
            self._loop.call_later(self._weather.latency_s(), self._commit)

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        changes = [change for each in batch for change in each[0]]
        if self._error is None:
            try:
                if self._weather.is_broken:
                    self._weather.fired["disk error of a client"] += 1
                    raise StoreFailed("the disk is broken")
                self._store.commit(changes)
            except StoreFailed as error:
                self._error = error
            else:
                self._transactions += 1
                self._on_disk(changes)
        self._loop.call_later(self._weather.latency_s(), self._tell, batch)

    def _tell(self, batch: list) -> None:
        for _, done, failed in batch:
            if self._error is None:
                self._loop.call_soon(done)
            else:
                self._loop.call_soon(failed, self._error)
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self.is_busy = bool(self._waiting)
        if self._waiting:
            self._loop.call_later(self._weather.latency_s(), self._commit)
        else:
            self._idle.set()

    async def drain(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    def statistics(self) -> StoreStatistics:
        """Return a snapshot."""
        return StoreStatistics(len(self._waiting), self._transactions, self._transactions)

    def close(self) -> None:
        """Nothing runs, nothing to stop."""
