"""After a power cut at any moment a client's store has all that it said it has, whole, and nothing half.

A tenth of LANMSG_POWER_CUT_STATES is how many disks each case looks at, for each has to be decrypted;
LANMSG_SEED repeats a run.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from tests.client.store.traced_disk import TracedDisk, command
from tests.faults.strace import needs_strace
from tests.hub.storage.power_cut import Acknowledged, Rules, Sync, crash_states
from tests.hub.storage.test_power_cut import fingerprint, memory_disk, write_files
from tests.records import keep

from lanmsg.client.store.conformance_records import EVERYONE
from lanmsg.client.store.interface import StoreFailed
from lanmsg.client.store.sqlite import SqliteStore

STATES = int(os.environ.get("LANMSG_POWER_CUT_STATES", "1500")) // 10
SEED = int(os.environ.get("LANMSG_SEED", "1"))
KEY = bytes(range(32))

WRITER = """
import os, sys
from pathlib import Path
from lanmsg.client.store import database
from lanmsg.client.store.conformance_records import EVERYONE, outbox_row, stored_log, stored_message
from lanmsg.client.store.sqlite import SqliteStore
database.CHECKPOINT_PAGES = 20
database._PRAGMAS += tuple(sys.argv[3:])
acks = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
for session in range(3):
    store = SqliteStore.open(Path(sys.argv[1]), bytes(range(32)))
    first = max((log.seq for log in store.load().logs), default=0) + 1
    for seq in range(first, first + 20):
        store.commit([stored_message(EVERYONE, seq), stored_log(EVERYONE, seq=seq)])
        os.write(acks, b"%d\\n" % seq)
    store.close()
"""

pytestmark = [needs_strace, pytest.mark.timeout(120 + STATES // 10)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recorded"))


def record(directory, *pragmas):
    """Run the writer under strace; return what it did to its disk."""
    store, acks, log = directory / "store", directory / "acks", directory / "calls"
    acks.touch()
    writer = (sys.executable, "-c", WRITER, str(store), str(acks), *pragmas)
    subprocess.run([*command(log), *writer], check=True, timeout=120)
    operations = TracedDisk(store, acks=acks).read(log)
    assert sum(isinstance(each, Acknowledged) for each in operations) == 60
    assert operations.count(Sync(operations[0].inode)) > 5, "too few checkpoints"
    return operations


@pytest.mark.parametrize("rules", Rules)
def test_a_power_cut_takes_nothing_that_a_client_has_stored(rules, recorded):
    counts = judge_power_cuts(recorded, rules)
    bad = counts.total() - counts["good"]
    figures = {"disks looked at": counts.total(), "of them whole": counts["good"]}
    totals = keep(f"power cuts of a client's disk, {rules.value} rules", figures, violations=bad, plan="R-04")
    print(f"{totals}, seed {SEED}: {dict(counts)}")  # noqa: T201 - shown where the test fails
    assert counts.keys() == {"good"}
    assert counts["good"] >= STATES / 2


def test_the_judge_notices_a_store_that_does_not_sync(tmp_path):
    counts = judge_power_cuts(record(tmp_path, "synchronous = NORMAL"), Rules.EXT4, states=150)
    assert counts["acknowledged and lost"] > 10


def judge_power_cuts(operations, rules, *, states=STATES):
    """Rebuild about so many distinct disks, and count the verdicts."""
    every = 2.4 * len(operations) / states
    verdicts, seen = Counter(), set()
    with tempfile.TemporaryDirectory(dir=memory_disk()) as scratch:
        for state in crash_states(operations, rules, durable_name=None, every=every, random=Random(SEED)):
            name = fingerprint(state)
            if name not in seen:
                seen.add(name)
                verdicts[judge(state, Path(scratch))] += 1
    return verdicts


def judge(state, scratch):
    write_files(state, scratch)
    try:
        store = SqliteStore.open(scratch, KEY)
        (seq,) = [log.seq for log in store.load().logs] or [0]
        messages = [each.seq for each in store.messages_after(EVERYONE, after=0, limit=1000)] if seq else []
        store.close()
    except StoreFailed as error:
        return f"refused: {error}"
    if seq < state.acknowledged + 1:
        return "acknowledged and lost"
    return "good" if messages == list(range(1, seq + 1)) else "half a transaction"
