"""Clients are killed while they send and receive, and one is away for long: nothing is lost or doubled."""

import random
import secrets
import time

import pytest
from tests.faults.crowd import Crowd, crowds_of, figure, finish, know, until_more
from tests.faults.outcome import Outcome, load
from tests.processes import Hub
from tests.records import keep

KILLS = figure("LANMSG_KILLS", 12)
NAMES = ["anna", "ben", "cora", "dan", "emma", "finn"]
MESSAGES_MISSED = 10_000
CATCH_UP_LIMIT_S = 60
"""Generous: it tells a hang from a slow machine."""


@pytest.mark.slow
@pytest.mark.timeout(120 + 10 * KILLS)
def test_killed_clients_lose_double_and_misread_nothing(tmp_path, capsys):
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        crowds = [
            Crowd(tmp_path / "people", names, hub=hub.address, everybody=len(NAMES), seed=seed)
            for names in (NAMES[:2], NAMES[2:4], NAMES[4:])
        ]
        with crowds_of(crowds):
            for crowd in crowds:
                crowd.ask("talk")
            for _ in range(KILLS):
                kill_and_restart(chance.choice(crowds), crowds, chance)
            finish(crowds)
    outcome = Outcome(load(crowd.record_path for crowd in crowds), NAMES)
    figures = {
        "kills": KILLS,
        "messages written": len(outcome.sent),
        "on their sender's disk": len(outcome.queued),
        "acknowledged while their sender lived": len(outcome.acknowledged),
    }
    violations = outcome.violations
    totals = keep("kills of clients while all write", figures, violations=len(violations), plan="R-10, E-05")
    with capsys.disabled():
        print(f"\n  {totals}, seed {seed}")  # noqa: T201 - the figures of a run belong to its result
    assert violations == []
    assert len(outcome.acknowledged) > 10 * KILLS


def kill_and_restart(crowd, crowds, chance):
    """Kill some while all write; the others go on while they are away, for longer or shorter."""
    until_more(crowds, "read", chance.choice([1, 10, 100, 300]))
    time.sleep(chance.uniform(0, 0.03))  # where in their work they are hit; nothing waits for this
    crowd.kill()
    others = [each for each in crowds if each is not crowd]
    until_more(others, "read", chance.choice([0, 1, 50]))
    crowd.start().ready()
    crowd.ask("talk")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_client_that_missed_ten_thousand_messages_catches_up(tmp_path, capsys):
    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        away, there = (
            Crowd(tmp_path / "people", names, hub=hub.address, everybody=3, seed=1)
            for names in (["zoe"], ["anna", "ben"])
        )
        with crowds_of([away, there]):
            away.close()
            there.ask(f"flood {MESSAGES_MISSED // 2}", timeout_s=180)
            started_s = time.monotonic()
            away.start()
            away.ask(know({"#": MESSAGES_MISSED}), timeout_s=CATCH_UP_LIMIT_S)
            took_s = time.monotonic() - started_s
            finish([away, there])
    outcome = Outcome(load([away.record_path, there.record_path]), ["zoe", "anna", "ben"])
    with capsys.disabled():
        print(  # noqa: T201 - the figures of a run belong to its result
            f"\n  {MESSAGES_MISSED} missed messages were stored {took_s:.1f} s after the program started"
        )
    assert outcome.violations == []
    assert len(outcome.histories["#"]["zoe"]) == MESSAGES_MISSED
