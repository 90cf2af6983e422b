"""A storage in plain dicts, for simulations and tests of the hub.

Every table maps a key to a value that never changes, so undoing a write is putting back what stood
there, and a copy of the tables is a copy of everything.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Self

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
from lanmsg.wire.entries import Entry, EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ZERO_HASH, DatabaseId, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.statements import PublishedKey

_DEFAULT_DATABASE = DatabaseId(b"memory storage\0\0")


@dataclass(slots=True)
class _Tables:
    logs: dict[LogId, StoredLog] = field(default_factory=dict[LogId, StoredLog])
    entries: dict[tuple[LogId, int], PlacedEntry] = field(
        default_factory=dict[tuple[LogId, int], PlacedEntry]
    )
    messages: dict[tuple[LogId, DeviceId, MessageId, int | None], Place] = field(
        default_factory=dict[tuple[LogId, DeviceId, MessageId, int | None], Place]
    )
    members: dict[tuple[LogId, UserId], StoredMember] = field(
        default_factory=dict[tuple[LogId, UserId], StoredMember]
    )
    counters: dict[tuple[LogId, DeviceId], int] = field(default_factory=dict[tuple[LogId, DeviceId], int])
    cursors: dict[tuple[LogId, DeviceId], StoredCursor] = field(
        default_factory=dict[tuple[LogId, DeviceId], StoredCursor]
    )
    last_seen_ms: dict[UserId, int] = field(default_factory=dict[UserId, int])
    published: dict[tuple[DeviceId, bytes], bool] = field(default_factory=dict[tuple[DeviceId, bytes], bool])
    stock: dict[DeviceId, tuple[PublishedKey, ...]] = field(
        default_factory=dict[DeviceId, tuple[PublishedKey, ...]]
    )
    fallback_keys: dict[DeviceId, PublishedKey] = field(default_factory=dict[DeviceId, PublishedKey])
    invites: dict[bytes, int] = field(default_factory=dict[bytes, int])
    settings: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def copy(self) -> "_Tables":
        return _Tables(**{table.name: dict(getattr(self, table.name)) for table in fields(self)})


_GONE = object()
_PRUNABLE_KINDS = frozenset(LogKind) - {LogKind.DIRECTORY, LogKind.ACCOUNT}


@dataclass(frozen=True, slots=True)
class _Undo:
    """What stood at a key before a write; `_GONE` for nothing."""

    table: str
    key: object
    value: object

    def apply(self, tables: _Tables) -> None:
        table: dict[object, object] = getattr(tables, self.table)
        if self.value is _GONE:
            del table[self.key]
        else:
            table[self.key] = self.value


class MemoryStorage:
    """A `Storage` that is durable for the life of the object."""

    def __init__(self, database: DatabaseId = _DEFAULT_DATABASE, *, tables: _Tables | None = None) -> None:
        self._database = database
        self._tables = tables or _Tables()
        self._undo: list[_Undo] | None = None
        self._is_closed = False

    def copy_durable(self) -> Self:
        """Return what a process would find that starts now: all committed, nothing of a running block.

        May be called at any time, on a closed storage too; the two share nothing afterwards.
        """
        tables = self._tables.copy()
        _undo_all(tables, self._undo or [])
        return type(self)(self._database, tables=tables)

    def load(self) -> StoredState:
        """See `Storage.load`."""
        self._check_outside()
        tables = self._tables
        return StoredState(
            database=self._database,
            logs=list(tables.logs.values()),
            members=list(tables.members.values()),
            cursors=list(tables.cursors.values()),
            last_seen_ms=dict(tables.last_seen_ms),
        )

    @contextmanager
    def transaction(self) -> Generator[None]:
        """See `Storage.transaction`."""
        self._check_outside()
        self._undo = []
        try:
            yield
        except BaseException:
            _undo_all(self._tables, self._undo)
            raise
        finally:
            self._undo = None

    # --- logs --------------------------------------------------------------------------------

    def add_log(self, log: LogId, kind: LogKind) -> None:
        """See `Storage.add_log`."""
        if log in self._tables.logs:
            raise LocalError(f"log {log.hex()} exists already")
        self._put("logs", log, StoredLog(log, kind, seq=0, hash=ZERO_HASH))

    def add_members(self, members: Sequence[StoredMember]) -> None:
        """See `Storage.add_members`."""
        self._check_inside()
        for member in members:
            self._head(member.log)
            self._put("members", (member.log, member.user), member)

    def add_entries(self, entries: Sequence[PlacedEntry]) -> None:
        """See `Storage.add_entries`."""
        self._check_inside()
        for new in entries:
            self._add_entry(new)

    def _add_entry(self, new: PlacedEntry) -> None:
        head = self._head(new.log)
        if new.seq != head.seq + 1:
            raise LocalError(f"seq {new.seq} does not follow {head.seq} in log {new.log.hex()}")
        if new.entry.kind != EntryKind.SHARE:
            key = new.log, new.entry.sender, new.entry.message_id, new.counter
            self._put("messages", key, Place(new.log, new.seq, new.hash))
        if new.counter is not None:
            self._put("counters", (new.log, new.entry.sender), new.counter)
        self._put("entries", (new.log, new.seq), new)
        self._put("logs", new.log, replace(head, seq=new.seq, hash=new.hash))

    def find_message(
        self, log: LogId, sender: DeviceId, message_id: MessageId, counter: int | None
    ) -> Place | None:
        """See `Storage.find_message`."""
        self._check_open()
        return self._tables.messages.get((log, sender, message_id, counter))

    def is_pruned(self, log: LogId, sender: DeviceId, counter: int) -> bool:
        """See `Storage.is_pruned`."""
        head = self._tables.logs.get(log)
        if head is None or not head.pruned_seq or not 0 < counter <= self.counter(log, sender):
            return False
        used = {(each.log, each.entry.sender, each.counter) for each in self._tables.entries.values()}
        return (log, sender, counter) not in used

    def counter(self, log: LogId, device: DeviceId) -> int:
        """See `Storage.counter`."""
        self._check_open()
        return self._tables.counters.get((log, device), 0)

    def set_cursors(self, cursors: Sequence[StoredCursor]) -> None:
        """See `Storage.set_cursors`."""
        self._check_inside()
        for cursor in cursors:
            head = self._head(cursor.log)
            if cursor.seq > head.seq:
                raise LocalError(f"cursor {cursor.seq} is beyond the head {head.seq}")
            known = self._tables.cursors.get((cursor.log, cursor.device))
            if known is None or known.seq < cursor.seq:
                self._put("cursors", (cursor.log, cursor.device), cursor)

    def prune(self, log: LogId, up_to: int) -> None:
        """See `Storage.prune`."""
        self._check_inside()
        head = self._head(log)
        if head.kind not in _PRUNABLE_KINDS or up_to > head.seq:
            raise LocalError(f"cannot prune {head.kind.name} with head {head.seq} up to {up_to}")
        for seq in range(head.pruned_seq + 1, up_to + 1):
            gone = self._tables.entries[log, seq]
            self._put("logs", log, replace(self._head(log), pruned_seq=seq, pruned_hash=gone.hash))
            if gone.entry.kind == EntryKind.MEMBERS:
                continue
            self._delete("entries", (log, seq))
            if head.kind != LogKind.INBOX:
                self._delete("messages", (log, gone.entry.sender, gone.entry.message_id, gone.counter))

    def oldest_entries(self, log: LogId, *, limit: int) -> Sequence[OldEntry]:
        """See `Storage.oldest_entries`."""
        self._check_open()
        head = self._head(log)
        first = head.pruned_seq + 1
        placed = [self._tables.entries[log, seq] for seq in range(first, min(first + limit, head.seq + 1))]
        return [OldEntry(each.entry.at_ms, each.hash) for each in placed]

    def set_last_seen(self, last_seen_ms: dict[UserId, int]) -> None:
        """See `Storage.set_last_seen`."""
        self._check_inside()
        for user, at_ms in last_seen_ms.items():
            self._put("last_seen_ms", user, at_ms)

    # --- keys and invites --------------------------------------------------------------------

    def add_one_time_keys(self, device: DeviceId, keys: Sequence[PublishedKey], *, at_most: int) -> int:
        """See `Storage.add_one_time_keys`."""
        self._check_inside()
        for key in keys:
            if self.stock(device) < at_most and (device, key.key) not in self._tables.published:
                self._put("published", (device, key.key), value=True)
                self._put("stock", device, (*self._tables.stock.get(device, ()), key))
        return self.stock(device)

    def set_fallback_key(self, device: DeviceId, key: PublishedKey) -> None:
        """See `Storage.set_fallback_key`."""
        self._put("fallback_keys", device, key)

    def take_key(self, device: DeviceId) -> tuple[PublishedKey, bool] | None:
        """See `Storage.take_key`."""
        stock = self._tables.stock.get(device)
        if stock:
            self._put("stock", device, stock[1:])
            return stock[0], False
        self._check_inside()
        fallback_key = self._tables.fallback_keys.get(device)
        return None if fallback_key is None else (fallback_key, True)

    def stock(self, device: DeviceId) -> int:
        """See `Storage.stock`."""
        self._check_open()
        return len(self._tables.stock.get(device, ()))

    def has_fallback_key(self, device: DeviceId) -> bool:
        """See `Storage.has_fallback_key`."""
        self._check_open()
        return device in self._tables.fallback_keys

    def add_invite(self, secret_hash: bytes, expires_at_ms: int) -> None:
        """See `Storage.add_invite`."""
        self._check_inside()
        if secret_hash not in self._tables.invites:
            self._put("invites", secret_hash, expires_at_ms)

    def take_invite(self, secret_hash: bytes, now_ms: int) -> bool:
        """See `Storage.take_invite`."""
        self._check_inside()
        for known, expires_at_ms in list(self._tables.invites.items()):
            if expires_at_ms <= now_ms:
                self._delete("invites", known)
        is_usable = secret_hash in self._tables.invites
        if is_usable:
            self._delete("invites", secret_hash)
        return is_usable

    def open_invites(self, now_ms: int) -> int:
        """See `Storage.open_invites`."""
        self._check_open()
        return sum(expires_at_ms > now_ms for expires_at_ms in self._tables.invites.values())

    def write_setting(self, name: str, value: bytes) -> None:
        """See `Storage.write_setting`."""
        self._put("settings", name, value)

    def read_settings(self) -> dict[str, bytes]:
        """See `Storage.read_settings`."""
        self._check_open()
        return dict(self._tables.settings)

    # --- how large it is ---------------------------------------------------------------------

    def disk_use(self) -> StoredDiskUse:
        """See `Storage.disk_use`: of the bodies alone."""
        return StoredDiskUse(sum(self.log_sizes().values()), 0, 0, 0)

    def log_sizes(self) -> dict[LogId, int]:
        """See `Storage.log_sizes`."""
        self._check_open()
        tables = self._tables.copy()
        _undo_all(tables, self._undo or [])
        sizes = dict.fromkeys(tables.logs, 0)
        for placed in tables.entries.values():
            sizes[placed.log] += len(placed.entry.body)
        return sizes

    # --- reading -----------------------------------------------------------------------------

    def read_run(self, log: LogId, after: int, *, max_entries: int, max_bytes: int) -> Run:
        """See `Storage.read_run`."""
        self._check_outside()
        head = self._head(log)
        start = min(max(after, head.pruned_seq), head.seq)
        entries: list[Entry] = []
        size_bytes = 0
        for seq in range(start + 1, min(start + max_entries, head.seq) + 1):
            entry = self._tables.entries[log, seq].entry
            size_bytes += len(entry.body)
            if entries and size_bytes > max_bytes:
                break
            entries.append(entry)
        return Run(start + 1, self._hash_at(log, start), entries)

    def members_entry(self, log: LogId, seq: int) -> PlacedEntry | None:
        """See `Storage.members_entry`."""
        self._check_outside()
        first = seq if seq > self._head(log).pruned_seq else 1
        for each in range(seq, first - 1, -1):
            placed = self._tables.entries.get((log, each))
            if placed is not None and placed.entry.kind == EntryKind.MEMBERS:
                return placed
        return None

    def close(self) -> None:
        """See `Storage.close`."""
        if not self._is_closed:
            self._check_outside()
        self._is_closed = True

    # --- helpers -----------------------------------------------------------------------------

    def _head(self, log: LogId) -> StoredLog:
        head = self._tables.logs.get(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        return head

    def _hash_at(self, log: LogId, seq: int) -> bytes:
        head = self._head(log)
        return head.pruned_hash if seq == head.pruned_seq else self._tables.entries[log, seq].hash

    def _put(self, table: str, key: object, value: object) -> None:
        rows = self._table_to_change(table, key)
        rows[key] = value

    def _delete(self, table: str, key: object) -> None:
        rows = self._table_to_change(table, key)
        del rows[key]

    def _table_to_change(self, table: str, key: object) -> dict[object, object]:
        undo = self._check_inside()
        rows: dict[object, object] = getattr(self._tables, table)
        undo.append(_Undo(table, key, rows.get(key, _GONE)))
        return rows

    def _check_open(self) -> None:
        if self._is_closed:
            raise LocalError("the storage is closed")

    def _check_inside(self) -> list[_Undo]:
        self._check_open()
        if self._undo is None:
            raise LocalError("this needs a transaction")
        return self._undo

    def _check_outside(self) -> None:
        self._check_open()
        if self._undo is not None:
            raise LocalError("this cannot be done inside a transaction")


def _undo_all(tables: _Tables, undo: list[_Undo]) -> None:
    for step in reversed(undo):
        step.apply(tables)
