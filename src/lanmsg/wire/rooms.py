"""Who is in a room, and who may change that: one table, for the hub and for every client.

A room's members follow from its creator, named in the directory, and the MEMBERS entries of its log. The
hub refuses an entry that these rules forbid; a client that finds one all the same ignores it, and knows
that the hub took what it must refuse. Every judgement here depends on nothing but the log and the directory
as of the entry's own view, so it is the same on all devices and at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final, Self

from lanmsg.wire.directory import Directory
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.limits import MAX_ROOM_MEMBERS
from lanmsg.wire.room_record import Room
from lanmsg.wire.statements import MemberChange, MembersStatement, Role, RoomStatement, verify


class Standing(StrEnum):
    """What somebody is in a room when they want to change something. Owners are named in the directory."""

    OWNER = "an owner"
    MODERATOR = "a moderator"
    MEMBER = "a member"
    OUTSIDER = "an outsider"
    BANNED = "somebody banned"


class Whom(StrEnum):
    """Whose role is to change. An owner's is their own affair."""

    SELF = "themselves"
    OTHER = "somebody else, not an owner"
    OWNER = "another owner"


class When(StrEnum):
    """In which rooms a rule holds."""

    ALWAYS = "always"
    UNLESS_ARCHIVED = "unless archived"
    IF_OPEN = "if open, unless archived"


class Deed(Enum):
    """What a change is called."""

    JOIN = auto()
    LEAVE = auto()
    INVITE = auto()
    REMOVE = auto()
    BAN = auto()
    PARDON = auto()
    SET_ROLE = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """Who with this standing may change whose role from what to what."""

    actor: Standing
    whom: Whom
    before: Role
    after: Role
    when: When = When.ALWAYS


_NONE, _MEMBER, _MODERATOR, _BANNED = Role.NONE, Role.MEMBER, Role.MODERATOR, Role.BANNED

RULES: Final[tuple[Rule, ...]] = (
    # come and go
    Rule(Standing.OUTSIDER, Whom.SELF, _NONE, _MEMBER, When.IF_OPEN),
    Rule(Standing.MEMBER, Whom.SELF, _MEMBER, _NONE),
    Rule(Standing.MODERATOR, Whom.SELF, _MODERATOR, _NONE),
    # invite
    Rule(Standing.MEMBER, Whom.OTHER, _NONE, _MEMBER, When.UNLESS_ARCHIVED),
    Rule(Standing.MEMBER, Whom.OWNER, _NONE, _MEMBER, When.UNLESS_ARCHIVED),
    Rule(Standing.MODERATOR, Whom.OTHER, _NONE, _MEMBER, When.UNLESS_ARCHIVED),
    Rule(Standing.MODERATOR, Whom.OWNER, _NONE, _MEMBER, When.UNLESS_ARCHIVED),
    Rule(Standing.MODERATOR, Whom.OTHER, _BANNED, _MEMBER, When.UNLESS_ARCHIVED),
    # remove; who leaves before the ban arrives is kept out all the same
    Rule(Standing.MODERATOR, Whom.OTHER, _MEMBER, _NONE),
    Rule(Standing.MODERATOR, Whom.OTHER, _MEMBER, _BANNED),
    Rule(Standing.MODERATOR, Whom.OTHER, _NONE, _BANNED),
    Rule(Standing.MODERATOR, Whom.OTHER, _BANNED, _NONE),
    # owners: everything, but to one another
    *(
        Rule(Standing.OWNER, Whom.OTHER, before, after)
        for before in Role
        for after in Role
        if before is not after
    ),
    Rule(Standing.OWNER, Whom.OWNER, _NONE, _MEMBER),
    Rule(Standing.OWNER, Whom.OWNER, _BANNED, _MEMBER),
    Rule(Standing.OWNER, Whom.SELF, _NONE, _MEMBER),
    Rule(Standing.OWNER, Whom.SELF, _BANNED, _MEMBER),
    Rule(Standing.OWNER, Whom.SELF, _MODERATOR, _MEMBER),
    Rule(Standing.OWNER, Whom.SELF, _MEMBER, _NONE),
    Rule(Standing.OWNER, Whom.SELF, _MODERATOR, _NONE),
)
"""All that may be done; what is not here may not. A role that stays as it is, is no change."""

