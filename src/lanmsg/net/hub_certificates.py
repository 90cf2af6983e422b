"""The certificate files of a hub: its authority, what that has signed, or what an operator brought."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from lanmsg.net.authority import Authority, CertificateNames
from lanmsg.net.certificate import certificate_der, covers, expires_at, is_signed_by, make_certificate
from lanmsg.net.key_files import read_key_file, replace_key_file
from lanmsg.net.tls import CERTIFICATE_NAME
from lanmsg.wire.errors import LocalError

T = TypeVar("T")

TLS_FILE: Final = "tls.pem"
AUTHORITY_FILE: Final = "authority.pem"
RENEW_BEFORE: Final = datetime.timedelta(days=30)
"""A hub renews while it runs; one that is off for a month still has a valid certificate."""
_ALWAYS: Final = CertificateNames(
    ip_addresses=("127.0.0.1", "::1"), host_names=(CERTIFICATE_NAME, "localhost")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """What a hub shows, and where it lies.

    Attributes:
        certificate_file: PEM, with the private key in it if `key_file` is empty.
        key_file: PEM.
        der: the certificate.
        authority_der: the hub's own authority that signed it; empty if somebody else did.
    """

    certificate_file: str
    key_file: str = ""
    der: bytes
    authority_der: bytes = b""


def load_or_make_certificates(directory: Path, names: CertificateNames | None) -> Certificates:
    """Return the certificate kept in this directory, and the authority; make what is missing.

    A certificate is made anew when it ends within `RENEW_BEFORE`, when it lacks one of `names`, or when
    the authority has not signed it. `names` None: whatever it is for is good.

    Raises:
        LocalError: a file is damaged or open to others, or cannot be written.
    """
    now = datetime.datetime.now(datetime.UTC)
    wanted = _with_own(names or CertificateNames())
    authority = _load_authority(directory / AUTHORITY_FILE, now=now, names=wanted)
    path = directory / TLS_FILE
    der = _load_certificate(path, authority, now=now)
    if der is None or (names is not None and not covers(der, authority.permitted(wanted))):
        data = make_certificate(authority, now=now, names=wanted)
        replace_key_file(path, data)
        der = certificate_der(data)
    return Certificates(certificate_file=str(path), der=der, authority_der=authority.der)


def load_own_certificates(certificate: Path, key: Path) -> Certificates:
    """Return the certificate that an operator brought; it is never changed.

    Raises:
        LocalError: a file can't be read, or the two do not belong together.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        raise LocalError(f"cannot read {error.filename}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalError(
            f"{certificate} and {key} are no certificate with its key in PEM: {error}"
        ) from error
    if private.public_key() != found.public_key():
        raise LocalError(f"{key} is not the key of the certificate in {certificate}")
    der = found.public_bytes(serialization.Encoding.DER)
    return Certificates(certificate_file=str(certificate), key_file=str(key), der=der)


def _with_own(names: CertificateNames) -> CertificateNames:
    return CertificateNames(
        ip_addresses=(*_ALWAYS.ip_addresses, *names.ip_addresses),
        host_names=(*_ALWAYS.host_names, *names.host_names),
    )


def _load_authority(path: Path, *, now: datetime.datetime, names: CertificateNames) -> Authority:
    advice = "a new one will be made, and who installed the old one must install it"
    authority = _parsed(path, Authority.from_pem, advice=advice)
    if authority is None or authority.certificate.not_valid_after_utc - now <= RENEW_BEFORE:
        authority = Authority.create(now=now, names=names)
        replace_key_file(path, authority.to_pem())
    return authority


def _load_certificate(path: Path, authority: Authority, *, now: datetime.datetime) -> bytes | None:
    der = _parsed(path, certificate_der, advice="a new one will be made (nobody will notice)")
    if der is None or expires_at(der) - now <= RENEW_BEFORE or not is_signed_by(der, authority):
        return None
    return der


def _parsed(path: Path, parse: Callable[[bytes], T], *, advice: str) -> T | None:
    data = read_key_file(path)
    if data is None:
        return None
    try:
        return parse(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalError(f"{path} is damaged: delete it, and {advice}") from error
