import os
import random
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from lanmsg.client.model import Trust
from lanmsg.client.store import database as database_module
from lanmsg.client.store.conformance_records import (
    ANNA,
    DIRECT,
    DIRECTORY,
    EVERYONE,
    PROFILE,
    SESSION,
    message_id,
    outbox_row,
    stored_log,
    stored_message,
    unreadable_message,
)
from lanmsg.client.store.database import Database, check_sqlite_version
from lanmsg.client.store.directory import DATABASE_NAME, LOCK_NAME
from lanmsg.client.store.interface import (
    InboundSession,
    OlmSession,
    OutboundSession,
    StoredMembers,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
    StoredTopic,
    StoredUnread,
    StoredValue,
    StoreFailed,
    StoreLocked,
)
from lanmsg.client.store.schema import MIGRATIONS
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError

KEY = bytes(range(32))
CANARY = "the canary sings at midnight"
posix = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(directory):
    store = SqliteStore.open(directory, KEY)
    yield store
    store.close()


def reopened(store, directory):
    store.close()
    return SqliteStore.open(directory, KEY)


def modes(directory):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


# --- files ---------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_all_files_are_private_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        store = SqliteStore.open(tmp_path / "home" / "store", KEY)
        store.commit([PROFILE])
    finally:
        os.umask(before)
    names = [DATABASE_NAME, f"{DATABASE_NAME}-shm", f"{DATABASE_NAME}-wal", LOCK_NAME]
    assert modes(tmp_path / "home" / "store") == dict.fromkeys(names, 0o600)
    assert modes(tmp_path / "home") == {"store": 0o700}
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    store.close()


@posix
def test_files_that_others_could_read_are_made_private(directory):
    SqliteStore.open(directory, KEY).close()
    for path in directory.iterdir():
        path.chmod(0o644)
    SqliteStore.open(directory, KEY).close()
    assert set(modes(directory).values()) == {0o600}


@posix
@pytest.mark.parametrize(
    "name", [DATABASE_NAME, LOCK_NAME, *(DATABASE_NAME + end for end in ("-wal", "-shm", "-journal"))]
)
@pytest.mark.parametrize("target_exists", [True, False])
def test_a_planted_link_is_not_followed(directory, tmp_path, name, target_exists):
    SqliteStore.open(directory, KEY).close()
    target = tmp_path / "target"
    if target_exists:
        target.write_bytes(b"precious")
    (directory / name).unlink(missing_ok=True)
    (directory / name).symlink_to(target)
    with pytest.raises(StoreFailed, match="symbolic link"):
        SqliteStore.open(directory, KEY)
    assert target.exists() == target_exists
    assert not target_exists or target.read_bytes() == b"precious"


@posix
def test_a_link_in_place_of_the_directory_is_refused_but_one_above_it_is_not(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StoreFailed, match="symbolic link"):
        SqliteStore.open(tmp_path / "link", KEY)
    SqliteStore.open(tmp_path / "link" / "store", KEY).close()
    assert (tmp_path / "real" / "store" / DATABASE_NAME).exists()


@posix
def test_a_directory_where_others_may_write_is_refused(directory):
    directory.mkdir()
    directory.chmod(0o777)
    with pytest.raises(StoreFailed, match="chmod 700"):
        SqliteStore.open(directory, KEY)


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_planted_file_of_another_user_is_refused(directory):
    SqliteStore.open(directory, KEY).close()
    os.chown(directory / DATABASE_NAME, 12345, -1)
    with pytest.raises(StoreFailed, match="another user"):
        SqliteStore.open(directory, KEY)
    os.chown(directory, 12345, -1)
    with pytest.raises(StoreFailed, match="--home"):
        SqliteStore.open(directory, KEY)


def test_what_is_no_file_or_no_directory_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="cannot use"):
        SqliteStore.open(tmp_path / "file" / "store", KEY)
    (tmp_path / "store" / DATABASE_NAME).mkdir(parents=True)
    with pytest.raises(StoreFailed, match=DATABASE_NAME):
        SqliteStore.open(tmp_path / "store", KEY)


