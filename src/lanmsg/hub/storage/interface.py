"""What the hub needs of a place that keeps its logs.

`conformance.py` holds every implementation to the words here. All methods are called from one
thread at a time, the log writer's. A storage that raised `StorageFailed` is broken for good: each
later call raises it again, the hub stops acknowledging and exits.

A call that breaks a rule written here raises `LocalError`, at once or when its transaction ends. It
may have done a part of its work by then: let the exception end the block, which undoes all of it.
Methods that change something are called inside a transaction, those that only ask anywhere, and
`load`, `read_run` and `close` outside.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from lanmsg.wire.entries import Entry, LogKind
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.ids import ZERO_HASH, DatabaseId, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.statements import PublishedKey, Role


class StorageFailed(LanmsgError):
    """The disk or the database failed; what the running transaction held is not stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class StorageLocked(LanmsgError):
    """Another process has this storage open; `pid` names it, where that is known."""

    def __init__(self, directory: str, pid: int | None = None) -> None:
        super().__init__(directory, pid)
        self.directory = directory
        self.pid = pid

    def __str__(self) -> str:
        owner = "another process" if self.pid is None else f"process {self.pid}"
        return f"{self.directory} is in use by {owner}; stop it first or choose another directory"


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log and its head: the seq and hash of its newest entry (0 and `ZERO_HASH` when empty).

    It is pruned up to `pruned_seq` (and its hash; 0 and `ZERO_HASH`: not at all).
    """

    log: LogId
    kind: LogKind
    seq: int
    hash: bytes
    pruned_seq: int = 0
    pruned_hash: bytes = ZERO_HASH


@dataclass(frozen=True, slots=True)
class StoredMember:
    """What a user is in a conversation, and which part of its log is theirs to read.

    It begins after `base_seq` (whose hash is `base_hash`). For who is not in the room any more, by
    `role`, it ends with `end_seq` (and its hash); 0: nothing was ever theirs. `changed_seq` and
    `changed_hash` are those of the newest entry about this user, 0 for none. `is_opener` is who opened a
    group, which is limited.
    """

    log: LogId
    user: UserId
    base_seq: int
    base_hash: bytes
    role: Role = Role.MEMBER
    changed_seq: int = 0
    changed_hash: bytes = ZERO_HASH
    end_seq: int = 0
    end_hash: bytes = ZERO_HASH
    is_opener: bool = False


@dataclass(frozen=True, slots=True)
class StoredCursor:
    """How far a device has acknowledged a log."""

    log: LogId
    device: DeviceId
    seq: int


@dataclass(frozen=True, slots=True)
class StoredState:
    """Everything the hub keeps in memory, as of the last commit."""

    database: DatabaseId
    logs: Sequence[StoredLog]
    members: Sequence[StoredMember]
    cursors: Sequence[StoredCursor]
    last_seen_ms: dict[UserId, int]


class PlacedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry with its place, as the log writer decided it.

    `previous` is the hash of the entry before it and `hash` its own `entry_hash`; a storage may check
    that, when it writes or when it reads. `counter` is the message counter that its sender has used
    with it, None for entries without one. A Struct, because each message makes one: a dataclass takes
    seven times as long to make, and the garbage collector looks at it.
    """

    log: LogId
    seq: int
    previous: bytes
    hash: bytes
    entry: Entry
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands."""

    log: LogId
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """Entries of one log without a gap, oldest first; `previous` is the hash before the first.

    Without entries, the first is the one that will be added next: the head's seq plus one.
    """

    first_seq: int
    previous: bytes
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class StoredDiskUse:
    """What the storage takes, in bytes: its database, what has yet to move into it, what is free in it.

    `reusable_bytes` are part of `database_bytes`. `disk_free_bytes` is what the disk has left, 0 for a
    storage that has none.
    """

    database_bytes: int
    journal_bytes: int
    reusable_bytes: int
    disk_free_bytes: int

    @property
    def used_bytes(self) -> int:
        """What the database holds, without what is free for reuse in it."""
        return self.database_bytes - self.reusable_bytes


class OldEntry(NamedTuple):
    """When an entry was added by the hub's clock, and its hash."""

    at_ms: int
    hash: bytes


