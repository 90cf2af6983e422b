"""The arithmetic of comparing seven emoji: one key agreement, and what both sides derive from it.

As m.sas.v1 of Matrix, with the labels of this protocol: the one who accepts commits to a key before
seeing the other's, so whoever sits between has one try in 2^42 to make the emoji of both sides agree.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.wire import labels
from lanmsg.wire.emoji_words import BITS_PER_EMOJI, EMOJI_COUNT
from lanmsg.wire.ids import DatabaseId, DeviceId, HubId, TransactionId, UserId
from lanmsg.wire.labels import labelled_bytes, labelled_hash

SECRET_BYTES = 32
_EMOJI_BYTES = 6  # 48 bits, of which the first 42 are used
_MAC_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SasParty:
    """One side: who they are, on which device, and the key they made for this comparison (32 bytes)."""

    user: UserId
    identity_key: bytes
    device: DeviceId
    key: bytes


@dataclass(frozen=True, slots=True)
class SasTranscript:
    """Everything both sides must agree on; one difference gives other emoji and other MACs."""

    hub: HubId
    database: DatabaseId
    transaction: TransactionId
    requester: SasParty
    accepter: SasParty

    def info(self, label: bytes, *more: bytes) -> bytes:
        """Return the info string of HKDF for one purpose."""
        sides = (
            field
            for party in (self.requester, self.accepter)
            for field in (party.user, party.identity_key, party.device, party.key)
        )
        return labelled_bytes(label, self.hub, self.database, self.transaction, *sides, *more)


def commitment(transaction: TransactionId, key: bytes) -> bytes:
    """Return the 32 bytes with which the accepter is bound to a key that is shown later."""
    return labelled_hash(labels.SAS_COMMITMENT, transaction, key)


def emoji_numbers(shared: bytes, transcript: SasTranscript) -> tuple[int, ...]:
    """Return seven numbers from 0 to 63, most significant bits first."""
    data = _derive(shared, transcript.info(labels.SAS_EMOJI), _EMOJI_BYTES)
    bits = int.from_bytes(data, "big")
    last = 8 * _EMOJI_BYTES - BITS_PER_EMOJI
    return tuple(
        bits >> (last - BITS_PER_EMOJI * place) & (1 << BITS_PER_EMOJI) - 1 for place in range(EMOJI_COUNT)
    )


def identity_mac(shared: bytes, transcript: SasTranscript, sender: SasParty) -> bytes:
    """Return what `sender` sends to say that the emoji were the same: 32 bytes over their identity key."""
    key = _derive(shared, transcript.info(labels.SAS_MAC, sender.device), _MAC_KEY_BYTES)
    return hmac.digest(key, sender.identity_key, hashlib.sha256)


def is_same(one: bytes, other: bytes) -> bool:
    """Compare two MACs or commitments in constant time."""
    return hmac.compare_digest(one, other)


class SasSecret:
    """A Curve25519 key pair for one comparison. `secret` is 32 random bytes."""

    def __init__(self, secret: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(secret)
        self.key = self._private.public_key().public_bytes_raw()

    def agree(self, their_key: bytes) -> bytes:
        """Return what only the two ends can know (32 bytes).

        Raises:
            CannotDecrypt: their key is none: it would give the same secret to everybody (RFC 7748 §6.1).
        """
        try:
            return self._private.exchange(X25519PublicKey.from_public_bytes(their_key))
        except ValueError as error:
            raise CannotDecrypt("this is no key for an agreement") from error


def _derive(shared: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), no salt."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(shared)
