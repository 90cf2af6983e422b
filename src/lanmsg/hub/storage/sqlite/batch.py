"""What a running transaction will write, gathered so that each row is written once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from lanmsg.hub.storage.interface import NewEntry, StoredCursor, StoredMember
from lanmsg.hub.storage.sqlite.database import Database, Row
from lanmsg.hub.storage.sqlite.heads import Head, Heads
from lanmsg.hub.storage.sqlite.messages import MessageIndex, MessageKey, NewMessages
from lanmsg.hub.storage.sqlite.schema import MAX_LOG_NUMBER, MAX_SEQ
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, UserId

_SHARE = int(EntryKind.SHARE)


class Batch:
    """The writes of one transaction to logs and to the tables around them."""

    def __init__(self, committed: Heads, index: MessageIndex) -> None:
        self._committed = committed
        self._index = index
        self.heads: dict[LogId, Head] = {}
        self.messages = NewMessages()
        self.counters: dict[tuple[LogId, DeviceId], int] = {}
        self.merged = False
        self._new_logs: list[Head] = []
        self._entries: list[Row] = []
        self._members: list[Row] = []
        self._cursors: list[Row] = []
        self._last_seen_ms: dict[UserId, int] = {}

    def head(self, log: LogId) -> Head:
        """Return the log's head as of this moment of the transaction, for reading."""
        head = self.heads.get(log) or self._committed.by_log.get(log)
        if head is None:
            raise LocalError(f"there is no log {log.hex()}")
        return head

    def _head_to_change(self, log: LogId) -> Head:
        if log not in self.heads:
            self.heads[log] = replace(self.head(log))
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
            (self.head(member.log).number, member.user, member.base_seq, member.base_hash)
            for member in members
        ]

    def add_entries(self, entries: Sequence[NewEntry]) -> None:
        """See `Storage.add_entries`."""
        for new in entries:
            head = self.heads.get(new.log) or self._head_to_change(new.log)
            if new.seq != head.seq + 1 or new.seq > MAX_SEQ:
                raise LocalError(f"seq {new.seq} does not follow {head.seq} in log {new.log.hex()}")
            entry, entry_id = new.entry, head.first_id + new.seq
            if entry.kind != _SHARE:
                self._take_message_id(new)
            self._entries.append(
                (entry_id, entry.kind, entry.sender, entry.message_id, entry.at_ms, new.hash, entry.body)
            )
            head.seq, head.hash = new.seq, new.hash

    def _take_message_id(self, new: NewEntry) -> None:
        key = new.entry.sender, new.entry.message_id
        is_free = key in self.messages.free or self._index.find(key) is None
        if not is_free or key in self.messages.taken:
            raise LocalError(f"message {new.entry.message_id.hex()} is stored already")
        self.messages.taken[key] = new

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
        if head.kind != LogKind.INBOX or up_to > head.seq:
            raise LocalError(f"cannot prune {head.kind.name} with head {head.seq} up to {up_to}")
        if up_to > head.pruned_seq:
            self._head_to_change(log).pruned_seq = up_to

    # --- the end of the transaction ----------------------------------------------------------

    def write(self, database: Database) -> None:
        """Write all of it; called once, at the end of the transaction."""
        self._write_new_logs(database)
        # In the order of the file: each page is then touched once.
        self._entries.sort(key=lambda row: cast("int", row[0]))
        database.run_many("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", self._entries)
        self._write_prunes(database)
        if self._entries and self._index.is_merge_due(len(self._entries)):
            self._merge_messages()
        self._write_heads(database)
        self._write_small_tables(database)

    def remember(self) -> None:
        """Take over into memory what is committed now."""
        for head in self.heads.values():
            self._committed.put(head)
        if self.merged:
            self._index.remember_merge()
        elif self._entries:
            logs = {head.number for head in self.heads.values()}
            self._index.remember(self._message_ids(), logs, len(self._entries))

    def _merge_messages(self) -> None:
        self._index.merge(self._message_ids())
        behind = [self._committed.by_number[number].log for number in self._index.unmerged_logs]
        for log in (*behind, *self.heads):
            head = self._head_to_change(log)
            head.merged_seq = head.seq
        self.merged = True

    def _message_ids(self) -> dict[MessageKey, int]:
        return {key: self.heads[new.log].first_id + new.seq for key, new in self.messages.taken.items()}

    def _write_new_logs(self, database: Database) -> None:
        rows = [(head.number, head.log, head.kind, 0, ZERO_HASH, 0, ZERO_HASH, 0) for head in self._new_logs]
        database.run_many("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _write_prunes(self, database: Database) -> None:
        for head in self.heads.values():
            committed = self._committed.by_log.get(head.log)
            if head.pruned_seq > (committed.pruned_seq if committed else 0):
                _prune(database, head)

    def _write_heads(self, database: Database) -> None:
        database.run_many(
            "UPDATE log SET seq = ?, hash = ?, pruned_seq = ?, pruned_hash = ?, merged_seq = ? "
            "WHERE number = ?",
            [
                (head.seq, head.hash, head.pruned_seq, head.pruned_hash, head.merged_seq, head.number)
                for head in self.heads.values()
            ],
        )

    def _write_small_tables(self, database: Database) -> None:
        database.run_many(
            "INSERT INTO member VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET base_seq = excluded.base_seq, base_hash = excluded.base_hash",
            self._members,
        )
        database.run_many(
            "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
            self._cursors,
        )
        database.run_many(
            "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET counter = excluded.counter",
            [(self.head(log).number, device, count) for (log, device), count in self.counters.items()],
        )
        database.run_many(
            "INSERT INTO last_seen VALUES (?, ?) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
            self._last_seen_ms.items(),
        )


def _prune(database: Database, head: Head) -> None:
    """Delete shares; keep of the other entries the message ids, which no sender may use again."""
    first, last = head.first_id, head.first_id + head.pruned_seq
    row = database.row("SELECT hash FROM entry WHERE id = ?", (last,))
    if row is None:
        raise database.report_damage(f"entry {head.pruned_seq} of log {head.log.hex()} is missing")
    head.pruned_hash = cast("bytes", row[0])
    database.rows("DELETE FROM entry WHERE id BETWEEN ? AND ? AND kind = ?", (first, last, EntryKind.SHARE))
    database.rows("UPDATE entry SET body = NULL WHERE id BETWEEN ? AND ? AND body IS NOT NULL", (first, last))
