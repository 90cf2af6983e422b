"""Writes docs/vectors/directory.json: the life of a hub, with what is taken and what is refused.

People come and go, devices are let in and cut off, rooms are made and changed, members come and go; many of
these statements break a rule. What each must be answered follows from `wire.directory` and `wire.rooms`; a
test goes through it again, and so do other clients.
"""

import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.wire import ids
from lanmsg.wire.codec import encode
from lanmsg.wire.directory import Directory
from lanmsg.wire.entries import EntryKind, View
from lanmsg.wire.errors import Refusal, RemoteError
from lanmsg.wire.ids import DatabaseId, DeviceId, MessageId, RoomId, UserId
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

PATH = Path(__file__).parents[1] / "docs" / "vectors" / "directory.json"
ABOUT = (
    "Statements in the order in which a hub got them, and what it answered: ok or a code (docs/protocol.md "
    "§11). A statement of the directory that is taken gets the next seq. Kind 11 is a MEMBERS entry of the "
    "room: one that is taken gets the next seq there, and SHA-256 of its message id for a hash; `roles` are "
    "those after it. All hex."
)
STEPS = 330
DATABASE = DatabaseId(bytes(16))
_NAMES = (
    *("ann", "bob", "cid", "dora", "b0b", "Ann", "küche", "eve", "все", "all", "x y", "flo", "gus", "anm"),
    *(
        "hall",
        "ha11",
        "ida",
        "jo",
        "kim",
        "lea",
        "max",
        "nia",
        "ole",
        "pia",
        "roof",
        "cellar",
        "田中",
        "ilse",
    ),
)
_KINDS: dict[type[Statement], EntryKind] = {
    UserStatement: EntryKind.USER,
    DeviceStatement: EntryKind.DEVICE,
    RevokeStatement: EntryKind.REVOKE,
    RoomStatement: EntryKind.ROOM,
}


@dataclass
class Device:
    """A device, whose user somebody is, with its secrets."""

    identity: Ed25519PrivateKey
    key: Ed25519PrivateKey
    agreement_key: bytes

    @property
    def user(self) -> UserId:
        """The user whose device this is."""
        return ids.user_id(self.identity.public_key().public_bytes_raw())

    @property
    def device(self) -> DeviceId:
        """Its id."""
        return ids.device_id(self.key.public_key().public_bytes_raw(), self.agreement_key)


@dataclass
class Life:
    """All that has happened so far."""

    chance: random.Random
    directory: Directory
    devices: list[Device] = field(default_factory=list[Device])
    members: dict[RoomId, Membership] = field(default_factory=dict[RoomId, Membership])
    written: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def key(self) -> Ed25519PrivateKey:
        """Make a key."""
        return Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))

    def someone(self) -> Device:
        """Choose a device, most often one that is present."""
        present = [each for each in self.devices if self.directory.device(each.device)]
        return self.chance.choice(present if present and self.chance.random() < 0.92 else self.devices)


# --- what people do --------------------------------------------------------------------------


def come(life: Life) -> Statement:
    """Somebody claims a name."""
    device = Device(life.key(), life.key(), life.chance.randbytes(32))
    if life.devices and life.chance.random() < 0.2:
        device.identity = life.someone().identity
    life.devices.append(device)
    bare = UserStatement(life.chance.choice(_NAMES), device.identity.public_key().public_bytes_raw())
    return msgspec.structs.replace(bare, signature=device.identity.sign(bare.signed_bytes()))


def bind(life: Life) -> Statement:
    """A device is bound to its user, or one more device to a user who has one."""
    old = life.someone()
    device = (
        old if life.chance.random() < 0.6 else Device(old.identity, life.key(), life.chance.randbytes(32))
    )
    bare = DeviceStatement(
        old.user,
        device.key.public_key().public_bytes_raw(),
        device.agreement_key,
        life.chance.choice(["laptop", "phone", "x" * 65]) if life.chance.random() < 0.3 else "desk",
    )
    signature = old.identity.sign(bare.signed_bytes())
    voucher = None if life.chance.random() < 0.3 else _voucher(life, old, bare)
    life.devices.append(device)
    return msgspec.structs.replace(bare, signature=signature, voucher=voucher)


def _voucher(life: Life, by: Device, statement: DeviceStatement) -> Voucher:
    seed = bytes([life.chance.randrange(6)]) * 32  # so that some grant is used twice
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    grant = by.key.sign(grant_bytes(by.user, public))
    return Voucher(by.device, public, grant, key.sign(statement.vouched_bytes()))


def revoke(life: Life) -> Statement:
    """A device is cut off."""
    by, other = life.someone(), life.someone()
    if life.chance.random() < 0.8:
        other = life.chance.choice([each for each in life.devices if each.user == by.user])
    bare = RevokeStatement(by.user, other.device, by.device)
    signed = bare.signed_bytes()
    return msgspec.structs.replace(bare, signature=by.identity.sign(signed), by_signature=by.key.sign(signed))


