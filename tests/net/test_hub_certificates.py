import datetime

import pytest

from lanmsg.net.authority import Authority, CertificateNames
from lanmsg.net.certificate import certificate_der, is_signed_by, make_certificate, names_of
from lanmsg.net.hub_certificates import load_or_make_certificates, load_own_certificates
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.key_files import replace_key_file
from lanmsg.net.tls import server_tls, verify_hub
from lanmsg.wire.errors import LocalError

NAMES = CertificateNames(ip_addresses=("192.168.1.7",), host_names=("attic.local",))
OTHERS = CertificateNames(ip_addresses=("192.168.1.8",), host_names=("attic.local",))


@pytest.fixture
def directory(tmp_path):
    directory = tmp_path / "hub"
    directory.mkdir(mode=0o700)
    return directory


def test_what_is_good_is_kept(directory):
    first = load_or_make_certificates(directory, NAMES)
    assert load_or_make_certificates(directory, NAMES) == first
    assert load_or_make_certificates(directory, None) == first
    assert load_or_make_certificates(directory, CertificateNames(host_names=("attic.local",))) == first


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(directory):
    first, second = (load_or_make_certificates(directory, names) for names in (NAMES, OTHERS))
    assert first.der != second.der
    assert first.authority_der == second.authority_der
    assert "192.168.1.8" in names_of(second.der).ip_addresses
    assert {"127.0.0.1", "::1"} <= set(names_of(second.der).ip_addresses)
    assert {"localhost", "lanmsg.local"} <= set(names_of(second.der).host_names)


def test_names_that_the_authority_may_not_speak_for_do_not_make_one_anew_at_each_start(directory):
    load_or_make_certificates(directory, NAMES)
    foreign = CertificateNames(ip_addresses=("203.0.113.9",), host_names=("chat.example.org",))
    assert load_or_make_certificates(directory, foreign) == load_or_make_certificates(directory, foreign)


@pytest.mark.parametrize(("days_left", "is_renewed"), [(31, False), (29, True), (-1, True)])
def test_a_certificate_is_renewed_in_time_and_the_identity_is_kept(directory, days_left, is_renewed):
    before = HubIdentity.load_or_create(directory)
    made_at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=397 - days_left)
    authority = Authority.from_pem((directory / "authority.pem").read_bytes())
    old = make_certificate(authority, now=made_at, names=NAMES)
    replace_key_file(directory / "tls.pem", old)
    after = HubIdentity.load_or_create(directory)
    assert ((directory / "tls.pem").read_bytes() != old) == is_renewed
    assert after.identity_key == before.identity_key
    verify_hub(before.identity_key, after.certificate_signature, after.certificate_hash)


def test_an_authority_at_its_end_is_made_anew_and_signs_anew(directory):
    made_at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3652 - 29)
    old = Authority.create(now=made_at, names=NAMES)
    replace_key_file(directory / "authority.pem", old.to_pem())
    found = load_or_make_certificates(directory, NAMES)
    assert found.authority_der != old.der
    assert is_signed_by(found.der, Authority.from_pem((directory / "authority.pem").read_bytes()))


def test_a_certificate_of_an_authority_that_is_gone_is_made_anew(directory):
    first = load_or_make_certificates(directory, NAMES)
    (directory / "authority.pem").unlink()
    second = load_or_make_certificates(directory, None)
    assert (first.der != second.der, first.authority_der != second.authority_der) == (True, True)


# --- an operator's own -----------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    authority = Authority.create(now=datetime.datetime.now(datetime.UTC), names=NAMES)
    pem = make_certificate(authority, now=datetime.datetime.now(datetime.UTC), names=NAMES)
    border = pem.index(b"-----BEGIN CERT")
    (tmp_path / "key.pem").write_bytes(pem[:border])
    (tmp_path / "cert.pem").write_bytes(pem[border:] + authority.to_pem())  # and what signed it behind it
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_a_certificate_that_was_brought_is_used_and_vouched_for(directory, own):
    found = load_own_certificates(*own)
    identity = HubIdentity.load_or_create(directory, certificates=found)
    verify_hub(identity.identity_key, identity.certificate_signature, identity.certificate_hash)
    assert server_tls(identity).certificate_hash == identity.certificate_hash
    assert found.authority_der == b""
    assert not (directory / "tls.pem").exists()


def test_a_key_of_another_certificate_is_refused(own, tmp_path, directory):
    load_or_make_certificates(directory, NAMES)
    with pytest.raises(LocalError, match="is not the key of"):
        load_own_certificates(own[0], directory / "tls.pem")


def test_files_that_are_none_are_named(own, tmp_path):
    with pytest.raises(LocalError, match=r"cannot read .*nowhere"):
        load_own_certificates(tmp_path / "nowhere", own[1])
    (tmp_path / "text").write_text("hello")
    with pytest.raises(LocalError, match="no certificate with its key"):
        load_own_certificates(tmp_path / "text", own[1])
    assert certificate_der(own[1].read_bytes() + own[0].read_bytes())
