"""The log writer's part that knows of rooms: may a MEMBERS entry be added, and what follows from it.

The rules are those of `wire.rooms`, which every client applies to the same entries again.
"""

from collections.abc import Mapping
from dataclasses import replace

from lanmsg.hub.jobs import AppendJob, StaleView
from lanmsg.hub.logs import Log
from lanmsg.hub.storage.interface import PlacedEntry, StoredMember
from lanmsg.wire import ids
from lanmsg.wire.directory import Directory
from lanmsg.wire.entries import View
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.ids import ZERO_HASH, DatabaseId, LogId, UserId
from lanmsg.wire.room_record import Room
from lanmsg.wire.rooms import Membership, check_members
from lanmsg.wire.statements import MemberChange, MembersStatement, Role, RoomStatement


class Rooms:
    """Finds rooms by their logs and judges what changes who is in them."""

    def __init__(self, directory: Directory, *, database: DatabaseId) -> None:
        self._directory = directory
        self._database = database
        self._by_log: dict[LogId, Room] = {}
        for room in directory.rooms:
            self._by_log[ids.room_log(database, room.room)] = room

    def create(self, statement: RoomStatement) -> StoredMember:
        """Take note of a room whose first record was just applied; return its first member."""
        room = self._directory.room(statement.room)
        assert room is not None
        log = ids.room_log(self._database, room.room)
        self._by_log[log] = room
        return StoredMember(log, room.creator, 0, ZERO_HASH)

    def check_message(self, log: Log, user: UserId) -> None:
        """Raise Refusal if this user may not write (NOT_A_MEMBER), or nobody may any more (ARCHIVED)."""
        if user not in log.members:
            raise Refusal(
                Code.NOT_A_MEMBER,
                "you are not in this room: join it if it is open, or ask a member to invite you",
            )
        if self._by_log[log.log].statement.is_archived:
            raise Refusal(Code.ARCHIVED, "the room is archived: an owner may open it again")

    def check(self, job: AppendJob, log: Log, statement: MembersStatement) -> None:
        """Check a MEMBERS entry before it is added.

        Raises:
            StaleView: its sender did not see who is in the room, or the room's record.
            Refusal: it may not be, see `check_members`.
            RemoteError: it is malformed, or not its sender's.
        """
        room, view = self._by_log[log.log], statement.view
        if not room.statement.is_open and not _is_inside(room, log, job.user):
            raise Refusal(
                Code.NOT_A_MEMBER, "this room is not open to everybody: one of its members may invite you"
            )
        newest = (log.membership_seq, log.membership_hash)
        if (view.membership_seq, statement.membership_hash) != newest or view.directory_seq < room.seq:
            raise StaleView(View(log.membership_seq, self._directory.seq), log.membership_hash)
        check_members(
            self._directory,
            room,
            Membership(_roles(log), log.membership_seq, log.membership_hash, room.statement.version),
            statement,
            log=log.log,
            message_id=job.frame.message_id,
            sender=job.device,
        )

    def changed(self, log: Log, statement: MembersStatement, added: PlacedEntry) -> list[StoredMember]:
        """Return what the people of a MEMBERS entry are, now that it stands in the log."""
        keeps_history = self._by_log[log.log].statement.keeps_history
        return [_changed(log, change, added, keeps_history=keeps_history) for change in statement.changes]


def _is_inside(room: Room, log: Log, user: UserId) -> bool:
    return user in log.members or user in room.statement.owners


def _roles(log: Log) -> dict[UserId, Role]:
    everybody: tuple[Mapping[UserId, StoredMember], ...] = (log.members, log.former)
    return {user: member.role for members in everybody for user, member in members.items()}


def _changed(log: Log, change: MemberChange, added: PlacedEntry, *, keeps_history: bool) -> StoredMember:
    inside, outside = log.members.get(change.user), log.former.get(change.user)
    fresh = StoredMember(log.log, change.user, 0, ZERO_HASH)
    if change.role.is_reader:
        if inside is None and not keeps_history:
            fresh = replace(fresh, base_seq=added.seq, base_hash=added.hash)
        after = inside or fresh  # another role, the same part of the log
    elif inside is not None:  # put out: this entry is the last they read
        after = replace(inside, end_seq=added.seq, end_hash=added.hash)
    else:
        after = outside or fresh
    return replace(after, role=change.role, changed_seq=added.seq, changed_hash=added.hash)
