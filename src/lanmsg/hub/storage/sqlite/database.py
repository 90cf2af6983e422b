"""The one place that talks to SQLite: every error of it becomes ours here.

After the first error of the disk nothing is read or written any more: a kernel may report a failed
sync once and forget the pages, so trying again could acknowledge what is lost (Rebello et al., "Can
Applications Recover from fsync Failures?", ATC 2020).
"""

import contextlib
import shutil
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, Self, cast

import apsw

from lanmsg.hub.storage.interface import StorageFailed, StoredDiskUse
from lanmsg.hub.storage.sqlite.read_ahead import CAN_ADVISE, Ids, ReadAhead
from lanmsg.hub.storage.sqlite.schema import APPLICATION_ID, MIGRATIONS
from lanmsg.wire.errors import LocalError

Value = int | str | bytes | None
Row = tuple[Value, ...]

OLDEST_SQLITE: Final = (3, 51, 3)
"""Versions 3.7.0 to 3.51.2 have the WAL-reset bug that corrupts databases."""

PAGE_SIZE_BYTES: Final = 4096
"""What disks write at once. 8192 and 16384 are no faster and write 1.4 and 2 times more; 2048 is 8 % faster,
but half a block written as the power fails can take the other half along."""
CHECKPOINT_PAGES: Final = 4000

# EXCLUSIVE before WAL: no shared memory file, so no other process can take part. EXTRA before WAL: the
# switch itself deletes a rollback journal, and only EXTRA makes that deletion durable; a stale journal
# would undo acknowledged messages after a power cut (measured: tests/hub/storage/test_power_cut.py).
PRAGMAS: Final = (
    "locking_mode = EXCLUSIVE",
    "synchronous = EXTRA",
    f"page_size = {PAGE_SIZE_BYTES}",  # for a new database; must come before its first page
    "auto_vacuum = NONE",  # some builds default to FULL, which moves pages at each commit
    "journal_mode = WAL",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    "cell_size_check = ON",
    "trusted_schema = OFF",
    "foreign_keys = ON",
    "mmap_size = 0",  # an I/O error in a mapped page kills the process
    f"journal_size_limit = {64 * 1024 * 1024}",
    "cache_size = -32768",  # KiB
)

# Most special first: several of them are subclasses of nothing but apsw.Error, so the order is for reading.
_WORDS: Final[tuple[tuple[type[apsw.Error], str], ...]] = (
    (apsw.FullError, "the disk is full: free some space and start again"),
    (apsw.IOError, "the disk reported an error: check the disk before you start again"),
    (apsw.ReadOnlyError, "the database cannot be written: check who owns it and how the disk is mounted"),
    (apsw.CorruptError, "the database is damaged: restore a copy"),
    (apsw.NotADBError, "the file is damaged or no database: restore a copy"),
    (apsw.CantOpenError, "the database cannot be opened: check who may read and write its directory"),
    (apsw.BusyError, "another program uses the database: stop it and start again"),
    (apsw.LockedError, "another program uses the database: stop it and start again"),
    (apsw.NoMemError, "there is not enough memory"),
)


class _Cursor(Protocol):
    """What we use of `apsw.Cursor`, whose own types need Python 3.12."""

    def execute(self, statements: str, bindings: Sequence[Value] = ()) -> Self: ...
    def executemany(self, statements: str, bindings: Iterable[Sequence[Value]]) -> Self: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...
    def close(self, force: bool) -> None: ...  # noqa: FBT001  # apsw's signature


