"""What a running transaction will write, gathered so that each row is written once."""

from collections.abc import Sequence
from copy import copy
from operator import itemgetter
from typing import Final

from msgspec.structs import astuple

from lanmsg.hub.storage.interface import PlacedEntry, StoredCursor, StoredMember
from lanmsg.hub.storage.sqlite.database import Database, Row
from lanmsg.hub.storage.sqlite.heads import Head, Heads
from lanmsg.hub.storage.sqlite.late import Generation, LateRows, Step
from lanmsg.hub.storage.sqlite.pruning import PRUNABLE_KINDS, prune
from lanmsg.hub.storage.sqlite.schema import MAX_LOG_NUMBER, MAX_SEQ, SEQ_BITS
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, MessageId, UserId

_SHARE = int(EntryKind.SHARE)

MEMBER_COLUMNS: Final = (
    "user",
    "base_seq",
    "base_hash",
    "role",
    "changed_seq",
    "changed_hash",
    "end_seq",
    "end_hash",
    "is_opener",
)
"""Columns of the table `member` and fields of `StoredMember`, the log apart."""

_PUT_MEMBER: Final = (
    f"INSERT OR REPLACE INTO member (number, {', '.join(MEMBER_COLUMNS)}) "  # noqa: S608 - our own words
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Batch:
    """The writes of one transaction to logs and to the tables around them."""

    def __init__(self, committed: Heads, late: LateRows) -> None:
        self._committed = committed
        self._late = late
        self.heads: dict[LogId, Head] = {}
        self._new_logs: list[Head] = []
        self._entries: list[PlacedEntry] = []
        self._generation = Generation()
        self._members: list[Row] = []
        self._cursors: list[Row] = []
        self._last_seen_ms: dict[UserId, int] = {}
        self._step = Step()

    def head(self, log: LogId) -> Head:
        """Return the log's head as of this moment of the transaction, for reading."""
        head = self.heads.get(log) or self._committed.by_log.get(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        return head

    def _head_to_change(self, log: LogId) -> Head:
        if log not in self.heads:
            self.heads[log] = copy(self.head(log))
        return self.heads[log]

    def add_log(self, log: LogId, kind: LogKind) -> None:
        """See `Storage.add_log`."""
        if log in self.heads or log in self._committed.by_log:
            raise LocalError(f"log {log.hex()} exists already")
        # Logs are never deleted, so counting them numbers them.
        number = len(self._committed.by_log) + len(self._new_logs) + 1
        if number > MAX_LOG_NUMBER:
            raise LocalError("there are too many logs")
        self.heads[log] = Head(number, log, kind)
        self._new_logs.append(self.heads[log])

    def add_members(self, members: Sequence[StoredMember]) -> None:
        """See `Storage.add_members`."""
        self._members += [
            (self.head(member.log).number, *(getattr(member, column) for column in MEMBER_COLUMNS))
            for member in members
        ]

    def add_entries(self, entries: Sequence[PlacedEntry]) -> None:
        """See `Storage.add_entries`."""
        for new in entries:
            head = self.heads.get(new.log) or self._head_to_change(new.log)
            if new.seq != head.seq + 1 or new.seq > MAX_SEQ:
                raise LocalError(f"seq {new.seq} does not follow {head.seq} in log {new.log.hex()}")
            head.seq, head.hash = new.seq, new.hash
            head.size_bytes += len(new.entry.body)
        self._entries += entries

    def find_message(
        self, log: LogId, sender: DeviceId, message_id: MessageId, counter: int | None
    ) -> PlacedEntry | None:
        """Find an entry of this transaction, shares apart. Looks at all of them: hardly anybody asks."""
        for new in self._entries:
            entry = new.entry
            if (
                entry.message_id == message_id
                and (new.log, entry.sender, new.counter) == (log, sender, counter)
                and entry.kind != _SHARE
            ):
                return new
        return None

    def counter(self, log: LogId, device: DeviceId) -> int | None:
        """Return the counter that a device has used in this transaction. Looks at all of it, too."""
        for new in reversed(self._entries):
            if new.counter is not None and new.log == log and new.entry.sender == device:
                return new.counter
        return None

    def set_cursors(self, cursors: Sequence[StoredCursor]) -> None:
        """See `Storage.set_cursors`."""
        for cursor in cursors:
            head = self.head(cursor.log)
            if cursor.seq > head.seq:
                raise LocalError(f"cursor {cursor.seq} is beyond the head {head.seq}")
            self._cursors.append((head.number, cursor.device, cursor.seq))

    def set_last_seen(self, last_seen_ms: dict[UserId, int]) -> None:
        """See `Storage.set_last_seen`."""
        self._last_seen_ms |= last_seen_ms

    def prune(self, log: LogId, up_to: int) -> None:
        """See `Storage.prune`."""
        head = self.head(log)
        if head.kind not in PRUNABLE_KINDS or up_to > head.seq:
            raise LocalError(f"cannot prune {head.kind.name} with head {head.seq} up to {up_to}")
        if up_to > head.pruned_seq:
            self._head_to_change(log).pruned_seq = up_to

    # --- the end of the transaction ----------------------------------------------------------

    def write(self, database: Database) -> None:
        """Write all of it; called once, at the end of the transaction."""
        self._write_new_logs(database)
        self._write_entries(database)
        self._write_prunes(database)
        self._step = self._late.next_step(len(self._entries))
        self._step.write(database)
        for number, seq in self._step.merged_seqs.items():
            self._head_to_change(self._committed.by_number[number].log).merged_seq = seq
        self._write_heads(database)
        self._write_small_tables(database)

    def remember(self) -> None:
        """Take over into memory what is committed now."""
        for head in self.heads.values():
            self._committed.put(head)
        self._late.remember(self._generation, self._step)

    def _write_entries(self, database: Database) -> None:
        rows: list[Row] = []
        new = self._generation
        heads, messages, counters = self.heads, new.messages, new.counters
        for log, seq, _, hash_, entry, counter in map(astuple, self._entries):
            number = heads[log].number
            entry_id = number << SEQ_BITS | seq
            kind, sender, message_id, at_ms, body = astuple(entry)
            rows.append((entry_id, kind, sender, message_id, at_ms, hash_, counter, body))
            if counter is not None:
                messages[number, sender, counter] = seq
                counters[number, sender] = counter
            new.seqs[number] = seq
        new.entries = len(rows)
        # In the order of the file: each page is then touched once.
        rows.sort(key=itemgetter(0))
        database.run_many("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _write_new_logs(self, database: Database) -> None:
        empty = 0, ZERO_HASH, 0, ZERO_HASH, 0, 0
        rows = [(head.number, head.log, head.kind, *empty) for head in self._new_logs]
        database.run_many("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _write_prunes(self, database: Database) -> None:
        for head in self.heads.values():
            committed = self._committed.by_log.get(head.log)
            if head.pruned_seq > (committed.pruned_seq if committed else 0):
                prune(database, head, after=committed)

    def _write_heads(self, database: Database) -> None:
        database.run_many(
            "UPDATE log SET seq = ?, hash = ?, pruned_seq = ?, pruned_hash = ?, merged_seq = ?, "
            "size_bytes = ? WHERE number = ?",
            [
                (
                    head.seq,
                    head.hash,
                    head.pruned_seq,
                    head.pruned_hash,
                    head.merged_seq,
                    head.size_bytes,
                    head.number,
                )
                for head in self.heads.values()
            ],
        )

    def _write_small_tables(self, database: Database) -> None:
        database.run_many(
            _PUT_MEMBER,
            self._members,
        )
        database.run_many(
            "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
            self._cursors,
        )
        database.run_many(
            "INSERT INTO last_seen VALUES (?, ?) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
            self._last_seen_ms.items(),
        )
