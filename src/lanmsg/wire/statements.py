"""Signed statements: the bodies of the directory's entries, and keys that devices publish.

The hub stores statements and cannot make them. Whoever reads one checks it here, so a statement
that decodes is still nothing until `verify_*` returned.
"""

from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from lanmsg.wire import ids, labels
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.ids import DeviceId, Key, Signature, UserId, WireDeviceId, WireUserId

ShortText = Annotated[str, Meta(max_length=256)]


class UserStatement(msgspec.Struct, frozen=True, array_like=True):
    """This handle is mine: signed by the identity key it names (32 bytes)."""

    handle: ShortText
    identity_key: Key
    signature: Signature = b""

    @property
    def user(self) -> UserId:
        """The user this statement is about."""
        return ids.user_id(self.identity_key)

    def signed_bytes(self) -> bytes:
        """What the identity key signs."""
        return labels.labelled_bytes(labels.USER_STATEMENT, self.handle.encode(), self.identity_key)


class DeviceStatement(msgspec.Struct, frozen=True, array_like=True):
    """This device is mine: signed by the identity key of `user`.

    `signing_key` (Ed25519) and `agreement_key` (Curve25519) are the device's, 32 bytes each.
    """

    user: WireUserId
    signing_key: Key
    agreement_key: Key
    device_name: ShortText
    signature: Signature = b""

    @property
    def device(self) -> DeviceId:
        """The device this statement is about."""
        return ids.device_id(self.signing_key, self.agreement_key)

    def signed_bytes(self) -> bytes:
        """What the identity key signs."""
        return labels.labelled_bytes(
            labels.DEVICE_STATEMENT,
            self.user,
            self.signing_key,
            self.agreement_key,
            self.device_name.encode(),
        )


class RevokeStatement(msgspec.Struct, frozen=True, array_like=True):
    """This device is no longer mine: signed by the identity key of `user`, and final."""

    user: WireUserId
    device: WireDeviceId
    signature: Signature = b""

    def signed_bytes(self) -> bytes:
        """What the identity key signs."""
        return labels.labelled_bytes(labels.REVOKE_STATEMENT, self.user, self.device)


Statement = UserStatement | DeviceStatement | RevokeStatement


class PublishedKey(msgspec.Struct, frozen=True, array_like=True):
    """A one-time or fallback key (Curve25519, 32 bytes), signed by its device: no hub can swap it."""

    key: Key
    signature: Signature


def published_key_bytes(label: bytes, device: DeviceId, key: bytes) -> bytes:
    """Return what a device signs when it publishes a key under `ONE_TIME_KEY` or `FALLBACK_KEY`."""
    return labels.labelled_bytes(label, device, key)


def login_bytes(
    *,
    hub: bytes,
    certificate_hash: bytes,
    hub_nonce: bytes,
    client_nonce: bytes,
    device: DeviceId,
    version: int,
) -> bytes:
    """Return what a device signs to log in: it fits this hub, this TLS certificate, this moment.

    The certificate's SHA-256 is the channel binding (tls-server-end-point, RFC 5929): Python offers
    only `tls-unique`, which TLS 1.3 does not define.
    """
    return labels.labelled_bytes(
        labels.LOGIN, hub, certificate_hash, hub_nonce, client_nonce, device, version
    )


def hub_certificate_bytes(certificate_hash: bytes) -> bytes:
    """Return what a hub's identity key signs to own a TLS certificate (SHA-256 of its DER form)."""
    return labels.labelled_bytes(labels.HUB_CERTIFICATE, certificate_hash)


def verify(key: bytes, signature: bytes, message: bytes) -> None:
    """Check an Ed25519 signature (RFC 8032).

    Raises:
        RemoteError: BAD_SIGNATURE, if it does not fit or key or signature have a wrong length.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise RemoteError(Code.BAD_SIGNATURE, "a signature does not fit") from error
