"""What a client shows: conversations, messages, people. Plain values; faces draw them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lanmsg.wire.ids import ID_BYTES, DeviceId, MessageId, RoomId, UserId


class ConversationKind(StrEnum):
    """What sort of conversation it is."""

    DIRECT = "direct"
    EVERYONE = "everyone"
    ACCOUNT = "account"
    """What our own devices tell each other; never listed or shown."""
    GROUP = "group"
    """A few people, the same for ever; ourselves among them."""
    ROOM = "room"
    """Named, with members who come and go."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Whom a message reaches. `key` names one of its kind.

    Of a direct one it is the other person's id, of a group the sorted ids of its people one behind the
    other, of a room the room's id.
    """

    kind: ConversationKind
    key: bytes = b""

    @property
    def peer(self) -> UserId | None:
        """The other person of a direct one (ourselves, of notes to ourselves), else None."""
        return UserId(self.key) if self.kind is ConversationKind.DIRECT else None

    @property
    def room(self) -> RoomId | None:
        """The room, if it is one."""
        return RoomId(self.key) if self.kind is ConversationKind.ROOM else None

    @property
    def users(self) -> tuple[UserId, ...]:
        """The people of a group, ourselves too; of other kinds nobody: they are not in the name."""
        if self.kind is not ConversationKind.GROUP:
            return ()
        starts = range(0, len(self.key), ID_BYTES)
        return tuple(UserId(self.key[start : start + ID_BYTES]) for start in starts)


EVERYONE = Conversation(ConversationKind.EVERYONE)
ACCOUNT = Conversation(ConversationKind.ACCOUNT)


def group_of(users: Iterable[UserId]) -> Conversation:
    """Return the group of exactly these people, in any order."""
    return Conversation(ConversationKind.GROUP, b"".join(sorted(set(users))))


class MessageState(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    """Ours, on our disk only."""
    SENT = "sent"
    """Ours, on the hub's disk."""
    DELIVERED = "delivered"
    """Ours, in the store of at least one other person's device."""
    READ = "read"
    """Ours, read by at least one other person, who lets others know; `Message.read_by` names them."""
    FAILED = "failed"
    """Ours, refused for good; `Message.reason` says why."""
    RECEIVED = "received"
    """Somebody else's, in our store."""
    UNREADABLE = "unreadable"
    """Somebody else's, and not (yet) readable; `Message.reason` is an `UnreadableReason`."""


class UnreadableReason(StrEnum):
    """Why an entry can't be read. There is no `unknown`."""

    BEFORE_YOU_JOINED = "before_you_joined"
    """It was written before this device existed; nobody could encrypt for it."""
    MISSING_KEY = "missing_key"
    """The key has not come; it was asked for."""
    UNKNOWN_SENDER = "unknown_sender"
    """The sender's device is not in the directory."""
    BAD_SIGNATURE = "bad_signature"
    """The sender's device did not sign it."""
    BAD_CIPHERTEXT = "bad_ciphertext"
    """It does not decrypt with the key it names."""
    MISPLACED = "misplaced"
    """What is inside belongs to another place: it was moved, replayed or altered."""
    UNKNOWN_CONTENT = "unknown_content"
    """It decrypts, but this program is too old to show it."""


