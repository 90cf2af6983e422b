"""Hours of talk with lost connections, faults and sleep: nothing is lost, and the hub does not grow.

LANMSG_SOAK_MINUTES says how long, LANMSG_SOAK_CLIENTS how many people, LANMSG_SOAK_RATE how many messages a
second they would write on a machine that can take them (`make deep-soak`). Without the first it is skipped.
"""

import contextlib
import json
import random
import secrets
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.faults.crowd import Crowd, crowds_of, figure, finish
from tests.faults.outcome import Outcome, load
from tests.network.breaking import sleeps
from tests.processes import Hub, Program, free_port
from tests.records import keep

MINUTES = figure("LANMSG_SOAK_MINUTES", 0)
CLIENTS = figure("LANMSG_SOAK_CLIENTS", 20)
RATE = figure("LANMSG_SOAK_RATE", 50)
TOGETHER = 5
LOOPS_EACH = 4
SAMPLE_S = 5
FAULT_EVERY_S = 60
WARM_UP_S = min(20 * 60, MINUTES * 60 / 3)
IS_LONG = MINUTES >= 60
"""A shorter run has too few samples to tell growth from noise."""
WAL_LIMIT_BYTES = 64 * 2**20
HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.skipif(not MINUTES, reason="make deep-soak"),
    pytest.mark.timeout(MINUTES * 60 + 1800),
]


class Sample(NamedTuple):
    """The hub's process at a moment; sizes in bytes."""

    at_s: float
    resident: int
    database: int
    files: int
    wal: int