def test_no_plaintext_and_no_key_is_in_any_file(store, directory):
    canary = CANARY.encode()
    message = stored_message(EVERYONE, 1)
    changes = [
        stored_log(EVERYONE),
        *(unreadable_message(EVERYONE, seq, reason=CANARY) for seq in range(2, 300)),
        StoredPerson(CANARY, canary, Trust.VERIFIED),
        OlmSession(ANNA, CANARY, CANARY * 99, 1),
        InboundSession(SESSION, EVERYONE, ANNA, CANARY),
        message,
    ]
    store.commit(changes)

    def contents():
        return b"".join(path.read_bytes() for path in directory.iterdir())

    assert (directory / f"{DATABASE_NAME}-wal").stat().st_size > 0
    for secret in (canary, canary[:12], KEY, KEY.hex().encode(), b"SQLite format", b"CREATE TABLE"):
        assert secret not in contents()
    store = reopened(store, directory)
    assert canary not in contents()
    store.commit([OlmSession(ANNA, CANARY, "gone", 1), stored_message(EVERYONE, 2)])
    reopened(store, directory).close()
    assert canary not in contents()
    assert sorted(modes(directory)) == [LOCK_NAME, DATABASE_NAME]


@posix
def test_a_planted_pipe_is_refused_and_does_not_hang_us(directory):
    SqliteStore.open(directory, KEY).close()
    (directory / f"{DATABASE_NAME}-wal").unlink(missing_ok=True)
    os.mkfifo(directory / f"{DATABASE_NAME}-wal")
    with pytest.raises(StoreFailed, match="not a file"):
        SqliteStore.open(directory, KEY)


# --- one process ---------------------------------------------------------------------------------