class Database:
    """One SQLite connection that fails for good at its first error of the disk."""

    def __init__(self, path: Path, connection: apsw.Connection, *, is_plain_file: bool) -> None:
        self._path = path
        self._connection = connection
        self._can_read_ahead = is_plain_file and CAN_ADVISE
        self._ahead: dict[str, ReadAhead] = {}
        self._cursor = cast("_Cursor", connection.cursor())
        self._failure: str | None = None
        self._is_closed = False

    @classmethod
    def open(cls, path: Path, *, vfs: str | None = None, quick_check_s: float) -> "Database":
        """Open or create the database, look it over for `quick_check_s` and bring it up to date.

        Raises:
            StorageFailed: if it cannot be used, with the reason.
        """
        if tuple(map(int, apsw.sqlite_lib_version().split("."))) < OLDEST_SQLITE:
            raise StorageFailed(f"SQLite {apsw.sqlite_lib_version()} can corrupt databases; update apsw")
        try:
            connection = apsw.Connection(str(path), vfs=vfs, statementcachesize=64)
        except apsw.Error as error:
            raise StorageFailed(_explain(path, error)) from error
        database = cls(path, connection, is_plain_file=vfs is None)
        try:
            database._prepare(quick_check_s)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, quick_check_s: float) -> None:
        for pragma in PRAGMAS:
            self.rows(f"PRAGMA {pragma}")
        # SQLite's automatic checkpoint swallows its errors. Setting it (above) would take our hook away.
        self._connection.set_wal_hook(self._checkpoint_if_long)
        self._check_ours()
        self._quick_check(quick_check_s)
        self._migrate()

    def _check_ours(self) -> None:
        version = self._pragma("user_version")
        if self._pragma("application_id") not in ((0, APPLICATION_ID) if version == 0 else (APPLICATION_ID,)):
            raise self._fail(f"{self._path} belongs to another program")
        if version > len(MIGRATIONS):
            raise self._fail(
                f"{self._path} was written by a newer version of this program "
                f"(its schema is {version}, this program knows {len(MIGRATIONS)}); update the program"
            )

    def _quick_check(self, limit_s: float) -> None:
        """Read as much of the database as `limit_s` allows, and refuse one with a damaged structure."""
        end_s = time.monotonic() + limit_s
        self._connection.set_progress_handler(lambda: time.monotonic() > end_s, 1000)
        try:
            problems = self._cursor.execute("PRAGMA quick_check(1)").fetchall()
        except apsw.InterruptError:
            return  # a big database: the rest is checked as it is read
        except apsw.Error as error:
            raise self._convert(error) from error
        finally:
            self._connection.set_progress_handler(None)
        if problems != [("ok",)]:
            raise self._fail(f"{self._path} is damaged: restore a copy ({problems[0][0]})")

    def _migrate(self) -> None:
        for step in range(self._pragma("user_version"), len(MIGRATIONS)):
            with self.transaction():
                self.rows(MIGRATIONS[step])
                self.rows(f"PRAGMA user_version = {step + 1}")

    def _pragma(self, name: str) -> int:
        ((value,),) = self.rows(f"PRAGMA {name}")
        assert isinstance(value, int)
        return value

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Run the block between BEGIN and COMMIT, or ROLLBACK if it raises."""
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            with contextlib.suppress(apsw.Error):  # SQLite may have rolled back by itself
                self._cursor.execute("ROLLBACK")
            raise

    def rows(self, sql: str, bindings: Sequence[Value] = ()) -> list[Row]:
        """Run statements to their end and return all rows.

        Raises:
            StorageFailed: for an error of the disk or the database, now or earlier.
            LocalError: if a constraint does not hold, or after `close`.
        """
        self.check_usable()
        try:
            return self._cursor.execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise self._convert(error) from error

    def row(self, sql: str, bindings: Sequence[Value] = ()) -> Row | None:
        """Run a statement that gives at most one row; see `rows`."""
        rows = self.rows(sql, bindings)
        return rows[0] if rows else None

    def run_many(self, sql: str, bindings: Iterable[Sequence[Value]]) -> None:
        """Run a statement once per item of `bindings`; see `rows`."""
        self.check_usable()
        try:
            self._cursor.executemany(sql, bindings)
        except apsw.Error as error:
            raise self._convert(error) from error

    def each_row(self, sql: str, bindings: Sequence[Value]) -> Generator[Row]:
        """Yield rows as they are read, so that the caller may stop early; see `rows`."""
        self.check_usable()
        cursor = cast("_Cursor", self._connection.cursor())
        try:
            yield from cursor.execute(sql, bindings)
        except apsw.Error as error:
            raise self._convert(error) from error
        finally:
            cursor.close(True)  # noqa: FBT003  # forces: what the caller left unread is no error

    def disk_use(self) -> StoredDiskUse:
        """Return what the file and its journal take, as of now; see `rows` for what it raises."""
        page_bytes = self._pragma("page_size")
        journal = self._path.with_name(f"{self._path.name}-wal")
        return StoredDiskUse(
            database_bytes=self._pragma("page_count") * page_bytes,
            journal_bytes=journal.stat().st_size if journal.exists() else 0,
            reusable_bytes=self._pragma("freelist_count") * page_bytes,
            disk_free_bytes=shutil.disk_usage(self._path.parent).free,
        )

    def read_ahead(self, table: str, ranges: Sequence[Ids]) -> None:
        """Have the pages with these rows fetched, all at once; worth it before many rows are read."""
        if self._can_read_ahead and ranges:
            if table not in self._ahead:
                ((root,),) = self.rows("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
                self._ahead[table] = ReadAhead(self._path, cast("int", root), self._pragma("page_size"))
            self._ahead[table].ask_for(ranges)

    def report_damage(self, what: str) -> StorageFailed:
        """Fail for good because stored data is not what was written; the caller raises the result."""
        return self._fail(f"{self._path} is damaged: restore a copy ({what})")

    def close(self) -> None:
        """Close the connection; may be called twice.

        After a failure without the usual checkpoint: what is durable stays in the WAL, for the next start.
        """
        if self._is_closed:
            return
        self._is_closed = True
        if self._failure is not None:
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        with contextlib.suppress(apsw.Error):  # everything committed is durable already
            self._connection.close(True)  # noqa: FBT003  # force
        for ahead in self._ahead.values():
            ahead.close()

    def _checkpoint_if_long(self, connection: apsw.Connection, name: str, pages: int) -> int:
        if pages >= CHECKPOINT_PAGES:
            connection.wal_checkpoint(name, apsw.SQLITE_CHECKPOINT_PASSIVE)
        return apsw.SQLITE_OK

    def check_usable(self) -> None:
        """Raise the `StorageFailed` of an earlier call again, or `LocalError` after `close`."""
        if self._failure is not None:
            raise StorageFailed(self._failure)
        if self._is_closed:
            raise LocalError("the storage is closed")

    def _convert(self, error: apsw.Error) -> StorageFailed | LocalError:
        """Make our error of SQLite's: a broken constraint is our own bug, all others end the storage."""
        if isinstance(error, apsw.ConstraintError):
            return LocalError(f"the hub tried to store what cannot be: {error}")
        return self._fail(_explain(self._path, error))

    def _fail(self, reason: str) -> StorageFailed:
        self._failure = reason
        return StorageFailed(reason)


def _explain(path: Path, error: apsw.Error) -> str:
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "SQLite failed")
    return f"{path}: {words} ({type(error).__name__}: {error})"
