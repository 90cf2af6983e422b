"""What devices say to each other over their inboxes, each inside one Olm message.

Every one of them repeats who it is from and for: Olm vouches for a device's agreement key only, and a
message must not be taken out of one pair of devices and put into another.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.ids import (
    ID_BYTES,
    KEY_BYTES,
    Hash,
    Key,
    Seq,
    Token,
    WireDatabaseId,
    WireDeviceId,
    WireLogId,
    WireTransactionId,
)
from lanmsg.wire.limits import MAX_CANCEL_REASON_CHARACTERS, MAX_HISTORY_KEYS, PAST_KEYS_AT_ONCE


class SessionShare(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The key of a sending session, from its present index on."""

    log: WireLogId
    key: bytes


class KeyRequest(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The sender may read entry `seq` of `log` but has no key for its session."""

    log: WireLogId
    seq: Seq
    session: Key


class KeyAnswer(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """The exported key of a session, from the requested entry's index on."""

    log: WireLogId
    key: bytes


_SessionAndDevice = Annotated[bytes, Meta(min_length=KEY_BYTES + ID_BYTES, max_length=KEY_BYTES + ID_BYTES)]


class HistoryRequest(msgspec.Struct, frozen=True, array_like=True, tag=10):
    """The sender came to a room that keeps its history, and lacks these sessions of the time before.

    Each is named by its id and the device that sent with it, joined.
    """

    log: WireLogId
    sessions: Annotated[list[_SessionAndDevice], Meta(max_length=MAX_HISTORY_KEYS)]


class HistoryKey(msgspec.Struct, frozen=True, array_like=True):
    """The exported key of a session that `device` sent with."""

    device: WireDeviceId
    key: bytes


class HistoryAnswer(msgspec.Struct, frozen=True, array_like=True, tag=11):
    """What the sender has of the sessions it was asked for, each from the oldest index it knows."""

    log: WireLogId
    keys: Annotated[list[HistoryKey], Meta(max_length=MAX_HISTORY_KEYS)]


class VerificationRequest(msgspec.Struct, frozen=True, array_like=True, tag=16):
    """Let us compare our identity keys now. `transaction` names all that follows; made at random."""

    transaction: WireTransactionId


class VerificationAccept(msgspec.Struct, frozen=True, array_like=True, tag=17):
    """Yes; and this is the hash of the key I shall show, before I have seen yours."""

    transaction: WireTransactionId
    commitment: Hash


class VerificationKey(msgspec.Struct, frozen=True, array_like=True, tag=18):
    """My key for this comparison (Curve25519, used once)."""

    transaction: WireTransactionId
    key: Key


class VerificationMac(msgspec.Struct, frozen=True, array_like=True, tag=19):
    """My person says that all seven are the same; `mac` is over my identity key."""

    transaction: WireTransactionId
    mac: Hash


class VerificationCancel(msgspec.Struct, frozen=True, array_like=True, tag=20):
    """It is over. `reason` is a `CancelReason`; one that is not known counts as called off."""

    transaction: WireTransactionId
    reason: Annotated[str, Meta(max_length=MAX_CANCEL_REASON_CHARACTERS)]


class PastRequest(msgspec.Struct, frozen=True, array_like=True, tag=24):
    """You let me in (`token` proves it): send me the keys of these sessions of a log of ours.

    Each is a session's id and the device that sends on it, joined.
    """

    token: Token
    log: WireLogId
    sessions: Annotated[
        list[Annotated[bytes, Meta(min_length=48, max_length=48)]], Meta(max_length=PAST_KEYS_AT_ONCE)
    ]


class PastKey(msgspec.Struct, frozen=True, array_like=True):
    """The exported key of a session of `device`, from the oldest index on that its giver has."""

    device: WireDeviceId
    key: Annotated[bytes, Meta(max_length=512)]


class PastKeys(msgspec.Struct, frozen=True, array_like=True, tag=25):
    """The answer: what there is of what was asked for, perhaps nothing."""

    log: WireLogId
    keys: Annotated[list[PastKey], Meta(max_length=PAST_KEYS_AT_ONCE)]


VerificationStep = (
    VerificationRequest | VerificationAccept | VerificationKey | VerificationMac | VerificationCancel
)
DeviceContent = (
    SessionShare
    | KeyRequest
    | KeyAnswer
    | HistoryRequest
    | HistoryAnswer
    | PastRequest
    | PastKeys
    | VerificationStep
)


class DevicePlaintext(msgspec.Struct, frozen=True, array_like=True):
    """What an Olm message between devices holds."""

    database: WireDatabaseId
    sender: WireDeviceId
    recipient: WireDeviceId
    content: DeviceContent


def encode_device_plaintext(plaintext: DevicePlaintext) -> bytes:
    """Encode."""
    return encode(plaintext)


def decode_device_plaintext(
    data: bytes, *, database: bytes, sender: bytes, recipient: bytes
) -> DeviceContent:
    """Decode, and check that it was made for this place.

    Raises:
        RemoteError: MALFORMED.
    """
    plaintext = decode_as(DevicePlaintext, data, "a device message")
    if (plaintext.database, plaintext.sender, plaintext.recipient) != (database, sender, recipient):
        raise RemoteError(Code.MALFORMED, "a device message was made for another place")
    return plaintext.content