_HOLDER = """
import sys
from pathlib import Path
from lanmsg.client.store.sqlite import SqliteStore
store = SqliteStore.open(Path(sys.argv[1]), bytes(range(32)), program="lanmsg chat")
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_told_who_has_the_store(directory):
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreLocked) as caught:
            SqliteStore.open(directory, KEY)
        assert f"in use by lanmsg chat (pid {holder.pid}): close it, or use --home" in str(caught.value)
        holder.kill()
    SqliteStore.open(directory, KEY).close()


def test_the_same_process_is_refused_too(store, directory):
    with pytest.raises(StoreLocked, match=rf"lanmsg \(pid {os.getpid()}\)"):
        SqliteStore.open(directory, KEY)
    store.commit([PROFILE])
    assert reopened(store, directory).load().profile == PROFILE


@pytest.mark.parametrize("text", [b"", b"x", b"12 \x1b]52;c;evil\a", b"12", b"\xff\xff 1"])
def test_what_stands_in_the_lock_file_cannot_hurt_who_reads_it(store, directory, text):
    (directory / LOCK_NAME).write_bytes(text)
    with pytest.raises(StoreLocked, match="in use by another program:"):
        SqliteStore.open(directory, KEY)


def test_a_store_that_cannot_be_opened_is_not_left_locked(directory):
    SqliteStore.open(directory, KEY).close()
    with pytest.raises(StoreFailed):
        SqliteStore.open(directory, bytes(32))
    SqliteStore.open(directory, KEY).close()


# --- keys, damage, versions ----------------------------------------------------------------------


def test_a_wrong_key_is_refused_and_harms_nothing(store, directory):
    store.commit([PROFILE])
    store.close()
    with pytest.raises(StoreFailed, match=r"not its key.*put back the whole directory"):
        SqliteStore.open(directory, bytes(32))
    store = SqliteStore.open(directory, KEY)
    assert store.load().profile == PROFILE
    store.close()


def test_a_key_of_another_length_is_our_own_mistake(directory):
    with pytest.raises(LocalError, match="32 bytes"):
        SqliteStore.open(directory, b"short")


def fill(store):
    store.commit(
        [PROFILE, stored_log(EVERYONE, seq=200), *(stored_message(EVERYONE, seq) for seq in range(1, 201))]
    )


def read_all(store):
    return store.load(), store.messages(EVERYONE, before=None, limit=999), store.counters(EVERYONE)


@pytest.mark.parametrize("seed", range(8))
def test_damage_of_the_database_is_noticed_and_never_served(directory, seed):
    store = SqliteStore.open(directory, KEY)
    fill(store)
    expected = read_all(store)
    store.close()
    path, rng = directory / DATABASE_NAME, random.Random(seed)
    whole = path.read_bytes()
    for _ in range(8):
        path.write_bytes(damaged(whole, rng))
        try:
            store = SqliteStore.open(directory, KEY)
        except StoreFailed:
            continue
        try:
            assert read_all(store) == expected, "damage in a byte that says nothing is no damage"
        except StoreFailed:
            with pytest.raises(StoreFailed, match=r"damaged.*put back the whole directory"):
                store.load()
        finally:
            store.close()
    path.write_bytes(whole)
    store = SqliteStore.open(directory, KEY)
    assert read_all(store) == expected
    store.close()


def damaged(whole, rng):
    data = bytearray(whole)
    where = rng.randrange(len(data))
    match rng.randrange(3):
        case 0:
            data[where] ^= 1 << rng.randrange(8)
        case 1:
            where -= where % 4096
            data[where : where + 4096] = bytes(4096)
        case 2:
            del data[max(where, 1) :]
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_damage_of_the_wal_leaves_an_earlier_commit_and_no_half_one(directory, tmp_path, seed):
    store = SqliteStore.open(directory, KEY)
    for seq in range(1, 21):
        store.commit([stored_log(EVERYONE, seq=seq), stored_message(EVERYONE, seq)])
    files = {
        path.name: path.read_bytes() for path in directory.iterdir() if path.name.startswith(DATABASE_NAME)
    }
    store.close()
    wal = f"{DATABASE_NAME}-wal"
    files[wal] = damaged(files[wal], random.Random(seed))
    del files[f"{DATABASE_NAME}-shm"]
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    for name, data in files.items():
        (copy / name).write_bytes(data)
    try:
        store = SqliteStore.open(copy, KEY)
    except StoreFailed:
        return
    newest = store.messages(EVERYONE, before=None, limit=99)
    logs = store.load().logs
    assert [message.seq for message in newest] == list(range(1, (logs[0].seq if logs else 0) + 1))
    store.close()


def test_a_store_of_a_newer_program_is_refused(directory):
    SqliteStore.open(directory, KEY).close()
    database = Database.open(directory / DATABASE_NAME, KEY)
    database.run(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(StoreFailed, match="update the program"):
        SqliteStore.open(directory, KEY)


def test_an_sqlite_that_corrupts_databases_is_refused():
    check_sqlite_version("3.51.3")
    check_sqlite_version("3.54.0")
    with pytest.raises(StoreFailed, match="update apsw-sqlite3mc"):
        check_sqlite_version("3.51.2")


# --- durability ----------------------------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
from lanmsg.client.store.conformance_records import EVERYONE, outbox_row, stored_log, stored_message
from lanmsg.client.store.sqlite import SqliteStore
store = SqliteStore.open(Path(sys.argv[1]), bytes(range(32)))
seq = max((log.seq for log in store.load().logs), default=0)
while True:
    messages = [stored_message(EVERYONE, each) for each in range(seq + 1, seq + 8)]
    seq += len(messages)
    store.commit([*messages, stored_log(EVERYONE, seq=seq)])
    print(seq, flush=True)
"""


@posix
def test_kill_9_loses_no_commit_that_returned_and_leaves_no_half_one(directory):
    for kill_after in (1, 3, 40, 150):
        told = 0
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(directory)], stdout=subprocess.PIPE
        ) as writer:
            for _ in range(kill_after):
                told = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            told = max([told, *map(int, re.findall(rb"(\d+)\n", writer.stdout.read()))])
        store = SqliteStore.open(directory, KEY)
        (log,) = store.load().logs
        messages = store.messages_after(EVERYONE, after=0, limit=10**6)
        store.close()
        assert log.seq >= told
        assert messages == [stored_message(EVERYONE, seq) for seq in range(1, log.seq + 1)]