_WHEN: Final = {(rule.actor, rule.whom, rule.before, rule.after): rule.when for rule in RULES}

_STANDINGS: Final = {
    Role.NONE: Standing.OUTSIDER,
    Role.MEMBER: Standing.MEMBER,
    Role.MODERATOR: Standing.MODERATOR,
    Role.BANNED: Standing.BANNED,
}

_DONE: Final = {
    Deed.JOIN: "joins a room",
    Deed.LEAVE: "leaves a room",
    Deed.INVITE: "invites people",
    Deed.REMOVE: "removes people",
    Deed.BAN: "bans people",
    Deed.PARDON: "lets banned people come back",
    Deed.SET_ROLE: "makes moderators, or members of them",
}


@dataclass(slots=True)
class Membership:
    """Who is in a room after some entries of its log: a fold over its MEMBERS entries, in their order.

    `roles` leaves out who never was in it; `seq` and `hash` are the newest MEMBERS entry's, `version` that
    of the room's record by which it was judged.
    """

    roles: dict[UserId, Role] = field(default_factory=dict[UserId, Role])
    seq: int = 0
    hash: bytes = ZERO_HASH
    version: int = 1

    @classmethod
    def at_first(cls, room: Room) -> Self:
        """Return who is in a room whose log is empty: its creator."""
        return cls({room.creator: Role.MEMBER})

    def role(self, user: UserId) -> Role:
        """Return what somebody is in the room, ownership apart."""
        return self.roles.get(user, Role.NONE)

    @property
    def readers(self) -> list[UserId]:
        """Who is in the room: they read, and may write."""
        return [user for user, role in self.roles.items() if role.is_reader]

    def apply(self, seq: int, hash_: bytes, statement: MembersStatement, record: RoomStatement) -> None:
        """Take the next MEMBERS entry, at `seq`, which `check_members` has let through."""
        self.roles.update({change.user: change.role for change in statement.changes})
        self.seq = seq
        self.hash = hash_
        self.version = record.version


def standing_of(record: RoomStatement, roles: Mapping[UserId, Role], user: UserId) -> Standing:
    """Return what somebody is in a room with this record and these roles."""
    if user in record.owners:
        return Standing.OWNER
    return _STANDINGS[roles.get(user, Role.NONE)]


def check_members(  # noqa: PLR0913 - the statement, and all that it is judged by
    directory: Directory,
    room: Room,
    membership: Membership,
    statement: MembersStatement,
    *,
    log: LogId,
    message_id: MessageId,
    sender: DeviceId,
) -> RoomStatement:
    """Hold a MEMBERS entry to every rule, after the entries before it; return the record it was judged by.

    `sender` and `message_id` are those of the entry, `log` is the room's. The directory must have
    reached the statement's view.

    Raises:
        RemoteError: BAD_SIGNATURE, or MALFORMED for a view that can't be or users named twice.
        Refusal: STALE_VIEW, if it does not follow the MEMBERS entry before it, or was made by an older
            record of the room than that; NOT_ALLOWED, ARCHIVED, FULL or UNKNOWN_USER, if it may not be.
    """
    view = statement.view
    record = room.at(view.directory_seq)
    if record is None or view.directory_seq > directory.seq:
        raise RemoteError(Code.MALFORMED, "the room is not in the directory that the sender saw")
    device, actor = directory.ever_device(sender), directory.owner(sender)
    if device is None or actor is None or not _was_here(directory, sender, view.directory_seq):
        raise RemoteError(Code.UNKNOWN_DEVICE, "the sender was not in the directory that it saw")
    verify(device.signing_key, statement.signature, statement.signed_bytes(log, message_id))
    follows = view.membership_seq == membership.seq and statement.membership_hash == membership.hash
    if not follows or record.version < membership.version:
        raise Refusal(Code.STALE_VIEW, "the members changed meanwhile: look again")
    for change in statement.changes:
        person = directory.person(change.user)
        if person is None or person.seq > view.directory_seq:
            raise Refusal(Code.UNKNOWN_USER, "somebody who is to come in or out is nobody here")
    check_changes(record, membership.roles, actor.user, statement.changes)
    return record