@dataclass(frozen=True, slots=True)
class MessageReaction:
    """An emoji at a message, and the handles of those who put it there, in the order they did."""

    emoji: str
    people: tuple[str, ...]
    has_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, as a face shows it.

    `seq` is its place in the conversation (0 while it waits), `sent_at_ms` the hub's clock (our own
    while it waits; Unix ms). `text`, `sender` and emoji are as they came: a face must pass them through
    `wire.safe_text` before they reach a terminal. `delivered_to` counts people, not devices.

    It is shown as it looks now: `text` is that of the last edit, and empty when it was deleted.
    """

    conversation: Conversation
    conversation_name: str
    """`everyone`, or `@` and the peer's handle."""
    id: MessageId
    seq: int
    sender: str
    sender_device: DeviceId
    is_own: bool
    """Whether it is ours, written on this device or another."""
    text: str
    sent_at_ms: int
    state: MessageState
    is_action: bool = False
    reply_to: MessageId | None = None
    reason: str = ""
    delivered_to: int = 0
    read_by: tuple[str, ...] = ()
    """The handles of the others who have read up to here or further, and say so; in chats of few people."""
    edited_at_ms: int = 0
    """When its text last changed (Unix ms), 0: never."""
    is_deleted: bool = False
    deleted_by: str = ""
    """The handle of who deleted it."""
    reactions: tuple[MessageReaction, ...] = ()
    """In the order of their first use."""
    is_pinned: bool = False
    mentions: tuple[str, ...] = ()
    """Handles named in the text as `@name`; `here` and `all` as such."""
    mentions_me: bool = False
    """Somebody else's text names us, or everybody (but not again and again: see `docs/client-library.md`)."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in the order of a conversation. `next_after` asks for what follows; None: nothing does."""

    messages: tuple[Message, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A message that a query has found, with what was said around it.

    `marks` are the places of `message.text` that were asked for: (start, end) in code points, in order and
    apart. `before` and `after` are the messages next to it in its conversation. `place` orders hits, newer
    ones are higher: `Client.search(…, before=place)` goes on behind this one.
    """

    place: int
    message: Message
    before: Message | None
    after: Message | None
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """What is new in a conversation: messages of others that no device of ours has shown.

    `mentions` of the `count` messages name us; `first_unread_seq` is the seq of the oldest, 0 if there is
    none.
    """

    count: int = 0
    mentions: int = 0
    first_unread_seq: int = 0


class Trust(StrEnum):
    """What we know of a person's identity key."""

    FIRST_SEEN = "first_seen"
    """Taken on first use; nobody compared anything."""
    VERIFIED = "verified"
    """Compared with the person."""
    CHANGED = "changed"
    """Not the key this name had before: nothing is sent until `Client.trust`."""


class CancelReason(StrEnum):
    """Why a verification has ended without a result."""

    CALLED_OFF = "called_off"
    """A person does not want to, or not now."""
    DIFFERENT = "different"
    """A person saw other emoji than those that were read out: somebody may sit between."""
    TIMEOUT = "timeout"
    """It took more than ten minutes."""
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    """Another device of the same person has answered."""
    BUSY = "busy"
    """The other device is at it already, or asked by too many."""
    STARTED_ANEW = "started_anew"
    """The other side has asked again."""
    UNKNOWN = "unknown"
    """The other device does not know of it: it was started again meanwhile."""
    FALSE_STEP = "false_step"
    """What came does not fit: it was altered on the way, or a program is wrong."""


class VerificationStage(StrEnum):
    """What a verification waits for."""

    ASKED = "asked"
    """For our person's yes or no."""
    WAITING = "waiting"
    """For the other side."""
    COMPARING = "comparing"
    """For our person to compare the emoji."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationInfo:
    """A verification that is under way. `emoji` and their English `names` are empty before they are known."""

    handle: str
    stage: VerificationStage
    emoji: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class PersonStatus(StrEnum):
    """Whether somebody is there, as the most present of their devices says."""

    ONLINE = "online"
    IDLE = "idle"
    """Connected, but has not touched a key for some minutes."""
    AWAY = "away"
    """Said so; `PersonInfo.away_reason` may say why."""
    DO_NOT_DISTURB = "do_not_disturb"
    """There, and not to be disturbed."""
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A device of ours. `added_at_ms` is the hub's clock (Unix ms; 0: not known)."""

    device: DeviceId
    name: str
    """Empty if it has none."""
    added_at_ms: int
    is_this: bool

    @property
    def short_id(self) -> str:
        """The start of its id, for people to tell devices apart (8 hexadecimal digits)."""
        return self.device.hex()[:8]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What lets a second device of ours in, once, before `ends_at_ms` (the hub's clock, Unix ms).

    `code` is for typing, `link` says the same and where the hub is, for a QR code.
    """

    code: str
    link: str
    ends_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInfo:
    """Somebody who is enrolled at the hub.

    `last_seen_ms` is when their last connection ended (Unix ms; 0: never seen), `since_ms` when they became
    idle, away or not to be disturbed (0: they are not). `away_reason` is a remote string; it is empty
    if there is none or we can't read it.
    """

    user: UserId
    handle: str
    is_me: bool
    is_online: bool
    last_seen_ms: int
    devices: int
    fingerprint: str
    trust: Trust
    status: PersonStatus
    since_ms: int = 0
    away_reason: str = ""


class MemberRole(StrEnum):
    """What somebody is in a room."""

    OUTSIDER = "outsider"
    """Never came, left, or was taken out."""
    BANNED = "banned"
    """Taken out, and can't come back until somebody lets them."""
    MEMBER = "member"
    MODERATOR = "moderator"
    """May take members out, keep them out, and set the topic."""
    OWNER = "owner"
    """May do everything; named in the room's own record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInfo:
    """Somebody who reads a room or group (or, banned, may not)."""

    handle: str
    role: MemberRole
    is_me: bool
    is_online: bool
    last_seen_ms: int


class ConversationSetting(StrEnum):
    """What of a conversation is set by a message in it."""

    TOPIC = "topic"
    LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages that the hub had removed before this device got them.

    At most `count` (edits and the like are among them), between those with seq `after_seq` and before, and
    those behind `up_to_seq`.
    """

    after_seq: int
    up_to_seq: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomInfo:
    """A room of the hub, ours or not.

    `role` is our own. `members` counts the people who read it, `topic` is what we know of it: both are
    known to members only (0, empty). `name` and `topic` are others' text.
    """

    conversation: Conversation
    name: str
    role: MemberRole
    is_open: bool
    keeps_history: bool
    is_archived: bool
    owners: tuple[str, ...]
    members: int
    topic: str

    @property
    def is_mine(self) -> bool:
        """Whether we are in it."""
        return self.role not in {MemberRole.OUTSIDER, MemberRole.BANNED}
