"""A client's store in one encrypted SQLite database: the default."""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final, Self, cast

import msgspec

from lanmsg.client.model import Conversation, ConversationKind, Trust
from lanmsg.client.store.changes import write_changes
from lanmsg.client.store.database import Database
from lanmsg.client.store.directory import DATABASE_NAME, DirectoryLock, make_directory
from lanmsg.client.store.expiry_table import ExpiryTable
from lanmsg.client.store.interface import (
    Change,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Placed,
    Profile,
    StoredGap,
    StoredLog,
    StoredMembers,
    StoredMessage,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredState,
    StoredStatement,
    StoredTopic,
    StoredUnread,
    StoredValue,
    UnreadCount,
)
from lanmsg.client.store.messages import MessageTable
from lanmsg.client.store.search_index import SearchMatch
from lanmsg.client.store.search_table import SearchTable
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import DeviceId, LogId, MessageId, UserId

_unpack_ids: Final = msgspec.msgpack.Decoder(tuple[bytes, ...]).decode
_unpack_seqs: Final = msgspec.msgpack.Decoder(tuple[int, ...]).decode
_unpack_pending: Final = msgspec.msgpack.Decoder(tuple[tuple[bytes, bytes], ...]).decode


class SqliteStore:
    """The `Store` that a client uses."""

    def __init__(self, database: Database, lock: DirectoryLock) -> None:
        self._database = database
        self._lock = lock
        self._messages = MessageTable(database)
        self._search = SearchTable(database, self._messages)
        self._expiry = ExpiryTable(database, self._messages)

    @classmethod
    def open(cls, directory: Path, key: bytes, *, program: str = "lanmsg") -> Self:
        """Open the store in this directory, or make one; the caller closes it.

        `key` are 32 random bytes, see `load_or_create_key`; `program` is what another process is told
        that finds the store in use.

        Raises:
            StoreLocked: another process has it open.
            StoreFailed: it cannot be used or the key does not open it; the text says what to do.
        """
        directory = make_directory(directory)
        with contextlib.ExitStack() as on_error:
            lock = DirectoryLock.take(directory, program=program)
            on_error.callback(lock.release)
            database = Database.open(directory / DATABASE_NAME, key)
            on_error.callback(database.close)
            store = cls(database, lock)
            on_error.pop_all()
        return store

    def commit(self, changes: Sequence[Change]) -> None:
        """See `Store.commit`."""
        self._database.check_usable()
        if not changes:
            return
        with self._database.transaction():
            new_logs = write_changes(self._database, self._messages, self._search, changes)
        self._messages.remember(new_logs)

    # --- the state of the engine ---------------------------------------------------------------

    def load(self) -> StoredState:
        """See `Store.load`."""
        return StoredState(
            profile=self._load_profile(),
            logs=self._load_logs(),
            statements=self._load_statements(),
            people=self._load_people(),
            outbox=self._load_outbox(),
            outbound=self._load_outbound(),
            receipts=self._load_receipts(),
            values=self._load_values(),
            unread=self._load_unread(),
            members=self._load_members(),
            topics=self._load_topics(),
            gaps=self._load_gaps(),
            pairings=self._load_pairings(),
        )

    def _load_profile(self) -> Profile | None:
        row = self._database.row(
            "SELECT hub_identity_key, hub_title, database, identity_secret, account, handle, device_name, "
            "device_seq, voucher, wanted_handle, new_fallback_ms FROM profile"
        )
        if row is None:
            return None
        return Profile(*cast("tuple[bytes, str, bytes, bytes, str, str, str, int, bytes, str, int]", row))

    def _load_logs(self) -> list[StoredLog]:
        rows = self._database.rows(
            "SELECT log, kind, base, seq, hash, counter, users, room FROM log ORDER BY number"
        )
        return [
            StoredLog(
                row[0], LogKind(row[1]), *row[2:6], cast("tuple[UserId, ...]", _unpack_ids(row[6])), row[7]
            )
            for row in cast("list[tuple[LogId, int, int, int, bytes, int, bytes, bytes]]", rows)
        ]

    def _load_statements(self) -> list[StoredStatement]:
        rows = self._database.rows(
            "SELECT seq, hash, kind, body, is_valid, at_ms FROM statement ORDER BY seq"
        )
        return [
            StoredStatement(*row[:4], bool(row[4]), row[5])
            for row in cast("list[tuple[int, bytes, int, bytes, int, int]]", rows)
        ]

    def _load_pairings(self) -> list[StoredPairing]:
        rows = self._database.rows("SELECT token, device, is_helper FROM pairing ORDER BY token")
        return [
            StoredPairing(row[0], row[1], bool(row[2]))
            for row in cast("list[tuple[bytes, bytes, int]]", rows)
        ]

    def _load_people(self) -> list[StoredPerson]:
        rows = self._database.rows("SELECT handle, identity_key, trust FROM person ORDER BY handle")
        return [
            StoredPerson(handle, identity_key, Trust(trust))
            for handle, identity_key, trust in cast("list[tuple[str, bytes, str]]", rows)
        ]

    def _load_outbox(self) -> list[OutboxRow]:
        rows = self._database.rows(
            "SELECT position, kind, key, message_id, content, queued_at_ms, frames, counter, failed "
            "FROM outbox ORDER BY position, message_id"
        )
        return [
            OutboxRow(row[0], Conversation(ConversationKind(row[1]), row[2]), *row[3:])
            for row in cast("list[tuple[int, str, bytes, MessageId, bytes, int, bytes, int, str]]", rows)
        ]

    def _load_outbound(self) -> list[OutboundSession]:
        rows = self._database.rows(
            "SELECT log, pickle, created_at_ms, messages, shared_with, pending FROM outbound_session "
            "ORDER BY log"
        )
        return [
            OutboundSession(
                *row[:4],
                cast("tuple[DeviceId, ...]", _unpack_ids(row[4])),
                cast("tuple[tuple[DeviceId, bytes], ...]", _unpack_pending(row[5])),
            )
            for row in cast("list[tuple[LogId, str, int, int, bytes, bytes]]", rows)
        ]

    def _load_receipts(self) -> list[StoredReceipt]:
        rows = self._database.rows("SELECT log, device, seq, read_seq FROM receipt ORDER BY log, device")
        return [StoredReceipt(*row) for row in cast("list[tuple[LogId, DeviceId, int, int]]", rows)]

    def _load_values(self) -> list[StoredValue]:
        rows = self._database.rows("SELECT key, change, since, is_waiting FROM shared_value ORDER BY number")
        return [
            StoredValue(*row[:3], bool(row[3])) for row in cast("list[tuple[bytes, bytes, int, int]]", rows)
        ]

    def _load_unread(self) -> list[StoredUnread]:
        rows = self._database.rows(
            "SELECT log, read_seq, counted_seq, count, first_seq, mentions FROM unread ORDER BY log"
        )
        return [
            StoredUnread(*row[:5], _unpack_seqs(row[5]))
            for row in cast("list[tuple[LogId, int, int, int, int, bytes]]", rows)
        ]

    def _load_members(self) -> list[StoredMembers]:
        rows = self._database.rows(
            "SELECT log, seq, hash, sender, at_ms, body, is_valid FROM membership ORDER BY log, seq"
        )
        return [
            StoredMembers(*row[:6], bool(row[6]))
            for row in cast("list[tuple[LogId, int, bytes, DeviceId, int, bytes, int]]", rows)
        ]

    def _load_gaps(self) -> list[StoredGap]:
        rows = self._database.rows("SELECT log, after_seq, up_to_seq, count FROM gap ORDER BY log, after_seq")
        return [StoredGap(*row) for row in cast("list[tuple[LogId, int, int, int]]", rows)]

    def _load_topics(self) -> list[StoredTopic]:
        rows = self._database.rows("SELECT log, seq, sender, text FROM topic ORDER BY log")
        return [StoredTopic(*row) for row in cast("list[tuple[LogId, int, DeviceId, str]]", rows)]

    # --- sessions --------------------------------------------------------------------------------

    def olm_sessions(self, device: DeviceId) -> Sequence[OlmSession]:
        """See `Store.olm_sessions`."""
        rows = self._database.rows(
            "SELECT device, session_id, pickle, used FROM olm_session WHERE device = ? "
            "ORDER BY used DESC, session_id",
            (device,),
        )
        return [OlmSession(*row) for row in cast("list[tuple[DeviceId, str, str, int]]", rows)]

    def inbound_session(self, session: bytes) -> InboundSession | None:
        """See `Store.inbound_session`."""
        row = self._database.row(
            "SELECT session, log, device, pickle FROM inbound_session WHERE session = ?", (session,)
        )
        return None if row is None else InboundSession(*cast("tuple[bytes, LogId, DeviceId, str]", row))

    # --- messages --------------------------------------------------------------------------------

    def messages(self, log: LogId, *, before: int | None, limit: int) -> Sequence[StoredMessage]:
        """See `Store.messages`."""
        return self._messages.newest(log, before=before, limit=limit)

    def messages_after(self, log: LogId, *, after: int, limit: int) -> Sequence[StoredMessage]:
        """See `Store.messages_after`."""
        return self._messages.oldest(log, after=after, limit=limit)

    def message(self, log: LogId, seq: int) -> StoredMessage | None:
        """See `Store.message`."""
        return self._messages.at(log, seq)

    def find_message(self, message_id: MessageId) -> StoredMessage | None:
        """See `Store.find_message`."""
        return self._messages.find(message_id)

    def find_in_log(self, log: LogId, message_id: MessageId) -> Sequence[StoredMessage]:
        """See `Store.find_in_log`."""
        return self._messages.find_in_log(log, message_id)

    def amendments(self, log: LogId, targets: Iterable[bytes]) -> Sequence[StoredMessage]:
        """See `Store.amendments`."""
        return self._messages.amendments(log, targets)

    def replies(self, log: LogId, targets: Iterable[bytes], *, limit: int) -> Sequence[StoredMessage]:
        """See `Store.replies`."""
        return self._messages.replies(log, targets, limit=limit)

    def of_kind(self, log: LogId, kind: int, *, limit: int) -> Sequence[StoredMessage]:
        """See `Store.of_kind`."""
        return self._messages.of_kind(log, kind, limit=limit)

    def has_message(self, sender: DeviceId, message_id: MessageId) -> bool:
        """See `Store.has_message`."""
        return self._messages.has(sender, message_id)

    def unreadable(
        self, *, session: bytes | None = None, reason: str | None = None
    ) -> Sequence[StoredMessage]:
        """See `Store.unreadable`."""
        return self._messages.unreadable(session=session, reason=reason)

    def count_unread(
        self, log: LogId, *, after: int, up_to: int, but_from: Collection[DeviceId]
    ) -> UnreadCount:
        """See `Store.count_unread`."""
        return self._messages.count_unread(log, after=after, up_to=up_to, but_from=but_from)

    def missing_sessions(self, log: LogId, *, reason: str, limit: int) -> Sequence[bytes]:
        """See `Store.missing_sessions`."""
        return self._messages.missing_sessions(log, reason=reason, limit=limit)

    def counters(self, log: LogId) -> dict[DeviceId, int]:
        """See `Store.counters`."""
        return self._messages.counters(log)

    def entry_hash(self, log: LogId, seq: int) -> bytes | None:
        """See `Store.entry_hash`."""
        return self._messages.hash_at(log, seq)

    def expiring(self, *, until_ms: int, limit: int) -> Sequence[StoredMessage]:
        """See `Store.expiring`."""
        return self._expiry.expiring(until_ms=until_ms, limit=limit)

    def next_expiry_ms(self) -> int | None:
        """See `Store.next_expiry_ms`."""
        return self._expiry.next_ms()

    # --- search ----------------------------------------------------------------------------------

    def search(self, match: SearchMatch, *, limit: int) -> Sequence[Placed]:
        """See `Store.search`."""
        return self._search.search(match, limit=limit)

    def placed(self, messages: Sequence[StoredMessage]) -> Sequence[Placed]:
        """See `Store.placed`."""
        return self._search.placed(messages)

    def unindexed(self, *, limit: int) -> Sequence[Placed]:
        """See `Store.unindexed`."""
        return self._search.unindexed(limit=limit)

    def close(self) -> None:
        """See `Store.close`."""
        self._database.close()
        self._lock.release()
