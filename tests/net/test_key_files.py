import errno
import os
import stat
from pathlib import Path

import pytest

from lanmsg.net import key_files
from lanmsg.net.key_files import create_key_file, prepare_directory, read_key_file, replace_key_file
from lanmsg.wire.errors import LocalError


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_directory_is_for_its_owner_alone(tmp_path):
    prepare_directory(tmp_path / "new")
    assert mode_of(tmp_path / "new") == 0o700


def test_a_directory_that_others_may_read_is_accepted_and_one_they_may_write_is_not(tmp_path):
    tmp_path.chmod(0o755)
    prepare_directory(tmp_path)
    tmp_path.chmod(0o775)
    with pytest.raises(LocalError, match="chmod 700"):
        prepare_directory(tmp_path)


def test_a_directory_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="cannot use the directory"):
        prepare_directory(tmp_path / "file" / "inside")


def test_what_was_created_is_read_back_and_is_private(tmp_path):
    path = tmp_path / "key"
    assert read_key_file(path) is None
    assert create_key_file(path, b"secret")
    assert read_key_file(path) == b"secret"
    assert mode_of(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_wide_umask_does_not_open_the_file(tmp_path):
    before = os.umask(0)
    try:
        replace_key_file(tmp_path / "key", b"secret")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "key") == 0o600


@pytest.mark.parametrize("has_hard_links", [True, False])
def test_what_is_there_is_never_created_again(tmp_path, monkeypatch, has_hard_links):
    if not has_hard_links:
        monkeypatch.setattr(Path, "hardlink_to", raise_not_permitted)
    path = tmp_path / "key"
    assert create_key_file(path, b"first")
    assert not create_key_file(path, b"second")
    assert read_key_file(path) == b"first"
    assert list(tmp_path.iterdir()) == [path]


def raise_not_permitted(*_):
    raise PermissionError(errno.EPERM, "no hard links here")


def test_replacing_is_at_one_stroke(tmp_path):
    path = tmp_path / "key"
    replace_key_file(path, b"old")
    with path.open("rb") as reader:
        replace_key_file(path, b"new")
        assert reader.read() == b"old"
    assert read_key_file(path) == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "key"
    create_key_file(path, b"secret")
    path.chmod(mode)
    with pytest.raises(LocalError, match="others may read"):
        read_key_file(path)


def test_a_symbolic_link_planted_where_the_key_is_read_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").touch(mode=0o600)
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LocalError, match="cannot read"):
        read_key_file(tmp_path / "key")


def test_a_symbolic_link_planted_where_the_key_is_written_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    (tmp_path / "key").symlink_to(victim)
    assert not create_key_file(tmp_path / "key", b"secret")
    replace_key_file(tmp_path / "key", b"secret")
    assert victim.read_bytes() == b"untouched"
    assert read_key_file(tmp_path / "key") == b"secret"


@pytest.mark.parametrize("plant", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_in_place_of_the_key(tmp_path, plant):
    plant(tmp_path / "key")
    with pytest.raises(LocalError, match="is not a file"):
        read_key_file(tmp_path / "key")


def test_a_key_of_another_user(tmp_path, monkeypatch):
    create_key_file(tmp_path / "key", b"secret")
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(LocalError, match="belongs to another user"):
        read_key_file(tmp_path / "key")


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(LocalError, match="cannot write"):
        create_key_file(tmp_path / "missing" / "key", b"secret")


def test_a_full_disk_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    replace_key_file(tmp_path / "key", b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalError, match="No space left"):
        replace_key_file(tmp_path / "key", b"new")
    assert read_key_file(tmp_path / "key") == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_elsewhere_than_on_posix_modes_mean_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(key_files, "_IS_POSIX", False)
    tmp_path.chmod(0o777)
    prepare_directory(tmp_path)
    replace_key_file(tmp_path / "key", b"secret")
    (tmp_path / "key").chmod(0o666)
    assert read_key_file(tmp_path / "key") == b"secret"
