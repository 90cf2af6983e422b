"""What the SQLite storage promises beyond the interface: locks, privacy, and failing for good."""

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import apsw
import pytest

from lanmsg.hub.storage.conformance.bench import (
    ALICE,
    INBOX,
    LAPTOP,
    PHONE,
    ROOM,
    chain,
    head_in,
    key,
    message,
    message_id,
    messages,
)
from lanmsg.hub.storage.interface import StorageFailed, StorageLocked, StoredCursor, StoredLog
from lanmsg.hub.storage.sqlite import SqliteStorage, database, directory
from lanmsg.hub.storage.sqlite.batch import Batch
from lanmsg.hub.storage.sqlite.directory import DATABASE_NAME, LOCK_NAME, file_system
from lanmsg.hub.storage.sqlite.schema import MIGRATIONS
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ZERO_HASH, DeviceId

HERE = Path(__file__).parent
EMPTY_ROOM = StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="file modes and signals of POSIX")


def filled(path: Path, count: int = 50) -> Path:
    """Make a storage with one conversation of so many messages, and close it."""
    with contextlib.closing(SqliteStorage.open(path)) as storage, storage.transaction():
        storage.add_log(ROOM, LogKind.DIRECT)
        storage.add_entries(chain(EMPTY_ROOM, messages(count), counter=1))
    return path / DATABASE_NAME


def append(storage: SqliteStorage, number: int, *, sender: DeviceId = LAPTOP) -> None:
    """Append a message, whose counter is its number, too."""
    entry = message(number, size_bytes=3000, sender=sender)
    new = chain(head_in(storage.load(), ROOM), [entry], counter=number)
    with storage.transaction():
        storage.add_entries(new)


def is_found(storage: SqliteStorage, number: int, *, sender: DeviceId = LAPTOP) -> bool:
    return storage.find_message(ROOM, sender, message_id(number), number) is not None


def append_until_it_fails(storage: SqliteStorage) -> tuple[int, str]:
    """Return the last seq that was acknowledged, and the reason of the failure."""
    acknowledged = head_in(storage.load(), ROOM).seq
    for number in range(acknowledged + 1, 1000):
        try:
            append(storage, number)
        except StorageFailed as failure:
            return acknowledged, str(failure)
        acknowledged = number
    raise AssertionError("the storage never failed")


def edit(path: Path, sql: str) -> None:
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute(sql).fetchall()


# --- opening -------------------------------------------------------------------------------------


def test_pragmas_are_in_force(tmp_path: Path):
    with contextlib.closing(SqliteStorage.open(tmp_path / "hub")) as storage:
        read = storage._database.row
        for pragma, value in (
            ("locking_mode", "exclusive"),
            ("synchronous", 3),
            ("journal_mode", "wal"),
            ("page_size", 4096),
            ("auto_vacuum", 0),
            ("cell_size_check", 1),
            ("trusted_schema", 0),
            ("foreign_keys", 1),
            ("mmap_size", 0),
            ("journal_size_limit", 64 * 1024 * 1024),
        ):
            assert read(f"PRAGMA {pragma}") == (value,), pragma


def test_extra_is_set_before_wal_and_after_exclusive():
    order = ["locking_mode = EXCLUSIVE", "synchronous = EXTRA", "journal_mode = WAL"]
    assert [pragma for pragma in database.PRAGMAS if pragma in order] == order


@posix_only
def test_only_the_owner_can_read_what_is_stored(tmp_path: Path):
    old_mask = os.umask(0)
    try:
        with contextlib.closing(SqliteStorage.open(tmp_path / "new" / "hub")) as storage:
            with storage.transaction():
                storage.add_log(ROOM, LogKind.DIRECT)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").rglob("*")}
    finally:
        os.umask(old_mask)
    assert modes == {"hub": 0o700, DATABASE_NAME: 0o600, f"{DATABASE_NAME}-wal": 0o600, LOCK_NAME: 0o600}


@posix_only
def test_a_readable_database_is_made_private(tmp_path: Path):
    filled(tmp_path).chmod(0o644)
    SqliteStorage.open(tmp_path).close()
    assert stat.S_IMODE((tmp_path / DATABASE_NAME).stat().st_mode) == 0o600


