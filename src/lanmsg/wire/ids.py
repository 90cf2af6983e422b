"""Ids, and how each is derived from what it names.

All are raw bytes. Ids of keys are hashes of these keys, so nobody can be given another one's id;
ids of logs follow from the hub's database and the people in them, so two people who write to each
other first at the same moment meet in one log.
"""

from collections.abc import Iterable
from typing import Annotated, NewType

from msgspec import Meta

from lanmsg.wire import labels
from lanmsg.wire.labels import labelled_hash

HubId = NewType("HubId", bytes)
"""16 bytes; the hash of the hub's Ed25519 identity key."""
DatabaseId = NewType("DatabaseId", bytes)
"""16 random bytes, made when a hub's database is created. A new one voids every cursor."""
UserId = NewType("UserId", bytes)
"""16 bytes; the hash of a user's Ed25519 identity key."""
DeviceId = NewType("DeviceId", bytes)
"""16 bytes; the hash of a device's two public keys."""
LogId = NewType("LogId", bytes)
"""16 bytes."""
MessageId = NewType("MessageId", bytes)
"""16 random bytes, made once by the sending device and never remade."""
RoomId = NewType("RoomId", bytes)
"""16 random bytes, made by the device that creates the room."""
TransactionId = NewType("TransactionId", bytes)
"""16 random bytes that name one verification and all of its steps."""

ID_BYTES = 16
HASH_BYTES = 32
KEY_BYTES = 32
SIGNATURE_BYTES = 64
ZERO_HASH = bytes(HASH_BYTES)
"""The hash before the first entry of every log."""

# The same types with their lengths checked on decoding; for fields of structs.
Seq = Annotated[int, Meta(ge=0, lt=2**53)]
"""A seq, a counter or a time in ms: never negative, and exact in JavaScript."""
Hash = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
Key = Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
Signature = Annotated[bytes, Meta(max_length=SIGNATURE_BYTES)]
"""64 bytes; empty while a statement is not signed yet."""
_id_length = Meta(min_length=ID_BYTES, max_length=ID_BYTES)
WireHubId = Annotated[HubId, _id_length]
WireDatabaseId = Annotated[DatabaseId, _id_length]
WireUserId = Annotated[UserId, _id_length]
WireDeviceId = Annotated[DeviceId, _id_length]
WireLogId = Annotated[LogId, _id_length]
WireMessageId = Annotated[MessageId, _id_length]
WireRoomId = Annotated[RoomId, _id_length]
Token = Annotated[bytes, _id_length]
"""16 random bytes that prove something to who made them."""
WireTransactionId = Annotated[TransactionId, _id_length]


def hub_id(identity_key: bytes) -> HubId:
    """Name the hub that owns this Ed25519 public key (32 bytes)."""
    return HubId(labelled_hash(labels.HUB_ID, identity_key)[:ID_BYTES])


def user_id(identity_key: bytes) -> UserId:
    """Name the user who owns this Ed25519 public key (32 bytes)."""
    return UserId(labelled_hash(labels.USER_ID, identity_key)[:ID_BYTES])


def device_id(signing_key: bytes, agreement_key: bytes) -> DeviceId:
    """Name the device with this Ed25519 and this Curve25519 public key (32 bytes each)."""
    return DeviceId(labelled_hash(labels.DEVICE_ID, signing_key, agreement_key)[:ID_BYTES])


def directory_log(database: DatabaseId) -> LogId:
    """Name the one log of who exists."""
    return LogId(labelled_hash(labels.DIRECTORY_LOG, database)[:ID_BYTES])


def everyone_log(database: DatabaseId) -> LogId:
    """Name the conversation of all enrolled users."""
    return LogId(labelled_hash(labels.EVERYONE_LOG, database)[:ID_BYTES])


def direct_log(database: DatabaseId, one: UserId, other: UserId) -> LogId:
    """Name the conversation of two users, in either order; of one user with oneself too."""
    return LogId(labelled_hash(labels.DIRECT_LOG, database, *sorted((one, other)))[:ID_BYTES])


def group_log(database: DatabaseId, users: Iterable[UserId]) -> LogId:
    """Name the conversation of a small group: of these users, in any order, each counted once."""
    return LogId(labelled_hash(labels.GROUP_LOG, database, *sorted(set(users)))[:ID_BYTES])


def room_log(database: DatabaseId, room: RoomId) -> LogId:
    """Name the conversation of a room."""
    return LogId(labelled_hash(labels.ROOM_LOG, database, room)[:ID_BYTES])


def inbox_log(database: DatabaseId, device: DeviceId) -> LogId:
    """Name the log that this device alone reads."""
    return LogId(labelled_hash(labels.INBOX_LOG, database, device)[:ID_BYTES])


def account_log(database: DatabaseId, user: UserId) -> LogId:
    """Name the log that this user's devices alone read and write."""
    return LogId(labelled_hash(labels.ACCOUNT_LOG, database, user)[:ID_BYTES])
