"""Who may read which message, judged by what the hub has on its disk and by nothing of the clients."""

from dataclasses import dataclass, field
from pathlib import Path

from lanmsg.hub.storage.sqlite.storage import SqliteStorage
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_as, decode_message_body
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.entries import Entry, EntryKind
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.statements import (
    DeviceStatement,
    MembersStatement,
    RevokeStatement,
    Role,
    RoomStatement,
    UserStatement,
)

from .devices import Sealed


@dataclass
class Place:
    """A conversation: its messages, and who was in it when. `users`: of direct chats; others have none."""

    name: str
    log: LogId
    users: frozenset[UserId] = frozenset()
    keeps_history: bool = False
    came: dict[UserId, list[tuple[int, bool]]] = field(default_factory=dict)
    messages: list[Sealed] = field(default_factory=list)

    def was_in(self, user: UserId, seq: int) -> bool:
        """Tell whether somebody was in this room when the entry was written."""
        before = [is_in for at, is_in in self.came.get(user, []) if at < seq]
        return bool(before) and before[-1]

    def came_after(self, user: UserId, seq: int) -> bool:
        """Tell whether somebody came into this room later."""
        return any(at > seq and is_in for at, is_in in self.came.get(user, []))


class Entitled:
    """Reads a hub's disk while no hub runs on it."""

    def __init__(self, directory: Path) -> None:
        self._storage = SqliteStorage.open(directory)
        try:
            self._database = self._storage.load().database
            self.users: dict[str, UserId] = {}
            self._enrolled: dict[UserId, int] = {}
            self._owner: dict[DeviceId, UserId] = {}
            self._linked: dict[DeviceId, int] = {}
            self._revoked: dict[DeviceId, int] = {}
            self.places: dict[str, Place] = {}
            self._read_directory()
            self._add("#", ids.everyone_log(self._database))
            for one in self.users:
                for other in self.users:
                    if one < other:
                        pair = self.users[one], self.users[other]
                        self._add(f"{one},{other}", ids.direct_log(self._database, *pair), frozenset(pair))
            for place in self.places.values():
                self._read(place)
        finally:
            self._storage.close()

    def _entries(self, log: LogId) -> list[tuple[int, Entry]]:
        if self._storage._head(log) is None:
            return []
        run = self._storage.read_run(log, 0, max_entries=100_000, max_bytes=1 << 30)
        return list(enumerate(run.entries, start=run.first_seq))

    def _add(self, name: str, log: LogId, users: frozenset[UserId] = frozenset()) -> None:
        self.places[name] = Place(name, log, users)

    def _read_directory(self) -> None:
        for seq, entry in self._entries(ids.directory_log(self._database)):
            match decode_statement(entry.kind, entry.body):
                case UserStatement() as claim:
                    self.users[claim.handle] = claim.user
                    self._enrolled[claim.user] = seq
                case DeviceStatement() as binding:
                    self._owner[binding.device] = binding.user
                    self._linked[binding.device] = seq
                case RevokeStatement() as revocation:
                    self._revoked[revocation.device] = seq
                case RoomStatement() as room:
                    self._add_room(room)

    def _add_room(self, room: RoomStatement) -> None:
        name = f"@{room.name}"
        if name in self.places:
            return
        self._add(name, ids.room_log(self._database, room.room))
        self.places[name].keeps_history = room.keeps_history
        self.places[name].came[room.owners[0]] = [(0, True)]

    def _read(self, place: Place) -> None:
        for seq, entry in self._entries(place.log):
            if entry.kind == EntryKind.MESSAGE:
                place.messages.append(Sealed(seq, entry, decode_message_body(entry.body)))
            elif entry.kind == EntryKind.MEMBERS:
                for change in decode_as(MembersStatement, entry.body, "").changes:
                    is_in = change.role in {Role.MEMBER, Role.MODERATOR}
                    place.came.setdefault(change.user, []).append((seq, is_in))

    # --- judging -----------------------------------------------------------------------------

    def may(self, device: DeviceId, place: Place, message: Sealed) -> bool:
        """Tell whether a device may have a key that opens a message."""
        user, view_seq = self._owner[device], message.body.view.directory_seq
        if view_seq >= self._revoked.get(device, view_seq + 1):
            return False  # written by somebody who knew that it was cut off
        if place.came:
            was_in = place.was_in(user, message.seq)
            return was_in or (place.keeps_history and place.came_after(user, message.seq))
        return user in place.users if place.users else self._enrolled[user] <= view_seq

    def must(self, device: DeviceId, place: Place, message: Sealed) -> bool:
        """Tell whether a device that was not cut off must show a message, now that all is said."""
        user, view_seq = self._owner[device], message.body.view.directory_seq
        if not self.may(device, place, message):
            return False
        if place.came:
            return place.was_in(user, 1 << 60)
        return self._linked[device] <= view_seq