def _was_here(directory: Directory, device: DeviceId, directory_seq: int) -> bool:
    revoked_seq = directory.revoked_seq(device)
    is_known = directory.device_seq(device) <= directory_seq
    return is_known and (revoked_seq is None or directory_seq < revoked_seq)


def check_changes(
    record: RoomStatement, roles: Mapping[UserId, Role], actor: UserId, changes: Sequence[MemberChange]
) -> None:
    """Check what one person wants to change at once, each against the roles as they are.

    Raises:
        RemoteError: MALFORMED, if somebody is named twice.
        Refusal: NOT_ALLOWED (the text says who may), ARCHIVED, or FULL.
    """
    if len({change.user for change in changes}) < len(changes):
        raise RemoteError(Code.MALFORMED, "a person's role is changed twice at once")
    for change in changes:
        _check_change(record, roles, actor, change)
    after = {**roles, **{change.user: change.role for change in changes}}
    size = sum(role.is_reader for role in after.values())
    if size > MAX_ROOM_MEMBERS and size > sum(role.is_reader for role in roles.values()):
        raise Refusal(Code.FULL, f"a room has {MAX_ROOM_MEMBERS} members at most")


def _check_change(
    record: RoomStatement, roles: Mapping[UserId, Role], actor: UserId, change: MemberChange
) -> None:
    before = roles.get(change.user, Role.NONE)
    standing, whom = standing_of(record, roles, actor), _whom(record, actor, change.user)
    when = _WHEN.get((standing, whom, before, change.role))
    if when is None:
        raise Refusal(Code.NOT_ALLOWED, _why_not(standing, whom, before, change.role))
    if when is not When.ALWAYS and record.is_archived:
        raise Refusal(Code.ARCHIVED, "the room is archived: an owner may open it again")
    if when is When.IF_OPEN and not record.is_open:
        raise Refusal(Code.NOT_ALLOWED, "the room is not open to everybody: a member may invite you")


def _whom(record: RoomStatement, actor: UserId, user: UserId) -> Whom:
    if user == actor:
        return Whom.SELF
    return Whom.OWNER if user in record.owners else Whom.OTHER


def _why_not(standing: Standing, whom: Whom, before: Role, after: Role) -> str:
    if before is after:
        return "this changes nothing: look again at who is in the room"
    if whom is Whom.SELF and standing is Standing.BANNED:
        return "you are banned from this room: a moderator or an owner may let you in"
    allowed = [each for each in reversed(Standing) if (each, whom, before, after) in _WHEN]
    if not allowed and whom is Whom.OWNER:
        return "an owner's place in the room is their own affair: ask them"
    if not allowed:
        return "nobody may do that to themselves: ask an owner"
    return f"only {' or '.join(allowed)} of the room {_DONE[deed_of(whom, before, after)]}"


def deed_of(whom: Whom, before: Role, after: Role) -> Deed:
    """Return what a change is called; for a role that stays as it is, there is no name."""
    is_self = whom is Whom.SELF
    match before, after:
        case (_, Role.BANNED):
            return Deed.BAN
        case (Role.BANNED, _):
            return Deed.PARDON
        case (Role.NONE, Role.MEMBER):
            return Deed.JOIN if is_self else Deed.INVITE
        case (_, Role.NONE):
            return Deed.LEAVE if is_self else Deed.REMOVE
        case _:
            return Deed.SET_ROLE
