"""Who a hub is: an Ed25519 key for ever, and a TLS certificate that this key signs and that may change."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.net.authority import CertificateNames
from lanmsg.net.hub_certificates import Certificates, load_or_make_certificates
from lanmsg.net.key_files import create_key_file, prepare_directory, read_key_file
from lanmsg.wire import ids
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import HubId
from lanmsg.wire.statements import hub_certificate_bytes

IDENTITY_FILE: Final = "identity.key"


@dataclass(frozen=True, repr=False)
class HubIdentity:
    """A hub's keys. The private ones stay inside; there is no `repr` that could log them.

    Attributes:
        identity_key: the public identity key (32 bytes), which clients pin.
        certificates: the TLS certificate, where it lies, and the authority behind it.
        certificate_signature: the identity key's, over `hub_certificate_bytes` (64 bytes); what
            `challenge` carries.
    """

    identity_key: bytes
    certificates: Certificates
    certificate_signature: bytes

    @classmethod
    def load_or_create(
        cls,
        directory: Path,
        *,
        names: CertificateNames | None = None,
        certificates: Certificates | None = None,
    ) -> "HubIdentity":
        """Return the identity kept in this directory; make one at the first start.

        The files `identity.key`, `authority.pem` and `tls.pem` have mode 0600, the directory 0700. The
        certificate is replaced as `load_or_make_certificates` says; the identity never is.

        Args:
            directory: the hub's.
            names: what browsers reach the hub by; None: whatever the certificate is for is good.
            certificates: from `load_own_certificates`, to be used instead of the hub's own.

        Raises:
            LocalError: a file is damaged or open to others, or cannot be written. Nothing is repaired
                silently: a hub with a new identity is a stranger to everybody who knew it.
        """
        prepare_directory(directory)
        identity = _load_identity(directory / IDENTITY_FILE)
        shown = certificates or load_or_make_certificates(directory, names)
        signed = hub_certificate_bytes(hashlib.sha256(shown.der).digest())
        return cls(
            identity_key=identity.public_key().public_bytes_raw(),
            certificates=shown,
            certificate_signature=identity.sign(signed),
        )

    @property
    def hub(self) -> HubId:
        """The id of this hub."""
        return ids.hub_id(self.identity_key)

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the certificate (32 bytes), for `listening.listen`."""
        return hashlib.sha256(self.certificates.der).digest()

    @property
    def certificate_file(self) -> str:
        """Where the certificate lies, for `tls.server_context`."""
        return self.certificates.certificate_file

    @property
    def key_file(self) -> str:
        """Where its key lies, if not in the same file."""
        return self.certificates.key_file


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
