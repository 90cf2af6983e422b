"""The encrypted database: one connection that writes, one that reads, and every error of SQLite made ours.

Always true: after the first error of the disk nothing is read or written any more. A kernel may report
a failed sync once and forget the pages, so trying again could acknowledge what is lost (Rebello et al.,
"Can Applications Recover from fsync Failures?", ATC 2020).

The cipher is ChaCha20-Poly1305, SQLite3 Multiple Ciphers' own default: every page of the database and
of the WAL is encrypted and authenticated, and it is as fast on machines without AES instructions. It
reads and writes some twice as fast as SQLCipher's AES-CBC with HMAC; AEGIS is faster still, but only with AES
instructions. The key is random, so it is used as it is (`raw:`): a key derivation made for passwords
would add some 40 ms to each connection and protect nothing.
"""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, Self, cast

import apsw

from lanmsg.client.store.directory import check_private_file, make_private_file
from lanmsg.client.store.interface import StoreFailed
from lanmsg.client.store.schema import MIGRATIONS
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import KEY_BYTES

Value = int | str | bytes | None
Row = tuple[Value, ...]

OLDEST_SQLITE: Final = (3, 51, 3)
"""Versions 3.7.0 to 3.51.2 have the WAL-reset bug, which two connections like ours can meet."""

CHECKPOINT_PAGES: Final = 2000
"""8 MiB of WAL. With SQLite's own 1000 big commits are a sixth slower; with 4000 the pauses are longer."""
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_OPEN_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW

# EXTRA before WAL: the switch deletes a rollback journal, and only EXTRA makes that deletion durable; a
# stale journal would undo acknowledged messages after a power cut. Both connections take them all.
_PRAGMAS: Final = (
    "synchronous = EXTRA",
    "temp_store = MEMORY",  # temporary files would not be encrypted
    "secure_delete = ON",
    "page_size = 4096",  # for a new database; must come before its first page
    "auto_vacuum = NONE",  # some builds default to FULL, which moves pages at each commit
    "cell_size_check = ON",
    "trusted_schema = OFF",
    "foreign_keys = ON",
    "mmap_size = 0",  # an I/O error in a mapped page kills the process
    f"journal_size_limit = {64 * 1024 * 1024}",
    "cache_size = -16384",  # KiB
    "busy_timeout = 5000",  # for the moments when one of our two connections waits for the other
)

_START_AGAIN: Final = "put back the whole directory from a copy, or move it away and join as a new device"
_WORDS: Final[tuple[tuple[type[apsw.Error], str], ...]] = (
    (apsw.FullError, "the disk is full: free some space and start again"),
    (apsw.IOError, "the disk reported an error: check the disk before you start again"),
    (apsw.ReadOnlyError, "the store cannot be written: check who owns it and how the disk is mounted"),
    (apsw.NotADBError, f"the store is damaged, or this is not its key: {_START_AGAIN}"),
    (apsw.CorruptError, f"the store is damaged: {_START_AGAIN}"),
    (apsw.CantOpenError, "the store cannot be opened: check who may read and write its directory"),
    (apsw.BusyError, "another program uses the store: stop it and start again"),
    (apsw.LockedError, "another program uses the store: stop it and start again"),
    (apsw.NoMemError, "there is not enough memory"),
)


