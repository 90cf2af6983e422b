import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lanmsg.net.authority import Authority, CertificateNames
from lanmsg.net.certificate import (
    certificate_der,
    covers,
    expires_at,
    is_signed_by,
    make_certificate,
    names_of,
)

NOW = datetime.datetime(2026, 11, 5, tzinfo=datetime.UTC)
NAMES = CertificateNames(ip_addresses=("10.0.0.5", "fe80::1"), host_names=("attic.local", "localhost"))
AUTHORITY = Authority.create(now=NOW, names=NAMES)


def make(names=NAMES, *, authority=AUTHORITY):
    return make_certificate(authority, now=NOW, names=names)


@pytest.fixture(scope="module")
def certificate():
    return x509.load_der_x509_certificate(certificate_der(make()))


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def test_it_is_valid_where_clocks_are_wrong(certificate):
    assert certificate.not_valid_before_utc == NOW - datetime.timedelta(days=366)
    assert certificate.not_valid_after_utc == NOW + datetime.timedelta(days=397)


def test_apples_systems_take_it(certificate):
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < datetime.timedelta(days=825)


def test_it_is_a_p256_leaf_signed_by_the_authority(certificate):
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)
    certificate.verify_directly_issued_by(AUTHORITY.certificate)
    assert extension(certificate, x509.BasicConstraints).ca is False
    assert extension(certificate, x509.KeyUsage).digital_signature


def test_it_has_what_strict_checks_ask_for(certificate):
    issuer = extension(AUTHORITY.certificate, x509.SubjectKeyIdentifier).digest
    assert extension(certificate, x509.AuthorityKeyIdentifier).key_identifier == issuer
    assert extension(certificate, x509.SubjectKeyIdentifier).digest != issuer
    assert x509.ExtendedKeyUsageOID.SERVER_AUTH in extension(certificate, x509.ExtendedKeyUsage)


def test_it_carries_the_names_given(certificate):
    names = extension(certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["attic.local", "localhost"]
    addresses = [ipaddress.ip_address("10.0.0.5"), ipaddress.ip_address("fe80::1")]
    assert names.get_values_for_type(x509.IPAddress) == addresses
    assert names_of(certificate_der(make())) == NAMES


def test_a_name_that_the_authority_may_not_speak_for_is_left_out():
    """One such name, and systems that installed the authority would refuse the whole certificate."""
    names = CertificateNames(
        ip_addresses=("10.0.0.5", "203.0.113.9"), host_names=("attic.local", "hub.example")
    )
    assert names_of(certificate_der(make(names))) == CertificateNames(
        ip_addresses=("10.0.0.5",), host_names=("attic.local",)
    )


def test_it_is_known_what_a_certificate_covers():
    der = certificate_der(make())
    assert covers(der, NAMES)
    assert covers(der, CertificateNames(ip_addresses=("10.0.0.5",)))
    assert not covers(der, CertificateNames(ip_addresses=("10.0.0.6",)))


def test_it_is_known_who_signed_it():
    other = Authority.create(now=NOW, names=NAMES)
    assert is_signed_by(certificate_der(make()), AUTHORITY)
    assert not is_signed_by(certificate_der(make()), other)
    assert not is_signed_by(other.der, AUTHORITY)


def test_each_has_a_key_and_a_number_of_its_own():
    one, other = (make() for _ in range(2))
    assert certificate_der(one) != certificate_der(other)


def test_a_certificate_with_another_ones_key_is_noticed():
    one, other = (make() for _ in range(2))
    mixed = one[: one.index(b"-----BEGIN CERT")] + other[other.index(b"-----BEGIN CERT") :]
    with pytest.raises(ValueError, match="belong together"):
        certificate_der(mixed)


def test_its_end_can_be_read():
    assert expires_at(certificate_der(make())) == NOW + datetime.timedelta(days=397)
