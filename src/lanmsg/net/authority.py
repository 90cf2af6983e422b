"""A hub's own certificate authority, for people who do not want their browser to warn.

It may speak for this hub's names and for addresses that mean nothing on the internet, and for nothing else
(name constraints, RFC 5280 §4.2.1.10): whoever steals it from the hub's disk can't pose as a bank to
those who installed it. Native clients know nothing of it: they pin the hub's identity key.
"""

import datetime
import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_BEFORE: Final = datetime.timedelta(days=366)
"""A board without a battery may believe that it is last year."""
VALID_AFTER: Final = datetime.timedelta(days=3652)
"""Ten years: a new one would have to be installed by everybody again."""
MAX_NAMES: Final = 32
"""Names and addresses in one certificate: a hub has a few network cards and a few names."""

PRIVATE_NETWORKS: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
            "169.254.0.0/16", "fe80::/10",  # link-local
            "100.64.0.0/10",  # shared address space (RFC 6598): many VPNs
            "fc00::/7",  # unique local (RFC 4193)
            "127.0.0.0/8", "::1/128",  # this machine
        ),
    )
)  # fmt: skip
"""What every authority may speak for: addresses that the internet does not carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateNames:
    """What a hub is reached by.

    Attributes:
        ip_addresses: of this machine, the most important first.
        host_names: in lower case.
    """

    ip_addresses: tuple[str, ...] = ()
    host_names: tuple[str, ...] = ()

    @property
    def general_names(self) -> list[x509.GeneralName]:
        """The same as a certificate has them, at most `MAX_NAMES`, each once."""
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in self.host_names]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in self.ip_addresses]
        return list(dict.fromkeys(names))[:MAX_NAMES]


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """An authority with its private key; there is no `repr` that could log it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, *, now: datetime.datetime, names: CertificateNames) -> "Authority":
        """Make one that may speak for these names, and for all private addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _builder(key.public_key(), now=now, names=names).sign(key, hashes.SHA256()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "Authority":
        """Read what `to_pem` gave.

        Raises:
            ValueError: it is no authority with its own private key.
        """
        certificate = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("authority and private key do not belong together")
        return cls(key, certificate)

    def to_pem(self) -> bytes:
        """Return key and certificate, the key first."""
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private + self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate, for people to install."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def permitted(self, names: CertificateNames) -> CertificateNames:
        """Return those of the names that this authority may speak for; one more would spoil all."""
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        permitted = constraints.permitted_subtrees or []
        domains = [each.value for each in permitted if isinstance(each, x509.DNSName)]
        networks = [
            each.value
            for each in permitted
            if isinstance(each, x509.IPAddress)
            and isinstance(each.value, (ipaddress.IPv4Network, ipaddress.IPv6Network))
        ]
        return CertificateNames(
            ip_addresses=tuple(
                address
                for address in names.ip_addresses
                if any(ipaddress.ip_address(address) in network for network in networks)
            ),
            host_names=tuple(name for name in names.host_names if _is_below(name, domains)),
        )


def fingerprint(der: bytes) -> str:
    """Return SHA-256 of a certificate as systems show it: `3F:9A:…`."""
    return hashlib.sha256(der).digest().hex(":").upper()


def _is_below(name: str, domains: Iterable[str]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _builder(
    key: ec.EllipticCurvePublicKey, *, now: datetime.datetime, names: CertificateNames
) -> x509.CertificateBuilder:
    key_id = x509.SubjectKeyIdentifier.from_public_key(key)
    # Named by its key, for a list of authorities may hold those of several hubs.
    common_name = f"lanmsg hub authority {key_id.digest.hex()[:8]}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_BEFORE)
        .not_valid_after(now + VALID_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGN_CERTIFICATES, critical=True)
        .add_extension(x509.NameConstraints(_permitted_subtrees(names), None), critical=True)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
    )


def _permitted_subtrees(names: CertificateNames) -> list[x509.GeneralName]:
    subtrees: list[x509.GeneralName] = [x509.DNSName(name) for name in names.host_names]
    own = [ipaddress.ip_address(address) for address in names.ip_addresses]
    public = [each for each in own if not any(each in network for network in PRIVATE_NETWORKS)]
    networks = [*PRIVATE_NETWORKS, *map(ipaddress.ip_network, public)]
    return subtrees + [x509.IPAddress(network) for network in networks]


_SIGN_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
