"""Rows that the tables `message` and `counter` get later, in bulk.

Message ids are random and everybody has counters everywhere, so one entry would change a page of each
table: that was two thirds of all time and most of the bytes written. So both stand in the entry, and
in memory, until a generation of entries is full. Its rows are then written in the order of their
tables, many to a page, and a few with each commit, so that no commit waits for a whole generation.
`merged_seq` of a log says which entries are through; the others are read again at start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from lanmsg.hub.storage.sqlite.database import Database, Row
from lanmsg.hub.storage.sqlite.heads import Head
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.ids import DeviceId, MessageId

GENERATION_ENTRIES: Final = 16 * 1024
"""Larger ones write fewer pages; at start up to two of them are read again, within 0.2 s."""

ROWS_PER_ENTRY: Final = 3
"""Late rows written with each new entry. An entry makes at most two: one generation is written before
the next is full."""

MessageKey = tuple[DeviceId, MessageId]
CounterKey = tuple[int, DeviceId]
"""A log's number and a device."""

# After a crash some rows are written a second time.
_WRITE_MESSAGE: Final = "INSERT INTO message VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id"
_WRITE_COUNTER: Final = (
    "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET counter = max(counter, excluded.counter)"
)


@dataclass(slots=True)
class Generation:
    """What some entries, added one after the other, owe to the tables."""

    messages: dict[MessageKey, int] = field(default_factory=dict[MessageKey, int])
    """Entry ids."""
    counters: dict[CounterKey, int] = field(default_factory=dict[CounterKey, int])
    seqs: dict[int, int] = field(default_factory=dict[int, int])
    """Per number of a log, the newest of the entries."""
    entries: int = 0

    def add(self, newer: "Generation") -> None:
        """Take newer entries in."""
        self.messages |= newer.messages
        self.counters |= newer.counters
        self.seqs |= newer.seqs
        self.entries += newer.entries

    def message_rows(self) -> list[Row]:
        """Return the rows of `message`, in its order."""
        return sorted((sender, message_id, id_) for (sender, message_id), id_ in self.messages.items())

    def counter_rows(self) -> list[Row]:
        """Return the rows of `counter`, in its order."""
        return sorted((number, device, counter) for (number, device), counter in self.counters.items())


@dataclass(frozen=True, slots=True)
class Step:
    """Late rows to write with a commit; `merged_seqs` holds what is through after it, by log number."""

    messages: Sequence[Row] = ()
    counters: Sequence[Row] = ()
    merged_seqs: dict[int, int] = field(default_factory=dict[int, int])

    def write(self, database: Database) -> None:
        """Write the rows, inside the transaction."""
        database.run_many(_WRITE_MESSAGE, self.messages)
        database.run_many(_WRITE_COUNTER, self.counters)


class LateRows:
    """The generation that grows and the one that is being written, as of the last commit."""

    def __init__(self, database: Database, heads: Iterable[Head], generation_entries: int) -> None:
        self._database = database
        self._generation_entries = generation_entries
        self._growing = Generation()
        self._merging = Generation()
        self._messages: list[Row] = []
        self._counters: list[Row] = []
        self._written = 0
        unmerged = [head for head in heads if head.merged_seq < head.seq]
        database.read_ahead("entry", [head.ids(head.merged_seq + 1, head.seq) for head in unmerged])
        for head in unmerged:
            self._growing.add(self._read_unmerged(head))

    def _read_unmerged(self, head: Head) -> Generation:
        generation = Generation(seqs={head.number: head.seq}, entries=head.seq - head.merged_seq)
        rows = self._database.rows(
            "SELECT kind, sender, message_id, id, counter FROM entry WHERE id BETWEEN ? AND ? ORDER BY id",
            head.ids(head.merged_seq + 1, head.seq),
        )
        for kind, sender, message_id, entry_id, counter in cast(
            "list[tuple[int, DeviceId, MessageId, int, int | None]]", rows
        ):
            if kind != EntryKind.SHARE:
                generation.messages[sender, message_id] = entry_id
            if counter is not None:
                generation.counters[head.number, sender] = counter
        for key, counter in generation.counters.items():
            generation.counters[key] = max(counter, self._read_counter(key))
        return generation

    def find_message(self, key: MessageKey) -> int | None:
        """Return the id of the committed entry with this sender and message id."""
        entry_id = self._growing.messages.get(key) or self._merging.messages.get(key)
        if entry_id is not None:
            return entry_id
        row = self._database.row("SELECT id FROM message WHERE sender = ? AND message_id = ?", key)
        return None if row is None else cast("int", row[0])

    def counter(self, key: CounterKey) -> int:
        """Return the committed counter, 0 for none."""
        counter = self._growing.counters.get(key) or self._merging.counters.get(key)
        return self._read_counter(key) if counter is None else counter

    def _read_counter(self, key: CounterKey) -> int:
        row = self._database.row("SELECT counter FROM counter WHERE number = ? AND device = ?", key)
        return 0 if row is None else cast("int", row[0])

    def next_step(self, new_entries: int) -> Step:
        """Return what the transaction that adds so many entries should write."""
        if not self._merging.seqs or not new_entries:
            return Step()
        start, end = self._written, self._written + ROWS_PER_ENTRY * new_entries
        behind = len(self._messages)  # the counters come behind the messages
        return Step(
            self._messages[start:end],
            self._counters[max(0, start - behind) : max(0, end - behind)],
            self._merging.seqs if end >= behind + len(self._counters) else {},
        )

    def remember(self, new: Generation, step: Step) -> None:
        """A transaction is committed: it added this and wrote that."""
        self._growing.add(new)
        self._written += len(step.messages) + len(step.counters)
        if step.merged_seqs:
            self._merging = Generation()
        if not self._merging.seqs and self._growing.entries >= self._generation_entries:
            self._merging, self._growing = self._growing, Generation()
            self._messages, self._counters = self._merging.message_rows(), self._merging.counter_rows()
            self._written = 0
