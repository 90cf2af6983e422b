"""Rows that the table `message` gets later, in bulk.

Everybody writes everywhere, so each new entry would change another page of it: that was two thirds of
all time and most of the bytes written. So what the row says stands in the entry, and in memory, until
a generation of entries is full. Its rows are then written in the order of the table, many to a page,
and a few with each commit, so that no commit waits for a whole generation. `merged_seq` of a log says
which entries are through; the others are read again at start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from lanmsg.hub.storage.sqlite.database import Database, Row
from lanmsg.hub.storage.sqlite.heads import Head
from lanmsg.wire.ids import DeviceId

GENERATION_ENTRIES: Final = 16 * 1024
"""Larger ones write fewer pages; at start up to two of them are read again, within 0.2 s."""

ROWS_PER_ENTRY: Final = 2
"""Late rows written with each new entry, which makes one at most: one generation is written before the
next is full."""

CounterKey = tuple[int, DeviceId]
"""A log's number and a device."""
MessageKey = tuple[int, DeviceId, int]
"""The same and a counter."""

# After a crash some rows are written a second time.
_WRITE: Final = "INSERT INTO message VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"


@dataclass(slots=True)
class Generation:
    """What some entries, added one after the other, owe to the table."""

    messages: dict[MessageKey, int] = field(default_factory=dict[MessageKey, int])
    """Seqs."""
    counters: dict[CounterKey, int] = field(default_factory=dict[CounterKey, int])
    """The highest of each device."""
    seqs: dict[int, int] = field(default_factory=dict[int, int])
    """Per number of a log, the newest of the entries."""
    entries: int = 0

    def add(self, newer: "Generation") -> None:
        """Take newer entries in."""
        self.messages |= newer.messages
        self.counters |= newer.counters
        self.seqs |= newer.seqs
        self.entries += newer.entries

    def rows(self) -> list[Row]:
        """Return the rows, in the order of the table."""
        return sorted((*key, seq) for key, seq in self.messages.items())


@dataclass(frozen=True, slots=True)
class Step:
    """Late rows to write with a commit; `merged_seqs` holds what is through after it, by log number."""

    rows: Sequence[Row] = ()
    merged_seqs: dict[int, int] = field(default_factory=dict[int, int])

    def write(self, database: Database) -> None:
        """Write the rows, inside the transaction."""
        database.run_many(_WRITE, self.rows)


class LateRows:
    """The generation that grows and the one that is being written, as of the last commit."""

    def __init__(self, database: Database, heads: Iterable[Head], generation_entries: int) -> None:
        self._database = database
        self._generation_entries = generation_entries
        self._growing = Generation()
        self._merging = Generation()
        self._rows: list[Row] = []
        self._written = 0
        unmerged = [head for head in heads if head.merged_seq < head.seq]
        database.read_ahead("entry", [head.ids(head.merged_seq + 1, head.seq) for head in unmerged])
        for head in unmerged:
            self._growing.add(self._read_unmerged(head))

    def _read_unmerged(self, head: Head) -> Generation:
        generation = Generation(seqs={head.number: head.seq}, entries=head.seq - head.merged_seq)
        rows = self._database.rows(
            "SELECT sender, counter, id FROM entry "
            "WHERE id BETWEEN ? AND ? AND counter IS NOT NULL ORDER BY id",
            head.ids(head.merged_seq + 1, head.seq),
        )
        for sender, counter, entry_id in cast("list[tuple[DeviceId, int, int]]", rows):
            generation.messages[head.number, sender, counter] = entry_id - head.first_id
            generation.counters[head.number, sender] = counter
        return generation

    def find_message(self, key: MessageKey) -> int:
        """Return the seq of the committed message of this log, sender and counter; 0 for none."""
        seq = self._growing.messages.get(key) or self._merging.messages.get(key)
        if seq is not None:
            return seq
        sql = "SELECT seq FROM message WHERE number = ? AND sender = ? AND counter = ?"
        return self._first_or_0(sql, key)

    def counter(self, key: CounterKey) -> int:
        """Return the highest committed counter, 0 for none."""
        counter = self._growing.counters.get(key) or self._merging.counters.get(key)
        if counter is not None:
            return counter
        sql = "SELECT counter FROM message WHERE number = ? AND sender = ? ORDER BY counter DESC LIMIT 1"
        return self._first_or_0(sql, key)

    def _first_or_0(self, sql: str, key: MessageKey | CounterKey) -> int:
        row = self._database.row(sql, key)
        return 0 if row is None else cast("int", row[0])

    def next_step(self, new_entries: int) -> Step:
        """Return what the transaction that adds so many entries should write."""
        if not self._merging.seqs or not new_entries:
            return Step()
        end = self._written + ROWS_PER_ENTRY * new_entries
        merged_seqs = self._merging.seqs if end >= len(self._rows) else {}
        return Step(self._rows[self._written : end], merged_seqs)

    def remember(self, new: Generation, step: Step) -> None:
        """A transaction is committed: it added this and wrote that."""
        self._growing.add(new)
        self._written += len(step.rows)
        if step.merged_seqs:
            self._merging = Generation()
        if not self._merging.seqs and self._growing.entries >= self._generation_entries:
            self._merging, self._growing = self._growing, Generation()
            self._rows, self._written = self._merging.rows(), 0
