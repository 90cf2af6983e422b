import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from tests.net.test_tls import shake_hands

from lanmsg.net.authority import MAX_NAMES, Authority, CertificateNames, fingerprint
from lanmsg.net.certificate import make_certificate
from lanmsg.net.tls import server_context

NOW = datetime.datetime.now(datetime.UTC)
NAMES = CertificateNames(
    ip_addresses=("192.168.1.7", "203.0.113.9"), host_names=("attic.local", "lanmsg.local")
)


@pytest.fixture(scope="module")
def authority():
    return Authority.create(now=NOW, names=NAMES)


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def test_it_may_sign_certificates_and_nothing_else(authority):
    basic, usage = (extension(authority.certificate, kind) for kind in (x509.BasicConstraints, x509.KeyUsage))
    assert (basic.value.ca, basic.value.path_length, basic.critical) == (True, 0, True)
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    authority.certificate.verify_directly_issued_by(authority.certificate)


def test_it_is_held_to_its_names_and_to_private_addresses(authority):
    constraints = extension(authority.certificate, x509.NameConstraints)
    assert constraints.critical
    subtrees = constraints.value.permitted_subtrees
    assert [each.value for each in subtrees if isinstance(each, x509.DNSName)] == list(NAMES.host_names)
    networks = [each.value for each in subtrees if isinstance(each, x509.IPAddress)]
    assert ipaddress.ip_network("192.168.0.0/16") in networks
    assert ipaddress.ip_network("203.0.113.9/32") in networks  # its own, though public
    assert all(
        each.is_private or each.num_addresses == 1 or str(each) == "100.64.0.0/10" for each in networks
    )


@pytest.mark.parametrize(
    ("name", "is_permitted"),
    [
        ("attic.local", True),
        ("x.attic.local", True),
        ("xattic.local", False),
        ("local", False),
        ("bank.example", False),
    ],
)
def test_names_that_are_not_its_own_are_left_out(authority, name, is_permitted):
    assert bool(authority.permitted(CertificateNames(host_names=(name,))).host_names) == is_permitted


@pytest.mark.parametrize(
    ("address", "is_permitted"),
    [
        ("10.1.2.3", True),
        ("fd00::1", True),
        ("203.0.113.9", True),
        ("203.0.113.8", False),
        ("2001:db8::1", False),
    ],
)
def test_addresses_of_the_internet_are_left_out(authority, address, is_permitted):
    assert bool(authority.permitted(CertificateNames(ip_addresses=(address,))).ip_addresses) == is_permitted


def test_it_comes_back_as_it_was_written(authority):
    again = Authority.from_pem(authority.to_pem())
    assert again.der == authority.der
    assert "key" not in repr(authority)
    assert fingerprint(authority.der).count(":") == 31


def test_another_ones_key_is_noticed(authority):
    other = Authority.create(now=NOW, names=NAMES).to_pem()
    own = authority.to_pem()
    mixed = other[: other.index(b"-----BEGIN CERT")] + own[own.index(b"-----BEGIN CERT") :]
    with pytest.raises(ValueError, match="belong together"):
        Authority.from_pem(mixed)


def test_names_are_limited():
    many = CertificateNames(host_names=tuple(f"h{number}.local" for number in range(100)))
    assert len(many.general_names) == MAX_NAMES
    assert len(CertificateNames(host_names=("a", "a")).general_names) == 1


# --- as OpenSSL sees it ----------------------------------------------------------------------


class Shown:
    """A certificate file, as `server_context` wants it."""

    key_file = ""
    certificate_hash = bytes(32)

    def __init__(self, path, pem):
        path.write_bytes(pem)
        self.certificate_file = str(path)


def trusting(authority):
    """A client that has installed the authority and checks names, as browsers do."""
    context = ssl.create_default_context(cadata=authority.der)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("name", ["attic.local", "192.168.1.7", "203.0.113.9"])
def test_who_has_installed_it_trusts_the_hub(authority, tmp_path, name):
    shown = Shown(tmp_path / "tls.pem", make_certificate(authority, now=NOW, names=NAMES))
    _, client = shake_hands(server_context(shown), trusting(authority), server_hostname=name)
    assert client.version() == "TLSv1.3"


def test_attack_a_stolen_authority_can_not_pose_as_a_bank(tmp_path):
    bank = CertificateNames(host_names=("bank.example",))
    thief = Authority.create(now=NOW, names=NAMES)
    pem = make_certificate(_Unbound(thief), now=NOW, names=bank)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(
            server_context(Shown(tmp_path / "tls.pem", pem)), trusting(thief), server_hostname="bank.example"
        )


class _Unbound:
    """The authority in the hands of somebody who does not ask what it may sign."""

    def __init__(self, authority):
        self.key, self.certificate = authority.key, authority.certificate

    def permitted(self, names):
        return names
