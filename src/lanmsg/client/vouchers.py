"""Letting another device of ours in: what the present one grants, and what the new one makes of it.

The present device signs a key that it makes for one newcomer; the newcomer signs its own statement with
that key, once (`docs/protocol.md` §11.1).
"""

from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client.crypto.interface import Account
from lanmsg.wire.ids import DeviceId, Key, Signature, UserId, WireDeviceId
from lanmsg.wire.statements import DeviceStatement
from lanmsg.wire.vouchers import Voucher, grant_bytes

_SECRET_BYTES = 32


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """The right to be one more device of a user: good once, while `device` is not cut off.

    `secret` is an Ed25519 private key (32 bytes), `signature` that of `device` over `grant_bytes`.
    """

    device: WireDeviceId
    secret: Key
    signature: Signature


def make_grant(
    user: UserId, device: DeviceId, account: Account, random_bytes: Callable[[int], bytes]
) -> Grant:
    """Let one more device in: `device` is ours, `account` has its keys."""
    secret = random_bytes(_SECRET_BYTES)
    return Grant(device, secret, account.sign(grant_bytes(user, _public(secret))))


def use_grant(grant: Grant, statement: DeviceStatement) -> Voucher:
    """Return the voucher that goes into the new device's statement. Forget the grant then."""
    signature = Ed25519PrivateKey.from_private_bytes(grant.secret).sign(statement.vouched_bytes())
    return Voucher(grant.device, _public(grant.secret), grant.signature, signature)


def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
