"""Everything a client tells its face. One frozen struct an event; `docs/client-library.md` lists them."""

from enum import StrEnum

from msgspec import Struct

from lanmsg.client.model import (
    CancelReason,
    Conversation,
    ConversationSetting,
    DeviceInfo,
    Gap,
    MemberRole,
    Message,
    PersonStatus,
    RoomInfo,
    Unread,
)
from lanmsg.wire.ids import MessageId


class Connected(Struct, frozen=True, kw_only=True):
    """Logged in. `is_new_hub`: this is the first time, so compare the check words."""

    hub_title: str
    address: str
    handle: str
    is_new_hub: bool


class Synced(Struct, frozen=True, kw_only=True):
    """Everything the hub had for us when we connected is in our store."""


class Disconnected(Struct, frozen=True, kw_only=True):
    """The hub is gone; we try again after `retry_in_s` seconds, by ourselves."""

    reason: str
    retry_in_s: float
    waiting: int
    """How many of our messages wait."""


class Stopped(Struct, frozen=True, kw_only=True):
    """The client can't go on: a wrong hub identity, a revoked device, a broken store and the like.

    `text` says what happened and what to do. No more events follow.
    """

    code: str
    text: str


class MessageAdded(Struct, frozen=True, kw_only=True):
    """A message was stored: somebody's, or our own that has come back from the hub.

    In the order of the conversation, without a gap. `is_backlog`: it was written before we came.
    """

    message: Message
    is_backlog: bool = False


class ChangeKind(StrEnum):
    """What became of a message."""

    STATE = "state"
    """Its way: ours is waiting, sent, delivered, failed; or a change of ours stands in the log now."""
    READABLE = "readable"
    """Its key has come: show it as if it were new, unless it is of the backlog."""
    EDITED = "edited"
    DELETED = "deleted"
    REACTION = "reaction"
    PIN = "pin"


class MessageChanged(Struct, frozen=True, kw_only=True):
    """A message looks different: draw it anew. No change is news to be notified of.

    `by` is the handle of who edited, deleted, reacted or pinned, and `emoji` what they reacted with;
    `is_removed`: they took a reaction or a pin back. A change of ours comes as soon as it is queued;
    STATE then tells when it stands in the log. `is_backlog`: it was made before we came, and so was what
    is READABLE now because somebody has handed over the past.
    """

    message: Message
    change: ChangeKind = ChangeKind.STATE
    by: str = ""
    emoji: str = ""
    is_removed: bool = False
    is_backlog: bool = False


class ChangeFailed(Struct, frozen=True, kw_only=True):
    """The hub refused what we did to a message for good, and why; `message` is shown without it."""

    message: Message
    text: str


class SettingFailed(Struct, frozen=True, kw_only=True):
    """The hub refused a topic or lifetime of ours, or we might set it no more when it came; `text` is why."""

    conversation: Conversation
    conversation_name: str
    setting: ConversationSetting
    text: str


class PersonJoined(Struct, frozen=True, kw_only=True):
    """Somebody enrolled for the first time."""

    handle: str


class PresenceChanged(Struct, frozen=True, kw_only=True):
    """Somebody came or went. `last_seen_ms` is Unix ms."""

    handle: str
    is_online: bool
    last_seen_ms: int


class StatusChanged(Struct, frozen=True, kw_only=True):
    """Somebody who is here became idle, away, not to be disturbed, or is back.

    `reason` is why they are away, a remote string, empty if it is not known; `since_ms` as in `PersonInfo`.
    """

    handle: str
    status: PersonStatus
    reason: str
    since_ms: int


class Typing(Struct, frozen=True, kw_only=True):
    """Somebody else is typing in a conversation, or no more: after a message, or some seconds of silence."""

    conversation: Conversation
    handle: str
    is_typing: bool


class AlarmKind(StrEnum):
    """What is wrong."""

    IDENTITY_CHANGED = "identity_changed"
    FORKED_LOG = "forked_log"
    HUB_ROLLED_BACK = "hub_rolled_back"
    HUB_REPLACED = "hub_replaced"
    STORE_ROLLED_BACK = "store_rolled_back"
    FALSE_STATEMENT = "false_statement"
    FORBIDDEN_CHANGE = "forbidden_change"


class Alarm(Struct, frozen=True, kw_only=True):
    """Something a person must know: a lie of the hub, a changed identity, a restored store.

    `text` says what happened, what it means and what to do.
    """

    kind: AlarmKind
    text: str
    conversation: Conversation | None = None


class MessageWithdrawn(Struct, frozen=True, kw_only=True):
    """A message is no more: ours was taken back before the hub had it.

    Or one that could not be read became readable, and is no message but a change of one.
    """

    id: MessageId


