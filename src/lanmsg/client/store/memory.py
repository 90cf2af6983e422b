"""A store in plain dicts, for simulations and tests of the client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, Self, TypeVar, cast

from lanmsg.client.store.interface import (
    MAX_OLM_SESSIONS,
    Change,
    DeleteOutboundSession,
    DeleteOutboxRow,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    StoredLog,
    StoredMessage,
    StoredPerson,
    StoredReceipt,
    StoredState,
    StoredStatement,
    StoreFailed,
)
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import DeviceId, LogId, MessageId

V = TypeVar("V")


@dataclass(slots=True)
class _Tables:
    """Every value never changes, so a copy of the dicts is a copy of everything."""

    profile: dict[None, Profile] = field(default_factory=dict[None, Profile])
    logs: dict[LogId, StoredLog] = field(default_factory=dict[LogId, StoredLog])
    statements: dict[int, StoredStatement] = field(default_factory=dict[int, StoredStatement])
    people: dict[str, StoredPerson] = field(default_factory=dict[str, StoredPerson])
    olm: dict[DeviceId, dict[str, OlmSession]] = field(default_factory=dict[DeviceId, dict[str, OlmSession]])
    outbound: dict[LogId, OutboundSession] = field(default_factory=dict[LogId, OutboundSession])
    inbound: dict[bytes, InboundSession] = field(default_factory=dict[bytes, InboundSession])
    outbox: dict[MessageId, OutboxRow] = field(default_factory=dict[MessageId, OutboxRow])
    receipts: dict[tuple[LogId, DeviceId], StoredReceipt] = field(
        default_factory=dict[tuple[LogId, DeviceId], StoredReceipt]
    )
    messages: dict[LogId, dict[int, StoredMessage]] = field(
        default_factory=dict[LogId, dict[int, StoredMessage]]
    )
    counters: dict[LogId, dict[DeviceId, int]] = field(default_factory=dict[LogId, dict[DeviceId, int]])
    places: dict[MessageId, frozenset[tuple[LogId, int]]] = field(
        default_factory=dict[MessageId, frozenset[tuple[LogId, int]]]
    )
