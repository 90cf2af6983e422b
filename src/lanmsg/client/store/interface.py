"""What a client keeps on disk, and how: small typed changes, many of them in one transaction.

The engine keeps its state in memory and is its only author; the store is told what changed. `commit`
runs on the store's own thread, everything else on the event loop's. A change is durable when `commit`
has returned, and only then may anybody be told about it (an `ack`, a frame, an event).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lanmsg.client.model import Conversation, Trust, UnreadableReason
from lanmsg.client.store.pairings import DeletePairing, StoredPairing
from lanmsg.client.store.records import (
    DeleteOutboundSession,
    DeleteOutboxRow,
    ExpirySpan,
    ForgetEntries,
    StoredGap,
    StoredMembers,
    StoredTopic,
    StoredUnread,
    StoredValue,
    UnreadCount,
)
from lanmsg.client.store.search_index import SearchMark, SearchMatch, SearchText
from lanmsg.client.store.sessions import InboundSession, OlmSession, OutboundSession
from lanmsg.wire.content import SHOWN_KINDS
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.ids import DeviceId, LogId, MessageId, UserId


class StoreFailed(LanmsgError):
    """The disk or the database failed, or the key does not open it; the text says what to do."""


class StoreLocked(LanmsgError):
    """Another process has this store open; the text names it. `directory` is where the store is."""

    def __init__(self, text: str, directory: Path | None = None) -> None:
        super().__init__(text)
        self.directory = directory


# --- what is stored --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Profile:
    """Who we are at this hub. Written before the first byte of an enrolment is sent.

    `identity_secret` is the user's Ed25519 private key (32 bytes), `account` the pickled Olm
    account. `handle` is empty until the hub has accepted one. `device_seq` is the directory seq of
    our device statement, 0 until it was read. `database` is the hub's database id. `voucher` is the
    encoded `Voucher` of another device that has let this one in, else empty. `wanted_handle` is the name to
    ask the hub for, where it follows from what was: that of the other device, or ours before the hub was
    set up anew; else empty. `new_fallback_ms` is when our fallback key is to be replaced, by our own clock
    (Unix ms).
    """

    hub_identity_key: bytes
    hub_title: str
    database: bytes
    identity_secret: bytes
    account: str
    handle: str
    device_name: str
    device_seq: int
    voucher: bytes = b""
    wanted_handle: str = ""
    new_fallback_ms: int = 0


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log as far as we have it without a gap: cursor and hash, and what encryption needs of it.

    `counter` is the highest message counter of ours that the hub has accepted. `users` are the
    people of a direct chat or a group, `room` is the room's id (empty for what is no room).
    """

    log: LogId
    kind: LogKind
    base: int
    seq: int
    hash: bytes
    counter: int
    users: tuple[UserId, ...] = ()
    room: bytes = b""


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A directory entry; `is_valid` if it passed every check and counts. `at_ms` is the hub's clock."""

    seq: int
    hash: bytes
    kind: int
    body: bytes
    is_valid: bool
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """What we hold about a name, across databases of the same hub."""

    handle: str
    identity_key: bytes
    trust: Trust


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A MESSAGE entry of ours or others.

    `content` is the encoded content, empty while unreadable; then `raw` is the entry's body, kept
    until it can be read. `index` is the position in the sending session (-1 unknown), `session` its
    id; both let us answer key requests. `reason` is an `UnreadableReason` or empty. `kind` is the content's
    `ContentKind`, UNREADABLE while it can't be read. `target` is the message that the content changes or
    answers, empty for none. What was deleted has an empty content, and keeps its kind and its target.
    """

    log: LogId
    seq: int
    hash: bytes
    message_id: MessageId
    sender: DeviceId
    counter: int
    at_ms: int
    directory_seq: int
    session: bytes
    index: int
    content: bytes
    reason: str
    raw: bytes
    kind: int
    target: bytes

    @property
    def is_shown(self) -> bool:
        """Whether people see it as a message of its own: a text, or what can't be read."""
        return self.kind in SHOWN_KINDS


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of ours that the hub may not have yet, in the order it was written (`position`).

    `frames` are the exact bytes to send (again), empty until they are sealed; `counter` is the one
    inside them. `failed` is the hub's final word, empty while there is hope.
    """

    position: int
    conversation: Conversation
    message_id: MessageId
    content: bytes
    queued_at_ms: int
    frames: bytes
    counter: int
    failed: str


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """How far a device of somebody has a conversation in its own store, and its person has read it."""

    log: LogId
    device: DeviceId
    seq: int
    read_seq: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A message, and its place in the order of search (`search_index.place_of`)."""

    place: int
    message: StoredMessage


