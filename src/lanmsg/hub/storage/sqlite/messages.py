"""Which message ids are taken: a table for the old ones, a dict for the newest.

A message id is random, so adding it to an index changes a page of its own: with an index on `entry`
that was two thirds of all time and four fifths of all bytes written. So new ids only stand in their
entries, and in memory; every `MERGE_ENTRIES` entries they move into the table together, in its order.
What the table lacks is known after a crash too: the entries of each log after its `merged_seq`.
"""

from dataclasses import dataclass, field
from typing import Final, cast

from lanmsg.hub.storage.interface import NewEntry
from lanmsg.hub.storage.sqlite.database import Database
from lanmsg.hub.storage.sqlite.heads import Head, Heads
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.ids import DeviceId, MessageId

MERGE_ENTRIES: Final = 8192
"""Entries between two merges: a merge takes 20 to 100 ms, and a start reads as many entries again."""

MessageKey = tuple[DeviceId, MessageId]


@dataclass(frozen=True, slots=True)
class NewMessages:
    """The messages of one transaction."""

    taken: dict[MessageKey, NewEntry] = field(default_factory=dict[MessageKey, NewEntry])
    free: set[MessageKey] = field(default_factory=set[MessageKey])
    """Keys that were looked up and not found, so that adding them needs no second look."""


class MessageIndex:
    """Finds entries by sender and message id."""

    def __init__(self, database: Database, heads: Heads, merge_entries: int) -> None:
        self._database = database
        self._merge_entries = merge_entries
        self._recent: dict[MessageKey, int] = {}
        self._unmerged_logs: set[int] = set()
        self._unmerged_entries = 0
        for head in heads.by_number.values():
            if head.merged_seq < head.seq:
                self._read_unmerged(head)

    def _read_unmerged(self, head: Head) -> None:
        rows = self._database.rows(
            "SELECT sender, message_id, id FROM entry WHERE id BETWEEN ? AND ? AND kind <> ?",
            (head.first_id + head.merged_seq + 1, head.first_id + head.seq, EntryKind.SHARE),
        )
        for sender, message_id, entry_id in cast("list[tuple[DeviceId, MessageId, int]]", rows):
            self._recent[sender, message_id] = entry_id
        self._unmerged_logs.add(head.number)
        self._unmerged_entries += head.seq - head.merged_seq

    def find(self, key: MessageKey) -> int | None:
        """Return the id of the committed entry with this sender and message id."""
        entry_id = self._recent.get(key)
        if entry_id is not None:
            return entry_id
        row = self._database.row("SELECT id FROM message WHERE sender = ? AND message_id = ?", key)
        return None if row is None else cast("int", row[0])

    def is_merge_due(self, new_entries: int) -> bool:
        """Tell whether the transaction that adds so many entries should merge too."""
        return self._unmerged_entries + new_entries >= self._merge_entries

    @property
    def unmerged_logs(self) -> set[int]:
        """Numbers of the logs whose `merged_seq` is behind."""
        return self._unmerged_logs

    def merge(self, new: dict[MessageKey, int]) -> None:
        """Write the recent messages and those of the running transaction into the table."""
        rows = [(*key, entry_id) for key, entry_id in (self._recent | new).items()]
        rows.sort()
        self._database.run_many("INSERT INTO message VALUES (?, ?, ?)", rows)

    def remember_merge(self) -> None:
        """A transaction that merged is committed."""
        self._recent.clear()
        self._unmerged_logs.clear()
        self._unmerged_entries = 0

    def remember(self, new: dict[MessageKey, int], logs: set[int], entries: int) -> None:
        """A transaction that did not merge is committed: it added so many entries to these logs."""
        self._recent |= new
        self._unmerged_logs |= logs
        self._unmerged_entries += entries
