"""After a power cut at any moment, everything acknowledged is there, whole, and nothing half.

LANMSG_POWER_CUT_STATES sets how many disks each case looks at; LANMSG_SEED repeats a run.
"""

import contextlib
import hashlib
import os
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import apsw
import pytest
from tests.hub.storage.power_cut import (
    Acknowledged,
    CrashState,
    Operation,
    Recorder,
    Rules,
    Sync,
    crash_states,
)
from tests.records import keep

from lanmsg.hub.storage.conformance.bench import (
    ALICE,
    INBOX,
    LAPTOP,
    PHONE,
    ROOM,
    chain,
    head_in,
    in_inbox,
    key,
    message,
)
from lanmsg.hub.storage.interface import StoredCursor, StoredMember
from lanmsg.hub.storage.sqlite import SqliteStorage, database
from lanmsg.hub.storage.sqlite.directory import DATABASE_NAME
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.ids import ZERO_HASH

STATES = int(os.environ.get("LANMSG_POWER_CUT_STATES", "1800"))
SEED = int(os.environ.get("LANMSG_SEED", "1"))
TABLES = (
    "meta",
    "log",
    "entry",
    "message",
    "member",
    "cursor",
    "last_seen",
    "one_time_key",
    "invite",
    "setting",
    "kept_entry",
)
NO_TABLES = "no tables"
STEPS = 20
"""Transactions of each of the three sessions of the load."""


@pytest.fixture
def small_steps(monkeypatch):
    """Checkpoint often, so that a short run has many."""
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 25)


@pytest.mark.parametrize("rules", Rules)
@pytest.mark.usefixtures("small_steps")
def test_a_power_cut_loses_nothing_acknowledged(rules: Rules, tmp_path: Path):
    counts = judge_power_cuts(rules, tmp_path, states=STATES)
    figures = {"disks looked at": counts.total(), "of them whole": counts["good"]}
    bad = counts.total() - counts["good"]
    totals = keep(f"power cuts of the hub's disk, {rules.value} rules", figures, violations=bad, plan="R-04")
    print(f"{totals}, seed {SEED}: {dict(counts)}")  # noqa: T201  # shown when the test fails
    assert counts.keys() == {"good"}
    assert counts["good"] >= STATES / 2  # the more disks, the more of them are equal


