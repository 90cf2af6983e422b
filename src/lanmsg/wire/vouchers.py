"""How a present device of a user lets another one in (ADR 0012).

Whoever once had a device of a user has their identity key, so that key alone must not bring a device
back that was cut off. The device that makes a code (`wire.pairing`) makes an Ed25519 key along with it
and signs that key: the grant. The new device signs its own statement with it, and forgets it.
"""

import msgspec

from lanmsg.wire import labels
from lanmsg.wire.ids import Key, Signature, UserId, WireDeviceId


class Voucher(msgspec.Struct, frozen=True, array_like=True):
    """`device` has let another one in: part of that one's statement.

    `key` is the public key (32 bytes) that `device` made for one newcomer, `grant` its own signature
    over `grant_bytes`, `signature` that of `key` over `DeviceStatement.vouched_bytes` (64 bytes each).
    """

    device: WireDeviceId
    key: Key
    grant: Signature
    signature: Signature


def grant_bytes(user: UserId, key: bytes) -> bytes:
    """Return what a device signs to let in one that proves to have this key."""
    return labels.labelled_bytes(labels.DEVICE_GRANT, user, key)
