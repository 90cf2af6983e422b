"""Who may read what, worked out from the hub's disk by code that neither side shares.

Entries are hashed here by the specification (`docs/protocol.md` §3.2), and who was where at each entry is
replayed from the statements.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.codec import decode_as, decode_message_body
from lanmsg.wire.entries import Entry, EntryKind, LogKind
from lanmsg.wire.statements import (
    DeviceStatement,
    MembersStatement,
    RevokeStatement,
    Role,
    RoomStatement,
)
from tests.checker import Logged, View

ALL = 1 << 60
CONVERSATIONS = {LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM}


@dataclass(frozen=True)
class Device:
    """A device: whose, and between which seqs of the directory."""

    device: bytes
    user: bytes
    added: int
    revoked: int = ALL


@dataclass
class Place:
    """A log: since and until when whom it had, and its entries."""

    kind: LogKind
    came: dict[bytes, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    keeps_history: bool = False
    entries: list[tuple[int, bytes, Entry]] = field(default_factory=list)
    """Seq, the hash before it, and the entry."""
    head: bytes = bytes(32)

    def was_in(self, user: bytes, seq: int) -> bool:
        """Tell whether somebody was in it when this entry was written."""
        before = [is_in for at, is_in in self.came.get(user, []) if at < seq]
        return bool(before) and before[-1]

    def came_after(self, user: bytes, seq: int) -> bool:
        """Tell whether somebody came in later."""
        return any(at >= seq and is_in for at, is_in in self.came.get(user, []))


def chained_hash(log: bytes, seq: int, previous: bytes, entry: Entry) -> bytes:
    """Return an entry's hash: each field behind its length, as §2.1 and §3.2 of the protocol say."""
    numbers = (seq, int(entry.kind), entry.at_ms)
    place, kind, at = (number.to_bytes(8, "big") for number in numbers)
    fields = (b"lanmsg/1 entry", log, place, previous, kind, entry.sender, entry.message_id, at, entry.body)
    return hashlib.sha256(b"".join(len(each).to_bytes(4, "big") + each for each in fields)).digest()


