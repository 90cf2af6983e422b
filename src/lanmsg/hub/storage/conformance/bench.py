"""What the checks work with: a storage that can be reopened, and things to put into it."""

import contextlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Final

from lanmsg.hub.storage.interface import (
    Place,
    PlacedEntry,
    Run,
    Storage,
    StoredLog,
    StoredState,
)
from lanmsg.wire.entries import Entry, EntryKind, LogKind, entry_hash
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import DeviceId, LogId, MessageId, UserId
from lanmsg.wire.statements import PublishedKey

ROOM: Final = LogId(b"conversation one")
OTHER_ROOM: Final = LogId(b"conversation two")
INBOX: Final = LogId(b"inbox of a phone")
LAPTOP: Final = DeviceId(b"the first device")
PHONE: Final = DeviceId(b"the other device")
ALICE: Final = UserId(b"the user Alice  ")
BOB: Final = UserId(b"the user Bob    ")

_ALL: Final = 10**6


@dataclass
class Bench:
    """A storage under test, with what the checks use most."""

    open_storage: Callable[[], Storage]
    storage: Storage = field(init=False)

    def __post_init__(self) -> None:
        self.storage = self.open_storage()

    def reopen(self) -> None:
        """Close the storage and open what it left."""
        self.storage.close()
        self.storage = self.open_storage()

    def state(self) -> StoredState:
        """What the storage holds now."""
        return self.storage.load()

    def add_logs(self) -> None:
        """Create the three logs of the checks."""
        with self.storage.transaction():
            self.storage.add_log(ROOM, LogKind.DIRECT)
            self.storage.add_log(OTHER_ROOM, LogKind.DIRECT)
            self.storage.add_log(INBOX, LogKind.INBOX)

    def head(self, log: LogId) -> StoredLog:
        """The head of a log, as a restarted hub would see it."""
        return head_in(self.state(), log)

    def append(self, log: LogId, *entries: Entry, counter: int | None = None) -> list[PlacedEntry]:
        """Chain entries behind the head and store them in one transaction."""
        chained = chain(self.head(log), entries, counter=counter)
        with self.storage.transaction():
            self.storage.add_entries(chained)
        return chained

    def find(self, new: PlacedEntry) -> Place | None:
        """Look for an entry as for one that was sent again."""
        return self.storage.find_message(new.log, new.entry.sender, new.entry.message_id, new.counter)

    def read(self, log: LogId, after: int = 0, *, max_entries: int = _ALL, max_bytes: int = _ALL) -> Run:
        """Read a run, with no limit unless one is given."""
        return self.storage.read_run(log, after, max_entries=max_entries, max_bytes=max_bytes)


def head_in(state: StoredState, log: LogId) -> StoredLog:
    """The head of a log in a state."""
    return next(head for head in state.logs if head.log == log)


def message(number: int, *, size_bytes: int = 10, sender: DeviceId = LAPTOP) -> Entry:
    """Make the message with this number: another number, another message id and other bytes."""
    return Entry(
        EntryKind.MESSAGE, sender, message_id(number), 1000 + number, bytes([number % 256]) * size_bytes
    )


def messages(count: int) -> list[Entry]:
    """Make messages 1 … `count`."""
    return [message(number) for number in range(1, count + 1)]


def message_id(number: int) -> MessageId:
    """Make the message id with this number."""
    return MessageId(number.to_bytes(16, "big"))


def in_inbox(kind: EntryKind, number: int) -> Entry:
    """Make a share or a device message."""
    return Entry(kind, LAPTOP, message_id(number), 1000 + number, b"for one device")


def chain(head: StoredLog, entries: Iterable[Entry], *, counter: int | None = None) -> list[PlacedEntry]:
    """Give entries their places behind a head; with a `counter` they count on from that."""
    seq, previous = head.seq, head.hash
    chained: list[PlacedEntry] = []
    for number, entry in enumerate(entries):
        seq += 1
        hash_ = entry_hash(head.log, seq, previous, entry)
        own_counter = None if counter is None else counter + number
        chained.append(PlacedEntry(head.log, seq, previous, hash_, entry, own_counter))
        previous = hash_
    return chained


def key(number: int) -> PublishedKey:
    """Make the key with this number."""
    return PublishedKey(bytes([number]) * 32, bytes([number]) * 64)


def place(new: PlacedEntry) -> Place:
    """Where an entry was added."""
    return Place(new.log, new.seq, new.hash)


@contextlib.contextmanager
def is_a_broken_rule() -> Generator[None]:
    """The block must raise `LocalError`."""
    try:
        yield
    except LocalError:
        return
    raise AssertionError("a broken rule went unnoticed")


class _Undone(BaseException):
    """Ends a block that must leave nothing."""


@contextlib.contextmanager
def undone(storage: Storage) -> Generator[None]:
    """Run a block in a transaction that is rolled back by an exception, which must go on."""
    try:
        with storage.transaction():
            yield
            raise _Undone
    except _Undone:
        return
    raise AssertionError("the exception of a block must go on")


Check = Callable[[Bench], None]
"""Fails with an `AssertionError` if an empty storage does not hold to a rule: its own name."""


def rule(checks: list[Check]) -> Callable[[Check], Check]:
    """Add the decorated check to a list."""

    def add(check: Check) -> Check:
        checks.append(check)
        return check

    return add
