"""Backups: what is in one comes back, while the store is in use too; everything else is refused."""

import contextlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from lanmsg.client.age import AgeWriter, NotAge, WrongPassphrase, open_age
from lanmsg.client.backup import HEAD_NAME, restore_backup, write_backup
from lanmsg.client.home import STAGING_PREFIX
from lanmsg.client.known_hubs import FILE_NAME, KnownHub, load_known_hubs, remember_hub
from lanmsg.client.real import store_directory
from lanmsg.client.store.conformance import (
    EVERYONE,
    PROFILE,
    outbox_row,
    stored_log,
    stored_message,
)
from lanmsg.client.store.interface import OutboundSession, StoreFailed
from lanmsg.client.store.key import KEY_NAME, load_or_create_key
from lanmsg.client.store.snapshot import snapshot
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.errors import LocalError

EASY = 4
HUB = KnownHub(b"h" * 32, "Attic", ("10.0.0.1:7777",), 5)
OTHER = KnownHub(b"o" * 32, "Cellar", ("10.0.0.2:7777",), 6)


def open_store(home, hub=HUB):
    directory = store_directory(home, hub.hub)
    return SqliteStore.open(directory, load_or_create_key(directory, use_keyring=False))


@contextlib.contextmanager
def at_home(home, *hubs):
    """A home with a few messages at each hub; its first store is open."""
    for hub in hubs or (HUB,):
        remember_hub(home, identity_key=hub.identity_key, title=hub.title, address=hub.addresses[0], now_ms=7)
        store = open_store(home, hub)
        store.commit([PROFILE, stored_log(EVERYONE, seq=2), *(stored_message(EVERYONE, n) for n in (1, 2))])
        store.close()
    with contextlib.closing(open_store(home, (hubs or (HUB,))[0])) as store:
        yield store


def backed_up(home, passphrase="word", **more):
    file = io.BytesIO()
    write_backup(home, file, passphrase, work_factor=EASY, **more)
    return file.getvalue()


def restored(home, data, passphrase="word"):
    return restore_backup(home, io.BytesIO(data), passphrase, use_keyring=False)


def seqs(store):
    return [each.seq for each in store.messages(EVERYONE, before=None, limit=1000)]


def archive_of(members):
    """A backup's file with these members, made by somebody else."""
    file = io.BytesIO()
    age = AgeWriter(file, "word", random_bytes=os.urandom, work_factor=EASY)
    with tarfile.open(fileobj=age, mode="w|") as archive:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    age.finish()
    return file.getvalue()


def test_what_was_backed_up_is_there_again(tmp_path):
    with at_home(tmp_path / "old", HUB, OTHER):
        data = backed_up(tmp_path / "old")
    done = restored(tmp_path / "new", data)
    assert done.stores == 2
    assert [hub.title for hub in done.hubs] == ["Cellar", "Attic"]
    assert load_known_hubs(tmp_path / "new") == load_known_hubs(tmp_path / "old")
    for hub in (HUB, OTHER):
        with contextlib.closing(open_store(tmp_path / "new", hub)) as store:
            assert seqs(store) == [1, 2]
            assert store.load().profile == PROFILE


def test_of_one_hub_there_is_nothing_of_another(tmp_path):
    with at_home(tmp_path / "old", HUB, OTHER):
        data = backed_up(tmp_path / "old", hub=OTHER)
    assert restored(tmp_path / "new", data).hubs == (
        KnownHub(OTHER.identity_key, "Cellar", OTHER.addresses, 6),
    )
    assert [path.name for path in (tmp_path / "new" / "hubs").iterdir()] == [OTHER.hub.hex()]


def test_a_backup_of_an_open_store_is_a_state_that_was_committed(tmp_path):
    with at_home(tmp_path / "old") as store:
        directory = store_directory(tmp_path / "old", HUB.hub)
        key = load_or_create_key(directory, use_keyring=False)
        with snapshot(directory, key) as copy:
            store.commit([stored_log(EVERYONE, seq=3), stored_message(EVERYONE, 3)])
            assert b"SQLite" not in copy.read_bytes()[:16]
            (tmp_path / "copy").mkdir()
            copy.rename(tmp_path / "copy" / "store.sqlite3")
        with contextlib.closing(SqliteStore.open(tmp_path / "copy", key)) as copied:
            assert seqs(copied) == [1, 2]
        assert seqs(store) == [1, 2, 3]
        data = backed_up(tmp_path / "old")
        store.commit([stored_log(EVERYONE, seq=4), stored_message(EVERYONE, 4)])
    restored(tmp_path / "new", data)
    with contextlib.closing(open_store(tmp_path / "new")) as store:
        assert seqs(store) == [1, 2, 3]


def test_nothing_of_the_backup_stays_beside_the_store(tmp_path):
    with at_home(tmp_path / "old"):
        before = {path.name for path in store_directory(tmp_path / "old", HUB.hub).iterdir()}
        backed_up(tmp_path / "old")
        assert {path.name for path in store_directory(tmp_path / "old", HUB.hub).iterdir()} == before