@pytest.mark.parametrize(
    ("rules", "pragmas"),
    [
        (Rules.EXT4, ("locking_mode = EXCLUSIVE", "synchronous = NORMAL", "journal_mode = WAL")),
        (Rules.POSIX, ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL")),
    ],
    ids=["NORMAL", "FULL after WAL"],
)
@pytest.mark.usefixtures("small_steps")
def test_the_simulation_notices_weaker_pragmas(rules: Rules, pragmas, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(database, "PRAGMAS", pragmas)
    assert judge_power_cuts(rules, tmp_path, states=300)["acknowledged data lost"] > 10


def judge_power_cuts(rules: Rules, directory: Path, *, states: int) -> Counter[str]:
    """Record the load, rebuild about so many distinct disks, and count the verdicts."""
    operations, digests = record(directory / "recorded")
    assert count_checkpoints(operations) > 10
    every = 2.4 * len(operations) / states  # of four disks per cut two or three are distinct
    verdicts: Counter[str] = Counter()
    seen: set[bytes] = set()
    with tempfile.TemporaryDirectory(dir=memory_disk()) as scratch:
        for state in crash_states(
            operations, rules, durable_name=DATABASE_NAME, every=every, random=Random(SEED)
        ):
            name = fingerprint(state)
            if name not in seen:
                seen.add(name)
                verdicts[judge(state, digests, Path(scratch), opens_storage=len(seen) % 25 == 0)] += 1
    return verdicts


def memory_disk() -> str | None:
    """A place in memory, where there is one: the syncs of a real disk would only cost time."""
    return next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108  # a directory in it


def fingerprint(state: CrashState) -> bytes:
    digest = hashlib.sha256(str(state.acknowledged).encode())
    for name, content in sorted(state.files.items()):
        digest.update(name.encode() + len(content).to_bytes(8, "big") + content)
    return digest.digest()


# --- the load ------------------------------------------------------------------------------------


def record(directory: Path) -> tuple[list[Operation], list[str]]:
    """Run the load on a recording disk; return what the disk saw and the digest after each commit."""
    recorder = Recorder(f"recorder-{os.getpid()}")
    try:
        for session in range(3):
            with contextlib.closing(
                SqliteStorage.open(directory, vfs=recorder.vfs_name, generation_entries=40)
            ) as storage:
                run_session(storage, recorder, session)
    finally:
        recorder.unregister()
    return recorder.operations, [op.digest for op in recorder.operations if isinstance(op, Acknowledged)]


def run_session(storage: SqliteStorage, recorder: Recorder, session: int) -> None:
    acknowledge(storage, recorder)
    storage.load()
    acknowledge(storage, recorder)
    for step in range(session * STEPS, (session + 1) * STEPS):
        with storage.transaction():
            write_step(storage, step)
        acknowledge(storage, recorder)


def count_checkpoints(operations: list[Operation]) -> int:
    """How often the database itself was synced; the WAL has other inodes."""
    return operations.count(Sync(operations[0].inode))


def write_step(storage: SqliteStorage, step: int) -> None:
    """Write a little of everything."""
    if step == 0:
        storage.add_log(ROOM, LogKind.EVERYONE)
        storage.add_log(INBOX, LogKind.INBOX)
    heads = {log: storage._check_inside().head(log) for log in (ROOM, INBOX)}
    count = 1 + step % 5
    storage.add_entries(chain(heads[INBOX], [in_inbox(EntryKind.SHARE, step), device_message(step)]))
    counter = storage.counter(ROOM, LAPTOP) + 1
    new = [message(step * 10 + n, size_bytes=100) for n in range(count)]
    storage.add_entries(chain(heads[ROOM], new, counter=counter))
    storage.set_cursors([StoredCursor(ROOM, PHONE, heads[ROOM].seq)])
    storage.add_members([StoredMember(ROOM, ALICE, step, ZERO_HASH)])
    if step % 4 == 3:
        storage.prune(INBOX, heads[INBOX].seq - 1)
        storage.prune(ROOM, max(heads[ROOM].seq - 20, 0))
        storage.add_one_time_keys(PHONE, [key(step), key(step + 100)], at_most=5)
        storage.take_key(PHONE)


def device_message(step: int):
    return in_inbox(EntryKind.DEVICE_MESSAGE, 10_000 + step)


def acknowledge(storage: SqliteStorage, recorder: Recorder) -> None:
    recorder.operations.append(Acknowledged(digest_of(storage._database.rows)))


def digest_of(read) -> str:
    """Stand for everything in the database."""
    if not read("SELECT 1 FROM sqlite_schema WHERE name = 'log'"):
        return NO_TABLES
    rows = [read(f"SELECT * FROM {table}") for table in TABLES]  # noqa: S608  # our own names
    return hashlib.sha256(repr(rows).encode()).hexdigest()


# --- the verdict ---------------------------------------------------------------------------------


def judge(state: CrashState, digests: list[str], scratch: Path, *, opens_storage: bool) -> str:
    write_files(state, scratch)
    try:
        found = recover(scratch / DATABASE_NAME)
    except apsw.Error as error:
        return f"corrupt: {error}"
    all_digests = [NO_TABLES, *digests]
    acknowledged = state.acknowledged + 1
    if found not in all_digests[acknowledged : acknowledged + 2]:
        return "acknowledged data lost" if found in all_digests else "half a transaction"
    if opens_storage:
        write_files(state, scratch)
        read_everything(scratch)
    return "good"


def write_files(state: CrashState, scratch: Path) -> None:
    for file in scratch.iterdir():
        file.unlink()
    for name, content in state.files.items():
        (scratch / name).write_bytes(content)


def recover(path: Path) -> str:
    """Let plain SQLite recover the database; return the digest of what it finds."""
    connection = apsw.Connection(str(path), vfs="unix")
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        connection.execute("PRAGMA synchronous = OFF").fetchall()
        problems = connection.execute("PRAGMA integrity_check").fetchall()
        if problems != [("ok",)]:
            raise apsw.CorruptError(str(problems))
        return digest_of(lambda sql: connection.execute(sql).fetchall())
    finally:
        connection.close()


def read_everything(directory: Path) -> None:
    """Our own storage opens it, and each entry is in its chain and found by its message id."""
    with contextlib.closing(SqliteStorage.open(directory)) as storage:
        state = storage.load()
        for head in state.logs:
            run = storage.read_run(head.log, 0, max_entries=10**6, max_bytes=10**9)
            assert run.first_seq + len(run.entries) == head_in(state, head.log).seq + 1
            for seq, entry in enumerate(run.entries, run.first_seq):
                counter = seq if head.log == ROOM else None  # LAPTOP alone writes there
                found = storage.find_message(head.log, entry.sender, entry.message_id, counter)
                assert found is not None or entry.kind == EntryKind.SHARE
