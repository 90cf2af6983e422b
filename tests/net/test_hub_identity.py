import os
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lanmsg.net import hub_identity
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.key_files import create_key_file
from lanmsg.net.tls import verify_hub
from lanmsg.wire import ids
from lanmsg.wire.errors import LocalError


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "hub"


def test_the_first_start_makes_an_identity_and_later_ones_keep_it(directory):
    first = HubIdentity.load_or_create(directory)
    assert HubIdentity.load_or_create(directory) == first
    assert first.hub == ids.hub_id(first.identity_key)
    verify_hub(first.identity_key, first.certificate_signature, first.certificate_hash)


def test_only_the_owner_may_read_the_files(directory):
    HubIdentity.load_or_create(directory)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {"identity.key": 0o600, "authority.pem": 0o600, "tls.pem": 0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_private_key_is_in_no_repr(directory):
    text = repr(HubIdentity.load_or_create(directory))
    assert "key" not in text


def test_a_lost_certificate_is_made_again(directory):
    before = HubIdentity.load_or_create(directory)
    (directory / "tls.pem").unlink()
    assert HubIdentity.load_or_create(directory).identity_key == before.identity_key


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("identity.key", "put it back from a backup"),
        ("tls.pem", "delete it"),
        ("authority.pem", "who installed the old one"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_damaged_file_is_named_and_not_repaired_silently(directory, name, advice, content):
    HubIdentity.load_or_create(directory)
    (directory / name).write_bytes(content)
    with pytest.raises(LocalError, match=advice) as caught:
        HubIdentity.load_or_create(directory)
    assert str(directory / name) in str(caught.value)
    assert (directory / name).read_bytes() == content


def test_another_kind_of_key_is_refused(directory):
    directory.mkdir(mode=0o700)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    create_key_file(directory / "identity.key", pem)
    with pytest.raises(LocalError, match="another kind of key"):
        HubIdentity.load_or_create(directory)


def test_two_hubs_that_start_together_become_one(directory, monkeypatch):
    first = HubIdentity.load_or_create(directory)
    read, answers = hub_identity.read_key_file, [None]
    monkeypatch.setattr(hub_identity, "read_key_file", lambda path: answers.pop() if answers else read(path))
    assert HubIdentity.load_or_create(directory).identity_key == first.identity_key


def test_an_open_identity_file_stops_the_hub(directory):
    HubIdentity.load_or_create(directory)
    os.chmod(directory / "identity.key", 0o644)  # noqa: PTH101 - what the test is about
    with pytest.raises(LocalError, match="others may read"):
        HubIdentity.load_or_create(directory)