def test_after_an_error_of_the_disk_everything_fails_and_the_next_start_has_all_commits(store, directory):
    fill(store)
    expected = read_all(store)
    store._database.run("PRAGMA max_page_count = 1")
    with pytest.raises(StoreFailed, match="the disk is full"):
        store.commit([stored_message(EVERYONE, seq) for seq in range(201, 999)])
    calls = [
        store.load,
        lambda: store.commit([PROFILE]),
        lambda: store.commit([]),
        lambda: store.olm_sessions(ANNA),
        lambda: store.inbound_session(SESSION),
        lambda: store.messages(EVERYONE, before=None, limit=1),
        lambda: store.messages(DIRECT, before=None, limit=1),
        lambda: store.messages_after(EVERYONE, after=0, limit=1),
        lambda: store.message(EVERYONE, 1),
        lambda: store.find_message(message_id(EVERYONE, 1)),
        lambda: store.has_message(ANNA, message_id(EVERYONE, 1)),
        store.unreadable,
        lambda: store.counters(DIRECT),
        lambda: store.entry_hash(EVERYONE, 0),
    ]
    for call in calls:
        with pytest.raises(StoreFailed, match="the disk is full"):
            call()
    store = reopened(store, directory)
    assert read_all(store) == expected
    store.close()


def test_a_database_that_cannot_be_opened_is_refused(directory, monkeypatch):
    def refuse(*_, **__):
        raise apsw.CantOpenError("unable to open database file")

    monkeypatch.setattr(apsw, "Connection", refuse)
    with pytest.raises(StoreFailed, match="check who may read and write its directory"):
        SqliteStore.open(directory, KEY)


def test_a_value_that_cannot_be_is_our_own_mistake_and_the_store_goes_on(store):
    with pytest.raises(LocalError, match="cannot be"):
        store.commit([PROFILE, StoredPerson("anna", None, Trust.VERIFIED)])
    assert store.load().profile is None
    store.commit([PROFILE])
    assert store.load().profile == PROFILE


def test_a_disk_that_cannot_hold_a_wal_is_refused(directory, monkeypatch):
    execute = Database._execute

    def without_wal(self, cursor, sql, bindings=()):
        return [("delete",)] if "journal_mode" in sql else execute(self, cursor, sql, bindings)

    monkeypatch.setattr(Database, "_execute", without_wal)
    with pytest.raises(StoreFailed, match="local disk"):
        SqliteStore.open(directory, KEY)


def test_both_connections_keep_plaintext_in_memory_and_commits_on_disk(store):
    database = store._database
    expected = {
        "synchronous": 3,
        "temp_store": 2,
        "secure_delete": 1,
        "cipher": "chacha20",
        "journal_mode": "wal",
    }
    for name, value in expected.items():
        assert database.run(f"PRAGMA {name}") == database.rows(f"PRAGMA {name}") == [(value,)]


def test_the_reading_connection_cannot_write(store):
    with pytest.raises(StoreFailed, match="cannot be written"):
        store._database.rows("DELETE FROM profile")


def test_reads_on_another_thread_see_whole_commits_only(store):
    store.commit([stored_log(EVERYONE)])
    done = threading.Event()

    def write():
        for first in range(1, 3000, 30):
            store.commit([stored_message(EVERYONE, seq) for seq in range(first, first + 30)])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    counts = []
    while not done.is_set():
        counts.append(len(store.messages(EVERYONE, before=None, limit=9999)))
    thread.join()
    assert counts == sorted(counts)
    assert all(count % 30 == 0 for count in counts)
    assert len(store.messages(EVERYONE, before=None, limit=9999)) == 3000


def test_the_wal_does_not_grow_without_bound(store, directory):
    for first in range(1, 40_000, 500):
        store.commit(
            [stored_log(EVERYONE), *(stored_message(EVERYONE, seq) for seq in range(first, first + 500))]
        )
        store.messages(EVERYONE, before=None, limit=50)
    limit_bytes = 3 * database_module.CHECKPOINT_PAGES * 4096
    assert (directory / f"{DATABASE_NAME}-wal").stat().st_size < limit_bytes


