"""Writes a commit's changes: grouped by table, so that each statement runs once over many rows.

Grouping keeps the meaning of the order, for changes of different tables do not touch each other, and
within a table the later one with the same key wins. Only the index follows the messages: what is said of
it keeps its place among them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, TypeVar, cast

import msgspec

from lanmsg.client.store.database import Database, Row
from lanmsg.client.store.expiry_table import write_spans
from lanmsg.client.store.interface import (
    MAX_OLM_SESSIONS,
    Change,
    DeleteOutboundSession,
    DeleteOutboxRow,
    DeletePairing,
    ExpirySpan,
    ForgetEntries,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    StoredGap,
    StoredLog,
    StoredMembers,
    StoredMessage,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
    StoredTopic,
    StoredUnread,
    StoredValue,
)
from lanmsg.client.store.messages import MessageTable
from lanmsg.client.store.search_index import SearchMark, SearchText
from lanmsg.client.store.search_table import SearchTable
from lanmsg.wire.ids import LogId

C = TypeVar("C")

pack: Final = msgspec.msgpack.Encoder().encode

_INSERT_LOG = """
INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET kind = excluded.kind,
  base = excluded.base, seq = excluded.seq, hash = excluded.hash, counter = excluded.counter,
  users = excluded.users, room = excluded.room
