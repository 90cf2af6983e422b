"""Many simulated worlds: nothing is violated, every fault really fires, and a seed is the same run each time.

`LANMSG_SEEDS=10000` runs more; `python -m tests.simulation SEED` repeats one that failed, and makes it small.
`LANMSG_RECORDS=FILE` keeps the totals, for `tools/make_reliability.py`.
"""

import os
import subprocess
import sys
from random import Random

import pytest

from lanmsg.net.conformance import check_link_pair
from tests.simulation.bugs import BUGS, nervous_clients
from tests.simulation.loop import SimulatedLoop, run_in
from tests.simulation.network import Network
from tests.simulation.run import run
from tests.simulation.schedule import Schedule, Step, draw
from tests.simulation.shrink import shrink

SEEDS = int(os.environ.get("LANMSG_SEEDS", "300"))
RECORDS = os.environ.get("LANMSG_RECORDS", "")
PARTS = 2


def simulate(*arguments):
    """The command of a person, in a process of its own: it chooses the order of sets."""
    command = [sys.executable, "-m", "tests.simulation", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)


def kept(*arguments):
    return (*arguments, "--record", RECORDS) if RECORDS else arguments


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_violated_whatever_fails_and_everything_that_can_fail_does(part):
    count = SEEDS // PARTS
    done = simulate(*kept("--from", part * count, "--count", count, "--complete"))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "options", [("--crypto", "real"), ("--disk", "ext4"), ("--disk", "posix")], ids=["olm", "ext4", "posix"]
)
def test_nothing_is_violated_with_the_real_thing_in_place_of_a_simulated_one(options):
    done = simulate(*kept("--from", 5000, "--count", max(20, SEEDS // 20), *options))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.timeout(120)
def test_a_seed_is_the_same_run_to_the_last_callback_in_every_process():
    for seed in (7, 9):
        first, second = (simulate(seed).stdout for _ in range(2))
        assert "trace" in first
        assert first == second
    assert simulate(7).stdout != simulate(9).stdout


@pytest.mark.timeout(120)
def test_clients_that_send_everything_twice_break_nothing():
    for seed in range(10):
        with nervous_clients():
            assert run(draw(seed)).violations == []


def test_a_failing_schedule_is_made_small():
    steps = tuple(Step(0.1 * n, "say to all", who=n) for n in range(12))
    schedule = Schedule("shrinking", steps)

    def fails(each):
        with BUGS["the hub says that the reader has what it was sent"].plant():
            return any(found.name == "false receipt" for found in run(each).violations)

    small = shrink(schedule, fails)
    assert fails(schedule)
    assert fails(small)
    assert len(small.steps) == 1


def test_a_schedule_can_be_written_down():
    schedule = draw(3)
    assert Schedule.from_json(schedule.to_json()) == schedule


def test_simulated_links_keep_the_promises_of_links():
    loop = SimulatedLoop("links")

    async def check():
        network = Network(loop, Random(1))

        async def make(one, other):
            network.listen(network.context, lambda: other)
            await network.dial("client", one)
            await other.until(lambda: other.links)

        await check_link_pair(make)

    run_in(loop, check())
    assert loop.bugs == []
