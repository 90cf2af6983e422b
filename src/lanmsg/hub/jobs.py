"""What the log writer is asked to do, and what it answers: plain values that cross a thread.

Those that every message makes are Structs: they take a seventh of the time that a dataclass takes to
make, and the garbage collector does not look at them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from lanmsg.hub.settings import HubSettings
from lanmsg.hub.storage.interface import PlacedEntry, Run, StoredCursor, StoredDiskUse, StoredMember
from lanmsg.wire.entries import LogKind, MessageBody, View
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.frames import Append, ClaimKeys, CreateInvite, Enrol, MembersItem, PublishKeys
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, UserId
from lanmsg.wire.statements import MembersStatement, RevokeStatement, RoomStatement


class AppendJob(msgspec.Struct, frozen=True, gc=False):
    """Append for a device that is logged in.

    Of `body`, `statement` and `members` the one is decoded that entries of this kind have, if any.
    """

    device: DeviceId
    user: UserId
    frame: Append
    now_ms: int
    body: MessageBody | None = None
    statement: RevokeStatement | RoomStatement | None = None
    members: MembersStatement | None = None


@dataclass(frozen=True, slots=True)
class EnrolJob:
    """Add a user and a device."""

    frame: Enrol
    now_ms: int
    needs_invite: bool


@dataclass(frozen=True, slots=True)
class OpenDirectJob:
    """Create the direct conversation of two users if it is not there."""

    user: UserId
    peer: UserId


@dataclass(frozen=True, slots=True)
class OpenGroupJob:
    """Create the group of these people if it is not there; `user` asks and must be one of them."""

    user: UserId
    users: Sequence[UserId]


@dataclass(frozen=True, slots=True)
class LoginJob:
    """Look up what `welcome` tells a device of itself; `logs` are the conversations it reads."""

    device: DeviceId
    logs: Sequence[LogId]


@dataclass(frozen=True, slots=True)
class ClaimJob:
    """Take a key of each device. Only for devices that exist."""

    frame: ClaimKeys


@dataclass(frozen=True, slots=True)
class PublishJob:
    """Add to a device's stock."""

    device: DeviceId
    frame: PublishKeys


@dataclass(frozen=True, slots=True)
class InviteJob:
    """Add an invite."""

    frame: CreateInvite
    now_ms: int


@dataclass(frozen=True, slots=True)
class BookkeepingJob:
    """Cursors, pruned inboxes and last-seen times gathered since the last one."""

    cursors: Sequence[StoredCursor]
    prune: dict[LogId, int]
    last_seen_ms: dict[UserId, int]


@dataclass(frozen=True, slots=True)
class PruneJob:
    """Remove some of the messages from before `before_ms`, and the oldest beyond `keep_bytes` in all.

    Both are 0 where there is no such limit.
    """

    before_ms: int
    keep_bytes: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class SettingsJob:
    """Store how the hub is run from now on."""

    settings: HubSettings


@dataclass(frozen=True, slots=True)
class CountJob:
    """Count the messages of some people: of each the logs and devices to look at."""

    written: Sequence[Sequence[tuple[LogId, DeviceId]]]


@dataclass(frozen=True, slots=True)
class DiskUseJob:
    """Look up what takes how much room."""


Job = (
    AppendJob
    | EnrolJob
    | OpenDirectJob
    | OpenGroupJob
    | LoginJob
    | ClaimJob
    | PublishJob
    | InviteJob
    | BookkeepingJob
    | SettingsJob
    | CountJob
    | DiskUseJob
    | PruneJob
)


@dataclass(frozen=True, slots=True)
class ReadJob:
    """Read one page of a log."""

    log: LogId
    after: int


@dataclass(frozen=True, slots=True)
class ReadMembersJob:
    """Read one page of a room's MEMBERS entries: that at `seq`, and those it says were before it."""

    log: LogId
    seq: int


class PrunedLog(NamedTuple):
    """The messages of a log up to here are gone, and the hash there."""

    log: LogId
    seq: int
    hash: bytes


@dataclass(slots=True)
class Changes:
    """What a batch changed, in order: for the event loop's copy of the logs and for the readers."""

    logs: list[tuple[LogId, LogKind]] = field(default_factory=list[tuple[LogId, LogKind]])
    members: list[StoredMember] = field(default_factory=list[StoredMember])
    entries: list[PlacedEntry] = field(default_factory=list[PlacedEntry])
    pruned: list[PrunedLog] = field(default_factory=list[PrunedLog])


class AppendDone(msgspec.Struct, frozen=True, gc=False):
    """The append is on disk here, now or since long."""

    log: LogId
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class LoginDone:
    """What the hub holds for a device: its stock of keys and its counters by log."""

    stock: int
    has_fallback_key: bool
    counters: dict[LogId, int]


@dataclass(frozen=True, slots=True)
class ClaimDone:
    """The keys, in the order asked, and the stocks that are left."""

    keys: list[ClaimedKey]
    stocks: dict[DeviceId, int]


@dataclass(frozen=True, slots=True)
class StockDone:
    """A device's stock of one-time keys."""

    count: int


@dataclass(frozen=True, slots=True)
class MessagesCounted:
    """How many messages each of them has written, in the order asked."""

    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class DiskUseDone:
    """What the files take, and the bodies in each log."""

    use: StoredDiskUse
    sizes: dict[LogId, int]


@dataclass(frozen=True, slots=True)
class Done:
    """Done; nothing more to say. `log` is the conversation that was asked for."""

    log: LogId | None = None


@dataclass(frozen=True, slots=True)
class PruneDone:
    """What a slice has removed: `entries` in all. `size_bytes` was the hub's before it."""

    logs: list[PrunedLog]
    entries: int
    size_bytes: int
    is_finished: bool


class StaleView(Refusal):
    """The sender did not know all readers; `view` is what it must catch up to.

    Of a room, `membership_hash` is the hash of the entry at `view.membership_seq`.
    """

    def __init__(self, view: View, membership_hash: bytes = ZERO_HASH) -> None:
        super().__init__(Code.STALE_VIEW, "the readers changed: catch up and send again")
        self.view = view
        self.membership_hash = membership_hash


Outcome = (
    AppendDone
    | LoginDone
    | ClaimDone
    | StockDone
    | MessagesCounted
    | DiskUseDone
    | PruneDone
    | Done
    | Refusal
)


@dataclass(frozen=True, slots=True)
class Committed:
    """Outcomes of a batch, one a job in the same order, and what it changed."""

    outcomes: list[Outcome]
    changes: Changes


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a read of what is behind `after`."""

    log: LogId
    after: int
    run: Run


@dataclass(frozen=True, slots=True)
class MembersPage:
    """The answer to a read of MEMBERS entries, newest first."""

    log: LogId
    seq: int
    items: Sequence[MembersItem]
