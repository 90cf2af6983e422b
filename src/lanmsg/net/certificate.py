"""The hub's TLS certificate: self-signed, replaced without anybody noticing, since clients pin the identity.

Only the hub imports this: `cryptography.x509` takes a tenth of a second to load.
"""

import datetime
import ipaddress
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lanmsg.net.tls import CERTIFICATE_NAME

VALID_BEFORE: Final = datetime.timedelta(days=366)
"""A board without a battery may believe that it is last year."""
VALID_AFTER: Final = datetime.timedelta(days=3652)
"""Ten years. A long life costs nothing: what people trust is the identity key."""


def make_certificate(*, now: datetime.datetime, ip_addresses: Sequence[str] = ()) -> bytes:
    """Make a certificate with a new ECDSA P-256 key; both as PEM, the key first.

    It has all the extensions that strict X.509 checks ask for (RFC 5280 §4.2; Python 3.13 does), so
    that browsers and tools can be told to trust it.

    Args:
        now: aware, of this machine's clock.
        ip_addresses: more names for it, next to `lanmsg.local` and `localhost`.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(key.public_key(), now=now, ip_addresses=ip_addresses).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    key: ec.EllipticCurvePublicKey, *, now: datetime.datetime, ip_addresses: Sequence[str]
) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE_NAME)])
    key_id = x509.SubjectKeyIdentifier.from_public_key(key)
    names: list[x509.GeneralName] = [x509.DNSName(CERTIFICATE_NAME), x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ip_addresses]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + VALID_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGN_ONLY, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )


_SIGN_ONLY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def certificate_der(pem: bytes) -> bytes:
    """Return the certificate of what `make_certificate` made, in DER form.

    Raises:
        ValueError: it is not a certificate with its own private key.
    """
    certificate = x509.load_pem_x509_certificate(pem)
    key = serialization.load_pem_private_key(pem, password=None)
    if key.public_key() != certificate.public_key():
        raise ValueError("certificate and private key do not belong together")
    return certificate.public_bytes(serialization.Encoding.DER)


def expires_at(der: bytes) -> datetime.datetime:
    """Return when the certificate ends."""
    return x509.load_der_x509_certificate(der).not_valid_after_utc