class MessageExpired(Struct, frozen=True, kw_only=True):
    """The time of a message is over (`LifetimeChanged`): take it from the screen.

    It is in no store any more, nor is what was done to it. What was over before this device saw it is
    never told.
    """

    conversation: Conversation
    conversation_name: str
    id: MessageId
    seq: int


class VerificationRequested(Struct, frozen=True, kw_only=True):
    """Somebody wants to compare identity keys now: `accept_verification` or `cancel_verification`."""

    handle: str


class VerificationEmoji(Struct, frozen=True, kw_only=True):
    """Both persons see these seven: `confirm_emoji` if they are the same, else `cancel_verification`.

    They must be compared by a way that is not this hub: in person, by phone. `names` are the English
    names, in the same order, to read out and where no emoji can be shown.
    """

    handle: str
    emoji: tuple[str, ...]
    names: tuple[str, ...]


class VerificationDone(Struct, frozen=True, kw_only=True):
    """Both persons saw the same, here or on another device of ours: `PersonInfo.trust` is VERIFIED now."""

    handle: str


class VerificationCancelled(Struct, frozen=True, kw_only=True):
    """A verification has ended without a result; `text` says why and what to do. `by_us`: on this device."""

    handle: str
    reason: CancelReason
    by_us: bool
    text: str


class RoomChanged(Struct, frozen=True, kw_only=True):
    """A room was made, renamed, opened, closed, archived, has other owners, or another part for us.

    `by` is who changed the room itself; empty where only our own part in it is another.
    """

    room: RoomInfo
    by: str = ""


class MemberChanged(Struct, frozen=True, kw_only=True):
    """Somebody's part in a room has changed from `before` to `role`."""

    handle: str
    before: MemberRole
    role: MemberRole


class MembersChanged(Struct, frozen=True, kw_only=True):
    """Somebody (`by`) has let people in or out of a room, or changed what they may do.

    In the order of the conversation. `is_backlog`: it happened before we came.
    """

    conversation: Conversation
    conversation_name: str
    seq: int
    by: str
    changes: tuple[MemberChanged, ...]
    is_backlog: bool = False


class GapFound(Struct, frozen=True, kw_only=True):
    """The hub had removed messages before this device got them; that is its operator's choice, and no alarm.

    In the order of the conversation. They never come any more.
    """

    conversation: Conversation
    conversation_name: str
    gap: Gap


class TopicChanged(Struct, frozen=True, kw_only=True):
    """The topic of a room or group is another one; `topic` is others' text, empty for none."""

    conversation: Conversation
    conversation_name: str
    by: str
    topic: str
    is_backlog: bool = False


class LifetimeChanged(Struct, frozen=True, kw_only=True):
    """Messages of a conversation that come after this disappear after `seconds`; 0: they stay."""

    conversation: Conversation
    conversation_name: str
    by: str
    seconds: int
    is_backlog: bool = False


class DeviceAdded(Struct, frozen=True, kw_only=True):
    """Another device of ours is new. If our person has not linked one, somebody else has their identity."""

    device: DeviceInfo


class DeviceRevoked(Struct, frozen=True, kw_only=True):
    """Another device of ours was cut off, here or on a third one."""

    device: DeviceInfo


class HistoryProgress(Struct, frozen=True, kw_only=True):
    """The past comes over from the device that let this one in: keys of sending sessions, `done` of `total`.

    Messages that can be read now are told as `MessageChanged`, those of all conversations, the newest
    first; it is over when both are equal. `total` may grow while messages still come in.
    """

    done: int
    total: int


class UnreadChanged(Struct, frozen=True, kw_only=True):
    """More or less of a conversation is unread than before: a message came, or some device of ours read."""

    conversation: Conversation
    unread: Unread


class DraftChanged(Struct, frozen=True, kw_only=True):
    """A draft changed, here or on another device of ours; empty: there is none any more."""

    conversation: Conversation
    text: str


class PreferencesChanged(Struct, frozen=True, kw_only=True):
    """`Client.preferences` are not what they were: changed here, or on another device of ours."""


class HubNotice(Struct, frozen=True, kw_only=True):
    """Who runs the hub has something to say to everybody; empty: no more. Told again only when it changes.

    No person of the hub says it, and it is not encrypted: draw it as neither.
    """

    text: str


Event = (
    Connected
    | Synced
    | Disconnected
    | Stopped
    | MessageAdded
    | MessageChanged
    | ChangeFailed
    | SettingFailed
    | MessageWithdrawn
    | MessageExpired
    | PersonJoined
    | PresenceChanged
    | StatusChanged
    | Typing
    | UnreadChanged
    | DraftChanged
    | PreferencesChanged
    | Alarm
    | DeviceAdded
    | DeviceRevoked
    | HistoryProgress
    | HubNotice
    | VerificationRequested
    | VerificationEmoji
    | VerificationDone
    | VerificationCancelled
    | RoomChanged
    | MembersChanged
    | TopicChanged
    | LifetimeChanged
    | GapFound
)
