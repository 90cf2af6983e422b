"""The user's identity key: what owns a handle and binds devices to it."""

from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client.crypto.interface import Account
from lanmsg.wire import ids
from lanmsg.wire.ids import DeviceId, UserId
from lanmsg.wire.statements import DeviceStatement, RevokeStatement, UserStatement
from lanmsg.wire.vouchers import Voucher

SECRET_BYTES = 32


class Identity:
    """An Ed25519 key pair (RFC 8032) and the statements it signs. `secret` is 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public_key = self._key.public_key().public_bytes_raw()
        self.user: UserId = ids.user_id(self.public_key)

    @classmethod
    def create(cls, random_bytes: Callable[[int], bytes]) -> "Identity":
        """Make a new one."""
        return cls(random_bytes(SECRET_BYTES))

    def claim(self, handle: str) -> UserStatement:
        """Sign that a handle is ours."""
        statement = UserStatement(handle, self.public_key)
        return msgspec.structs.replace(statement, signature=self._key.sign(statement.signed_bytes()))

    def bind(
        self,
        *,
        signing_key: bytes,
        agreement_key: bytes,
        device_name: str,
        voucher: Voucher | None = None,
    ) -> DeviceStatement:
        """Sign that a device is ours. All but the first need the `voucher` of one that is present."""
        statement = DeviceStatement(self.user, signing_key, agreement_key, device_name, voucher=voucher)
        return msgspec.structs.replace(statement, signature=self._key.sign(statement.signed_bytes()))

    def revoke(self, device: DeviceId, *, by: DeviceId, account: Account) -> RevokeStatement:
        """Sign that a device is ours no more; `by` is the one that says so, `account` has its keys."""
        statement = RevokeStatement(self.user, device, by)
        signed = statement.signed_bytes()
        return msgspec.structs.replace(
            statement, signature=self._key.sign(signed), by_signature=account.sign(signed)
        )