def test_a_restored_store_sends_nothing_under_its_old_keys(tmp_path):
    with at_home(tmp_path / "old") as store:
        sealed = outbox_row(1, position=1)
        sealed = type(sealed)(
            sealed.position, sealed.conversation, sealed.message_id, sealed.content, 1, b"frames", 9, ""
        )
        store.commit([OutboundSession(EVERYONE, "pickle", 1, 3, (), ()), sealed, outbox_row(2, position=2)])
        data = backed_up(tmp_path / "old")
    restored(tmp_path / "new", data)
    with contextlib.closing(open_store(tmp_path / "new")) as store:
        state = store.load()
    assert state.outbound == []
    assert [(row.message_id[0], row.frames, row.counter) for row in state.outbox] == [
        (1, b"", 0),
        (2, b"", 0),
    ]


def test_a_home_in_use_is_not_restored_into(tmp_path):
    with at_home(tmp_path / "old"):
        data = backed_up(tmp_path / "old")
        with pytest.raises(LocalError, match="has hubs already"):
            restored(tmp_path / "old", data)


@pytest.mark.parametrize("damage", ["passphrase", "cut", "changed"])
def test_a_backup_that_does_not_open_changes_nothing(tmp_path, damage):
    with at_home(tmp_path / "old"):
        data = backed_up(tmp_path / "old")
    data = {
        "passphrase": data,
        "cut": data[:-1],
        "changed": data[:-30_000] + bytes([data[-30_000] ^ 1]) + data[-29_999:],
    }[damage]
    home = tmp_path / "new"
    home.mkdir()
    with pytest.raises(WrongPassphrase if damage == "passphrase" else NotAge):
        restored(home, data, "wrong" if damage == "passphrase" else "word")
    assert list(home.iterdir()) == []


HEAD = (HEAD_NAME, b'{"version":1}')
HUBS = (FILE_NAME, b'{"hubs":[]}')
STORE = f"hubs/{'0' * 32}"


def linked(name, target):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


@pytest.mark.parametrize(
    "members",
    [
        [],
        [HEAD, HUBS],
        [HEAD, HUBS, ("../evil", b"x")],
        [HEAD, HUBS, ("/evil", b"x")],
        [HEAD, HUBS, (f"hubs/../{'0' * 32}/{KEY_NAME}", b"x")],
        [HEAD, HUBS, (f"{STORE}/evil", b"x")],
        [HEAD, HUBS, (linked(f"{STORE}/{KEY_NAME}", "/etc/passwd"), b"")],
        [HEAD, HUBS, HUBS],
        [HEAD, HUBS, (f"{STORE}/{KEY_NAME}", b"k" * 32)],
        [HEAD, HUBS, (f"{STORE}/{KEY_NAME}", b"k" * 31), (f"{STORE}/store.sqlite3", b"x" * 4096)],
        [(HEAD_NAME, b"?"), HUBS],
    ],
    ids=range(11),
)
def test_an_archive_that_is_no_backup_is_refused_and_writes_nothing(tmp_path, members):
    home = tmp_path / "home"
    with pytest.raises(NotAge):
        restored(home, archive_of(members))
    assert [path for path in tmp_path.rglob("*") if path != home] == []


def test_a_store_that_does_not_open_is_refused_and_writes_nothing(tmp_path):
    members = [HEAD, HUBS, (f"{STORE}/{KEY_NAME}", b"k" * 32), (f"{STORE}/store.sqlite3", b"x" * 4096)]
    with pytest.raises(StoreFailed):
        restored(tmp_path / "home", archive_of(members))
    assert list((tmp_path / "home").iterdir()) == []


def test_a_backup_of_a_newer_version_says_so(tmp_path):
    with pytest.raises(LocalError, match="newer"):
        restored(tmp_path / "home", archive_of([(HEAD_NAME, b'{"version":2}'), HUBS]))


def test_what_a_killed_restore_left_does_not_hinder_the_next(tmp_path):
    with at_home(tmp_path / "old"):
        data = backed_up(tmp_path / "old")
    left = tmp_path / "new" / f"{STAGING_PREFIX}0" / "hubs"
    left.mkdir(parents=True)
    assert restored(tmp_path / "new", data).stores == 1
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["hubs", FILE_NAME]


def test_an_empty_home_has_nothing_to_back_up(tmp_path):
    with pytest.raises(LocalError, match="nothing to back up"):
        backed_up(tmp_path)


def test_the_archive_is_a_plain_tar_inside(tmp_path):
    with at_home(tmp_path / "old"):
        data = backed_up(tmp_path / "old")
    tar = io.BytesIO(b"".join(open_age(io.BytesIO(data), "word")))
    with tarfile.open(fileobj=tar) as archive:
        names = archive.getnames()
    assert names[:2] == [HEAD_NAME, FILE_NAME]
    assert {Path(name).name for name in names[2:]} == {KEY_NAME, "store.sqlite3"}
