"""Wiping a home: keys first, nothing that is not lanmsg's own, nothing while it is in use."""

import contextlib
from pathlib import Path

import pytest
from tests.client.test_backup import HUB, OTHER, at_home

from lanmsg.client.home import STAGING_PREFIX, store_directories, wipe_home
from lanmsg.client.real import store_directory
from lanmsg.client.store.directory import DATABASE_NAME
from lanmsg.client.store.interface import StoreLocked
from lanmsg.client.store.key import KEY_NAME, KEYRING_SERVICE, NOTE_NAME


def home_with_stores(home):
    with at_home(home, HUB, OTHER):
        pass
    return home


class Keyring:
    """A keyring in memory; `is_stuck`: it does not delete."""

    def __init__(self, *names, is_stuck=False):
        self.names = set(names)
        self.is_stuck = is_stuck

    def get_password(self, service, username):
        return "secret" if username in self.names else None

    def set_password(self, service, username, password):
        raise AssertionError("nothing is kept")

    def delete_password(self, service, username):
        assert service == KEYRING_SERVICE
        if not self.is_stuck:
            self.names.discard(username)


def test_after_a_wipe_nothing_is_left(tmp_path):
    home = home_with_stores(tmp_path / "home")
    wiped = wipe_home(home)
    assert (wiped.stores, wiped.by_hand, wiped.left) == (2, (), ())
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_open_keeps_the_whole_home(tmp_path):
    with at_home(tmp_path, HUB, OTHER):
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.key")}
        with pytest.raises(StoreLocked):
            wipe_home(tmp_path)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*.key")} == before
        assert len(before) == 2


def test_all_keys_are_gone_before_the_first_database(tmp_path, monkeypatch):
    home = home_with_stores(tmp_path)
    keys_left = []
    unlink = Path.unlink

    def watched(path, **more):
        if path.name == DATABASE_NAME:
            keys_left.append([*home.rglob(KEY_NAME)])
        unlink(path, **more)

    monkeypatch.setattr(Path, "unlink", watched)
    wipe_home(home)
    assert keys_left == [[], []] * (len(keys_left) // 2)
    assert keys_left


def test_a_key_is_written_over_before_it_is_deleted(tmp_path, monkeypatch):
    home = home_with_stores(tmp_path)
    [path, _] = [directory / KEY_NAME for directory in store_directories(home)]
    key, contents = path.read_bytes(), []
    unlink = Path.unlink

    def watched(each, **more):
        if each == path and path.exists():
            contents.append(each.read_bytes())
        unlink(each, **more)

    monkeypatch.setattr(Path, "unlink", watched)
    wipe_home(home)
    assert contents
    assert key not in contents


def test_the_keys_in_a_keyring_are_deleted_there(tmp_path):
    home = home_with_stores(tmp_path)
    for number, directory in enumerate(store_directories(home)):
        (directory / KEY_NAME).rename(directory / NOTE_NAME)
        (directory / NOTE_NAME).write_text(f"name{number}")
    keyring = Keyring("name0", "name1", "another program's")
    assert wipe_home(home, find_keyring=lambda: keyring).by_hand == ()
    assert keyring.names == {"another program's"}


@pytest.mark.parametrize("keyring", [None, Keyring("name", is_stuck=True)], ids=["none", "stuck"])
def test_a_keyring_that_keeps_the_key_is_named_and_the_rest_goes(tmp_path, keyring):
    home = home_with_stores(tmp_path / "home")
    directory = store_directory(home, HUB.hub)
    (directory / KEY_NAME).rename(directory / NOTE_NAME)
    (directory / NOTE_NAME).write_text("name")
    [by_hand] = wipe_home(home, find_keyring=lambda: keyring).by_hand
    assert "(lanmsg, name)" in by_hand
    assert not home.exists()


def test_what_is_not_ours_stays_and_is_named(tmp_path):
    home = home_with_stores(tmp_path / "home")
    theirs = [home / "hub" / "identity.key", home / "hubs" / "notes.txt", home / "photo.jpg"]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"theirs")
    outside = tmp_path / "outside"
    home_with_stores(outside)
    (home / "hubs" / "link").symlink_to(outside / "hubs" / HUB.hub.hex())
    wiped = wipe_home(home)
    assert all(path.read_bytes() == b"theirs" for path in theirs)
    assert set(theirs) <= set(wiped.left)
    assert len([*outside.rglob(KEY_NAME)]) == 2


def test_stores_set_aside_and_unpacked_keys_of_a_killed_restore_go_too(tmp_path):
    home = home_with_stores(tmp_path / "home")
    directory = store_directory(home, HUB.hub)
    directory.rename(directory.with_name(f"{directory.name}.until-2026-11-23T060000"))
    left = home / f"{STAGING_PREFIX}1"
    left.mkdir()
    (left / KEY_NAME).write_bytes(b"k" * 32)
    assert wipe_home(home).stores == 2
    assert not home.exists()


def test_a_wipe_may_be_repeated(tmp_path):
    home = home_with_stores(tmp_path / "home")
    for directory in store_directories(home):
        (directory / KEY_NAME).unlink()
    assert wipe_home(home).left == ()
    home.mkdir()
    with contextlib.suppress(FileNotFoundError):
        wipe_home(home)
    assert not home.exists()