# --- changes ---------------------------------------------------------------------------------


Change = (
    Profile
    | StoredLog
    | StoredStatement
    | StoredPerson
    | OlmSession
    | OutboundSession
    | InboundSession
    | StoredMessage
    | OutboxRow
    | StoredReceipt
    | StoredValue
    | StoredUnread
    | StoredMembers
    | StoredTopic
    | StoredGap
    | StoredPairing
    | DeletePairing
    | DeleteOutboxRow
    | DeleteOutboundSession
    | ExpirySpan
    | ForgetEntries
    | SearchText
    | SearchMark
)
"""Each record is its own change: it is added, or replaces the one with the same key.

Keys: Profile: one; StoredLog: log; StoredStatement: seq; StoredPerson: handle; OlmSession: device and
session id; OutboundSession: log; InboundSession: session; StoredMessage: log and seq; OutboxRow:
message id; StoredReceipt: log and device; StoredValue: key; StoredUnread: log; SearchText: log and seq;
SearchMark: log; ExpirySpan: log and seq of each text in it; StoredMembers: log and seq; StoredTopic: log;
StoredGap: log and after_seq; StoredPairing: token. Of the sessions with a device the `MAX_OLM_SESSIONS`
most used are left at the end of a commit.
"""

COUNTED_REASONS = frozenset({"", UnreadableReason.MISSING_KEY, UnreadableReason.UNKNOWN_CONTENT})
"""Of messages that count as unread."""
MAX_OLM_SESSIONS = 5
"""Sessions kept for one peer device: two appear when both sides start at once; more mean repairs."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """Everything the engine starts from; messages and sessions are read when needed."""

    profile: Profile | None
    logs: Sequence[StoredLog]
    statements: Sequence[StoredStatement]
    people: Sequence[StoredPerson]
    outbox: Sequence[OutboxRow]
    outbound: Sequence[OutboundSession]
    receipts: Sequence[StoredReceipt]
    values: Sequence[StoredValue]
    unread: Sequence[StoredUnread]
    members: Sequence[StoredMembers] = ()
    topics: Sequence[StoredTopic] = ()
    pairings: Sequence[StoredPairing] = ()
    gaps: Sequence[StoredGap] = ()


class Store(Protocol):
    """One client's database at one hub.

    Reads see whole commits: all of each one that has returned, nothing of one that runs. After the first
    `StoreFailed` every call raises it again, for a disk that failed once is not to be trusted; after
    `close` every call but `close` raises `LocalError`. Log order is the order in which logs were first
    stored, then seq.
    """

    def load(self) -> StoredState:
        """Return the state as of the last commit.

        Logs come in the order in which they were first stored, statements by seq, the outbox by position,
        values in the order in which their keys were first stored; MEMBERS entries by log
        and seq, topics by log, gaps by log and place.
        """
        ...

    def commit(self, changes: Sequence[Change]) -> None:
        """Apply changes in order, in one transaction that is on disk when this returns.

        The only method that may run on another thread, one call at a time.

        A message's log must be stored before it or in the same commit, a message before its `SearchText`.

        Raises:
            StoreFailed: the disk failed. All of it or nothing is stored: that shows when the store is
                opened again.
            LocalError: there is no place for a message: its log is unknown, or its seq is not from 1 up to
                2^36 - 1. Nothing is stored, and the store goes on.
        """

    def olm_sessions(self, device: DeviceId) -> Sequence[OlmSession]:
        """Return the sessions with a device, most used first."""
        ...

    def inbound_session(self, session: bytes) -> InboundSession | None:
        """Find a receiving session."""
        ...

    def messages(self, log: LogId, *, before: int | None, limit: int) -> Sequence[StoredMessage]:
        """Return the newest `limit` messages with seq < `before` (None: the newest), oldest first.

        Only those that are shown.
        """
        ...

    def messages_after(self, log: LogId, *, after: int, limit: int) -> Sequence[StoredMessage]:
        """Return the oldest `limit` messages with seq > `after`, oldest first, shown or not."""
        ...

    def message(self, log: LogId, seq: int) -> StoredMessage | None:
        """Return the message at a place."""
        ...

    def find_message(self, message_id: MessageId) -> StoredMessage | None:
        """Find a message by its id; the first in log order, if several devices took the same."""
        ...

    def find_in_log(self, log: LogId, message_id: MessageId) -> Sequence[StoredMessage]:
        """Return all messages of a log with this id, by seq: each device may have taken it once."""
        ...

    def amendments(self, log: LogId, targets: Iterable[bytes]) -> Sequence[StoredMessage]:
        """Return what is not shown and has one of these targets, by seq."""
        ...

    def replies(self, log: LogId, targets: Iterable[bytes], *, limit: int) -> Sequence[StoredMessage]:
        """Return the oldest `limit` messages that are shown and have one of these targets, by seq."""
        ...

    def of_kind(self, log: LogId, kind: int, *, limit: int) -> Sequence[StoredMessage]:
        """Return the newest `limit` messages of a kind, oldest first; for kinds above REACTION."""
        ...

    def has_message(self, sender: DeviceId, message_id: MessageId) -> bool:
        """Tell whether this message is stored: what arrives again is a replay."""
        ...

    def unreadable(
        self, *, session: bytes | None = None, reason: str | None = None
    ) -> Sequence[StoredMessage]:
        """Return the unreadable messages of this session and with this reason, in log order.

        None stands for any.
        """
        ...

    def count_unread(
        self, log: LogId, *, after: int, up_to: int, but_from: Collection[DeviceId]
    ) -> UnreadCount:
        """Count the messages with `after` < seq <= `up_to` that people see, those of some devices apart.

        What was deleted does not count. What can't be read counts while its key may come, for somebody wrote
        it: see `COUNTED_REASONS`.
        """
        ...

    def missing_sessions(self, log: LogId, *, reason: str, limit: int) -> Sequence[bytes]:
        """Return what names the keys of a log's messages that are unreadable for this reason.

        A session's id and the sender's device id, joined; each once, newest messages first, at most `limit`.
        """
        ...

    def counters(self, log: LogId) -> dict[DeviceId, int]:
        """Return the highest message counter that was ever stored for each sending device of a log."""
        ...

    def entry_hash(self, log: LogId, seq: int) -> bytes | None:
        """Return the hash of the message, MEMBERS entry or (in the directory log) statement at a place.

        None if it is not stored, or the log is not.
        """
        ...

    def expiring(self, *, until_ms: int, limit: int) -> Sequence[StoredMessage]:
        """Return at most `limit` texts that expire at this time or earlier, the earliest first."""
        ...

    def next_expiry_ms(self) -> int | None:
        """Return when the next text expires (the hub's clock, Unix ms); None: none does."""
        ...

    def search(self, match: SearchMatch, *, limit: int) -> Sequence[Placed]:
        """Return the newest `limit` messages whose indexed words match, newest first."""
        ...

    def placed(self, messages: Sequence[StoredMessage]) -> Sequence[Placed]:
        """Return stored messages with the places they have in the order of search, or will have."""
        ...

    def unindexed(self, *, limit: int) -> Sequence[Placed]:
        """Return at most `limit` messages that nobody has indexed as they are now.

        First those up to their log's `SearchMark` that were stored (again) since, then those after it; each
        in log order.
        """
        ...

    def close(self) -> None:
        """Close the database and release the lock; may be called twice, but not during a `commit`."""