"""
_PRUNE_OLM_SESSIONS = f"""
DELETE FROM olm_session WHERE device = ?1 AND session_id NOT IN (
  SELECT session_id FROM olm_session WHERE device = ?1
  ORDER BY used DESC, session_id LIMIT {MAX_OLM_SESSIONS:d}
)
"""  # noqa: S608 - a number of ours


def write_changes(
    database: Database, messages: MessageTable, search: SearchTable, changes: Sequence[Change]
) -> dict[LogId, int]:
    """Write all changes inside the caller's transaction; return the logs that are new with them.

    Raises:
        LocalError: a message belongs to a log that is not stored, now or earlier; or a message to be
            indexed is not stored.
        StoreFailed: see `Store.commit`.
    """
    new_logs = _write_logs(database, messages, [each for each in changes if isinstance(each, StoredLog)])
    for is_search, run in groupby(changes, key=_is_of_search):
        if is_search:
            search.write(cast("list[SearchText | SearchMark]", list(run)), messages.logs | new_logs)
        else:
            _write_run(database, messages, run, new_logs)
    return new_logs


def _is_of_search(change: Change) -> bool:
    return type(change) in {SearchText, SearchMark}


def _write_run(
    database: Database, messages: MessageTable, changes: Iterable[Change], new_logs: dict[LogId, int]
) -> None:
    """Write changes that may be grouped by table, logs apart."""
    groups: dict[type, list[Change]] = defaultdict(list)
    for change in changes:
        groups[_TABLE_OF.get(type(change), type(change))].append(change)
    groups.pop(StoredLog, None)
    messages.write(cast("list[StoredMessage]", groups.pop(StoredMessage, [])), new_logs)
    messages.forget(cast("list[ForgetEntries]", groups.pop(ForgetEntries, [])), new_logs)
    write_spans(database, cast("list[ExpirySpan]", groups.pop(ExpirySpan, [])), messages.logs | new_logs)
    for table, group in groups.items():
        _WRITERS[table](database, group)


def _write_logs(database: Database, messages: MessageTable, logs: Sequence[StoredLog]) -> dict[LogId, int]:
    new: dict[LogId, int] = {}
    rows: dict[LogId, Row] = {}
    for log in logs:
        number = messages.logs.get(log.log) or new.get(log.log)
        if number is None:
            number = new[log.log] = len(messages.logs) + len(new) + 1
        users = pack(log.users)
        rows[log.log] = (
            number, log.log, log.kind, log.base, log.seq, log.hash, log.counter, users, log.room
        )  # fmt: skip
    database.run_many(_INSERT_LOG, rows.values())
    return new


def _write_profile(database: Database, profiles: list[Profile]) -> None:
    profile = profiles[-1]
    database.run(
        "INSERT OR REPLACE INTO profile VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            profile.hub_identity_key,
            profile.hub_title,
            profile.database,
            profile.identity_secret,
            profile.account,
            profile.handle,
            profile.device_name,
            profile.device_seq,
            profile.voucher,
            profile.wanted_handle,
            profile.new_fallback_ms,
        ),
    )


def _write_statements(database: Database, statements: list[StoredStatement]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO statement VALUES (?, ?, ?, ?, ?, ?)",
        [(each.seq, each.hash, each.kind, each.body, int(each.is_valid), each.at_ms) for each in statements],
    )


def _write_people(database: Database, people: list[StoredPerson]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO person VALUES (?, ?, ?)",
        [(person.handle, person.identity_key, person.trust) for person in people],
    )


def _write_olm_sessions(database: Database, sessions: list[OlmSession]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO olm_session VALUES (?, ?, ?, ?)",
        [(session.device, session.session_id, session.pickle, session.used) for session in sessions],
    )
    database.run_many(_PRUNE_OLM_SESSIONS, [(device,) for device in {session.device for session in sessions}])


def _write_inbound_sessions(database: Database, sessions: list[InboundSession]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO inbound_session VALUES (?, ?, ?, ?)",
        [(session.session, session.log, session.device, session.pickle) for session in sessions],
    )


def _write_outbound_sessions(
    database: Database, changes: list[OutboundSession | DeleteOutboundSession]
) -> None:
    last = {change.log: change for change in changes}
    database.run_many(
        "DELETE FROM outbound_session WHERE log = ?",
        [(each.log,) for each in last.values() if isinstance(each, DeleteOutboundSession)],
    )
    database.run_many(
        "INSERT OR REPLACE INTO outbound_session VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                each.log,
                each.pickle,
                each.created_at_ms,
                each.messages,
                pack(each.shared_with),
                pack(each.pending),
            )
            for each in last.values()
            if isinstance(each, OutboundSession)
        ],
    )


def _write_outbox(database: Database, changes: list[OutboxRow | DeleteOutboxRow]) -> None:
    last = {change.message_id: change for change in changes}
    database.run_many(
        "DELETE FROM outbox WHERE message_id = ?",
        [(each.message_id,) for each in last.values() if isinstance(each, DeleteOutboxRow)],
    )
    database.run_many(
        "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_outbox_row(each) for each in last.values() if isinstance(each, OutboxRow)],
    )


def _outbox_row(row: OutboxRow) -> Row:
    return (
        row.message_id,
        row.position,
        row.conversation.kind,
        row.conversation.key,
        row.content,
        row.queued_at_ms,
        row.frames,
        row.counter,
        row.failed,
    )


def _write_receipts(database: Database, receipts: list[StoredReceipt]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO receipt VALUES (?, ?, ?, ?)",
        [(each.log, each.device, each.seq, each.read_seq) for each in receipts],
    )


def _write_values(database: Database, values: list[StoredValue]) -> None:
    database.run_many(
        "INSERT INTO shared_value (key, change, since, is_waiting) VALUES (?, ?, ?, ?) ON CONFLICT (key) "
        "DO UPDATE SET change = excluded.change, since = excluded.since, is_waiting = excluded.is_waiting",
        [(value.key, value.change, value.since, int(value.is_waiting)) for value in values],
    )


def _write_unread(database: Database, rows: list[StoredUnread]) -> None:
    last = {row.log: row for row in rows}
    database.run_many(
        "INSERT OR REPLACE INTO unread VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row.log, row.read_seq, row.counted_seq, row.count, row.first_seq, pack(row.mentions))
            for row in last.values()
        ],
    )


def _write_members(database: Database, entries: list[StoredMembers]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO membership VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (each.log, each.seq, each.hash, each.sender, each.at_ms, each.body, int(each.is_valid))
            for each in entries
        ],
    )


def _write_pairings(database: Database, changes: list[StoredPairing | DeletePairing]) -> None:
    last = {change.token: change for change in changes}
    database.run_many(
        "DELETE FROM pairing WHERE token = ?",
        [(each.token,) for each in last.values() if isinstance(each, DeletePairing)],
    )
    database.run_many(
        "INSERT OR REPLACE INTO pairing VALUES (?, ?, ?)",
        [
            (each.token, each.device, int(each.is_helper))
            for each in last.values()
            if isinstance(each, StoredPairing)
        ],
    )


def _write_topics(database: Database, topics: list[StoredTopic]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO topic VALUES (?, ?, ?, ?)",
        [(topic.log, topic.seq, topic.sender, topic.text) for topic in topics],
    )


def _write_gaps(database: Database, gaps: list[StoredGap]) -> None:
    database.run_many(
        "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?)",
        [(gap.log, gap.after_seq, gap.up_to_seq, gap.count) for gap in gaps],
    )


_TABLE_OF: Final[dict[type, type]] = {
    DeleteOutboxRow: OutboxRow,
    DeleteOutboundSession: OutboundSession,
    DeletePairing: StoredPairing,
}
"""Deletions belong to the table they delete from, so that they keep their place among its changes."""

_WRITERS = cast(
    "dict[type, Callable[[Database, list[Change]], None]]",
    {
        Profile: _write_profile,
        StoredStatement: _write_statements,
        StoredPerson: _write_people,
        OlmSession: _write_olm_sessions,
        InboundSession: _write_inbound_sessions,
        OutboundSession: _write_outbound_sessions,
        OutboxRow: _write_outbox,
        StoredReceipt: _write_receipts,
        StoredValue: _write_values,
        StoredUnread: _write_unread,
        StoredMembers: _write_members,
        StoredTopic: _write_topics,
        StoredGap: _write_gaps,
        StoredPairing: _write_pairings,
    },
)
