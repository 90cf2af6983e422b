import os
import stat
import subprocess
import sys
import threading

import pytest

from lanmsg.client.store import key as key_module
from lanmsg.client.store.directory import DATABASE_NAME, DirectoryLock
from lanmsg.client.store.interface import StoreFailed, StoreLocked
from lanmsg.client.store.key import KEY_NAME, NOTE_NAME, load_or_create_key, system_keyring
from lanmsg.wire.errors import LocalError

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")


class RecordingKeyring:
    def __init__(self):
        self.passwords = {}

    def get_password(self, service, username):
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        self.passwords[service, username] = password


class RefusingKeyring(RecordingKeyring):
    def get_password(self, service, username):
        raise RuntimeError("the collection is locked")

    def set_password(self, service, username, password):
        raise RuntimeError("the collection is locked")


class ForgetfulKeyring(RecordingKeyring):
    def set_password(self, service, username, password):
        pass


class HangingKeyring(RecordingKeyring):
    def __init__(self):
        super().__init__()
        self.is_asked = threading.Event()
        self.end = threading.Event()

    def get_password(self, service, username):
        self.is_asked.set()
        self.end.wait(10)

    def set_password(self, service, username, password):
        self.get_password(service, username)


def counting_bytes(size):
    return bytes(range(size))


def load(directory, keyring=None, *, use_keyring=True, random_bytes=counting_bytes):
    return load_or_create_key(
        directory, use_keyring=use_keyring, random_bytes=random_bytes, find_keyring=lambda: keyring
    )


def never():
    raise AssertionError("nobody asked for the keyring")


def test_a_new_key_goes_into_the_file_and_is_found_again(tmp_path):
    key = load_or_create_key(tmp_path / "a" / "b", use_keyring=False, find_keyring=never)
    assert len(key) == 32
    assert load_or_create_key(tmp_path / "a" / "b", use_keyring=True, find_keyring=never) == key
    assert (tmp_path / "a" / "b" / KEY_NAME).read_bytes() == key
    assert load_or_create_key(tmp_path / "c", use_keyring=False) != key


@posix
def test_the_key_file_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        load(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, KEY_NAME: 0o600, "store.lock": 0o600}


def test_a_new_key_goes_into_the_keyring_and_is_found_again(tmp_path):
    keyring = RecordingKeyring()
    key = load(tmp_path, keyring)
    assert keyring.passwords == {("lanmsg", counting_bytes(16).hex()): key.hex()}
    assert not (tmp_path / KEY_NAME).exists()
    assert key not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert load(tmp_path, keyring, use_keyring=False, random_bytes=never) == key


@pytest.mark.parametrize("keyring", [None, RefusingKeyring(), ForgetfulKeyring()])
def test_a_keyring_that_does_not_work_leaves_a_new_key_in_the_file(tmp_path, keyring):
    key = load(tmp_path, keyring)
    assert (tmp_path / KEY_NAME).read_bytes() == key
    assert not (tmp_path / NOTE_NAME).exists()
    assert load(tmp_path, RecordingKeyring()) == key


def test_a_keyring_that_hangs_does_not_hang_us(tmp_path, monkeypatch):
    monkeypatch.setattr(key_module, "KEYRING_TIMEOUT_S", 0.01)
    keyring = HangingKeyring()
    key = load(tmp_path, keyring)
    assert keyring.is_asked.wait(10)
    keyring.end.set()
    assert (tmp_path / KEY_NAME).read_bytes() == key


@pytest.mark.parametrize(
    ("keyring", "problem"),
    [(None, "is not there"), (RecordingKeyring(), "is not there"), (RefusingKeyring(), "locked")],
)
def test_a_key_that_the_keyring_does_not_give_is_not_made_anew(tmp_path, keyring, problem):
    load(tmp_path, RecordingKeyring())
    with pytest.raises(StoreFailed, match=rf"kept in your keyring.*{problem}.*unlock the keyring"):
        load(tmp_path, keyring)
    assert not (tmp_path / KEY_NAME).exists()


def test_an_existing_store_whose_keyring_hangs_is_refused(tmp_path, monkeypatch):
    load(tmp_path, RecordingKeyring())
    monkeypatch.setattr(key_module, "KEYRING_TIMEOUT_S", 0.01)
    keyring = HangingKeyring()
    with pytest.raises(StoreFailed, match="no answer"):
        load(tmp_path, keyring)
    keyring.end.set()


def test_a_store_without_its_key_gets_no_new_one(tmp_path):
    (tmp_path / DATABASE_NAME).touch()
    with pytest.raises(StoreFailed, match=f"{KEY_NAME} back from a copy"):
        load(tmp_path)


def test_a_damaged_key_file_is_refused(tmp_path):
    load(tmp_path)
    (tmp_path / KEY_NAME).write_bytes(b"short")
    with pytest.raises(StoreFailed, match="damaged"):
        load(tmp_path)


def test_a_key_that_cannot_be_written_is_not_used(tmp_path, monkeypatch):
    def refuse(path, data):
        raise LocalError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(key_module, "create_key_file", refuse)
    with pytest.raises(StoreFailed, match="No space left"):
        load(tmp_path)


@posix
def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    load(tmp_path)
    (tmp_path / KEY_NAME).chmod(0o644)
    with pytest.raises(StoreFailed, match="chmod 600"):
        load(tmp_path)


@posix
@pytest.mark.parametrize("name", [KEY_NAME, NOTE_NAME])
def test_a_planted_link_in_place_of_the_key_is_refused(tmp_path, name):
    (tmp_path / "elsewhere").write_bytes(bytes(32))
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreFailed, match="symbolic link"):
        load(tmp_path)


def test_two_processes_do_not_make_two_keys(tmp_path):
    lock = DirectoryLock.take(tmp_path, program="lanmsg chat")
    with pytest.raises(StoreLocked, match=r"lanmsg \(pid|lanmsg chat \(pid"):
        load(tmp_path)
    lock.release()
    assert load(tmp_path)


@pytest.mark.parametrize("name", ["null", "fail", "chainer"])
def test_backends_that_keep_nothing_are_no_keyring(monkeypatch, name):
    import keyring  # here, as in the program
    from keyring.backends import chainer, fail, null

    backend = {"null": null.Keyring, "fail": fail.Keyring, "chainer": chainer.ChainerBackend}[name]()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    assert system_keyring() is None


def test_of_chained_backends_the_systems_own_is_taken(monkeypatch):
    import keyring
    from keyring.backends import SecretService, chainer, fail

    own = object.__new__(SecretService.Keyring)
    monkeypatch.setattr(keyring, "get_keyring", lambda: object.__new__(chainer.ChainerBackend))
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [fail.Keyring(), own])
    assert system_keyring() is own


def test_importing_the_module_does_not_import_keyring():
    code = "import sys, lanmsg.client.store.key; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