@posix_only
@pytest.mark.parametrize("name", [DATABASE_NAME, LOCK_NAME])
def test_a_planted_link_is_not_followed(name: str, tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    hub = tmp_path / "hub"
    hub.mkdir()
    (hub / name).symlink_to(victim)
    with pytest.raises(StorageFailed, match=name):
        SqliteStorage.open(hub)
    assert victim.read_bytes() == b""


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed, match=r"cannot create .*file"):
        SqliteStorage.open(tmp_path / "file" / "hub")


def test_an_older_sqlite_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(database.apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(StorageFailed, match=r"3\.51\.2"):
        SqliteStorage.open(tmp_path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home", "ext4"),
        ("/net/a", "nfs4"),
        ("/net/a/b", "nfs4"),
        ("/net/ab", "ext4"),
        ("/net/my share", "cifs"),
    ],
)
def test_the_deepest_mount_decides(path: str, kind: str):
    mounts = "/dev/vda / ext4 rw 0 0\nhost:/a /net/a nfs4 rw 0 0\n//h/s /net/my\\040share cifs rw 0 0\n"
    assert file_system(Path(path), mounts) == kind


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(directory, "_mounts", lambda: f"host:/x {tmp_path.resolve()} nfs4 rw 0 0\n")
    with pytest.raises(StorageFailed, match=r"network file system \(nfs4\)"):
        SqliteStorage.open(tmp_path / "hub")


