"""Records of what stands beside the messages: what devices share, what is unread, rooms, topics, gaps."""

from dataclasses import dataclass

from lanmsg.wire.ids import DeviceId, LogId, MessageId


@dataclass(frozen=True, slots=True)
class StoredValue:
    """Something that is the same on all our devices: a `key`, and the encoded `wire.account.Change`.

    `since` is the seq of the account log at which it was said, 0 while ours has not come back from there.
    `is_waiting`: our other devices have yet to be told.
    """

    key: bytes
    change: bytes
    since: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class StoredUnread:
    """What is unread of a conversation.

    Messages up to `read_seq` are read; of those after it, up to `counted_seq`, `count` count, the first at
    `first_seq` (0: none). `mentions` are the seqs of those that name us, ascending.
    """

    log: LogId
    read_seq: int
    counted_seq: int
    count: int
    first_seq: int
    mentions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnreadCount:
    """How many messages of a part of a log count as unread, and the first one's seq (0: none)."""

    count: int
    first_seq: int


@dataclass(frozen=True, slots=True)
class StoredMembers:
    """A MEMBERS entry of a room: who let whom in or out; `is_valid` if it was allowed and counts."""

    log: LogId
    seq: int
    hash: bytes
    sender: DeviceId
    at_ms: int
    body: bytes
    is_valid: bool


@dataclass(frozen=True, slots=True)
class StoredGap:
    """Messages of a log that the hub had removed before we got them.

    `count` of those with `after_seq` < seq <= `up_to_seq`; the rest are changes of members, which we have.
    """

    log: LogId
    after_seq: int
    up_to_seq: int
    count: int


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """The newest topic of a room or group: the entry it stands in, and who set it."""

    log: LogId
    seq: int
    sender: DeviceId
    text: str


@dataclass(frozen=True, slots=True)
class ExpirySpan:
    """Texts of a log with `after` < seq <= `up_to` expire so many seconds after the hub's clock of each.

    Those that are stored by the end of this change; 0 seconds: they never do.
    """

    log: LogId
    after: int
    up_to: int
    lifetime_s: int


@dataclass(frozen=True, slots=True)
class ForgetEntries:
    """Delete the messages of a log with seq < `before`, but those that can't be read; their counters stay."""

    log: LogId
    before: int


@dataclass(frozen=True, slots=True)
class DeleteOutboxRow:
    """Remove a message from the outbox: it came back from the hub, or was withdrawn."""

    message_id: MessageId


@dataclass(frozen=True, slots=True)
class DeleteOutboundSession:
    """Forget our sending session of a log: it will never be used again."""

    log: LogId