def test_no_hot_query_reads_the_whole_table(store, monkeypatch):
    seen = []
    rows = Database.rows
    monkeypatch.setattr(
        Database, "rows", lambda self, sql, bindings=(): seen.append(sql) or rows(self, sql, bindings)
    )
    fill(store)
    store.messages(EVERYONE, before=9, limit=5)
    store.messages_after(EVERYONE, after=9, limit=5)
    store.message(EVERYONE, 1)
    store.find_message(message_id(EVERYONE, 1))
    store.has_message(ANNA, message_id(EVERYONE, 1))
    store.find_in_log(EVERYONE, message_id(EVERYONE, 1))
    store.amendments(EVERYONE, [message_id(EVERYONE, 1)])
    store.replies(EVERYONE, [message_id(EVERYONE, 1)], limit=5)
    store.of_kind(EVERYONE, 5, limit=5)
    store.unreadable(session=SESSION)
    store.unreadable(reason="missing_key")
    store.counters(EVERYONE)
    store.missing_sessions(EVERYONE, reason="missing_key", limit=9)
    store.entry_hash(EVERYONE, 1)
    store.count_unread(EVERYONE, after=0, up_to=9, but_from=[ANNA])
    assert len(seen) == 15
    for sql in seen:
        plan = rows(store._database, f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))
        assert not [step for *_, step in plan if "SCAN" in step], sql


# --- migrations ----------------------------------------------------------------------------------

V1 = Path(__file__).with_name("schema_v1.sql").read_text(encoding="utf-8")

# DO NOT EDIT: what a program with the first schema wrote.
V1_ROWS = """
INSERT INTO profile VALUES (1, x'6b', 'Attic', x'62', x'69', 'account', 'anna', 'laptop', 3, x'', '', 5);
INSERT INTO log VALUES (1, x'64646464646464646464646464646464', 1, 0, 3, x'00', 0, x'90', x'');
INSERT INTO log VALUES (2, x'65656565656565656565656565656565', 2, 1, 5, x'68', 4, x'92c40131c40132', x'');
INSERT INTO statement VALUES (3, x'74', 2, x'626f6479', 0, 7);
INSERT INTO pairing VALUES (x'74', x'41', 1);
INSERT INTO person VALUES ('ben', x'6b', 'verified');
INSERT INTO olm_session VALUES (x'41414141414141414141414141414141', 'id', 'pickle', 9);
INSERT INTO outbound_session VALUES
  (x'65656565656565656565656565656565', 'pickle', 17, 3, x'91c40141', x'9192c40142c4036f6c6d');
INSERT INTO inbound_session VALUES
  (x'73', x'65656565656565656565656565656565', x'41414141414141414141414141414141', 'pickle');
INSERT INTO meta VALUES ('tag_key', x'30313233343536373839616263646566')
  ON CONFLICT DO UPDATE SET value = excluded.value;
INSERT INTO message VALUES (137438953477, 123316002824, 0, x'68', x'6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d',
  x'', x'41414141414141414141414141414141', 4, 17, 2, x'73', -1, x'', 'missing_key', x'726177');
INSERT INTO counter VALUES (2, x'41414141414141414141414141414141', 4);
INSERT INTO outbox
  VALUES (x'01010101010101010101010101010101', 1, 'everyone', x'', x'74657874', 1, x'', 0, '');
INSERT INTO receipt VALUES (x'65656565656565656565656565656565', x'41414141414141414141414141414141', 5, 4);
INSERT INTO shared_value VALUES (1, x'6b', x'63', 4, 1);
INSERT INTO unread VALUES (x'65656565656565656565656565656565', 3, 5, 2, 4, x'9105');
INSERT INTO membership VALUES
  (x'65656565656565656565656565656565', 4, x'68', x'41414141414141414141414141414141', 9, x'626f6479', 1);
INSERT INTO topic
  VALUES (x'65656565656565656565656565656565', 5, x'41414141414141414141414141414141', 'tea');
INSERT INTO expiry VALUES (137438953477, 99);
PRAGMA user_version = 1;
"""