class Soak:
    """One hub, its people, and what is seen of the hub meanwhile."""

    def __init__(self, directory, chance):
        self.chance = chance
        self.hub = Hub(directory / "hub", "--message-rate", "0")
        self._loop_log = directory / "loop"
        self.hub.program = (sys.executable, "-P", str(HERE / "watched_hub.py"), str(self._loop_log))
        self._port = free_port()
        self.names = [f"person{number:03}" for number in range(CLIENTS)]
        self.crowds = [
            Crowd(
                directory / "people",
                self.names[first : first + TOGETHER],
                hub=f"127.0.0.1:{self._port}",
                everybody=CLIENTS,
                seed=chance.random(),
                pace_s=CLIENTS * LOOPS_EACH / RATE,
                to_all=0.1,
            )
            for first in range(0, CLIENTS, TOGETHER)
        ]
        self.faults = Counter()
        self.samples = []
        self._asleep = []

    @contextlib.contextmanager
    def running(self):
        with self.hub:
            arguments = (HERE / "churn.py", self._port, self.hub.port, self.chance.random())
            with Program(*arguments, command=(sys.executable, "-P")) as self.churn:
                self.churn.wait_for("ready")
                with crowds_of(self.crowds):
                    for crowd in self.crowds:
                        crowd.ask("talk", timeout_s=120)
                    yield
                    finish(self.crowds, timeout_s=300)
                self.churn.end()

    def last(self, seconds):
        """Look at the hub every few seconds, and break something every minute."""
        started_s = time.monotonic()
        next_fault_s = started_s + FAULT_EVERY_S
        while (now_s := time.monotonic()) < started_s + seconds:
            self._look(now_s - started_s)
            if now_s > next_fault_s:
                self._break_something()
                next_fault_s += FAULT_EVERY_S
            time.sleep(SAMPLE_S)  # between two looks, not for anything

    def _look(self, at_s):
        process = Path(f"/proc/{self.hub.process.pid}")
        resident = int(process.joinpath("statm").read_text().split()[1]) * 4096
        files = len(list(process.joinpath("fd").iterdir()))
        wal = (self.hub.data / "hub.sqlite3-wal").stat().st_size
        self.samples.append(Sample(at_s, resident, self._database_bytes(), files, wal))

    def _database_bytes(self):
        """What SQLite has of the hub's memory: its cache grows with the database until it is full."""
        lines = self._loop_log.read_text().splitlines() if self._loop_log.exists() else []
        return json.loads(lines[-1])["database_bytes"] if lines else 0

    def _break_something(self):
        kind = self.chance.choice(["hub asleep", "people killed", "all cut", "all held up"])
        self.faults[kind] += 1
        match kind:
            case "hub asleep":
                self._asleep.append(time.monotonic())
                with sleeps(self.hub.process.pid):
                    time.sleep(self.chance.uniform(1, 10))  # the fault itself
                self._asleep[-1] = (self._asleep[-1], time.monotonic() + 2)
            case "people killed":
                crowd = self.chance.choice(self.crowds)
                crowd.kill()
                crowd.start().ready(timeout_s=180)
                crowd.ask("talk")
            case "all cut":
                self.churn.say("cut")
            case "all held up":
                self.churn.say("hold")
                time.sleep(self.chance.uniform(1, 10))  # the fault itself
                self.churn.say("pass")

    # --- what was seen -----------------------------------------------------------------------

    def loop_ms(self, kind, share):
        """How late the hub's loop was, or how long it worked, at most in this share of looks."""
        late = Counter()
        for line in self._loop_lines():
            late.update({int(ms): count for ms, count in line[kind].items()})
        left = late.total() * (1 - share)
        for ms in sorted(late, reverse=True):
            left -= late[ms]
            if left < 0:
                return ms
        return 0

    def tasks(self):
        return [line["tasks"] for line in self._loop_lines()]

    def _loop_lines(self):
        lines = map(json.loads, self._loop_log.read_text().splitlines())
        return [line for line in lines if not any(start <= line["t"] <= end for start, end in self._asleep)]

    def after_warm_up(self, what):
        return [getattr(sample, what) for sample in self.samples if sample.at_s >= WARM_UP_S]

    def slope_mib_per_hour(self):
        """How fast the hub's memory grows, that of SQLite apart: the line of least squares."""
        both = zip(self.after_warm_up("resident"), self.after_warm_up("database"), strict=True)
        own = [resident - database for resident, database in both]
        return statistics.linear_regression(self.after_warm_up("at_s"), own).slope * 3600 / 2**20

    def mib_by_minute(self):
        return [(each.resident >> 20, each.database >> 20) for each in self.samples[:: 60 // SAMPLE_S]]


def is_flat(values):
    """Whether the last third of some figures is like the first."""
    third = len(values) // 3
    first, last = statistics.median(values[:third]), statistics.median(values[-third:])
    return last <= first * 1.1 + 20


def test_a_soak_loses_nothing_and_grows_nothing(tmp_path, capsys):
    seed = secrets.randbits(32)
    soak = Soak(tmp_path, random.Random(seed))
    with soak.running():
        soak.last(MINUTES * 60)
    outcome = Outcome(load(crowd.record_path for crowd in soak.crowds), soak.names)
    violations = outcome.violations
    figures = {
        "minutes": MINUTES,
        "clients": CLIENTS,
        "messages written": len(outcome.sent),
        "acknowledged while their sender lived": len(outcome.acknowledged),
        "connections cut": int(soak.churn.stdout.rpartition(" ")[2]),
        "faults": soak.faults.total(),
        "MiB resident after the warm-up": soak.after_warm_up("resident")[0] >> 20,
        "MiB at the end": soak.samples[-1].resident >> 20,
        "of it SQLite's": soak.samples[-1].database >> 20,
        "MiB/h of slope without that": round(soak.slope_mib_per_hour(), 1),
        "files open at most": max(soak.after_warm_up("files")),
        "tasks at most": max(soak.tasks()),
        "MiB of WAL at most": round(max(soak.after_warm_up("wal")) / 2**20, 1),
        "ms late at most in 99.9 % of looks at the hub's loop": soak.loop_ms("late_ms", 0.999),
        "ms of work between two looks in 99.9 %": soak.loop_ms("work_ms", 0.999),
    }
    totals = keep("soak", figures, violations=len(violations), plan="R-12, R-16, R-17")
    with capsys.disabled():
        print(f"\n  {totals}, seed {seed}, {dict(soak.faults)}")  # noqa: T201 - the figures of a run
        print("  MiB each minute, and SQLite's of it:", soak.mib_by_minute())  # noqa: T201
    assert violations == []
    assert max(soak.after_warm_up("wal")) <= WAL_LIMIT_BYTES
    assert is_flat(soak.after_warm_up("files"))
    assert is_flat(soak.tasks())
    if IS_LONG:
        assert soak.slope_mib_per_hour() < 1
        assert soak.loop_ms("late_ms", 0.999) < 50
