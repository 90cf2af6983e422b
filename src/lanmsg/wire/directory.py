"""Who exists, people and rooms: the state that the directory log's statements add up to.

Hub and clients both keep one and apply the same entries in the same order. `check` holds every rule
about statements and is called by whoever hears one from somebody else; `apply` only records.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lanmsg.wire.codec import decode_as
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Code, LocalError, Refusal, RemoteError
from lanmsg.wire.ids import DeviceId, RoomId, UserId
from lanmsg.wire.limits import (
    MAX_DEVICE_NAME_CODE_POINTS,
    MAX_DEVICES_PER_USER,
    MAX_ROOM_NAMES,
    MAX_ROOM_VERSIONS,
    MAX_ROOMS,
    MAX_ROOMS_PER_USER,
    MAX_USERS,
)
from lanmsg.wire.room_record import Room, RoomVersion
from lanmsg.wire.statements import (
    DeviceStatement,
    RevokeStatement,
    RoomStatement,
    Statement,
    UserStatement,
    verify,
)
from lanmsg.wire.vouchers import grant_bytes

_STATEMENT_TYPES: dict[int, type[Statement]] = {
    EntryKind.USER: UserStatement,
    EntryKind.DEVICE: DeviceStatement,
    EntryKind.REVOKE: RevokeStatement,
    EntryKind.ROOM: RoomStatement,
}


@dataclass(slots=True)
class Person:
    """A user with the devices that may read now.

    `devices_seq` is the directory seq at which their devices last changed, `seq` the one they came at.
    `used_grants` are the keys of all vouchers so far: each lets one device in. `all_devices` are those
    that were cut off too.
    """

    user: UserId
    handle: str
    identity_key: bytes
    devices: dict[DeviceId, DeviceStatement] = field(default_factory=dict[DeviceId, DeviceStatement])
    devices_seq: int = 0
    seq: int = 0
    used_grants: set[bytes] = field(default_factory=set[bytes])
    all_devices: dict[DeviceId, None] = field(default_factory=dict[DeviceId, None])


def decode_statement(kind: int, body: bytes) -> Statement:
    """Decode the body of a directory entry.

    Raises:
        RemoteError: MALFORMED, also for a kind that is no statement.
    """
    statement_type = _STATEMENT_TYPES.get(kind)
    if statement_type is None:
        raise RemoteError(Code.MALFORMED, f"kind {kind} is no statement")
    return decode_as(statement_type, body, "a statement")


class Directory:
    """Users with their devices, and rooms. They share one space of names."""

    def __init__(self, *, canonical_handle: Callable[[str], str], skeleton: Callable[[str], str]) -> None:
        self._canonical_handle = canonical_handle
        self._skeleton = skeleton
        self._people: dict[UserId, Person] = {}
        self._rooms: dict[RoomId, Room] = {}
        self._by_name: dict[str, Person | Room] = {}
        self._by_skeleton: dict[str, Person | Room] = {}
        self._unindexed: list[tuple[str, Person | Room]] = []
        self._user_of_device: dict[DeviceId, UserId] = {}
        self._statements: dict[DeviceId, tuple[int, DeviceStatement]] = {}
        self._revoked: dict[DeviceId, int] = {}
        self.seq = 0
        """The newest entry applied."""
        self.devices_seq = 0
        """The newest entry that changed anybody's devices."""

    # --- asking ------------------------------------------------------------------------------

    @property
    def people(self) -> Iterable[Person]:
        """All users, in the order they enrolled."""
        return self._people.values()

    @property
    def size(self) -> int:
        """How many users there are."""
        return len(self._people)

    def person(self, user: UserId) -> Person | None:
        """Find a user by id."""
        return self._people.get(user)

    def named(self, handle: str) -> Person | None:
        """Find a user by canonical handle."""
        found = self._by_name.get(handle)
        return found if isinstance(found, Person) else None

    @property
    def rooms(self) -> Iterable[Room]:
        """All rooms, archived ones too, in the order they were created."""
        return self._rooms.values()

    def room(self, room: RoomId) -> Room | None:
        """Find a room by id."""
        return self._rooms.get(room)

    def room_named(self, name: str) -> Room | None:
        """Find the room that has this canonical name now, archived or not."""
        found = self._by_name.get(name)
        return found if isinstance(found, Room) and found.name == name else None

    def owner(self, device: DeviceId) -> Person | None:
        """Find the user a device belongs or belonged to."""
        user = self._user_of_device.get(device)
        return None if user is None else self._people[user]

    def device(self, device: DeviceId) -> DeviceStatement | None:
        """Return the statement of a device that may read now."""
        person = self.owner(device)
        return None if person is None else person.devices.get(device)

    def ever_device(self, device: DeviceId) -> DeviceStatement | None:
        """Return the statement of a device, revoked or not: old messages stay theirs."""
        found = self._statements.get(device)
        return None if found is None else found[1]

    def ever_devices(self, user: UserId) -> list[DeviceId]:
        """Return all devices a user has or had."""
        person = self._people.get(user)
        return [] if person is None else list(person.all_devices)

    def device_seq(self, device: DeviceId) -> int:
        """Return the seq of a device's statement; 0 if there is none."""
        found = self._statements.get(device)
        return 0 if found is None else found[0]

    def revoked_seq(self, device: DeviceId) -> int | None:
        """Return the seq at which a device was cut off; None if it was not."""
        return self._revoked.get(device)

    def is_revoked(self, device: DeviceId) -> bool:
        """Tell whether the device was cut off for good."""
        return device in self._revoked

    @property
    def revoked_devices(self) -> Iterable[DeviceId]:
        """All devices that were cut off."""
        return self._revoked

    # --- checking ----------------------------------------------------------------------------

    def check(self, statement: Statement) -> None:
        """Hold a statement to every rule, against everything applied so far.

        Raises:
            RemoteError: BAD_SIGNATURE or MALFORMED, if it is not what it says it is.
            Refusal: if it is well made but can't be: a taken name, an unknown user …
        """
        match statement:
            case UserStatement():
                self._check_user(statement)
            case DeviceStatement():
                self._check_device(statement)
            case RevokeStatement():
                self._check_revoke(statement)
            case RoomStatement():
                self._check_room(statement)

    def check_enrolment(self, user: UserStatement, device: DeviceStatement) -> None:
        """Check a user together with a first device, before either is applied. Raises as `check`."""
        if device.user != user.user:
            raise Refusal(Code.MALFORMED, "the device belongs to another user")
        self._check_user(user)
        person = self._people.get(user.user)
        self._check_device_of(person or Person(user.user, user.handle, user.identity_key), device)

    def _check_user(self, statement: UserStatement) -> None:
        verify(statement.identity_key, statement.signature, statement.signed_bytes())
        known = self._people.get(statement.user)
        if known is not None and known.handle != statement.handle:
            raise Refusal(Code.NAME_TAKEN, f"this identity already has the name {known.handle}")
        if known is not None:
            return
        self.check_handle(statement.handle)
        if self.size >= MAX_USERS:
            raise Refusal(Code.FULL, f"this hub has {MAX_USERS} users and takes no more")

    def check_handle(self, handle: str) -> None:
        """Check that a name is legal and free, and looks like no person's or room's. Raises Refusal."""
        self._check_name(handle, of=None)

    def _check_name(self, name: str, *, of: Room | None) -> None:
        """Check a name for a newcomer, or for the room that takes it."""
        try:
            legal = self._canonical_handle(name)
        except LocalError as error:
            raise Refusal(Code.NAME_ILLEGAL, str(error)) from error
        if legal != name:
            raise Refusal(Code.NAME_ILLEGAL, f"the name must be written {legal}")
        if name in self._by_name:
            raise Refusal(Code.NAME_TAKEN, f"the name {name} is taken: choose another one")
        twin = self._twin(name)
        if isinstance(twin, Room) and twin is not of:
            raise Refusal(Code.NAME_LOOKS_LIKE, f"the name {name} looks like the room {twin.name}")
        if isinstance(twin, Person):
            raise Refusal(
                Code.NAME_LOOKS_LIKE, f"the name {name} looks like {twin.handle}, who is here already"
            )

    def _twin(self, name: str) -> Person | Room | None:
        while self._unindexed:
            known, bearer = self._unindexed.pop()
            self._by_skeleton[self._skeleton(known)] = bearer
        return self._by_skeleton.get(self._skeleton(name))

    def _check_device(self, statement: DeviceStatement) -> None:
        person = self._people.get(statement.user)
        if person is None:
            raise Refusal(Code.UNKNOWN_USER, "the device belongs to nobody here")
        self._check_device_of(person, statement)

    def _check_device_of(self, person: Person, statement: DeviceStatement) -> None:
        verify(person.identity_key, statement.signature, statement.signed_bytes())
        if len(statement.device_name) > MAX_DEVICE_NAME_CODE_POINTS:
            raise Refusal(Code.TOO_LARGE, "the device name is too long")
        self._check_device_is_new(person, statement.device)
        if person.devices_seq and statement.device not in person.devices:
            _check_voucher(person, statement)

    def _check_device_is_new(self, person: Person, device: DeviceId) -> None:
        if device in self._revoked:
            raise Refusal(Code.REVOKED_DEVICE, "this device was cut off; start with a new one")
        if self._user_of_device.get(device, person.user) != person.user:
            raise Refusal(Code.MALFORMED, "the device belongs to somebody else")
        if device not in person.devices and len(person.devices) >= MAX_DEVICES_PER_USER:
            raise Refusal(Code.FULL, f"{person.handle} has {MAX_DEVICES_PER_USER} devices: revoke one first")

    def _check_revoke(self, statement: RevokeStatement) -> None:
        person = self._people.get(statement.user)
        if person is None:
            raise Refusal(Code.UNKNOWN_USER, "the device belongs to nobody here")
        verify(person.identity_key, statement.signature, statement.signed_bytes())
        by = person.devices.get(statement.by)
        if statement.device not in person.devices or by is None:
            raise Refusal(Code.UNKNOWN_DEVICE, f"{person.handle} has no such device")
        verify(by.signing_key, statement.by_signature, statement.signed_bytes())

    def _check_room(self, statement: RoomStatement) -> None:
        author, device = self.owner(statement.device), self.device(statement.device)
        if author is None or device is None:
            raise Refusal(Code.UNKNOWN_DEVICE, "the device that signed the room is not (or no longer) here")
        verify(device.signing_key, statement.signature, statement.signed_bytes())
        self._check_owners(statement)
        room = self._rooms.get(statement.room)
        if room is None:
            self._check_new_room(statement, author)
        else:
            self._check_next_version(statement, author, room)
        if room is None or statement.name not in room.names:
            self._check_name(statement.name, of=room)

    def _check_owners(self, statement: RoomStatement) -> None:
        if len(set(statement.owners)) < len(statement.owners):
            raise Refusal(Code.MALFORMED, "somebody is named twice as an owner of the room")
        if any(owner not in self._people for owner in statement.owners):
            raise Refusal(Code.UNKNOWN_USER, "an owner of the room is nobody here")

    def _check_new_room(self, statement: RoomStatement, author: Person) -> None:
        if statement.version != 1 or statement.is_archived:
            raise Refusal(Code.MALFORMED, "a room begins with version 1 and not archived")
        if statement.owners != [author.user]:
            raise Refusal(Code.NOT_ALLOWED, "only who creates a room is its owner at first")
        if len(self._rooms) >= MAX_ROOMS:
            raise Refusal(Code.FULL, f"this hub has {MAX_ROOMS} rooms and takes no more")
        created = sum(room.creator == author.user for room in self._rooms.values())
        if created >= MAX_ROOMS_PER_USER:
            raise Refusal(Code.FULL, f"{author.handle} has created {created} rooms: use one of them")

    def _check_next_version(self, statement: RoomStatement, author: Person, room: Room) -> None:
        if author.user not in room.statement.owners:
            owners = " or ".join(self._people[owner].handle for owner in room.statement.owners)
            raise Refusal(Code.NOT_ALLOWED, f"only an owner changes the room {room.name}: ask {owners}")
        if statement.version != room.statement.version + 1:
            raise Refusal(Code.STALE_VIEW, f"the room {room.name} was changed meanwhile: look at it again")
        if statement.version > MAX_ROOM_VERSIONS:
            raise Refusal(Code.FULL, f"the room {room.name} was changed too often: create another one")
        if len(room.names | {statement.name}) > MAX_ROOM_NAMES:
            raise Refusal(Code.FULL, f"the room {room.name} has had {MAX_ROOM_NAMES} names: use one of them")

    # --- applying ----------------------------------------------------------------------------

    def skip(self, seq: int) -> None:
        """Pass over an entry that `check` refused: it changes nothing but the seq."""
        self.seq = seq

    def apply(self, seq: int, statement: Statement) -> None:
        """Record a statement that stands at `seq` of the log and has been checked once."""
        self.seq = seq
        match statement:
            case UserStatement():
                self._apply_user(statement)
            case DeviceStatement():
                person = self._people[statement.user]
                person.devices[statement.device] = statement
                person.all_devices[statement.device] = None
                if statement.voucher is not None:
                    person.used_grants.add(statement.voucher.key)
                self._statements.setdefault(statement.device, (seq, statement))
                self._user_of_device[statement.device] = statement.user
                self._devices_changed(person)
            case RevokeStatement():
                person = self._people[statement.user]
                person.devices.pop(statement.device, None)
                self._revoked[statement.device] = seq
                self._devices_changed(person)
            case RoomStatement():
                self._apply_room(statement)

    def _apply_user(self, statement: UserStatement) -> None:
        if statement.user in self._people:
            return
        person = Person(statement.user, statement.handle, statement.identity_key, seq=self.seq)
        self._people[person.user] = person
        self._take_name(person.handle, person)

    def _apply_room(self, statement: RoomStatement) -> None:
        version = RoomVersion(self.seq, statement)
        room = self._rooms.get(statement.room)
        if room is None:
            room = self._rooms[statement.room] = Room([version])
        else:
            room.versions.append(version)
        self._take_name(statement.name, room)

    def _take_name(self, name: str, bearer: Person | Room) -> None:
        if name not in self._by_name:
            self._by_name[name] = bearer
            self._unindexed.append((name, bearer))

    def _devices_changed(self, person: Person) -> None:
        person.devices_seq = self.seq
        self.devices_seq = self.seq


def _check_voucher(person: Person, statement: DeviceStatement) -> None:
    """Check that a present device lets this one in: who has the identity key of one that is cut off can't."""
    voucher = statement.voucher
    by = None if voucher is None else person.devices.get(voucher.device)
    if voucher is None or by is None:
        raise Refusal(
            Code.NOT_VOUCHED_FOR,
            f"{person.handle} has devices here already, and one of them must let this one in: "
            "type /link there, and here what it shows",
        )
    verify(by.signing_key, voucher.grant, grant_bytes(person.user, voucher.key))
    verify(voucher.key, voucher.signature, statement.vouched_bytes())
    if voucher.key in person.used_grants:
        raise Refusal(Code.NOT_VOUCHED_FOR, "this code has let a device in already: make another one")
