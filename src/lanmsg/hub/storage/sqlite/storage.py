"""The hub's logs in one SQLite database.

Always true: outside a transaction memory and file say the same; what a transaction changes is
gathered in a `Batch` and moves into memory only after the commit.
"""

import contextlib
import secrets
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final, Self, cast

from lanmsg.hub.storage.interface import (
    OldEntry,
    Place,
    PlacedEntry,
    Run,
    StoredCursor,
    StoredDiskUse,
    StoredLog,
    StoredMember,
    StoredState,
)
from lanmsg.hub.storage.sqlite.batch import MEMBER_COLUMNS, Batch
from lanmsg.hub.storage.sqlite.database import Database
from lanmsg.hub.storage.sqlite.directory import (
    DATABASE_NAME,
    DirectoryLock,
    make_directory,
    make_private_file,
)
from lanmsg.hub.storage.sqlite.heads import Head, Heads
from lanmsg.hub.storage.sqlite.keys import InviteTable, KeyTables, SettingTable
from lanmsg.hub.storage.sqlite.late import GENERATION_ENTRIES, LateRows
from lanmsg.hub.storage.sqlite.pruning import read_members_entry
from lanmsg.wire.entries import Entry, EntryKind, LogKind, entry_hash
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ID_BYTES, DatabaseId, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.statements import PublishedKey, Role

QUICK_CHECK_S: Final = 1.0
"""Time for looking the database over at start: all of a small one, a part of a big one."""

_FIND_MESSAGE: Final = "SELECT id, hash FROM entry WHERE id = ? AND message_id = ?"
_FIND_WITHOUT_COUNTER: Final = (
    "SELECT id, hash FROM entry "  # noqa: S608 - our own words
    f"WHERE counter IS NULL AND kind <> {int(EntryKind.SHARE)} "
    "AND sender = ? AND message_id = ? AND id BETWEEN ? AND ?"
)

READ_AHEAD_ENTRIES: Final = 32
"""Some five pages; fewer are read as they are. Asking for what is in memory anyway costs 0.2 ms."""


