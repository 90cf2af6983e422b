"""Signed statements: the bodies of the directory's entries, and keys that devices publish.

The hub stores statements and cannot make them. Whoever reads one checks it here, so a statement
that decodes is still nothing until `verify_*` returned.
"""

from enum import IntEnum
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from lanmsg.wire import ids, labels
from lanmsg.wire.entries import View
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.ids import (
    DeviceId,
    Hash,
    Key,
    LogId,
    MessageId,
    Seq,
    Signature,
    UserId,
    WireDeviceId,
    WireRoomId,
    WireUserId,
)
from lanmsg.wire.limits import MAX_MEMBER_CHANGES, MAX_ROOM_OWNERS
from lanmsg.wire.vouchers import Voucher

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

    `signing_key` (Ed25519) and `agreement_key` (Curve25519) are the device's, 32 bytes each. All but the
    first device of a user need the `voucher` of one that is present (`docs/protocol.md` §11.1).
    """

    user: WireUserId
    signing_key: Key
    agreement_key: Key
    device_name: ShortText
    signature: Signature = b""
    voucher: Voucher | None = None

    @property
    def device(self) -> DeviceId:
        """The device this statement is about."""
        return ids.device_id(self.signing_key, self.agreement_key)

    def signed_bytes(self) -> bytes:
        """What the identity key signs."""
        return self._bytes(labels.DEVICE_STATEMENT)

    def vouched_bytes(self) -> bytes:
        """What the key of the voucher signs."""
        return self._bytes(labels.DEVICE_VOUCHER)

    def _bytes(self, label: bytes) -> bytes:
        return labels.labelled_bytes(
            label, self.user, self.signing_key, self.agreement_key, self.device_name.encode()
        )


class RevokeStatement(msgspec.Struct, frozen=True, array_like=True):
    """This device is no longer mine: final.

    Signed twice, by the identity key of `user` and by `by`, a device of theirs that is present.
    """

    user: WireUserId
    device: WireDeviceId
    by: WireDeviceId
    signature: Signature = b""
    by_signature: Signature = b""

    def signed_bytes(self) -> bytes:
        """What the identity key and `by` sign."""
        return labels.labelled_bytes(labels.REVOKE_STATEMENT, self.user, self.device, self.by)


class RoomStatement(msgspec.Struct, frozen=True, array_like=True):
    """The whole record of a room, replaced by its next version.

    `version` counts 1, 2, 3 …; `device` signs. In an open room (`is_open`) anybody enrolled becomes a
    member by themselves. With `keeps_history` new members get what was said before they came. Nothing
    is said in an archived room any more. `owners` are 1 to 8 users, each once.
    """

    room: WireRoomId
    version: Seq
    name: ShortText
    is_open: bool
    keeps_history: bool
    is_archived: bool
    owners: Annotated[list[WireUserId], Meta(min_length=1, max_length=MAX_ROOM_OWNERS)]
    device: WireDeviceId
    signature: Signature = b""

    def signed_bytes(self) -> bytes:
        """What `device` signs."""
        return labels.labelled_bytes(
            labels.ROOM_STATEMENT,
            self.room,
            self.version,
            self.name.encode(),
            int(self.is_open),
            int(self.keeps_history),
            int(self.is_archived),
            self.device,
            *self.owners,
        )


Statement = UserStatement | DeviceStatement | RevokeStatement | RoomStatement
"""The bodies of the directory's entries."""


class Role(IntEnum):
    """What somebody is in a room, by the newest MEMBERS entry about them."""

    NONE = 0
    """Not in the room."""
    MEMBER = 1
    MODERATOR = 2
    BANNED = 3
    """Not in the room, and may not come back until somebody lets them."""

    @property
    def is_reader(self) -> bool:
        """Whether who has this role is in the room: reads, and may write."""
        return self in {Role.MEMBER, Role.MODERATOR}


class MemberChange(msgspec.Struct, frozen=True, array_like=True):
    """This user has this `Role` from here on."""

    user: WireUserId
    role: Role


class MembersStatement(msgspec.Struct, frozen=True, array_like=True):
    """The body of a MEMBERS entry: who comes and goes, signed by the device that appends it.

    `view.membership_seq` is the seq of the MEMBERS entry before it (0: there is none), `membership_hash`
    the hash of that entry (zeros), and `view.directory_seq` where the sender's copy of the directory
    stood. So these entries are a chain of their own, which is checked without any other entry.
    """

    view: View
    membership_hash: Hash
    changes: Annotated[list[MemberChange], Meta(min_length=1, max_length=MAX_MEMBER_CHANGES)]
    signature: Signature = b""

    def signed_bytes(self, log: LogId, message_id: MessageId) -> bytes:
        """What the device signs: it fits one room, one database and one message id."""
        changes = [part for change in self.changes for part in (change.user, int(change.role))]
        return labels.labelled_bytes(
            labels.MEMBERS_STATEMENT,
            log,
            message_id,
            self.view.membership_seq,
            self.view.directory_seq,
            self.membership_hash,
            *changes,
        )


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
