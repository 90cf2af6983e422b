import datetime

import pytest
import structlog

from lanmsg.cli.hub_certificate import HubCertificate
from lanmsg.net.authority import Authority, CertificateNames
from lanmsg.net.certificate import make_certificate, names_of
from lanmsg.net.tls import verify_hub

ATTIC = frozenset({"attic.local"})


class Machine:
    """A machine whose addresses change."""

    def __init__(self):
        self.addresses = ["192.168.1.7"]

    def find(self):
        return list(self.addresses)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def certificate(tmp_path, machine):
    return HubCertificate(tmp_path / "hub", host_names=ATTIC, find_addresses=machine.find)


async def test_a_new_address_gets_a_certificate_while_the_hub_runs(certificate, machine):
    before, tls = certificate.identity, certificate.tls
    machine.addresses = ["10.0.0.5"]
    with structlog.testing.capture_logs() as logs:
        await certificate.refresh()
    assert [each["event"] for each in logs] == ["certificate renewed"]
    assert "10.0.0.5" in names_of(certificate.identity.certificates.der).ip_addresses
    assert certificate.lan == ["10.0.0.5"]
    assert certificate.identity.identity_key == before.identity_key
    assert certificate.tls.certificate_hash == certificate.identity.certificate_hash != tls.certificate_hash
    for shown in (before, certificate.identity):  # a handshake may have begun with the old one
        signature = certificate.signature_of(shown.certificate_hash)
        verify_hub(before.identity_key, signature, shown.certificate_hash)


async def test_while_nothing_changes_nothing_is_made(certificate):
    before = certificate.tls
    await certificate.refresh()
    assert certificate.tls is before


async def test_a_disk_that_refuses_leaves_the_old_certificate_in_use(certificate, machine, tmp_path):
    before = certificate.tls
    (tmp_path / "hub" / "tls.pem").write_bytes(b"garbage")
    machine.addresses = ["10.0.0.5"]
    with structlog.testing.capture_logs() as logs:
        await certificate.refresh()
    assert [each["event"] for each in logs] == ["certificate not renewed"]
    assert certificate.tls is before


async def test_a_certificate_that_was_brought_is_read_again_when_it_was_renewed(tmp_path, machine):
    write_own(tmp_path, "chat.example.org")
    own = (tmp_path / "cert.pem", tmp_path / "key.pem")
    certificate = HubCertificate(tmp_path / "hub", host_names=ATTIC, own=own, find_addresses=machine.find)
    assert certificate.host_names == {"attic.local", "chat.example.org"}
    assert certificate.authority_fingerprint == ""
    before = certificate.identity.certificate_hash
    write_own(tmp_path, "chat.example.org")
    await certificate.refresh()
    assert certificate.identity.certificate_hash != before


def write_own(folder, name):
    now = datetime.datetime.now(datetime.UTC)
    names = CertificateNames(host_names=(name,))
    pem = make_certificate(Authority.create(now=now, names=names), now=now, names=names)
    (folder / "key.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(pem)
