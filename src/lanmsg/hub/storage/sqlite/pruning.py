"""What goes from the file when a log is pruned, and what must stay.

Pages that become empty are used again; the file does not shrink. Moving what is left to the front
(`auto_vacuum`) would write each page a second time.
"""

from collections.abc import Callable
from typing import Final, cast

from lanmsg.hub.storage.interface import PlacedEntry
from lanmsg.hub.storage.sqlite.database import Database, Row
from lanmsg.hub.storage.sqlite.heads import Head
from lanmsg.hub.storage.sqlite.read_ahead import Ids
from lanmsg.wire.entries import Entry, EntryKind, LogKind, entry_hash
from lanmsg.wire.ids import ZERO_HASH, DeviceId, MessageId

PRUNABLE_KINDS: Final = frozenset(
    {LogKind.INBOX, LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM}
)
"""Of the directory everybody needs all; what the devices of one person tell each other stays too."""

_MESSAGE = int(EntryKind.MESSAGE)
_MEMBERS = int(EntryKind.MEMBERS)

_NEWEST_COUNTERS: Final = (
    "SELECT sender, max(counter), id FROM entry "
    "WHERE id BETWEEN ? AND ? AND counter IS NOT NULL GROUP BY sender ORDER BY sender"
)

_MEMBERS_ENTRY: Final = (
    "SELECT id, sender, message_id, at_ms, hash, body, previous FROM entry LEFT JOIN kept_entry USING (id) "
    "WHERE id BETWEEN ? AND ? AND kind = ? ORDER BY id DESC LIMIT 1"
)
_BODIES: Final = "SELECT coalesce(sum(length(body)), 0) FROM entry WHERE id BETWEEN ? AND ? AND kind <> ?"


def prune(database: Database, head: Head, *, after: Head | None) -> None:
    """Delete up to `head.pruned_seq` what was not deleted yet, and set `head.pruned_hash`.

    `after` is the head as of the last commit, None for a new log.
    """
    pruned_seq, pruned_hash = (after.pruned_seq, after.pruned_hash) if after is not None else (0, ZERO_HASH)
    ids = head.ids(pruned_seq + 1, head.pruned_seq)
    row = database.row("SELECT hash FROM entry WHERE id = ?", (ids.last,))
    if row is None:
        raise database.report_damage(f"entry {head.pruned_seq} of log {head.log.hex()} is missing")
    head.pruned_hash = cast("bytes", row[0])
    ((gone_bytes,),) = database.rows(_BODIES, (*ids, _MEMBERS))
    head.size_bytes -= cast("int", gone_bytes)
    if head.kind == LogKind.INBOX:
        _prune_inbox(database, ids)
        return
    _keep_members(database, ids, pruned_hash)
    _keep_counters(database, head, ids)
    database.rows("DELETE FROM entry WHERE id BETWEEN ? AND ? AND kind = ?", (*ids, _MESSAGE))


def _prune_inbox(database: Database, ids: Ids) -> None:
    """Delete shares; keep of the other entries the message ids, which no sender may use again."""
    database.rows("DELETE FROM entry WHERE id BETWEEN ? AND ? AND kind = ?", (*ids, EntryKind.SHARE))
    database.rows("UPDATE entry SET body = NULL WHERE id BETWEEN ? AND ? AND body IS NOT NULL", ids)


def _keep_members(database: Database, ids: Ids, pruned_hash: bytes) -> None:
    """Note which entry each MEMBERS entry followed: its hash can't be computed without."""
    found = database.rows("SELECT id FROM entry WHERE id BETWEEN ? AND ? AND kind = ?", (*ids, _MEMBERS))
    for (entry_id,) in cast("list[tuple[int]]", found):
        previous: Row | None = (pruned_hash,)
        if entry_id != ids.first:
            previous = database.row("SELECT hash FROM entry WHERE id = ?", (entry_id - 1,))
        assert previous is not None  # it was added together with the one that follows
        database.rows("INSERT INTO kept_entry VALUES (?, ?)", (entry_id, previous[0]))


def _keep_counters(database: Database, head: Head, ids: Ids) -> None:
    """Keep the highest counter of each sender, for ever: each is used once."""
    newest = cast("list[tuple[DeviceId, int, int]]", database.rows(_NEWEST_COUNTERS, ids))
    database.run_many(
        "INSERT INTO message VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(head.number, sender, counter, entry_id - head.first_id) for sender, counter, entry_id in newest],
    )
    database.run_many(
        "DELETE FROM message WHERE number = ? AND sender = ? AND counter < ?",
        [(head.number, sender, counter) for sender, counter, _ in newest],
    )


def read_members_entry(
    database: Database, head: Head, seq: int, *, hash_at: Callable[[Head, int], bytes]
) -> PlacedEntry | None:
    """See `Storage.members_entry`. `hash_at` reads the hash of an entry that is not gone."""
    first = seq if seq > head.pruned_seq else 1
    row = database.row(_MEMBERS_ENTRY, (*head.ids(first, min(seq, head.seq)), _MEMBERS))
    if row is None:
        return None
    entry_id, sender, message_id, at_ms, hash_, body, kept = cast(
        "tuple[int, DeviceId, MessageId, int, bytes, bytes, bytes | None]", row
    )
    found = entry_id - head.first_id
    previous = hash_at(head, found - 1) if kept is None else kept
    entry = Entry(EntryKind.MEMBERS, sender, message_id, at_ms, body)
    if entry_hash(head.log, found, previous, entry) != hash_:
        raise database.report_damage(f"entry {found} of log {head.log.hex()} is not what was written")
    return PlacedEntry(head.log, found, previous, hash_, entry)
