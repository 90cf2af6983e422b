"""One room as this client knows it: who is in it now, and who was when each entry was written."""

from bisect import bisect_left
from dataclasses import dataclass, field

from lanmsg.wire.entries import View
from lanmsg.wire.ids import ZERO_HASH, LogId, UserId
from lanmsg.wire.room_record import Room
from lanmsg.wire.rooms import Membership
from lanmsg.wire.statements import MemberChange, MembersStatement, Role, RoomStatement


@dataclass(frozen=True, slots=True)
class RoleFrom:
    """A role that somebody has from an entry on."""

    seq: int
    role: Role


@dataclass(slots=True)
class RoomState:
    """A room's record in the directory, its members, and how they came to be.

    Changed by `client.members` only.
    """

    log: LogId
    room: Room
    membership: Membership
    seqs: list[int] = field(default_factory=list[int])
    """Of the MEMBERS entries that count, ascending."""
    hashes: list[bytes] = field(default_factory=list[bytes])
    """Of the same."""
    roles: dict[UserId, list[RoleFrom]] = field(default_factory=dict[UserId, list[RoleFrom]])
    told_seq: int = 0
    """What the hub has told us of `membership.seq`, while we are not in the room, and of its hash."""
    told_hash: bytes = ZERO_HASH
    let_in_by: dict[UserId, UserId] = field(default_factory=dict[UserId, UserId])
    """Who let each of the present members in."""

    def apply(
        self, seq: int, hash_: bytes, statement: MembersStatement, record: RoomStatement, by: UserId
    ) -> None:
        """Take a MEMBERS entry, at `seq`, that was found to be allowed."""
        self.membership.apply(seq, hash_, statement, record)
        self.seqs.append(seq)
        self.hashes.append(hash_)
        for change in statement.changes:
            self.roles.setdefault(change.user, []).append(RoleFrom(seq, change.role))
            self.let_in_by[change.user] = by

    def told(self, seq: int, hash_: bytes) -> None:
        """Note what the hub says is the newest MEMBERS entry."""
        if seq > self.told_seq:
            self.told_seq, self.told_hash = seq, hash_

    def next_statement(self, changes: list[MemberChange], directory_seq: int) -> MembersStatement:
        """Return what follows the newest MEMBERS entry, unsigned.

        Outsiders do not read the room and follow what the hub has told them. If that is false, their entry
        fits no room but the hub's own story, and counts with nobody else.
        """
        known = self.membership
        if known.seq >= self.told_seq:
            return MembersStatement(View(known.seq, directory_seq), known.hash, changes)
        return MembersStatement(View(self.told_seq, directory_seq), self.told_hash, changes)

    def role_at(self, user: UserId, seq: int) -> Role:
        """Return what somebody was just before the entry at `seq`, ownership apart."""
        earlier = [each.role for each in self.roles.get(user, []) if each.seq < seq]
        if earlier:
            return earlier[-1]
        return Role.MEMBER if user == self.room.creator else Role.NONE

    def membership_seq_at(self, seq: int) -> int:
        """Return the newest MEMBERS entry before the entry at `seq`; 0 if there is none."""
        place = bisect_left(self.seqs, seq)
        return self.seqs[place - 1] if place else 0

    def membership_hash_at(self, seq: int) -> bytes:
        """Return the hash of that entry; zeros if there is none."""
        place = bisect_left(self.seqs, seq)
        return self.hashes[place - 1] if place else ZERO_HASH

    def is_reader(self, user: UserId) -> bool:
        """Whether somebody is in the room now."""
        return self.membership.role(user).is_reader

    def came_in_at(self, user: UserId) -> int:
        """Return the entry that let a present member in; 0 for who was there from the start."""
        seq = 0
        for each in reversed(self.roles.get(user, [])):
            if not each.role.is_reader:
                break
            seq = each.seq
        return seq

    def helpers(self, user: UserId) -> list[UserId]:
        """Return whom a newcomer asks for help: who let them in, owners, moderators, then the oldest."""
        owners, inviter = self.room.statement.owners, self.let_in_by.get(user)
        roles = self.membership.roles
        return sorted(
            self.membership.readers,
            key=lambda each: (
                each != inviter,
                each not in owners,
                roles[each] is not Role.MODERATOR,
                self.roles[each][-1].seq if each in self.roles else 0,
            ),
        )

    def leads_now(self, user: UserId) -> bool:
        """Whether somebody is an owner or a moderator of the room now."""
        role = self.membership.role(user)
        return role is Role.MODERATOR or (role.is_reader and user in self.room.statement.owners)

    def leads(self, user: UserId, *, seq: int, directory_seq: int) -> bool:
        """Whether somebody who wrote the entry at `seq` was an owner or a moderator of the room then."""
        record = self.room.at(directory_seq)
        is_owner = record is not None and user in record.owners
        role = self.role_at(user, seq)
        return role is Role.MODERATOR or (is_owner and role.is_reader)


class RoomPowers:
    """Who may do more to the messages of a room than their authors. Implements `amendments.Powers`.

    Whoever was an owner in any version of the record counts as one: where the log of the room and that of
    the directory touch can't be seen from here, and what was once deleted must stay so on all devices.
    """

    def __init__(self, room: RoomState) -> None:
        self._room = room

    def may_delete(self, user: UserId, seq: int) -> bool:
        """Moderators and owners delete what others wrote."""
        return self._leads(user, seq)

    def may_pin(self, user: UserId, seq: int) -> bool:
        """Moderators and owners pin."""
        return self._leads(user, seq)

    def _leads(self, user: UserId, seq: int) -> bool:
        if self._room.role_at(user, seq) is Role.MODERATOR:
            return True
        return any(user in version.statement.owners for version in self._room.room.versions)
