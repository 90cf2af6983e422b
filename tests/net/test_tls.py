import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.tls import client_context, server_context, verify_hub
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.statements import hub_certificate_bytes


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    return HubIdentity.load_or_create(tmp_path_factory.mktemp("hub"))


def shake_hands(server, client, *, server_hostname="lanmsg.local"):
    """Join two TLS engines in memory; returns both."""
    pipes = [ssl.MemoryBIO(), ssl.MemoryBIO()]
    ends = [
        server.wrap_bio(pipes[0], pipes[1], server_side=True),
        client.wrap_bio(pipes[1], pipes[0], server_hostname=server_hostname),
    ]
    waiting = set(ends)
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
                waiting.discard(end)
            except ssl.SSLWantReadError:
                pass
    assert not waiting
    return ends


def test_both_ends_agree_on_tls_1_3_and_frames(identity):
    server, client = shake_hands(server_context(identity), client_context())
    assert server.version() == client.version() == "TLSv1.3"
    assert server.selected_alpn_protocol() == client.selected_alpn_protocol() == "lanmsg/1"
    assert client.getpeercert(binary_form=True) == identity.certificates.der


@pytest.mark.parametrize("side", ["server", "client"])
def test_downgrade_to_tls_1_2_fails(identity, side):
    contexts = {"server": server_context(identity), "client": client_context()}
    contexts[side].minimum_version = ssl.TLSVersion.TLSv1_2
    contexts[side].maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        shake_hands(contexts["server"], contexts["client"])


def test_no_session_tickets_are_sent(identity):
    _, client = shake_hands(server_context(identity), client_context())
    with pytest.raises(ssl.SSLWantReadError):
        client.read()
    assert not client.session.has_ticket


def test_the_certificate_passes_strict_checks(identity):
    strict = ssl.create_default_context(cadata=identity.certificates.authority_der)
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    _, client = shake_hands(server_context(identity), strict)
    assert ("DNS", "lanmsg.local") in client.getpeercert()["subjectAltName"]


def test_the_identity_vouches_for_its_certificate(identity):
    verify_hub(identity.identity_key, identity.certificate_signature, identity.certificate_hash)


def test_man_in_the_middle_with_a_certificate_of_its_own_is_found_out(identity):
    with pytest.raises(RemoteError) as caught:
        verify_hub(identity.identity_key, identity.certificate_signature, b"m" * 32)
    assert caught.value.code is Code.BAD_SIGNATURE


def test_man_in_the_middle_with_an_identity_of_its_own_has_another_key(identity):
    other = Ed25519PrivateKey.generate()
    signature = other.sign(hub_certificate_bytes(identity.certificate_hash))
    with pytest.raises(RemoteError):
        verify_hub(identity.identity_key, signature, identity.certificate_hash)


@pytest.mark.parametrize("certificate_hash", [b"", b"short", b"l" * 33])
def test_a_hash_that_is_none_is_refused(identity, certificate_hash):
    key = Ed25519PrivateKey.generate()
    signature = key.sign(hub_certificate_bytes(certificate_hash))
    with pytest.raises(RemoteError):
        verify_hub(key.public_key().public_bytes_raw(), signature, certificate_hash)