class SqliteStorage:
    """The `Storage` that a hub uses when it is told nothing else."""

    def __init__(
        self,
        database: Database,
        lock: DirectoryLock,
        *,
        make_id: Callable[[int], bytes] = secrets.token_bytes,
        generation_entries: int = GENERATION_ENTRIES,
    ) -> None:
        self._database = database
        self._lock: DirectoryLock | None = lock
        self._make_id = make_id
        self._keys = KeyTables(database)
        self._invites = InviteTable(database)
        self._settings = SettingTable(database)
        self._heads = self._read_heads()
        self._late = LateRows(database, self._heads.by_number.values(), generation_entries)
        self._batch: Batch | None = None

    @classmethod
    def open(
        cls, directory: Path, *, vfs: str | None = None, generation_entries: int = GENERATION_ENTRIES
    ) -> Self:
        """Open the storage in this directory, or make one; the caller closes it.

        `vfs` names the SQLite file layer: tests bring their own.

        Raises:
            StorageLocked: if another process has it open.
            StorageFailed: if it cannot be used, with the reason and what to do.
        """
        make_directory(directory)
        with contextlib.ExitStack() as on_error:
            lock = DirectoryLock.take(directory)
            on_error.callback(lock.release)
            make_private_file(directory / DATABASE_NAME)
            database = Database.open(directory / DATABASE_NAME, vfs=vfs, quick_check_s=QUICK_CHECK_S)
            on_error.callback(database.close)
            storage = cls(database, lock, generation_entries=generation_entries)
            on_error.pop_all()
        return storage

    def _read_heads(self) -> Heads:
        heads = Heads()
        for row in self._database.rows("SELECT * FROM log"):
            head = Head(*cast("tuple[int, LogId, LogKind, int, bytes, int, bytes, int, int]", row))
            head.kind = LogKind(head.kind)
            heads.put(head)
        return heads

    def load(self) -> StoredState:
        """See `Storage.load`."""
        self._check_outside()
        return StoredState(
            database=self._database_id(),
            logs=[
                StoredLog(head.log, head.kind, head.seq, head.hash, head.pruned_seq, head.pruned_hash)
                for head in self._heads.by_log.values()
            ],
            members=self._read_members(),
            cursors=self._read_cursors(),
            last_seen_ms=self._read_last_seen(),
        )

    def _database_id(self) -> DatabaseId:
        row = self._database.row("SELECT value FROM meta WHERE name = 'database_id'")
        if row is None:
            row = (self._make_id(ID_BYTES),)
            with self._database.transaction():
                self._database.rows("INSERT INTO meta VALUES ('database_id', ?)", row)
        return cast("DatabaseId", row[0])

    def _read_members(self) -> list[StoredMember]:
        columns = ", ".join(MEMBER_COLUMNS)
        sql = f"SELECT log, {columns} FROM member JOIN log USING (number)"  # noqa: S608 - our own words
        rows = cast(
            "list[tuple[LogId, UserId, int, bytes, int, int, bytes, int, bytes, int]]",
            self._database.rows(sql),
        )
        return [StoredMember(*row[:4], Role(row[4]), *row[5:9], is_opener=bool(row[9])) for row in rows]

    def _read_cursors(self) -> list[StoredCursor]:
        sql = "SELECT log, device, cursor.seq FROM cursor JOIN log USING (number)"
        rows = cast("list[tuple[LogId, DeviceId, int]]", self._database.rows(sql))
        return [StoredCursor(*row) for row in rows]

    def _read_last_seen(self) -> dict[UserId, int]:
        rows = self._database.rows("SELECT user, at_ms FROM last_seen")
        return dict(cast("list[tuple[UserId, int]]", rows))

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """See `Storage.transaction`."""
        self._check_outside()
        batch = Batch(self._heads, self._late)
        try:
            with self._database.transaction():
                self._batch = batch
                yield
                batch.write(self._database)
        finally:
            self._batch = None
        batch.remember()

    # --- logs --------------------------------------------------------------------------------

    def add_log(self, log: LogId, kind: LogKind) -> None:
        """See `Storage.add_log`."""
        self._check_inside().add_log(log, kind)

    def add_members(self, members: Sequence[StoredMember]) -> None:
        """See `Storage.add_members`."""
        self._check_inside().add_members(members)

    def add_entries(self, entries: Sequence[PlacedEntry]) -> None:
        """See `Storage.add_entries`."""
        self._check_inside().add_entries(entries)

    def find_message(
        self, log: LogId, sender: DeviceId, message_id: MessageId, counter: int | None
    ) -> Place | None:
        """See `Storage.find_message`."""
        self._database.check_usable()
        batch = self._batch
        new = batch.find_message(log, sender, message_id, counter) if batch is not None else None
        if new is not None:
            return Place(new.log, new.seq, new.hash)
        head = self._heads.by_log.get(log)
        if head is None:
            return None
        if counter is None:
            row = self._database.row(_FIND_WITHOUT_COUNTER, (sender, message_id, *head.ids(0, head.seq)))
        else:
            seq = self._late.find_message((head.number, sender, counter))
            row = self._database.row(_FIND_MESSAGE, (head.first_id | seq, message_id))
        return None if row is None else Place(log, cast("int", row[0]) - head.first_id, cast("bytes", row[1]))

    def is_pruned(self, log: LogId, sender: DeviceId, counter: int) -> bool:
        """See `Storage.is_pruned`."""
        self._database.check_usable()
        head = self._heads.by_log.get(log)
        if (
            head is None
            or not head.pruned_seq
            or not 0 < counter <= self._late.counter((head.number, sender))
        ):
            return False
        return self._late.find_message((head.number, sender, counter)) <= head.pruned_seq

    def counter(self, log: LogId, device: DeviceId) -> int:
        """See `Storage.counter`."""
        counter = self._batch.counter(log, device) if self._batch is not None else None
        if counter is not None:
            return counter
        head = self._heads.by_log.get(log)
        return 0 if head is None else self._late.counter((head.number, device))

    def set_cursors(self, cursors: Sequence[StoredCursor]) -> None:
        """See `Storage.set_cursors`."""
        self._check_inside().set_cursors(cursors)

    def prune(self, log: LogId, up_to: int) -> None:
        """See `Storage.prune`."""
        self._check_inside().prune(log, up_to)

    def oldest_entries(self, log: LogId, *, limit: int) -> Sequence[OldEntry]:
        """See `Storage.oldest_entries`."""
        head = self._head(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        rows = self._database.rows(
            "SELECT at_ms, hash FROM entry WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
            (*head.ids(head.pruned_seq + 1, head.seq), limit),
        )
        return [OldEntry(*row) for row in cast("list[tuple[int, bytes]]", rows)]

    def set_last_seen(self, last_seen_ms: dict[UserId, int]) -> None:
        """See `Storage.set_last_seen`."""
        self._check_inside().set_last_seen(last_seen_ms)

    # --- keys and invites --------------------------------------------------------------------

    def add_one_time_keys(self, device: DeviceId, keys: Sequence[PublishedKey], *, at_most: int) -> int:
        """See `Storage.add_one_time_keys`."""
        self._check_inside()
        return self._keys.add_one_time_keys(device, keys, at_most=at_most)

    def set_fallback_key(self, device: DeviceId, key: PublishedKey) -> None:
        """See `Storage.set_fallback_key`."""
        self._check_inside()
        self._keys.set_fallback_key(device, key)

    def take_key(self, device: DeviceId) -> tuple[PublishedKey, bool] | None:
        """See `Storage.take_key`."""
        self._check_inside()
        return self._keys.take_key(device)

    def stock(self, device: DeviceId) -> int:
        """See `Storage.stock`."""
        return self._keys.stock(device)

    def has_fallback_key(self, device: DeviceId) -> bool:
        """See `Storage.has_fallback_key`."""
        return self._keys.has_fallback_key(device)

    def add_invite(self, secret_hash: bytes, expires_at_ms: int) -> None:
        """See `Storage.add_invite`."""
        self._check_inside()
        self._invites.add_invite(secret_hash, expires_at_ms)

    def take_invite(self, secret_hash: bytes, now_ms: int) -> bool:
        """See `Storage.take_invite`."""
        self._check_inside()
        return self._invites.take_invite(secret_hash, now_ms)

    def open_invites(self, now_ms: int) -> int:
        """See `Storage.open_invites`."""
        return self._invites.open_invites(now_ms)

    def write_setting(self, name: str, value: bytes) -> None:
        """See `Storage.write_setting`."""
        self._check_inside()
        self._settings.write_setting(name, value)

    def read_settings(self) -> dict[str, bytes]:
        """See `Storage.read_settings`."""
        return self._settings.read_settings()

    # --- how large it is ---------------------------------------------------------------------

    def disk_use(self) -> StoredDiskUse:
        """See `Storage.disk_use`."""
        return self._database.disk_use()

    def log_sizes(self) -> dict[LogId, int]:
        """See `Storage.log_sizes`."""
        self._database.check_usable()
        return {head.log: head.size_bytes for head in self._heads.by_log.values()}

    # --- reading -----------------------------------------------------------------------------

    def read_run(self, log: LogId, after: int, *, max_entries: int, max_bytes: int) -> Run:
        """See `Storage.read_run`."""
        self._check_outside()
        head = self._head(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        start = min(max(after, head.pruned_seq), head.seq)
        previous = self._hash_at(head, start)
        return Run(start + 1, previous, self._read_entries(head, start, previous, max_entries, max_bytes))

    def _hash_at(self, head: Head, seq: int) -> bytes:
        if seq == head.seq:
            return head.hash
        if seq == head.pruned_seq:
            return head.pruned_hash
        row = self._database.row("SELECT hash FROM entry WHERE id = ?", (head.first_id | seq,))
        if row is None:
            raise self._damaged(head, seq)
        return cast("bytes", row[0])

    def _read_entries(
        self, head: Head, start: int, previous: bytes, max_entries: int, max_bytes: int
    ) -> list[Entry]:
        """Return the entries after `start`, each checked against the chain of hashes.

        Disks do change bits, and a reader would take the damage for a hub that lies.
        """
        last = min(start + max_entries, head.seq)
        ids = head.ids(start + 1, last)
        if last - start >= READ_AHEAD_ENTRIES:
            self._database.read_ahead("entry", [ids])
        rows = self._database.each_row(
            "SELECT kind, sender, message_id, at_ms, body, hash FROM entry "
            "WHERE id BETWEEN ? AND ? ORDER BY id",
            ids,
        )
        entries: list[Entry] = []
        size_bytes, seq = 0, start
        for row in cast("Generator[tuple[int, DeviceId, MessageId, int, bytes, bytes]]", rows):
            kind, sender, message_id, at_ms, body, hash_ = row
            entry = Entry(kind, sender, message_id, at_ms, body)
            size_bytes += len(body)
            if entries and size_bytes > max_bytes:
                return entries
            seq += 1
            previous = entry_hash(head.log, seq, previous, entry)
            if previous != hash_:
                raise self._damaged(head, seq)
            entries.append(entry)
        if seq < last or (seq == head.seq and previous != head.hash):
            raise self._damaged(head, seq + 1)
        return entries

    def members_entry(self, log: LogId, seq: int) -> PlacedEntry | None:
        """See `Storage.members_entry`."""
        self._check_outside()
        head = self._head(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        return read_members_entry(self._database, head, seq, hash_at=self._hash_at)

    def _damaged(self, head: Head, seq: int) -> Exception:
        return self._database.report_damage(f"entry {seq} of log {head.log.hex()} is not what was written")

    def close(self) -> None:
        """See `Storage.close`."""
        if self._lock is None:
            return
        self._check_outside_of_block()
        self._database.close()
        self._lock.release()
        self._lock = None

    # --- helpers -----------------------------------------------------------------------------

    def _head(self, log: LogId) -> Head | None:
        batch = self._batch
        return (batch and batch.heads.get(log)) or self._heads.by_log.get(log)

    def _check_inside(self) -> Batch:
        self._database.check_usable()
        if self._batch is None:
            raise LocalError("this needs a transaction")
        return self._batch

    def _check_outside(self) -> None:
        self._database.check_usable()
        self._check_outside_of_block()

    def _check_outside_of_block(self) -> None:
        if self._batch is not None:
            raise LocalError("this cannot be done inside a transaction")
