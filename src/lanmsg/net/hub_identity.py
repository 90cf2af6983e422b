"""Who a hub is: an Ed25519 key for ever, and a TLS certificate that this key signs and that may change."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.net.certificate import certificate_der, expires_at, make_certificate
from lanmsg.net.key_files import create_key_file, prepare_directory, read_key_file, replace_key_file
from lanmsg.wire import ids
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import HubId
from lanmsg.wire.statements import hub_certificate_bytes

IDENTITY_FILE: Final = "identity.key"
TLS_FILE: Final = "tls.pem"
RENEW_BEFORE: Final = datetime.timedelta(days=30)
"""A hub that runs for a month without a restart still has a valid certificate."""


@dataclass(frozen=True, repr=False)
class HubIdentity:
    """A hub's keys. The private ones stay inside; there is no `repr` that could log them.

    Attributes:
        identity_key: the public identity key (32 bytes), which clients pin.
        certificate_file: PEM with the TLS certificate and its private key, for `tls.server_context`.
        certificate_der: the certificate.
        certificate_signature: the identity key's, over `hub_certificate_bytes` (64 bytes); what
            `challenge` carries.
    """

    identity_key: bytes
    certificate_file: str
    certificate_der: bytes
    certificate_signature: bytes

    @classmethod
    def load_or_create(cls, directory: Path, *, ip_addresses: Sequence[str] = ()) -> "HubIdentity":
        """Return the identity kept in this directory; make one at the first start.

        The files `identity.key` and `tls.pem` have mode 0600, the directory 0700. A certificate that
        ends within `RENEW_BEFORE` is replaced; the identity never is. `ip_addresses` go into new
        certificates, for browsers.

        Raises:
            LocalError: a file is damaged or open to others, or cannot be written. Nothing is repaired
                silently: a hub with a new identity is a stranger to everybody who knew it.
        """
        prepare_directory(directory)
        identity = _load_identity(directory / IDENTITY_FILE)
        path = directory / TLS_FILE
        der = _load_certificate(path, ip_addresses=ip_addresses)
        return cls(
            identity_key=identity.public_key().public_bytes_raw(),
            certificate_file=str(path),
            certificate_der=der,
            certificate_signature=identity.sign(hub_certificate_bytes(hashlib.sha256(der).digest())),
        )

    @property
    def hub(self) -> HubId:
        """The id of this hub."""
        return ids.hub_id(self.identity_key)

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the certificate (32 bytes), for `listening.listen`."""
        return hashlib.sha256(self.certificate_der).digest()


def _load_identity(path: Path) -> Ed25519PrivateKey:
    data = read_key_file(path)
    if data is None:
        data = _new_identity(path)
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalError(
            f"{path} is damaged, and without it this is another hub: put it back from a backup, or move it "
            f"away and tell everyone to expect a new hub key"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LocalError(f"{path} holds another kind of key: put the hub's own file back")
    return key


def _new_identity(path: Path) -> bytes:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if create_key_file(path, pem):
        return pem
    data = read_key_file(path)  # another hub that started in the same moment was faster
    assert data is not None, "identity files are never deleted"
    return data


def _load_certificate(path: Path, *, ip_addresses: Sequence[str]) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    data = read_key_file(path)
    if data is not None:
        der = _parse_certificate(path, data)
        if expires_at(der) - now > RENEW_BEFORE:
            return der
    data = make_certificate(now=now, ip_addresses=ip_addresses)
    replace_key_file(path, data)
    return certificate_der(data)


def _parse_certificate(path: Path, data: bytes) -> bytes:
    try:
        return certificate_der(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalError(
            f"{path} is damaged: delete it, and a new one will be made (nobody will notice)"
        ) from error
