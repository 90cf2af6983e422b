"""Everything a client is, without a screen (`docs/client-library.md`)."""

from lanmsg.client.client import Client
from lanmsg.client.events import (
    Alarm,
    AlarmKind,
    ChangeFailed,
    ChangeKind,
    Connected,
    Disconnected,
    Event,
    MessageAdded,
    MessageChanged,
    MessageWithdrawn,
    PersonJoined,
    PresenceChanged,
    Stopped,
    Synced,
)
from lanmsg.client.model import (
    EVERYONE,
    Conversation,
    ConversationKind,
    Message,
    MessageReaction,
    MessageState,
    PersonInfo,
    Trust,
    UnreadableReason,
)
from lanmsg.client.settings import ClientSettings

__all__ = [
    "EVERYONE",
    "Alarm",
    "AlarmKind",
    "ChangeFailed",
    "ChangeKind",
    "Client",
    "ClientSettings",
    "Connected",
    "Conversation",
    "ConversationKind",
    "Disconnected",
    "Event",
    "Message",
    "MessageAdded",
    "MessageChanged",
    "MessageReaction",
    "MessageState",
    "MessageWithdrawn",
    "PersonInfo",
    "PersonJoined",
    "PresenceChanged",
    "Stopped",
    "Synced",
    "Trust",
    "UnreadableReason",
]
