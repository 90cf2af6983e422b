"""A directory with people and rooms in it, and the keys to sign for them."""

import random
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.wire import ids
from lanmsg.wire.codec import encode
from lanmsg.wire.directory import Directory
from lanmsg.wire.entries import View
from lanmsg.wire.errors import Refusal, RemoteError
from lanmsg.wire.ids import DatabaseId, LogId, MessageId, RoomId, UserId
from lanmsg.wire.names import canonical_handle, skeleton
from lanmsg.wire.rooms import Membership, check_members
from lanmsg.wire.statements import (
    DeviceStatement,
    MemberChange,
    MembersStatement,
    RevokeStatement,
    Role,
    RoomStatement,
    Statement,
    UserStatement,
)
from lanmsg.wire.vouchers import Voucher, grant_bytes

DATABASE = DatabaseId(bytes(16))
MESSAGE_ID = MessageId(b"m" * 16)


class Somebody:
    """A person at one device; `of`: who has an earlier one."""

    def __init__(self, handle: str, *, of: "Somebody | None" = None) -> None:
        chance = random.Random(handle)
        self.handle = handle if of is None else of.handle
        own_identity = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self._identity = own_identity if of is None else of._identity
        self.key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self._agreement_key = chance.randbytes(32)
        self.user = ids.user_id(self._identity.public_key().public_bytes_raw())
        self.device = ids.device_id(self.key.public_key().public_bytes_raw(), self._agreement_key)

    def claim(self) -> UserStatement:
        bare = UserStatement(self.handle, self._identity.public_key().public_bytes_raw())
        return msgspec.structs.replace(bare, signature=self._identity.sign(bare.signed_bytes()))

    def bind(self, *, by: "Somebody | None" = None, grant_seed: int = 1) -> DeviceStatement:
        """Make our device's statement; `by`: the device that lets it in, with the grant of this seed."""
        bare = DeviceStatement(
            self.user, self.key.public_key().public_bytes_raw(), self._agreement_key, "laptop"
        )
        signature = self._identity.sign(bare.signed_bytes())
        voucher = None if by is None else by.voucher(bare, grant_seed)
        return msgspec.structs.replace(bare, signature=signature, voucher=voucher)

    def voucher(self, statement: DeviceStatement, grant_seed: int) -> Voucher:
        """Let another device of ours in."""
        key = Ed25519PrivateKey.from_private_bytes(bytes([grant_seed] * 32))
        public = key.public_key().public_bytes_raw()
        grant = self.key.sign(grant_bytes(self.user, public))
        return Voucher(self.device, public, grant, key.sign(statement.vouched_bytes()))

    def revoke(self, other: "Somebody | None" = None) -> RevokeStatement:
        """Cut off a device of ours: this one, or another."""
        bare = RevokeStatement(self.user, (other or self).device, self.device)
        signed = bare.signed_bytes()
        return msgspec.structs.replace(
            bare, signature=self._identity.sign(signed), by_signature=self.key.sign(signed)
        )

    def sign(self, statement: RoomStatement) -> RoomStatement:
        bare = msgspec.structs.replace(statement, device=self.device, signature=b"")
        return msgspec.structs.replace(bare, signature=self.key.sign(bare.signed_bytes()))

    def room(self, name: str, /, **fields: object) -> RoomStatement:
        """Make version 1 of a room of ours, or what `fields` make of it."""
        room = RoomId(name.encode().ljust(16, b"\0")[:16])
        bare = RoomStatement(
            room,
            1,
            name,
            is_open=True,
            keeps_history=False,
            is_archived=False,
            owners=[self.user],
            device=self.device,
        )
        return self.sign(msgspec.structs.replace(bare, **fields))


class Town:
    """A directory, and the numbers of its entries."""

    def __init__(self, *handles: str) -> None:
        self.directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
        self.people = {handle: Somebody(handle) for handle in handles}
        for somebody in self.people.values():
            self.enrol(somebody)

    def __getitem__(self, handle: str) -> Somebody:
        return self.people[handle]

    def add(self, statement: Statement) -> None:
        """Check a statement and record it."""
        self.directory.check(statement)
        self.directory.apply(self.directory.seq + 1, statement)

    def code(self, statement: Statement) -> str:
        """Return why a statement is refused; "ok" if it was recorded."""
        try:
            self.add(statement)
        except (Refusal, RemoteError) as error:
            return error.code
        return "ok"

    def enrol(self, somebody: Somebody) -> None:
        self.add(somebody.claim())
        self.add(somebody.bind())

    def next_version(self, room: RoomId, by: Somebody, **fields: object) -> RoomStatement:
        """Make the next version of a room, signed by somebody."""
        known = self.directory.room(room)
        assert known is not None
        version = known.statement.version + 1
        return by.sign(msgspec.structs.replace(known.statement, **{"version": version, **fields}))


class Hall:
    """A room in a town, and the fold over its MEMBERS entries."""

    def __init__(self, town: Town, owner: str, **fields: object) -> None:
        self.town = town
        statement = town[owner].room("hall", **fields)
        town.add(statement)
        room = town.directory.room(statement.room)
        assert room is not None
        self.room = room
        self.log: LogId = ids.room_log(DATABASE, room.room)
        self.membership = Membership.at_first(room)

    def statement(
        self,
        by: str,
        *changes: tuple[str, Role],
        view: View | None = None,
        hash_: bytes | None = None,
        log: LogId | None = None,
    ) -> MembersStatement:
        """Make a signed MEMBERS entry, with the newest view unless told otherwise."""
        made = [MemberChange(self.user(handle), role) for handle, role in changes]
        view = view or View(self.membership.seq, self.town.directory.seq)
        bare = MembersStatement(view, self.membership.hash if hash_ is None else hash_, made)
        signature = self.town[by].key.sign(bare.signed_bytes(log or self.log, MESSAGE_ID))
        return msgspec.structs.replace(bare, signature=signature)

    def user(self, handle: str) -> UserId:
        return self.town.people[handle].user if handle in self.town.people else Somebody(handle).user

    def take(self, statement: MembersStatement, *, sender: str, seq: int | None = None) -> str:
        """Take an entry if the rules let it; return "ok" or why not."""
        try:
            record = check_members(
                self.town.directory,
                self.room,
                self.membership,
                statement,
                log=self.log,
                message_id=MESSAGE_ID,
                sender=self.town[sender].device,
            )
        except (Refusal, RemoteError) as error:
            return error.code
        seq = self.membership.seq + 1 if seq is None else seq
        self.membership.apply(seq, sha256(encode(statement)).digest(), statement, record)
        return "ok"

    def change(self, by: str, *changes: tuple[str, Role]) -> str:
        """Let somebody make changes, with the newest view."""
        return self.take(self.statement(by, *changes), sender=by)

    def role(self, handle: str) -> Role:
        return self.membership.role(self.user(handle))
