"""The tables of a store in memory."""

from dataclasses import dataclass, field

from lanmsg.client.store.interface import (
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    StoredGap,
    StoredLog,
    StoredMembers,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
    StoredTopic,
    StoredUnread,
    StoredValue,
)
from lanmsg.client.store.memory_index import MemoryIndex
from lanmsg.client.store.memory_log import LogMessages
from lanmsg.wire.ids import DeviceId, LogId, MessageId


@dataclass(slots=True)
class Tables:
    """All of them, by the keys of their records."""

    profile: Profile | None = None
    logs: dict[LogId, StoredLog] = field(default_factory=dict[LogId, StoredLog])
    statements: dict[int, StoredStatement] = field(default_factory=dict[int, StoredStatement])
    people: dict[str, StoredPerson] = field(default_factory=dict[str, StoredPerson])
    olm: dict[DeviceId, tuple[OlmSession, ...]] = field(
        default_factory=dict[DeviceId, tuple[OlmSession, ...]]
    )
    outbound: dict[LogId, OutboundSession] = field(default_factory=dict[LogId, OutboundSession])
    inbound: dict[bytes, InboundSession] = field(default_factory=dict[bytes, InboundSession])
    outbox: dict[MessageId, OutboxRow] = field(default_factory=dict[MessageId, OutboxRow])
    receipts: dict[tuple[LogId, DeviceId], StoredReceipt] = field(
        default_factory=dict[tuple[LogId, DeviceId], StoredReceipt]
    )
    values: dict[bytes, StoredValue] = field(default_factory=dict[bytes, StoredValue])
    unread: dict[LogId, StoredUnread] = field(default_factory=dict[LogId, StoredUnread])
    members: dict[tuple[LogId, int], StoredMembers] = field(
        default_factory=dict[tuple[LogId, int], StoredMembers]
    )
    topics: dict[LogId, StoredTopic] = field(default_factory=dict[LogId, StoredTopic])
    messages: dict[LogId, LogMessages] = field(default_factory=dict[LogId, LogMessages])
    places: dict[MessageId, tuple[tuple[LogId, int], ...]] = field(
        default_factory=dict[MessageId, tuple[tuple[LogId, int], ...]]
    )
    """Where a message id was ever stored; what is there now may have another."""
    index: MemoryIndex = field(default_factory=MemoryIndex)
    pairings: dict[bytes, StoredPairing] = field(default_factory=dict[bytes, StoredPairing])
    expiry: dict[tuple[LogId, int], int] = field(default_factory=dict[tuple[LogId, int], int])
    gaps: dict[tuple[LogId, int], StoredGap] = field(default_factory=dict[tuple[LogId, int], StoredGap])

    def copy(self) -> "Tables":
        """Return a copy that shares nothing with this one."""
        return Tables(
            self.profile,
            dict(self.logs),
            dict(self.statements),
            dict(self.people),
            dict(self.olm),
            dict(self.outbound),
            dict(self.inbound),
            dict(self.outbox),
            dict(self.receipts),
            dict(self.values),
            dict(self.unread),
            dict(self.members),
            dict(self.topics),
            {log: messages.copy() for log, messages in self.messages.items()},
            dict(self.places),
            self.index.copy(),
            dict(self.pairings),
            dict(self.expiry),
            dict(self.gaps),
        )