class Truth:
    """What a hub's disk holds, looked at once.

    `names` has the machines of devices, `index_of` tells the place of a ciphertext in its ratchet, and
    `absent` machines need not read anything any more.
    """

    def __init__(
        self,
        storage: Storage,
        names: Mapping[bytes, str],
        index_of: Callable[[bytes], int],
        absent: Collection[str] = (),
    ) -> None:
        self._names = names
        self._absent = absent
        self._index_of = index_of
        self.devices: dict[bytes, Device] = {}
        self.places: dict[bytes, Place] = {}
        self._rooms: list[RoomStatement] = []
        state = storage.load()
        for log in state.logs:
            place = self.places[log.log] = Place(log.kind)
            run = storage.read_run(log.log, log.pruned_seq, max_entries=ALL, max_bytes=ALL)
            previous = run.previous
            for seq, entry in enumerate(run.entries, start=run.first_seq):
                place.entries.append((seq, previous, entry))
                previous = chained_hash(log.log, seq, previous, entry)
            place.head = log.hash
            if log.kind is LogKind.DIRECTORY:
                self._replay_directory(place)
        for member in state.members:
            place = self.places[member.log]
            if place.kind in {LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP}:
                place.came[member.user].append((member.base_seq, True))
        self._replay_rooms(state.database)

    def _replay_directory(self, place: Place) -> None:
        for seq, _, entry in place.entries:
            if entry.kind == EntryKind.DEVICE:
                device = entry_device(entry)
                self.devices[device] = Device(device, decode_as(DeviceStatement, entry.body, "").user, seq)
            elif entry.kind == EntryKind.REVOKE:
                cut = decode_as(RevokeStatement, entry.body, "")
                old = self.devices[cut.device]
                self.devices[cut.device] = Device(old.device, old.user, old.added, seq)
            elif entry.kind == EntryKind.ROOM:
                self._rooms.append(decode_as(RoomStatement, entry.body, ""))

    def _replay_rooms(self, database: bytes) -> None:
        for statement in self._rooms:
            if statement.version > 1:
                continue
            log = _labelled(b"lanmsg/1 room log", database, statement.room)[:16]
            place = self.places[log]
            place.keeps_history = statement.keeps_history
            place.came[statement.owners[0]].append((0, True))
            for seq, _, entry in place.entries:
                if entry.kind == EntryKind.MEMBERS:
                    for change in decode_as(MembersStatement, entry.body, "").changes:
                        is_in = change.role in {Role.MEMBER, Role.MODERATOR}
                        place.came[change.user].append((seq, is_in))

    # --- what the checker is given -----------------------------------------------------------

    def entries(self) -> Iterator[Logged | View]:
        """Yield all entries of all logs, and who is in each room at the end."""
        for log, place in self.places.items():
            hashes = [previous for _, previous, _ in place.entries[1:]] + [place.head]
            for (seq, previous, entry), stored_hash in zip(place.entries, hashes, strict=False):
                yield self._logged(log, place, seq, previous, entry, stored_hash)

    def _logged(
        self, log: bytes, place: Place, seq: int, previous: bytes, entry: Entry, hash_: bytes
    ) -> Logged:
        author = self.name(entry.sender)
        computed = chained_hash(log, seq, previous, entry)
        if entry.kind != EntryKind.MESSAGE or place.kind not in CONVERSATIONS:
            return Logged(log, seq, b"", author, hash_, previous, computed)
        body = decode_message_body(entry.body)
        readers, allowed = self._readers(place, seq, body.view.directory_seq)
        return Logged(
            log,
            seq,
            entry.message_id,
            author,
            hash_,
            previous,
            computed,
            counter=body.counter,
            session=body.session,
            index=self._index_of(body.ciphertext),
            readers=readers,
            allowed=allowed,
        )

    def _readers(self, place: Place, seq: int, directory_seq: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the devices that must be able to read a message, and those that may."""
        must, may = set[str](), set[str]()
        for device in self.devices.values():
            was_in = place.was_in(device.user, seq)
            given_later = place.keeps_history and place.came_after(device.user, seq)
            if (was_in or given_later) and device.revoked > directory_seq:
                may.add(self.name(device.device))
            is_left = place.kind is LogKind.ROOM and not place.was_in(device.user, ALL)
            is_left = is_left or self.name(device.device) in self._absent
            if was_in and not is_left and device.added <= directory_seq and device.revoked == ALL:
                must.add(self.name(device.device))
        return frozenset(must), frozenset(may)

    def not_for(self, name: str) -> Iterator[tuple[bytes, Entry]]:
        """Yield the messages that this device may not read."""
        for place in self.places.values():
            for seq, _, entry in place.entries:
                if entry.kind == EntryKind.MESSAGE and place.kind in CONVERSATIONS:
                    view = decode_message_body(entry.body).view
                    if name not in self._readers(place, seq, view.directory_seq)[1]:
                        yield entry.message_id, entry

    def name(self, device: bytes) -> str:
        """Return the machine of a device."""
        return self._names.get(device, device.hex()[:8])

    def is_inside(self, log: bytes, user: bytes) -> bool:
        """Tell whether somebody is in a conversation at the end."""
        return self.places[log].was_in(user, ALL)

    def views(self) -> Iterator[View]:
        """Yield who is in each conversation, as the disk says."""
        for log, place in self.places.items():
            if place.kind in CONVERSATIONS:
                members = {user.hex()[:8] for user in place.came if place.was_in(user, ALL)}
                yield View("hub", log, frozenset(members))

    @property
    def heads(self) -> dict[bytes, int]:
        """The seq of the last entry of each log that has one."""
        return {log: place.entries[-1][0] for log, place in self.places.items() if place.entries}


def entry_device(entry: Entry) -> bytes:
    """Return the device that a DEVICE entry is about: a hash of its two keys (§2.2)."""
    statement = decode_as(DeviceStatement, entry.body, "")
    return _labelled(b"lanmsg/1 device id", statement.signing_key, statement.agreement_key)[:16]


def _labelled(*fields: bytes) -> bytes:
    return hashlib.sha256(b"".join(len(each).to_bytes(4, "big") + each for each in fields)).digest()