class Storage(Protocol):
    """An ordered, durable store of logs and of the few tables around them."""

    def load(self) -> StoredState:
        """Return the state to start from; a new storage makes its database id here, once."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Run the block's writes as one: all durable when the block has ended, or none.

        Durable means: on the disk, after a power cut too. If the block raises, nothing is stored and
        the exception goes on. Transactions do not nest.

        Raises:
            StorageFailed: if it could not be made durable. Nothing of it may be acknowledged; it may
                be there after a restart, as after any lost answer.
        """
        ...

    # --- logs: inside a transaction ----------------------------------------------------------

    def add_log(self, log: LogId, kind: LogKind) -> None:
        """Create an empty log. It must not exist."""

    def add_members(self, members: Sequence[StoredMember]) -> None:
        """Record what users are in logs that exist, in place of what they were; the last one counts."""

    def add_entries(self, entries: Sequence[PlacedEntry]) -> None:
        """Add entries and move the heads of their logs.

        Seqs must follow the heads without a gap, and the counters of a sender in a log must grow.
        """

    def find_message(
        self, log: LogId, sender: DeviceId, message_id: MessageId, counter: int | None
    ) -> Place | None:
        """Find the entry of a log with this sender, message id and counter (None: without one), shares apart.

        For ever: entries of the running transaction are found too, and pruned ones, messages of
        conversations apart (see `is_pruned`). If several without a counter have one id, it is one of them.
        """
        ...

    def is_pruned(self, log: LogId, sender: DeviceId, counter: int) -> bool:
        """Tell whether the message with this counter, which this device has used here, is pruned."""
        ...

    def counter(self, log: LogId, device: DeviceId) -> int:
        """Return the highest message counter this device has used in this log; 0 for none."""
        ...

    def set_cursors(self, cursors: Sequence[StoredCursor]) -> None:
        """Set how far devices have acknowledged, at most to the head.

        A cursor never goes back: a lower seq changes nothing.
        """

    def prune(self, log: LogId, up_to: int) -> None:
        """Delete the entries of an inbox, or the messages of a conversation, up to this seq.

        At most to the head. MEMBERS entries stay, and so do head, seqs, hashes and counters; where it is
        pruned already, nothing changes. Not for the directory and account logs.
        """

    def oldest_entries(self, log: LogId, *, limit: int) -> Sequence[OldEntry]:
        """Return the first `limit` entries behind where a log is pruned, oldest first.

        Those of the running transaction may be missing.
        """
        ...

    def set_last_seen(self, last_seen_ms: dict[UserId, int]) -> None:
        """Set when users were last connected (Unix ms)."""

    # --- keys and invites: inside a transaction ----------------------------------------------

    def add_one_time_keys(self, device: DeviceId, keys: Sequence[PublishedKey], *, at_most: int) -> int:
        """Add keys this device never published before, up to a stock of `at_most`; return the stock.

        A key that was added once counts as published for ever, taken or not; one for which there was
        no room does not.
        """
        ...

    def set_fallback_key(self, device: DeviceId, key: PublishedKey) -> None:
        """Replace the key that is handed out when the stock is empty."""

    def take_key(self, device: DeviceId) -> tuple[PublishedKey, bool] | None:
        """Take a one-time key out of the stock for good, oldest first (False).

        With an empty stock return the fallback key, which stays (True); None if there is neither.
        """
        ...

    def stock(self, device: DeviceId) -> int:
        """Count the one-time keys of a device."""
        ...

    def has_fallback_key(self, device: DeviceId) -> bool:
        """Tell whether the device has published a fallback key."""
        ...

    def add_invite(self, secret_hash: bytes, expires_at_ms: int) -> None:
        """Add an invite, usable before this time; if there is one with this hash, nothing changes."""

    def take_invite(self, secret_hash: bytes, now_ms: int) -> bool:
        """Use an invite up; False if there is none, or it has expired. Expired ones are deleted."""
        ...

    def open_invites(self, now_ms: int) -> int:
        """Count the invites that can still be used."""
        ...

    # --- settings ----------------------------------------------------------------------------

    def write_setting(self, name: str, value: bytes) -> None:
        """Set a setting of the hub, inside a transaction; the storage does not look into it."""

    def read_settings(self) -> dict[str, bytes]:
        """Return all settings that were ever set."""
        ...

    # --- how large it is ---------------------------------------------------------------------

    def disk_use(self) -> StoredDiskUse:
        """Return what the storage takes, as of the last commit."""
        ...

    def log_sizes(self) -> dict[LogId, int]:
        """Return the bytes of the bodies in each log, without what is pruned, as of the last commit."""
        ...

    # --- reading: outside a transaction ------------------------------------------------------

    def read_run(self, log: LogId, after: int, *, max_entries: int, max_bytes: int) -> Run:
        """Return entries with seq > `after`, oldest first, of a log that exists.

        At most `max_entries` and `max_bytes` of body, but at least one if there is any. Empty at or
        beyond the head. For a pruned log it starts at the oldest entry there is.

        Raises:
            StorageFailed: if what is stored is not what was added, as far as the storage can tell.
        """
        ...

    def members_entry(self, log: LogId, seq: int) -> PlacedEntry | None:
        """Return the MEMBERS entry at this seq; None if there is none.

        Where the log is pruned it is the newest one at or before this seq: nothing else is left there.

        Raises:
            StorageFailed: if what is stored is not what was added.
        """
        ...

    def close(self) -> None:
        """Release everything; may be called twice. Any other call on a closed storage is a broken rule."""
