"""A hub that has been in use for years: 10,000,000 messages in 10,000 conversations.

The hub's own storage writes them, in transactions such as a busy hub has; the ciphertext is random
bytes of the right size. It takes some ten minutes, once. What was committed stays when it is stopped,
and the next call goes on from there.
"""

import contextlib
import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.ciphertext import SENT_AT_MS, sizes_of
from bench.people import Person, World
from bench.world import HUB, PEOPLE, make_world
from lanmsg.hub.storage.interface import PlacedEntry, Storage, StoredCursor, StoredMember
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.hub.storage.sqlite.late import GENERATION_ENTRIES
from lanmsg.wire import ids
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import Entry, EntryKind, LogKind, MessageBody, View, entry_hash
from lanmsg.wire.ids import KEY_BYTES, SIGNATURE_BYTES, DeviceId, LogId, MessageId

PEOPLE_COUNT = 200
"""They make up to 19,900 pairs."""
CONVERSATIONS = 10_000
"""One is everyone, the others are pairs."""
ENTRIES = 10_000_000
TEXT_BYTES = 128
BATCH_ENTRIES = 1000
BURST_ENTRIES = 10
"""Messages of one conversation that follow each other, on average; from 1 to twice as many."""
EVERYONE_SHARE = 0.01
MS_PER_ENTRY = 5
"""The hub's clock: 10,000,000 messages in 14 hours. It changes no size."""
MAKING_GENERATION_ENTRIES = 256 * 1024
"""Rows of the storage's index tables that are written at once: ten minutes instead of half an hour,"""
LAST_ENTRIES = 500_000
"""and these the hub's own way, so that it finds the open ends it leaves itself."""
SEED = 6
_COMPLETE = "complete"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and who writes in it."""

    log: LogId
    writers: list[Person]


def make_large_world(cache: Path, *, say: Say) -> Path:
    """Return the directory of that hub (`HUB`) and its people (`PEOPLE`); made once."""
    home = cache / f"large-{ENTRIES}"
    if (home / _COMPLETE).exists():
        return home
    if not (home / PEOPLE).exists():
        small = make_world(cache, PEOPLE_COUNT)
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(small / HUB, home / HUB)
        shutil.copy(small / PEOPLE, home / PEOPLE)
    world = World.load(home / PEOPLE)
    with _open(home, generation_entries=MAKING_GENERATION_ENTRIES) as storage:
        _add_conversations(storage, world)
        _fill(storage, world, ENTRIES - LAST_ENTRIES, say)
    with _open(home, generation_entries=GENERATION_ENTRIES) as storage:
        _fill(storage, world, ENTRIES, say)
        _read_all(storage, world)
    (home / _COMPLETE).touch()
    return home


def conversations_of(world: World) -> list[Conversation]:
    """Return all conversations, everyone first; the same ones each time."""
    pairs = list(itertools.combinations(world.people, 2))
    random.Random(SEED).shuffle(pairs)
    direct = [
        Conversation(ids.direct_log(world.database, one.user, other.user), [one, other])
        for one, other in pairs[: CONVERSATIONS - 1]
    ]
    return [Conversation(ids.everyone_log(world.database), world.people), *direct]


@contextlib.contextmanager
def _open(home: Path, *, generation_entries: int) -> Iterator[SqliteStorage]:
    storage = SqliteStorage.open(home / HUB, generation_entries=generation_entries)
    try:
        yield storage
    finally:
        storage.close()


def _add_conversations(storage: Storage, world: World) -> None:
    known = {stored.log for stored in storage.load().logs}
    with storage.transaction():
        for each in conversations_of(world):
            if each.log not in known:
                storage.add_log(each.log, LogKind.DIRECT)
                storage.add_members(
                    [StoredMember(each.log, writer.user, 0, ids.ZERO_HASH) for writer in each.writers]
                )


def _fill(storage: Storage, world: World, total: int, say: Say) -> None:
    """Write messages until there are so many."""
    writer = _Writer(storage, world)
    while writer.entries < total:
        writer.write(min(BATCH_ENTRIES, total - writer.entries))
        if writer.entries % (ENTRIES // 20) == 0:
            say(f"{writer.entries:,} of {ENTRIES:,} entries")


def _read_all(storage: Storage, world: World) -> None:
    """Let everybody have acknowledged everything."""
    seqs = {stored.log: stored.seq for stored in storage.load().logs}
    with storage.transaction():
        storage.set_cursors(
            [
                StoredCursor(each.log, writer.device, seqs[each.log])
                for each in conversations_of(world)
                for writer in each.writers
            ]
        )


class _Writer:
    """Numbers, chains and stores messages, as the hub's log writer does."""

    def __init__(self, storage: Storage, world: World) -> None:
        conversations = conversations_of(world)
        self._storage = storage
        self._heads = {stored.log: (stored.seq, stored.hash) for stored in storage.load().logs}
        self.entries = sum(self._heads[each.log][0] for each in conversations)
        self._counters: dict[tuple[LogId, DeviceId], int] = {}
        self._view = View(0, world.directory_seq)
        self._random = random.Random(self.entries)
        self._ciphertext_bytes = _ciphertext_bytes(self._view)
        self._talk = self._bursts(conversations)

    def _bursts(self, conversations: list[Conversation]) -> Iterator[tuple[LogId, Person]]:
        """Yield who writes where: now these talk, now those, and seldom everybody hears it."""
        everyone, direct = conversations[0], conversations[1:]
        chance = self._random
        while True:
            one = everyone if chance.random() < EVERYONE_SHARE else chance.choice(direct)
            for _ in range(chance.randrange(1, 2 * BURST_ENTRIES)):
                yield one.log, chance.choice(one.writers)

    def write(self, count: int) -> None:
        """Commit the next messages."""
        with self._storage.transaction():
            self._storage.add_entries([self._next() for _ in range(count)])

    def _next(self) -> PlacedEntry:
        log, person = next(self._talk)
        counter = self._next_counter(log, person)
        body = MessageBody(
            self._view,
            counter,
            os.urandom(KEY_BYTES),
            os.urandom(self._ciphertext_bytes),
            os.urandom(SIGNATURE_BYTES),
        )
        at_ms = SENT_AT_MS + self.entries * MS_PER_ENTRY
        entry = Entry(
            EntryKind.MESSAGE, person.device, MessageId(os.urandom(ids.ID_BYTES)), at_ms, encode(body)
        )
        seq, previous = self._heads[log]
        hash_ = entry_hash(log, seq + 1, previous, entry)
        self._heads[log] = seq + 1, hash_
        self.entries += 1
        return PlacedEntry(log, seq + 1, previous, hash_, entry, counter)

    def _next_counter(self, log: LogId, person: Person) -> int:
        key = log, person.device
        before = self._counters.get(key)
        if before is None:
            before = self._storage.counter(log, person.device)
        self._counters[key] = before + 1
        return before + 1


def _ciphertext_bytes(view: View) -> int:
    """Return how long the ciphertext of a text is, for bodies of the true size."""
    counter = 500  # three bytes, as nearly all counters here
    empty = MessageBody(view, counter, bytes(KEY_BYTES), bytes(256), bytes(SIGNATURE_BYTES))
    return 256 + sizes_of(TEXT_BYTES).body_bytes - len(encode(empty))