def test_a_failed_opening_leaves_no_lock(tmp_path: Path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(database, "OLDEST_SQLITE", (99,))
        with pytest.raises(StorageFailed):
            SqliteStorage.open(tmp_path)
    SqliteStorage.open(tmp_path).close()


# --- one process at a time -----------------------------------------------------------------------


def test_a_second_opening_in_this_process_is_refused(tmp_path: Path):
    with contextlib.closing(SqliteStorage.open(tmp_path)):
        with pytest.raises(StorageLocked) as refused:
            SqliteStorage.open(tmp_path)
        assert refused.value.pid == os.getpid()
    SqliteStorage.open(tmp_path).close()


def test_a_second_process_is_refused_and_told_who_has_it(tmp_path: Path):
    code = (
        "import sys, pathlib; from lanmsg.hub.storage.sqlite import SqliteStorage;"
        "SqliteStorage.open(pathlib.Path(sys.argv[1]))"
    )
    with contextlib.closing(SqliteStorage.open(tmp_path)):
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode != 0
    assert f"{tmp_path} is in use by process {os.getpid()}" in done.stderr


def test_a_lock_without_a_pid_is_a_lock_too(tmp_path: Path):
    with contextlib.closing(SqliteStorage.open(tmp_path)):
        (tmp_path / LOCK_NAME).write_bytes(b"")
        with pytest.raises(StorageLocked, match="in use by another process"):
            SqliteStorage.open(tmp_path)


def test_another_program_in_the_database_is_refused(tmp_path: Path):
    path = filled(tmp_path)
    with contextlib.closing(apsw.Connection(str(path))) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE").fetchall()
        with pytest.raises(StorageFailed, match="another program"):
            SqliteStorage.open(tmp_path)


def interrupt(*_: object):
    raise KeyboardInterrupt


# --- messages that are sent again ----------------------------------------------------------------


def count_merged(storage: SqliteStorage) -> object:
    return storage._database.row("SELECT count(*) FROM message")


def test_messages_move_into_their_table_a_few_with_each_commit(tmp_path: Path):
    filled(tmp_path, 9)
    with contextlib.closing(SqliteStorage.open(tmp_path, generation_entries=12)) as storage:
        counts: list[object] = []
        for number in range(10, 26):
            append(storage, number)
            counts.append(count_merged(storage))
    assert counts == [(0,), (0,), (0,), (2,), (4,), (6,), (8,), (10,), *[(12,)] * 7, (14,)]


def test_an_undone_merge_is_made_up_for(tmp_path: Path, monkeypatch):
    filled(tmp_path, 9)
    with contextlib.closing(SqliteStorage.open(tmp_path, generation_entries=10)) as storage:
        append(storage, 10)
        with monkeypatch.context() as patch:
            patch.setattr(Batch, "_write_heads", interrupt)
            with pytest.raises(KeyboardInterrupt):
                append(storage, 11)
        assert count_merged(storage) == (0,)
        append(storage, 11)
        assert count_merged(storage) == (2,)


def test_a_generation_cut_off_by_a_restart_is_merged_once(tmp_path: Path):
    filled(tmp_path, 9)
    for number in range(10, 40):
        with contextlib.closing(SqliteStorage.open(tmp_path, generation_entries=10)) as storage:
            append(storage, number)
            append(storage, number, sender=PHONE)
    with contextlib.closing(SqliteStorage.open(tmp_path, generation_entries=10)) as storage:
        assert all(is_found(storage, number) for number in range(1, 40))
        assert all(is_found(storage, number, sender=PHONE) for number in range(10, 40))


def test_counters_outlive_restarts_whatever_is_merged(tmp_path: Path):
    filled(tmp_path, 1)
    for count in range(2, 60):
        with contextlib.closing(SqliteStorage.open(tmp_path, generation_entries=5)) as storage:
            assert storage.counter(ROOM, LAPTOP) == count - 1
            append(storage, count)
            assert storage.counter(ROOM, LAPTOP) == count


# --- versions ------------------------------------------------------------------------------------


def test_a_newer_database_is_refused_and_untouched(tmp_path: Path):
    path = filled(tmp_path)
    edit(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StorageFailed, match="newer version of this program"):
        SqliteStorage.open(tmp_path)
    edit(path, f"PRAGMA user_version = {len(MIGRATIONS)}")
    SqliteStorage.open(tmp_path).close()


def test_a_database_of_another_program_is_refused(tmp_path: Path):
    edit(tmp_path / DATABASE_NAME, "PRAGMA application_id = 7; CREATE TABLE theirs (x)")
    with pytest.raises(StorageFailed, match="belongs to another program"):
        SqliteStorage.open(tmp_path)


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path: Path, monkeypatch):
    path = filled(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE next (x); CREATE TABLE log (x)"))
        with pytest.raises(StorageFailed, match="already exists"):
            SqliteStorage.open(tmp_path)
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        assert connection.pragma("user_version") == len(MIGRATIONS)
        assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'next'").fetchall()


def test_a_database_of_version_1_opens_with_all_it_holds(tmp_path: Path):
    edit(tmp_path / DATABASE_NAME, (HERE / "frozen_version_1.sql").read_text(encoding="utf-8"))
    with contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
        state = storage.load()
        assert head_in(state, ROOM).seq == 4
        assert [member.user for member in state.members] == [ALICE]
        assert list(state.cursors) == [StoredCursor(ROOM, PHONE, 2)]
        assert state.last_seen_ms == {ALICE: 77}
        run = storage.read_run(ROOM, 0, max_entries=10, max_bytes=10**6)
        assert run.entries == messages(4)
        assert storage.read_run(INBOX, 0, max_entries=10, max_bytes=10**6).first_seq == 3
        assert all(is_found(storage, number) for number in (1, 2, 3, 4))
        assert not is_found(storage, 5)
        assert storage.find_message(INBOX, LAPTOP, message_id(4), None)
        assert storage.counter(ROOM, LAPTOP) == 4
        with storage.transaction():
            assert storage.take_key(PHONE) == (key(2), False)
            assert storage.take_key(PHONE) == (key(9), True)
            assert storage.take_invite(b"invite", 99)


def test_a_migrated_database_has_the_schema_of_a_new_one(tmp_path: Path):
    (tmp_path / "old").mkdir()
    edit(tmp_path / "old" / DATABASE_NAME, (HERE / "frozen_version_1.sql").read_text(encoding="utf-8"))
    schemas: list[object] = []
    for name in ("old", "new"):
        with contextlib.closing(SqliteStorage.open(tmp_path / name)) as storage:
            schemas.append(storage._database.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY name"))
    assert schemas[0] == schemas[1]


# --- damage --------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / DATABASE_NAME).write_bytes(b"this was a letter" * 1000)
    with pytest.raises(StorageFailed, match="damaged or no database"):
        SqliteStorage.open(tmp_path)


def test_a_changed_body_is_never_served(tmp_path: Path):
    path = filled(tmp_path)
    content = path.read_bytes()
    body = message(30).body
    assert content.count(body) == 1
    start = content.rindex(body)  # its counter before it is the same byte
    path.write_bytes(content[:start] + b"?" + content[start + 1 :])
    with contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
        assert storage.read_run(ROOM, 0, max_entries=29, max_bytes=10**6).entries == messages(29)
        with pytest.raises(StorageFailed, match=f"entry 30 of log {ROOM.hex()}"):
            storage.read_run(ROOM, 0, max_entries=30, max_bytes=10**6)
        with pytest.raises(StorageFailed):
            storage.load()


@pytest.mark.parametrize("missing", [1, 7, 50])
def test_a_missing_entry_is_noticed(missing: int, tmp_path: Path):
    edit(filled(tmp_path), f"DELETE FROM entry WHERE id & 0xFFFF = {missing}")  # noqa: S608  # our own number
    with (
        contextlib.closing(SqliteStorage.open(tmp_path)) as storage,
        pytest.raises(StorageFailed, match=f"entry {missing} "),
    ):
        storage.read_run(ROOM, 0, max_entries=100, max_bytes=10**6)


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_reported_or_harmless_but_never_served(seed: int, tmp_path: Path):
    path = filled(tmp_path)
    damage(path, Random(seed))
    with contextlib.suppress(StorageFailed), contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
        if head_in(storage.load(), ROOM).seq == 50:
            run = storage.read_run(ROOM, 0, max_entries=100, max_bytes=10**6)
            assert run.entries == messages(50)


def damage(path: Path, random: Random) -> None:
    """Flip a bit, zero a page, or cut the file."""
    content = bytearray(path.read_bytes())
    place = random.randrange(len(content))
    match random.randrange(3):
        case 0:
            content[place] ^= 1 << random.randrange(8)
        case 1:
            content[place : place + 4096] = bytes(4096)
        case _:
            del content[place:]
    path.write_bytes(content)


# --- failing for good ----------------------------------------------------------------------------


class FailingFiles(apsw.VFS):
    """A file layer whose writes or syncs fail from a moment on."""

    def __init__(self) -> None:
        self.vfs_name = f"failing-{id(self)}"
        self.fails: Callable[[str, str], bool] = lambda call, name: False
        super().__init__(self.vfs_name, base="unix")

    def xOpen(self, name, flags):  # noqa: N802  # SQLite's name
        return FailingFile(self, name, flags)

    def excepthook(self, *error):
        """Say nothing: the errors are planted."""


class FailingFile(apsw.VFSFile):
    def __init__(self, files: FailingFiles, name, flags) -> None:
        self.files = files
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        super().__init__("unix", name, flags)

    def excepthook(self, *error):
        """Say nothing: the errors are planted."""

    def xWrite(self, data, offset):  # noqa: N802
        if self.files.fails("write", self.name):
            raise apsw.FullError
        super().xWrite(data, offset)

    def xSync(self, flags):  # noqa: N802
        if self.files.fails("sync", self.name):
            raise apsw.IOError
        super().xSync(flags)


@pytest.fixture
def failing_files():
    files = FailingFiles()
    yield files
    files.unregister()


def expect_failed_for_good(storage: SqliteStorage, words: str) -> None:
    for call in (
        storage.load,
        lambda: storage.read_run(ROOM, 0, max_entries=1, max_bytes=1),
        lambda: is_found(storage, 1000),
        lambda: storage.transaction().__enter__(),
    ):
        with pytest.raises(StorageFailed, match=words):
            call()
    storage.close()
    storage.close()


@pytest.mark.parametrize(("call", "words"), [("write", "disk is full"), ("sync", "disk reported an error")])
def test_a_disk_error_ends_the_storage_and_loses_nothing_acknowledged(
    call, words, failing_files, tmp_path: Path
):
    filled(tmp_path)
    storage = SqliteStorage.open(tmp_path, vfs=failing_files.vfs_name)
    append(storage, 51)
    failing_files.fails = lambda what, name: what == call and name.endswith("-wal")
    with pytest.raises(StorageFailed, match=words):
        append(storage, 52)
    failing_files.fails = lambda what, name: False
    expect_failed_for_good(storage, words)
    assert (tmp_path / f"{DATABASE_NAME}-wal").stat().st_size > 0  # for the next start, not checkpointed now
    with contextlib.closing(SqliteStorage.open(tmp_path)) as reopened:
        assert head_in(reopened.load(), ROOM).seq in (51, 52)
        assert is_found(reopened, 51)


@pytest.mark.parametrize("call", ["write", "sync"])
def test_a_failed_checkpoint_is_not_swallowed(call: str, failing_files, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 10)
    filled(tmp_path)
    storage = SqliteStorage.open(tmp_path, vfs=failing_files.vfs_name)
    failing_files.fails = lambda what, name: what == call and name == DATABASE_NAME
    acknowledged, reason = append_until_it_fails(storage)
    expect_failed_for_good(storage, re.escape(reason))
    with contextlib.closing(SqliteStorage.open(tmp_path)) as reopened:
        assert head_in(reopened.load(), ROOM).seq >= acknowledged > 50


def test_a_full_database_fails_for_good(tmp_path: Path):
    path = filled(tmp_path)
    storage = SqliteStorage.open(tmp_path)
    storage._database.rows(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 5}")
    _, reason = append_until_it_fails(storage)
    assert "disk is full: free some space" in reason
    expect_failed_for_good(storage, "disk is full")


def test_a_failure_inside_a_block_ends_the_block_too(tmp_path: Path):
    filled(tmp_path)
    with contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
        with pytest.raises(StorageFailed), storage.transaction():  # noqa: PT012  # the last line raises
            storage._database.report_damage("a test")
            storage.add_invite(b"invite", 1)
        with pytest.raises(StorageFailed):
            storage.open_invites(0)


def test_a_broken_constraint_is_our_bug_and_ends_nothing(tmp_path: Path):
    with contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
        for _ in range(2):
            with contextlib.suppress(LocalError), storage.transaction():
                storage.add_invite(b"invite", 1)
        assert storage.open_invites(0) == 1


@posix_only
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("checkpoint_pages", [10, 1000])
def test_a_really_full_disk_loses_nothing_acknowledged(checkpoint_pages: int, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", checkpoint_pages)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        acknowledged = fill_up(disk / "hub")
        shutil.copytree(disk / "hub", tmp_path / "copy")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    # With early checkpoints it is the database that finds no room, not the WAL: SQLite alone would go on.
    wal_bytes = (tmp_path / "copy" / f"{DATABASE_NAME}-wal").stat().st_size
    assert (wal_bytes < 50 * 4096) == (checkpoint_pages == 10)
    with contextlib.closing(SqliteStorage.open(tmp_path / "copy")) as storage:
        assert head_in(storage.load(), ROOM).seq >= acknowledged > 50


def fill_up(path: Path) -> int:
    """Append until the disk is full; return the last seq that was acknowledged."""
    filled(path)
    with contextlib.closing(SqliteStorage.open(path)) as storage:
        acknowledged, reason = append_until_it_fails(storage)
    assert "disk is full" in reason
    return acknowledged


# --- being killed --------------------------------------------------------------------------------


@posix_only
def test_kill_9_under_load_loses_nothing_acknowledged(tmp_path: Path):
    random, acknowledged = Random(7), 0
    for _ in range(6):
        acknowledged = run_and_kill(tmp_path, commits=random.randrange(1, 150))
        with contextlib.closing(SqliteStorage.open(tmp_path)) as storage:
            head = head_in(storage.load(), ROOM)
            assert head.seq >= acknowledged
            run = storage.read_run(ROOM, 0, max_entries=10**6, max_bytes=10**9)
            assert run.entries == [message(number, size_bytes=500) for number in range(1, head.seq + 1)]
            assert all(is_found(storage, number) for number in range(1, head.seq + 1))


def run_and_kill(path: Path, *, commits: int) -> int:
    """Let a child commit so often, kill it in the middle of more, and return what it acknowledged."""
    command = [sys.executable, HERE / "kill_load.py", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(commits):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()  # what it acknowledged before it died counts too
    # A last line without its end was not wholly sent.
    lines = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    return int(lines[-1]) if lines else 7 * commits