def make_v1(directory):
    directory.mkdir(mode=0o700)
    connection = apsw.Connection(str(directory / DATABASE_NAME))
    for pragma in ("cipher = 'chacha20'", f"key = 'raw:{KEY.hex()}'", "journal_mode = WAL"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute(V1 + V1_ROWS).fetchall()
    connection.close()


def test_a_store_of_the_first_schema_is_read_today(directory):
    make_v1(directory)
    store = SqliteStore.open(directory, KEY)
    state = store.load()
    assert state.profile.handle == "anna"
    assert [(log.log, log.kind, log.users) for log in state.logs] == [
        (DIRECTORY, LogKind.DIRECTORY, ()),
        (EVERYONE, LogKind.EVERYONE, (b"1", b"2")),
    ]
    assert state.statements == [StoredStatement(3, b"t", 2, b"body", is_valid=False, at_ms=7)]
    assert state.pairings == [StoredPairing(b"t", b"A", is_helper=True)]
    assert state.people == [StoredPerson("ben", b"k", Trust.VERIFIED)]
    assert state.outbox == [outbox_row(1, position=1)]
    assert state.outbound == [OutboundSession(EVERYONE, "pickle", 17, 3, (b"A",), ((b"B", b"olm"),))]
    assert state.receipts == [StoredReceipt(EVERYONE, ANNA, 5, 4)]
    assert state.values == [StoredValue(b"k", b"c", since=4, is_waiting=True)]
    assert state.unread == [StoredUnread(EVERYONE, 3, 5, 2, 4, (5,))]
    assert state.members == [StoredMembers(EVERYONE, 4, b"h", ANNA, 9, b"body", is_valid=True)]
    assert state.topics == [StoredTopic(EVERYONE, 5, ANNA, "tea")]
    assert (store.next_expiry_ms(), store.expiring(until_ms=98, limit=9)) == (99, [])
    assert store.olm_sessions(ANNA) == [OlmSession(ANNA, "id", "pickle", 9)]
    assert store.inbound_session(b"s") == InboundSession(b"s", EVERYONE, ANNA, "pickle")
    (message,) = store.unreadable(session=b"s")
    assert (message.log, message.seq, message.raw) == (EVERYONE, 5, b"raw")
    assert message.is_shown
    assert not message.target
    assert store.find_message(b"m" * 16) == message
    assert store.counters(EVERYONE) == {ANNA: 4}
    store.commit([stored_message(EVERYONE, 6), stored_log(DIRECT), stored_message(DIRECT, 1)])
    assert store.message(DIRECT, 1) == stored_message(DIRECT, 1)
    store.close()


def test_a_released_migration_never_changes():
    assert V1.partition("\n")[2] == MIGRATIONS[0]


def test_an_older_store_takes_the_steps_it_lacks_once(directory, monkeypatch):
    make_v1(directory)
    step = "CREATE TABLE extra (value INTEGER) STRICT; INSERT INTO extra VALUES (1)"
    monkeypatch.setattr(database_module, "MIGRATIONS", (*MIGRATIONS[:1], step))
    for _ in range(2):
        store = SqliteStore.open(directory, KEY)
        assert store._database.rows("SELECT value FROM extra") == [(1,)]
        store.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(directory, monkeypatch):
    make_v1(directory)
    step = "CREATE TABLE extra (value INTEGER) STRICT; INSERT INTO nowhere VALUES (1)"
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "MIGRATIONS", (*MIGRATIONS[:1], step))
        with pytest.raises(StoreFailed):
            SqliteStore.open(directory, KEY)
    store = SqliteStore.open(directory, KEY)
    assert store.load().profile.handle == "anna"
    assert store._database.rows("SELECT name FROM sqlite_schema WHERE name = 'extra'") == []
    store.close()
