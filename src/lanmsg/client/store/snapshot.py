"""A copy of a store's database as of one commit, also while another process writes in it.

SQLite's backup copies all pages inside one read transaction, so the copy is a state that was committed.
Source and copy have the same key, so nothing is ever on the disk in clear.
"""

import contextlib
from collections.abc import Generator
from pathlib import Path
from secrets import token_hex
from typing import Final

import apsw

from lanmsg.client.store.database import check_sqlite_version
from lanmsg.client.store.directory import DATABASE_NAME, make_private_file
from lanmsg.client.store.interface import StoreFailed

BUSY_TIMEOUT_MS: Final = 5000
DRAFT_PREFIX: Final = ".snapshot."
"""How the copies are called while they are there; a killed program may leave one, encrypted."""
_SIDE_FILES: Final = ("-journal", "-wal", "-shm")


@contextlib.contextmanager
def snapshot(directory: Path, key: bytes) -> Generator[Path]:
    """Give a copy of the database in this directory until the block ends; `key` are its 32 bytes.

    The directory's lock is not needed: a reader does not disturb the process that has it.

    Raises:
        StoreFailed: it can't be read with this key, or the copy can't be written.
    """
    check_sqlite_version(apsw.sqlite_lib_version())
    copy = directory / f"{DRAFT_PREFIX}{token_hex(8)}"
    make_private_file(copy)
    try:
        _copy(directory / DATABASE_NAME, copy, key)
        yield copy
    finally:
        for suffix in ("", *_SIDE_FILES):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _copy(source: Path, target: Path, key: bytes) -> None:
    with contextlib.ExitStack() as stack:
        try:
            reading, writing = (stack.enter_context(_connected(path, key)) for path in (source, target))
            with writing.backup("main", reading, "main") as backup:
                while not backup.done:
                    backup.step(-1)
        except apsw.Error as error:
            raise StoreFailed(f"{source} cannot be copied ({type(error).__name__}: {error})") from error


@contextlib.contextmanager
def _connected(path: Path, key: bytes) -> Generator[apsw.Connection]:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW
    connection = apsw.Connection(str(path), flags=flags)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        pragmas = (("cipher", "chacha20"), ("key", f"raw:{key.hex()}"), ("temp_store", "MEMORY"))
        for name, value in pragmas:
            connection.pragma(name, value)  # pyright: ignore[reportUnknownMemberType] - apsw's types need 3.12
        yield connection
    finally:
        connection.close(True)  # noqa: FBT003 - force
