"""The logs and messages in the database: their short numbers, and every way to find a message."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Final, cast

from lanmsg.client.store.database import Database, Value
from lanmsg.client.store.interface import COUNTED_REASONS, ForgetEntries, StoredMessage, UnreadCount
from lanmsg.client.store.schema import MAX_SEQ, SEQ_BITS
from lanmsg.wire.content import SHOWN_KINDS, ContentKind
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import DeviceId, LogId, MessageId

_COLUMNS: Final = (
    "id, hash, message_id, sender, counter, at_ms, directory_seq, session, position, content, reason, raw, "
    "kind, target"
)
_UPSERT: Final = f"""
INSERT INTO message (tag, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  tag = excluded.tag, hash = excluded.hash, message_id = excluded.message_id, sender = excluded.sender,
  counter = excluded.counter, at_ms = excluded.at_ms, directory_seq = excluded.directory_seq,
  session = excluded.session, position = excluded.position, content = excluded.content,
  reason = excluded.reason, raw = excluded.raw, kind = excluded.kind, target = excluded.target
"""  # noqa: S608 - our own words
_MessageRow = tuple[int, bytes, MessageId, DeviceId, int, int, int, bytes, int, bytes, str, bytes, int, bytes]
_IS_SHOWN: Final = f"kind IN ({', '.join(str(int(kind)) for kind in sorted(SHOWN_KINDS))})"
_RAISE_COUNTER: Final = """
INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET counter = max(counter, excluded.counter)
"""
_FORGET: Final = "DELETE FROM message WHERE id > ? AND id < ? AND reason = ''"
_FORGET_EXPIRY: Final = "DELETE FROM expiry WHERE id > ? AND id < ?"
_HASH_AT: Final = f"""
SELECT hash FROM message WHERE id = ?
UNION ALL
SELECT statement.hash FROM statement, log
WHERE statement.seq = ? AND log.log = ? AND log.kind = {LogKind.DIRECTORY:d}
UNION ALL
SELECT hash FROM membership WHERE seq = ? AND log = ?
"""  # noqa: S608 - a number of ours
_IS_COUNTED: Final = f"reason IN ({', '.join(repr(str(reason)) for reason in sorted(COUNTED_REASONS))})"
_COUNT_UNREAD: Final = f"""
SELECT count(*), min(id) FROM message WHERE id > ? AND id <= ? AND {_IS_SHOWN} AND {_IS_COUNTED}
  AND (content <> x'' OR reason <> '')
"""  # noqa: S608 - our own words
_MISSING: Final = """
SELECT session, sender, max(id) AS newest FROM message
WHERE reason <> '' AND reason = ? AND id BETWEEN ? AND ? AND session <> x''
GROUP BY session, sender ORDER BY newest DESC LIMIT ?
"""
_TAG_BYTES: Final = 5
"""One in 200 stores of 100,000 messages has two with the same tag; ids are compared too."""
_TARGETS_AT_ONCE: Final = 500
"""Bound variables of one statement: SQLite takes 32,766 at most, and prepares few faster."""
_seq: Final = attrgetter("seq")


class MessageTable:
    """Reads messages on the event loop's thread; `write` runs inside a transaction on any thread.

    `logs` has the number of each committed log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        ((tag_key,),) = database.rows("SELECT value FROM meta WHERE name = 'tag_key'")
        self._tag_key = cast("bytes", tag_key)
        rows = cast("list[tuple[LogId, int]]", database.rows("SELECT log, number FROM log"))
        self.logs: dict[LogId, int] = {}
        self._log_of: dict[int, LogId] = {}
        self.remember(dict(rows))

    def remember(self, new_logs: dict[LogId, int]) -> None:
        """Take over the logs that a transaction added, once it is committed."""
        self._log_of |= {number: log for log, number in new_logs.items()}
        self.logs |= new_logs

    # --- writing ------------------------------------------------------------------------------

    def write(self, messages: Sequence[StoredMessage], new_logs: dict[LogId, int]) -> None:
        """Add or replace messages, in order. `new_logs` are those of this transaction."""
        logs = self.logs | new_logs if new_logs else self.logs
        self._database.run_many(_UPSERT, [self._row(message, logs) for message in messages])
        counters: dict[tuple[int, DeviceId], int] = {}
        for message in messages:
            key = logs[message.log], message.sender
            counters[key] = max(counters.get(key, 0), message.counter)
        self._database.run_many(_RAISE_COUNTER, [(*key, counter) for key, counter in counters.items()])

    def forget(self, changes: Sequence[ForgetEntries], new_logs: dict[LogId, int]) -> None:
        """Delete old messages of logs, and when they expire."""
        logs = self.logs | new_logs if new_logs else self.logs
        for change in changes:
            number = logs.get(change.log)
            if number is None:
                continue  # no log, no messages
            first = number << SEQ_BITS
            bounds = first, first + min(max(change.before, 0), MAX_SEQ)
            self._database.run(_FORGET_EXPIRY, bounds)
            self._database.run(_FORGET, bounds)

    def _row(self, message: StoredMessage, logs: dict[LogId, int]) -> tuple[Value, ...]:
        number = logs.get(message.log)
        if number is None or not 0 < message.seq <= MAX_SEQ:
            raise LocalError(f"there is no place {message.seq} in log {message.log.hex()}")
        return (
            self._tag(message.message_id),
            number << SEQ_BITS | message.seq,
            message.hash,
            message.message_id,
            message.sender,
            message.counter,
            message.at_ms,
            message.directory_seq,
            message.session,
            message.index,
            message.content,
            message.reason,
            message.raw,
            message.kind,
            message.target,
        )

    def _tag(self, message_id: MessageId) -> int:
        digest = hashlib.blake2b(message_id, digest_size=_TAG_BYTES, key=self._tag_key).digest()
        return int.from_bytes(digest, "big")

    # --- reading ------------------------------------------------------------------------------

    def newest(self, log: LogId, *, before: int | None, limit: int) -> list[StoredMessage]:
        """See `Store.messages`."""
        end = MAX_SEQ + 1 if before is None else before
        found = self._between(log, 0, end, f"AND {_IS_SHOWN} ORDER BY id DESC LIMIT {limit:d}")
        found.reverse()
        return found

    def oldest(self, log: LogId, *, after: int, limit: int) -> list[StoredMessage]:
        """See `Store.messages_after`."""
        return self._between(log, after, MAX_SEQ + 1, f"ORDER BY id LIMIT {limit:d}")

    def at(self, log: LogId, seq: int) -> StoredMessage | None:
        """See `Store.message`."""
        found = self._between(log, seq - 1, seq + 1, "")
        return found[0] if found else None

    def _between(self, log: LogId, after: int, before: int, rest: str) -> list[StoredMessage]:
        self._database.check_usable()
        number = self.logs.get(log)
        if number is None:
            return []
        # Kept inside the log: the ids next to it are another log's.
        first_id = number << SEQ_BITS
        bounds = first_id + max(after, 0), first_id + min(before, MAX_SEQ + 1)
        return self._select(f"id > ? AND id < ? {rest}", bounds)

    def find(self, message_id: MessageId) -> StoredMessage | None:
        """See `Store.find_message`."""
        found = self._select(
            "tag = ? AND message_id = ? ORDER BY id LIMIT 1", (self._tag(message_id), message_id)
        )
        return found[0] if found else None

    def find_in_log(self, log: LogId, message_id: MessageId) -> list[StoredMessage]:
        """See `Store.find_in_log`."""
        condition = "tag = ? AND message_id = ? ORDER BY id"
        return self._indexed("message_tag", log, condition, (self._tag(message_id), message_id))

    def amendments(self, log: LogId, targets: Iterable[bytes]) -> list[StoredMessage]:
        """See `Store.amendments`."""
        return self._with_targets(log, targets, f"AND NOT {_IS_SHOWN}")

    def replies(self, log: LogId, targets: Iterable[bytes], *, limit: int) -> list[StoredMessage]:
        """See `Store.replies`."""
        return self._with_targets(log, targets, f"AND {_IS_SHOWN} ORDER BY id LIMIT {limit:d}")[:limit]

    def _with_targets(self, log: LogId, targets: Iterable[bytes], rest: str) -> list[StoredMessage]:
        wanted = [target for target in dict.fromkeys(targets) if target]
        found: list[StoredMessage] = []
        for start in range(0, len(wanted), _TARGETS_AT_ONCE):
            some = wanted[start : start + _TARGETS_AT_ONCE]
            places = ", ".join("?" * len(some))
            # The first condition is that of the partial index, or SQLite could not use it.
            condition = f"target <> x'' AND target IN ({places}) {rest}"
            found += self._indexed("message_target", log, condition, some)
        return sorted(found, key=_seq)

    def of_kind(self, log: LogId, kind: int, *, limit: int) -> list[StoredMessage]:
        """See `Store.of_kind`."""
        condition = f"kind > {ContentKind.REACTION:d} AND kind = {kind:d} ORDER BY id DESC LIMIT {limit:d}"
        return self._indexed("message_kind", log, condition, ())[::-1]

    def _indexed(
        self, index: str, log: LogId, condition: str, bindings: Sequence[Value]
    ) -> list[StoredMessage]:
        """Return messages of a log by an index: SQLite would go through the log where it is in order."""
        self._database.check_usable()
        number = self.logs.get(log)
        if number is None:
            return []
        bounds = number << SEQ_BITS, number << SEQ_BITS | MAX_SEQ
        source = f"message INDEXED BY {index}"
        return self._select(f"id > ? AND id <= ? AND {condition}", (*bounds, *bindings), source=source)

    def has(self, sender: DeviceId, message_id: MessageId) -> bool:
        """See `Store.has_message`."""
        sql = "SELECT 1 FROM message WHERE tag = ? AND message_id = ? AND sender = ? LIMIT 1"
        return self._database.row(sql, (self._tag(message_id), message_id, sender)) is not None

    def with_ids(self, ids: Sequence[int]) -> dict[int, StoredMessage]:
        """Return the messages with these row ids, by id."""
        found = self._select(f"id IN ({', '.join('?' * len(ids))})", ids) if ids else []
        return {self.logs[message.log] << SEQ_BITS | message.seq: message for message in found}

    def unreadable(self, *, session: bytes | None, reason: str | None) -> list[StoredMessage]:
        """See `Store.unreadable`."""
        conditions = ["reason <> ''"]  # as in the partial indexes, or SQLite would not use them
        bindings: list[Value] = []
        if session is not None:
            conditions.append("session = ?")
            bindings.append(session)
        if reason is not None:
            conditions.append("reason = ?")
            bindings.append(reason)
        return self._select(" AND ".join(conditions) + " ORDER BY id", bindings)

    def count_unread(
        self, log: LogId, *, after: int, up_to: int, but_from: Collection[DeviceId]
    ) -> UnreadCount:
        """See `Store.count_unread`."""
        self._database.check_usable()
        number = self.logs.get(log)
        if number is None:
            return UnreadCount(0, 0)
        first_id = number << SEQ_BITS
        bounds = first_id + max(after, 0), first_id + min(up_to, MAX_SEQ)
        devices = ", ".join(f"x'{device.hex()}'" for device in but_from)
        sql = f"{_COUNT_UNREAD} AND sender NOT IN ({devices})"
        ((count, first),) = cast("list[tuple[int, int | None]]", self._database.rows(sql, bounds))
        return UnreadCount(count, (first or 0) & MAX_SEQ)

    def missing_sessions(self, log: LogId, *, reason: str, limit: int) -> list[bytes]:
        """See `Store.missing_sessions`."""
        number = self.logs.get(log)
        if number is None:
            return []
        first_id = number << SEQ_BITS
        rows = self._database.rows(_MISSING, (reason, first_id, first_id + MAX_SEQ, limit))
        return [row[0] + row[1] for row in cast("list[tuple[bytes, bytes, int]]", rows)]

    def counters(self, log: LogId) -> dict[DeviceId, int]:
        """See `Store.counters`."""
        sql = "SELECT device, counter.counter FROM counter JOIN log USING (number) WHERE log = ?"
        return dict(cast("list[tuple[DeviceId, int]]", self._database.rows(sql, (log,))))

    def hash_at(self, log: LogId, seq: int) -> bytes | None:
        """See `Store.entry_hash`."""
        self._database.check_usable()
        if not 0 < seq <= MAX_SEQ:
            return None
        row = self._database.row(_HASH_AT, (self.logs.get(log, 0) << SEQ_BITS | seq, seq, log, seq, log))
        return None if row is None else cast("bytes", row[0])

    def _select(
        self, condition: str, bindings: Sequence[Value], *, source: str = "message"
    ) -> list[StoredMessage]:
        sql = f"SELECT {_COLUMNS} FROM {source} WHERE {condition}"  # noqa: S608 - our own words
        rows = cast("list[_MessageRow]", self._database.rows(sql, bindings))
        log_of = self._log_of
        return [StoredMessage(log_of[row[0] >> SEQ_BITS], row[0] & MAX_SEQ, *row[1:]) for row in rows]