class _Cursor(Protocol):
    """What we use of `apsw.Cursor`, whose own types need Python 3.12."""

    def execute(self, statements: str, bindings: Sequence[Value] = ()) -> Self: ...
    def executemany(self, statements: str, bindings: Iterable[Sequence[Value]]) -> Self: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class Database:
    """Two connections to one database; reads and writes may run on two threads."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._failure: str | None = None
        self._is_closed = False
        self._connections: list[apsw.Connection] = []
        try:
            self._writer = self._connect(key)
            self._prepare_writer()
            self._reader = self._connect(key)
            self._execute(self._reader, "PRAGMA query_only = ON")
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes) -> Self:
        """Open or create the database and bring it up to date. `key` are 32 random bytes.

        Raises:
            StoreFailed: it cannot be used, or the key does not open it.
            LocalError: the key has another length.
        """
        if len(key) != KEY_BYTES:
            raise LocalError(f"the key of a store has {KEY_BYTES} bytes, not {len(key)}")
        check_sqlite_version(apsw.sqlite_lib_version())
        make_private_file(path)  # SQLite gives -wal and -shm the mode of the database
        for suffix in _SIDE_FILES:
            check_private_file(path.with_name(path.name + suffix))
        return cls(path, key)

    def _connect(self, key: bytes) -> _Cursor:
        try:
            connection = apsw.Connection(str(self._path), flags=_OPEN_FLAGS, statementcachesize=64)
        except apsw.Error as error:
            raise self._convert(error) from error
        self._connections.append(connection)
        cursor = cast("_Cursor", connection.cursor())
        for pragma in ("cipher = 'chacha20'", f"key = 'raw:{key.hex()}'", *_PRAGMAS):
            self._execute(cursor, f"PRAGMA {pragma}")
        return cursor

    def _prepare_writer(self) -> None:
        version = self._version()
        if version > len(MIGRATIONS):
            raise self._fail(
                f"{self._path} was written by a newer version of this program "
                f"(its schema is {version}, this program knows {len(MIGRATIONS)}): update the program"
            )
        if self._execute(self._writer, "PRAGMA journal_mode = WAL") != [("wal",)]:
            raise self._fail(f"{self._path} is on a disk without shared memory: choose a local disk")
        # Replaces SQLite's automatic checkpoint, which does the same but swallows errors.
        self._connections[0].set_wal_hook(_checkpoint_if_long)
        for step in range(version, len(MIGRATIONS)):
            with self.transaction():
                self.run(MIGRATIONS[step])
                self.run(f"PRAGMA user_version = {step + 1}")

    def _version(self) -> int:
        ((version,),) = self._execute(self._writer, "PRAGMA user_version")
        assert isinstance(version, int)
        return version

    # --- writing: on any one thread at a time --------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Run the block between BEGIN and COMMIT, or ROLLBACK if it raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with contextlib.suppress(apsw.Error):  # SQLite may have rolled back by itself
                self._writer.execute("ROLLBACK")
            raise

    def run(self, sql: str, bindings: Sequence[Value] = ()) -> list[Row]:
        """Run statements on the writing connection to their end and return all rows.

        Raises:
            StoreFailed: for an error of the disk or the database, now or earlier.
            LocalError: a constraint does not hold, or the database is closed.
        """
        self.check_usable()
        return self._execute(self._writer, sql, bindings)

    def run_many(self, sql: str, bindings: Iterable[Sequence[Value]]) -> None:
        """Run a statement once per item of `bindings`; see `run`."""
        self.check_usable()
        try:
            self._writer.executemany(sql, bindings)
        except apsw.Error as error:
            raise self._convert(error) from error

    # --- reading: on the event loop's thread, while another one may write -----------------------

    def rows(self, sql: str, bindings: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a query as of the last commit. All of them: an open query would hold the WAL.

        Raises:
            StoreFailed: for an error of the disk or the database, now or earlier.
            LocalError: the database is closed.
        """
        self.check_usable()
        return self._execute(self._reader, sql, bindings)

    def row(self, sql: str, bindings: Sequence[Value] = ()) -> Row | None:
        """Return the first row of a query, if there is one; see `rows`."""
        rows = self.rows(sql, bindings)
        return rows[0] if rows else None

    def _execute(self, cursor: _Cursor, sql: str, bindings: Sequence[Value] = ()) -> list[Row]:
        try:
            return cursor.execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise self._convert(error) from error

    # --- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Close both connections; may be called twice, and not while another thread writes.

        After a failure without the usual checkpoint: what is durable stays in the WAL, for the next start.
        """
        self._is_closed = True
        while self._connections:
            connection = self._connections.pop()
            if self._failure is not None:
                connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            with contextlib.suppress(apsw.Error):  # everything committed is durable already
                connection.close(True)  # noqa: FBT003  # force

    def check_usable(self) -> None:
        """Raise the `StoreFailed` of an earlier call again, or `LocalError` after `close`."""
        if self._failure is not None:
            raise StoreFailed(self._failure)
        if self._is_closed:
            raise LocalError("the store is closed")

    def _convert(self, error: apsw.Error) -> StoreFailed | LocalError:
        """Make our error of SQLite's: a broken constraint is our own bug, all others end the store."""
        if isinstance(error, apsw.ConstraintError):
            return LocalError(f"the client tried to store what cannot be: {error}")
        words = next((words for kind, words in _WORDS if isinstance(error, kind)), "SQLite failed")
        return self._fail(f"{self._path}: {words} ({type(error).__name__}: {error})")

    def _fail(self, reason: str) -> StoreFailed:
        self._failure = reason
        return StoreFailed(reason)


def check_sqlite_version(version: str) -> None:
    """Refuse an SQLite that can corrupt databases.

    Raises:
        StoreFailed: it is older than `OLDEST_SQLITE`.
    """
    if tuple(map(int, version.split("."))) < OLDEST_SQLITE:
        raise StoreFailed(f"SQLite {version} can corrupt databases: update apsw-sqlite3mc")


def _checkpoint_if_long(connection: apsw.Connection, name: str, pages: int) -> int:
    if pages >= CHECKPOINT_PAGES:
        connection.wal_checkpoint(name, apsw.SQLITE_CHECKPOINT_PASSIVE)
    return apsw.SQLITE_OK
