"""Each storage does what the interface says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lanmsg.hub.storage.conformance import CHECKS, Check, check_storage
from lanmsg.hub.storage.interface import Storage
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage

Opener = Callable[[], Storage]


def open_sqlite(directory: Path) -> Opener:
    return lambda: SqliteStorage.open(directory)


def open_sqlite_that_merges_often(directory: Path) -> Opener:
    return lambda: SqliteStorage.open(directory, generation_entries=7)


def open_memory(directory: Path) -> Opener:
    storage = MemoryStorage()

    def reopen() -> Storage:
        nonlocal storage
        storage = storage.copy_durable()
        return storage

    return reopen


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.strip("_"))
@pytest.mark.parametrize("opener", [open_memory, open_sqlite, open_sqlite_that_merges_often])
def test_storage_holds_to_the_interface(opener: Callable[[Path], Opener], check: Check, tmp_path: Path):
    check_storage(opener(tmp_path / "hub"), check)
