"""What devices say to each other over their inboxes, each inside one Olm message.

Every one of them repeats who it is from and for: Olm vouches for a device's agreement key only, and a
message must not be taken out of one pair of devices and put into another.
"""

import msgspec

from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.ids import Key, Seq, WireDatabaseId, WireDeviceId, WireLogId


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


DeviceContent = SessionShare | KeyRequest | KeyAnswer


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
