"""From a committed batch to its readers: every entry encoded once, inboxes first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

import msgspec
import structlog

from lanmsg.hub.fan_out import FanOut
from lanmsg.hub.jobs import Changes
from lanmsg.hub.logs import Log
from lanmsg.hub.published import Published
from lanmsg.hub.receipts import ReceiptBook
from lanmsg.hub.storage.interface import PlacedEntry, StoredMember
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.entries import Entry, LogKind, entry_hash
from lanmsg.wire.frames import Entries, Heads
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.limits import FETCH_PAGE_BYTES, FETCH_PAGE_ENTRIES
from lanmsg.wire.statements import RevokeStatement, RoomStatement

_ORDER = dict.fromkeys(LogKind, 2) | {LogKind.INBOX: 0, LogKind.DIRECTORY: 1}
"""Keys reach a device before the messages they open, and people before what they say."""
_CONVERSATION = 2

_ANNOUNCED = frozenset({LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM})
"""Logs that somebody gets to read while they are connected."""

log = structlog.get_logger("lanmsg.hub")


class Publisher:
    """Applies committed changes to the event loop's copy and sends them out."""

    def __init__(
        self,
        published: Published,
        fan_out: FanOut,
        receipts: ReceiptBook,
        *,
        cut_off: Callable[[DeviceId], None],
    ) -> None:
        self._published = published
        self._fan_out = fan_out
        self._receipts = receipts
        self._cut_off = cut_off
        self.entries = 0
        """Entries published since the start."""
        self.deliveries = 0
        """Entries times readers since the start."""

    def publish(self, changes: Changes) -> None:
        """Take a batch that is on disk."""
        logs = self._published.logs
        for log, kind in changes.logs:
            logs.add(log, kind)
        from_start = [member for member in changes.members if not member.changed_seq]
        logs.add_members(from_start)
        to_announce = {member.log for member in from_start}
        changed = _by_place(changes.members)
        for run in self._runs(changes.entries):
            if to_announce and _ORDER[logs[run[0].log].kind] == _CONVERSATION:
                self._announce(to_announce)  # after the people and rooms in them, before what is said
                to_announce.clear()
            if run[0].log in changed:
                self._publish_between_changes(run, changed[run[0].log])
            else:
                self._publish_run(run)
        self._announce(to_announce)
        for each in changes.pruned:
            pruned = logs[each.log]
            pruned.pruned_seq, pruned.pruned_hash = each.seq, each.hash

    def _runs(self, entries: Sequence[PlacedEntry]) -> Iterator[list[PlacedEntry]]:
        runs: dict[LogId, list[PlacedEntry]] = {}
        for entry in entries:
            runs.setdefault(entry.log, []).append(entry)
        logs = self._published.logs
        yield from sorted(runs.values(), key=lambda run: _ORDER[logs[run[0].log].kind])

    def _announce(self, log_ids: set[LogId]) -> None:
        for log_id in log_ids:
            log = self._published.logs[log_id]
            if log.kind in _ANNOUNCED:
                self._send_heads(log, log.members)

    def _send_heads(self, log: Log, users: Iterable[UserId]) -> None:
        for user in users:
            for reader in self._fan_out.of_user(user):
                head = self._published.head(reader, log.log)
                self._fan_out.send(reader.outgoing, encode_frame(Heads([head])))

    def _publish_between_changes(
        self, run: list[PlacedEntry], changed: dict[int, list[StoredMember]]
    ) -> None:
        """Publish a run of a room piece by piece: who reads on, changes with each MEMBERS entry.

        That entry itself is for those who read before it. Who comes in by it gets the head instead.
        """
        log = self._published.logs[run[0].log]
        piece: list[PlacedEntry] = []
        for each in run:
            piece.append(each)
            members = changed.get(each.seq)
            if members is not None:
                self._publish_run(piece)
                newcomers = [
                    each.user for each in members if each.role.is_reader and each.user not in log.members
                ]
                self._published.logs.add_members(members)
                self._send_heads(log, newcomers)
                piece = []
        if piece:
            self._publish_run(piece)

    def _publish_run(self, run: list[PlacedEntry]) -> None:
        first, last = run[0], run[-1]
        log = self._published.logs[first.log]
        log.seq, log.hash = last.seq, last.hash
        readers = list(self._published.readers(log, self._fan_out))
        self.entries += len(run)
        self.deliveries += len(run) * len(readers)
        if readers:
            frames = self.encode_run(first.log, first.seq, first.previous, [each.entry for each in run])
            self._fan_out.send_entries(readers, first.log, frames)
        if log.kind is LogKind.DIRECTORY:
            self._apply_statements(run)
        elif log.kind is LogKind.EVERYONE or log.kind is LogKind.ROOM:
            for each in run:
                self._receipts.note_author(each.log, each.seq, each.entry.sender)

    def _apply_statements(self, run: list[PlacedEntry]) -> None:
        for each in run:
            statement = decode_statement(each.entry.kind, each.entry.body)
            self._published.apply(each.seq, statement)
            if isinstance(statement, RevokeStatement):
                self._cut_off(statement.device)
            elif isinstance(statement, RoomStatement):
                _log_room(statement)

    def encode_run(
        self,
        log: LogId,
        first_seq: int,
        previous: bytes,
        entries: Sequence[Entry],
        *,
        head: int | None = None,
    ) -> list[bytes]:
        """Encode a run as `entries` frames of at most a page each; an empty run is one empty frame.

        `head` is where the log ends for its reader, if not where it ends for all.
        """
        if head is None:
            head = self._published.logs[log].seq
        frames: list[bytes] = []
        piece: list[Entry] = []
        size = 0
        for entry in entries:
            is_full = size + len(entry.body) > FETCH_PAGE_BYTES or len(piece) == FETCH_PAGE_ENTRIES
            if piece and is_full:
                frames.append(encode_frame(_entries(log, first_seq, previous, head, piece)))
                previous = _hash_after(log, first_seq, previous, piece)
                first_seq += len(piece)
                piece, size = [], 0
            piece.append(entry)
            size += len(entry.body)
        frames.append(encode_frame(_entries(log, first_seq, previous, head, piece)))
        return frames


def _log_room(statement: RoomStatement) -> None:
    what = {"room": statement.room.hex(), "device": statement.device.hex()}
    if statement.version == 1:
        log.info("room created", **what)
    else:
        log.info("room changed", **what)


def _by_place(members: Iterable[StoredMember]) -> dict[LogId, dict[int, list[StoredMember]]]:
    """Return what entries have changed: by log, and by the entry's seq."""
    changed: dict[LogId, dict[int, list[StoredMember]]] = {}
    for member in members:
        if member.changed_seq:
            changed.setdefault(member.log, {}).setdefault(member.changed_seq, []).append(member)
    return changed


def _entries(log: LogId, first_seq: int, previous: bytes, head: int, entries: list[Entry]) -> Entries:
    # The encoder writes an Entry where the decoder leaves a Raw: the same bytes.
    return Entries(log, first_seq, previous, head, cast("list[msgspec.Raw]", entries))


def _hash_after(log: LogId, first_seq: int, previous: bytes, entries: Sequence[Entry]) -> bytes:
    for seq, entry in enumerate(entries, first_seq):
        previous = entry_hash(log, seq, previous, entry)
    return previous
