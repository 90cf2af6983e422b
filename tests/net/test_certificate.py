import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lanmsg.net.certificate import certificate_der, expires_at, make_certificate

NOW = datetime.datetime(2026, 11, 5, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def certificate():
    pem = make_certificate(now=NOW, ip_addresses=["10.0.0.5", "fe80::1"])
    return x509.load_der_x509_certificate(certificate_der(pem))


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def test_it_is_valid_where_clocks_are_wrong(certificate):
    assert certificate.not_valid_before_utc == NOW - datetime.timedelta(days=366)
    assert certificate.not_valid_after_utc == NOW + datetime.timedelta(days=3652)


def test_it_is_a_p256_leaf_signed_by_itself(certificate):
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)
    certificate.verify_directly_issued_by(certificate)
    assert extension(certificate, x509.BasicConstraints).ca is False
    assert extension(certificate, x509.KeyUsage).digital_signature


def test_it_has_what_strict_checks_ask_for(certificate):
    key_id = extension(certificate, x509.SubjectKeyIdentifier).digest
    assert extension(certificate, x509.AuthorityKeyIdentifier).key_identifier == key_id
    assert x509.ExtendedKeyUsageOID.SERVER_AUTH in extension(certificate, x509.ExtendedKeyUsage)


def test_it_carries_the_names_given_and_no_host_name(certificate):
    names = extension(certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["lanmsg.local", "localhost"]
    addresses = [ipaddress.ip_address("10.0.0.5"), ipaddress.ip_address("fe80::1")]
    assert names.get_values_for_type(x509.IPAddress) == addresses


def test_each_has_a_key_and_a_number_of_its_own():
    one, other = (make_certificate(now=NOW) for _ in range(2))
    assert certificate_der(one) != certificate_der(other)


def test_a_certificate_with_another_ones_key_is_noticed():
    one, other = (make_certificate(now=NOW) for _ in range(2))
    mixed = one[: one.index(b"-----BEGIN CERT")] + other[other.index(b"-----BEGIN CERT") :]
    with pytest.raises(ValueError, match="belong together"):
        certificate_der(mixed)


def test_its_end_can_be_read():
    assert expires_at(certificate_der(make_certificate(now=NOW))) == NOW + datetime.timedelta(days=3652)