def make_room(life: Life) -> Statement:
    """Somebody makes a room, or changes one."""
    author, chance = life.someone(), life.chance
    rooms = list(life.directory.rooms)
    old = chance.choice(rooms).statement if rooms and chance.random() < 0.7 else None
    owners = [author.user] if old is None else list(old.owners)
    if chance.random() < 0.4:
        owners.append(life.someone().user)
    bare = RoomStatement(
        RoomId(chance.randbytes(16)) if old is None else old.room,
        1 if old is None else old.version + chance.choice([1, 1, 1, 2]),
        chance.choice(_NAMES) if old is None or chance.random() < 0.3 else old.name,
        is_open=chance.random() < 0.5,
        keeps_history=chance.random() < 0.5,
        is_archived=old is not None and chance.random() < 0.2,
        owners=owners[:8],
        device=author.device,
    )
    return msgspec.structs.replace(bare, signature=author.key.sign(bare.signed_bytes()))


def _forged(life: Life, statement: Statement) -> Statement:
    """Now and then a signature does not fit."""
    if life.chance.random() < 0.9:
        return statement
    return msgspec.structs.replace(statement, signature=life.chance.randbytes(64))


# --- and what comes of it --------------------------------------------------------------------


def say(life: Life, statement: Statement) -> None:
    """Give a statement to the directory."""
    outcome = _outcome(lambda: life.directory.check(statement))
    life.written.append(
        {"kind": int(_KINDS[type(statement)]), "body": encode(statement).hex(), "outcome": outcome}
    )
    if outcome == "ok":
        life.directory.apply(life.directory.seq + 1, statement)


def _outcome(check: Callable[[], object]) -> str:
    try:
        check()
    except (Refusal, RemoteError) as error:
        return str(error.code)
    return "ok"


def change_members(life: Life) -> None:
    """Somebody changes who is in a room."""
    rooms, chance = list(life.directory.rooms), life.chance
    if not rooms:
        return
    room, sender = chance.choice(rooms), life.someone()
    before = life.members.setdefault(room.room, Membership.at_first(room))
    message_id, log = MessageId(chance.randbytes(16)), ids.room_log(DATABASE, room.room)
    people = list(life.directory.people)
    roles = [Role.MEMBER, *Role]
    changes = [
        MemberChange(chance.choice([*people, life.directory.person(sender.user) or people[0]]).user, role)
        for role in chance.choices(roles, k=chance.choice([1, 1, 2]))
    ]
    late = chance.choice([0, 0, 0, 0, 1, -1])
    bare = MembersStatement(View(before.seq, max(0, life.directory.seq - late)), before.hash, changes)
    if chance.random() < 0.05:
        bare = msgspec.structs.replace(bare, membership_hash=chance.randbytes(32))
    key = sender.key if chance.random() < 0.95 else life.key()
    statement = msgspec.structs.replace(bare, signature=key.sign(bare.signed_bytes(log, message_id)))
    _judge(life, room.room, statement, (message_id, sender.device))


def _judge(
    life: Life, room_id: RoomId, statement: MembersStatement, envelope: tuple[MessageId, DeviceId]
) -> None:
    room, before = life.directory.room(room_id), life.members[room_id]
    assert room is not None
    (message_id, sender), log = envelope, ids.room_log(DATABASE, room_id)
    outcome = _outcome(
        lambda: before.apply(
            before.seq + 1,
            sha256(message_id).digest(),
            statement,
            check_members(
                life.directory, room, before, statement, log=log, message_id=message_id, sender=sender
            ),
        )
    )
    life.written.append(
        {
            "kind": int(EntryKind.MEMBERS),
            "room": room_id.hex(),
            "message_id": message_id.hex(),
            "sender": sender.hex(),
            "body": encode(statement).hex(),
            "outcome": outcome,
            "roles": {user.hex(): int(role) for user, role in before.roles.items()},
        }
    )


def live(seed: int) -> Life:
    """Return a whole life."""
    directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
    life = Life(random.Random(seed), directory)  # noqa: S311 - the same life each time
    for step in range(STEPS):
        if step % 2 and step > STEPS // 3:
            change_members(life)
            continue
        deeds = (come, come, *[bind] * 4, revoke, *[make_room] * 4) if life.devices else (come,)
        say(life, _forged(life, life.chance.choice(deeds)(life)))
    return life


def main() -> int:
    """Write the file."""
    content = {"about": ABOUT, "database": DATABASE.hex(), "statements": live(seed=5).written}
    PATH.write_text(json.dumps(content, indent=0) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
