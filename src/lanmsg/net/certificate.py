"""The hub's TLS certificate: signed by the hub's own authority, and replaced without anybody noticing.

Native clients pin the identity, browsers trust the authority, or nothing.

Only the hub imports this: `cryptography.x509` takes a tenth of a second to load.
"""

import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lanmsg.net.authority import VALID_BEFORE, Authority, CertificateNames
from lanmsg.net.tls import CERTIFICATE_NAME

VALID_AFTER: Final = datetime.timedelta(days=397)
"""Together with `VALID_BEFORE` less than the 825 days that Apple's systems allow a certificate."""


def make_certificate(authority: Authority, *, now: datetime.datetime, names: CertificateNames) -> bytes:
    """Make a certificate with a new ECDSA P-256 key; both as PEM, the key first.

    It has all the extensions that strict X.509 checks ask for (RFC 5280 §4.2; Python 3.13 does).

    Args:
        authority: signs it.
        now: aware, of this machine's clock.
        names: those of them that the authority may speak for go into it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(key.public_key(), authority, now=now, names=authority.permitted(names))
    certificate = builder.sign(authority.key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    key: ec.EllipticCurvePublicKey, authority: Authority, *, now: datetime.datetime, names: CertificateNames
) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE_NAME)])
    key_id = x509.SubjectKeyIdentifier.from_public_key(key)
    issuer_id = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + VALID_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGN_ONLY, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(names.general_names), critical=False)
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


def is_signed_by(der: bytes, authority: Authority) -> bool:
    """Tell whether this authority has signed the certificate."""
    try:
        x509.load_der_x509_certificate(der).verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def names_of(der: bytes) -> CertificateNames:
    """Return what a certificate is for; wildcards are no names."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return CertificateNames()
    return CertificateNames(
        ip_addresses=tuple(map(str, names.get_values_for_type(x509.IPAddress))),
        host_names=tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)),
    )


def covers(der: bytes, names: CertificateNames) -> bool:
    """Tell whether a certificate is for all of these names, and perhaps for more."""
    return set(names.general_names) <= set(names_of(der).general_names)
