"""A store in plain dicts, for simulations and tests of the client."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice
from typing import Self

from lanmsg.client.store.interface import (
    COUNTED_REASONS,
    MAX_OLM_SESSIONS,
    Change,
    InboundSession,
    OlmSession,
    Placed,
    StoredLog,
    StoredMessage,
    StoredState,
    StoreFailed,
    UnreadCount,
)
from lanmsg.client.store.memory_changes import APPLY
from lanmsg.client.store.memory_log import LogMessages
from lanmsg.client.store.memory_tables import Tables
from lanmsg.client.store.schema import MAX_SEQ
from lanmsg.client.store.search_index import SearchMark, SearchMatch, SearchText, place_of
from lanmsg.wire.content import ContentKind
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import DeviceId, LogId, MessageId


class MemoryStore:
    """A `Store` that is durable for the life of the object."""

    def __init__(self, *, tables: Tables | None = None) -> None:
        self._tables = tables or Tables()
        self._failure: str | None = None
        self._is_closed = False

    def copy_durable(self) -> Self:
        """Return what a process would find that starts now; the two share nothing afterwards.

        May be called at any time, on a closed or broken store too.
        """
        return type(self)(tables=self._tables.copy())

    def break_disk(self, text: str = "the disk is broken") -> None:
        """Let every later call fail with this text, as after an error of a real disk."""
        self._failure = text

    def commit(self, changes: Sequence[Change]) -> None:
        """See `Store.commit`."""
        self._check_usable()
        self._check_places(changes)
        for change in sorted(changes, key=lambda each: not isinstance(each, StoredLog)):
            APPLY[type(change)](self._tables, change)
        for device in {change.device for change in changes if isinstance(change, OlmSession)}:
            sessions = sorted(self._tables.olm[device], key=lambda each: (-each.used, each.session_id))
            self._tables.olm[device] = tuple(sessions[:MAX_OLM_SESSIONS])

    def _check_places(self, changes: Sequence[Change]) -> None:
        """Refuse changes to messages that have no place, before any change is made."""
        logs = self._tables.logs.keys() | {each.log for each in changes if isinstance(each, StoredLog)}
        stored: set[tuple[LogId, int]] = set()
        for change in changes:
            if not isinstance(change, StoredMessage | SearchText | SearchMark):
                continue
            key = change.log, change.seq
            if isinstance(change, StoredMessage):
                stored.add(key)
            is_there = key in stored or change.seq in self._messages(change.log).by_seq
            lowest = 0 if isinstance(change, SearchMark) else 1
            is_placed = change.log in logs and lowest <= change.seq <= MAX_SEQ
            if not is_placed or (isinstance(change, SearchText) and not is_there):
                raise LocalError(f"there is no place {change.seq} in log {change.log.hex()}")

    def load(self) -> StoredState:
        """See `Store.load`."""
        self._check_usable()
        tables = self._tables
        return StoredState(
            profile=tables.profile,
            logs=list(tables.logs.values()),
            statements=[tables.statements[seq] for seq in sorted(tables.statements)],
            people=[tables.people[handle] for handle in sorted(tables.people)],
            outbox=sorted(tables.outbox.values(), key=lambda row: (row.position, row.message_id)),
            outbound=[tables.outbound[log] for log in sorted(tables.outbound)],
            receipts=[tables.receipts[key] for key in sorted(tables.receipts)],
            values=list(tables.values.values()),
            unread=[tables.unread[log] for log in sorted(tables.unread)],
            members=[tables.members[key] for key in sorted(tables.members)],
            gaps=[tables.gaps[key] for key in sorted(tables.gaps)],
            topics=[tables.topics[log] for log in sorted(tables.topics)],
            pairings=[tables.pairings[token] for token in sorted(tables.pairings)],
        )

    def olm_sessions(self, device: DeviceId) -> Sequence[OlmSession]:
        """See `Store.olm_sessions`."""
        self._check_usable()
        return list(self._tables.olm.get(device, ()))

    def inbound_session(self, session: bytes) -> InboundSession | None:
        """See `Store.inbound_session`."""
        self._check_usable()
        return self._tables.inbound.get(session)

    def messages(self, log: LogId, *, before: int | None, limit: int) -> Sequence[StoredMessage]:
        """See `Store.messages`."""
        messages = self._messages(log)
        end = len(messages.seqs) if before is None else bisect_left(messages.seqs, before)
        shown = (messages.by_seq[seq] for seq in reversed(messages.seqs[:end]))
        return _newest((message for message in shown if message.is_shown), limit)

    def messages_after(self, log: LogId, *, after: int, limit: int) -> Sequence[StoredMessage]:
        """See `Store.messages_after`."""
        messages = self._messages(log)
        start = bisect_left(messages.seqs, after + 1)
        return [messages.by_seq[seq] for seq in messages.seqs[start : start + limit]]

    def message(self, log: LogId, seq: int) -> StoredMessage | None:
        """See `Store.message`."""
        return self._messages(log).by_seq.get(seq)

    def find_message(self, message_id: MessageId) -> StoredMessage | None:
        """See `Store.find_message`."""
        found = self._find(message_id)
        order = list(self._tables.logs)
        return min(found, key=lambda message: (order.index(message.log), message.seq), default=None)

    def find_in_log(self, log: LogId, message_id: MessageId) -> Sequence[StoredMessage]:
        """See `Store.find_in_log`."""
        found = (message for message in self._find(message_id) if message.log == log)
        return sorted(found, key=lambda message: message.seq)

    def amendments(self, log: LogId, targets: Iterable[bytes]) -> Sequence[StoredMessage]:
        """See `Store.amendments`."""
        found = self._messages(log).with_targets(list(targets))
        return [message for message in found if not message.is_shown]

    def replies(self, log: LogId, targets: Iterable[bytes], *, limit: int) -> Sequence[StoredMessage]:
        """See `Store.replies`."""
        found = self._messages(log).with_targets(list(targets))
        return [message for message in found if message.is_shown][:limit]

    def of_kind(self, log: LogId, kind: int, *, limit: int) -> Sequence[StoredMessage]:
        """See `Store.of_kind`."""
        messages = self._messages(log)
        newest_first = (messages.by_seq[seq] for seq in reversed(messages.seqs))
        return _newest((each for each in newest_first if each.kind == kind > ContentKind.REACTION), limit)

    def has_message(self, sender: DeviceId, message_id: MessageId) -> bool:
        """See `Store.has_message`."""
        return any(message.sender == sender for message in self._find(message_id))

    def _find(self, message_id: MessageId) -> list[StoredMessage]:
        self._check_usable()
        places = self._tables.places.get(message_id, ())
        messages = [self._tables.messages[log].by_seq.get(seq) for log, seq in places]
        return [each for each in messages if each is not None and each.message_id == message_id]

    def unreadable(
        self, *, session: bytes | None = None, reason: str | None = None
    ) -> Sequence[StoredMessage]:
        """See `Store.unreadable`."""
        self._check_usable()
        return [
            message
            for log in self._tables.logs
            for message in self.messages_after(log, after=0, limit=len(self._messages(log).seqs))
            if message.reason and session in (None, message.session) and reason in (None, message.reason)
        ]

    def count_unread(
        self, log: LogId, *, after: int, up_to: int, but_from: Collection[DeviceId]
    ) -> UnreadCount:
        """See `Store.count_unread`."""
        messages = self._messages(log)
        start, end = bisect_left(messages.seqs, after + 1), bisect_left(messages.seqs, up_to + 1)
        found = [
            message.seq
            for message in map(messages.by_seq.__getitem__, messages.seqs[start:end])
            if message.is_shown
            and (message.content or message.reason)
            and message.reason in COUNTED_REASONS
            and message.sender not in but_from
        ]
        return UnreadCount(len(found), found[0] if found else 0)

    def missing_sessions(self, log: LogId, *, reason: str, limit: int) -> Sequence[bytes]:
        """See `Store.missing_sessions`."""
        return self._messages(log).missing_sessions(reason, limit)

    def counters(self, log: LogId) -> dict[DeviceId, int]:
        """See `Store.counters`."""
        return dict(self._messages(log).counters)

    def entry_hash(self, log: LogId, seq: int) -> bytes | None:
        """See `Store.entry_hash`."""
        message = self.message(log, seq)
        if message is not None:
            return message.hash
        members = self._tables.members.get((log, seq))
        if members is not None:
            return members.hash
        stored_log = self._tables.logs.get(log)
        if stored_log is None or stored_log.kind is not LogKind.DIRECTORY:
            return None
        statement = self._tables.statements.get(seq)
        return statement and statement.hash

    def expiring(self, *, until_ms: int, limit: int) -> Sequence[StoredMessage]:
        """See `Store.expiring`."""
        self._check_usable()
        numbers = {log: number for number, log in enumerate(self._tables.logs)}
        due = [(at_ms, numbers[log], seq, log) for (log, seq), at_ms in self._tables.expiry.items()]
        return [
            self._tables.messages[log].by_seq[seq] for at_ms, _, seq, log in sorted(due) if at_ms <= until_ms
        ][:limit]

    def next_expiry_ms(self) -> int | None:
        """See `Store.next_expiry_ms`."""
        self._check_usable()
        return min(self._tables.expiry.values(), default=None)

    def search(self, match: SearchMatch, *, limit: int) -> Sequence[Placed]:
        """See `Store.search`."""
        self._check_usable()
        found = islice(self._tables.index.search(match), limit)
        return [Placed(place, self._tables.messages[log].by_seq[seq]) for place, (log, seq) in found]

    def placed(self, messages: Sequence[StoredMessage]) -> Sequence[Placed]:
        """See `Store.placed`."""
        self._check_usable()
        numbers = {log: number for number, log in enumerate(self._tables.logs, 1)}
        return [Placed(place_of(each.at_ms, numbers[each.log], each.seq), each) for each in messages]

    def unindexed(self, *, limit: int) -> Sequence[Placed]:
        """See `Store.unindexed`."""
        self._check_usable()
        index, numbers = self._tables.index, {log: number for number, log in enumerate(self._tables.logs, 1)}
        again = sorted(index.again, key=lambda key: (numbers[key[0]], key[1]))
        after = (
            (log, seq) for log in numbers for seq in self._messages(log).seqs if seq > index.marks.get(log, 0)
        )
        places = islice(chain(again, after), limit)
        return self.placed([self._tables.messages[log].by_seq[seq] for log, seq in places])

    def close(self) -> None:
        """See `Store.close`."""
        self._is_closed = True

    def _messages(self, log: LogId) -> LogMessages:
        self._check_usable()
        return self._tables.messages.get(log) or LogMessages()

    def _check_usable(self) -> None:
        if self._failure is not None:
            raise StoreFailed(self._failure)
        if self._is_closed:
            raise LocalError("the store is closed")


def _newest(newest_first: Iterable[StoredMessage], limit: int) -> list[StoredMessage]:
    return list(islice(newest_first, limit))[::-1]
