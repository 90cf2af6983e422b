"""The hub is killed again and again while twenty people write: nothing is lost, doubled or out of order."""

import random
import secrets
import time

import pytest
from tests.faults.crowd import Crowd, count, crowds_of, figure, finish, until_more
from tests.faults.outcome import Outcome, load
from tests.processes import Hub, until
from tests.records import keep

KILLS = figure("LANMSG_KILLS", 12)
NAMES = [f"person{number:02}" for number in range(20)]


@pytest.mark.slow
@pytest.mark.timeout(120 + 10 * KILLS)
def test_what_a_killed_hub_acknowledged_is_there_once_and_in_one_order(tmp_path, capsys):
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        halves = [
            Crowd(tmp_path / "people", names, hub=hub.address, everybody=len(NAMES), seed=seed)
            for names in (NAMES[:10], NAMES[10:])
        ]
        with crowds_of(halves):
            for half in halves:
                half.ask("talk")
            started_s = time.monotonic()
            away_s = [kill_and_restart(hub, halves, chance) for _ in range(KILLS)]
            took_s = time.monotonic() - started_s
            finish(halves)
        assert hub.stop() == 0
    outcome = Outcome(load(half.record_path for half in halves), NAMES)
    figures = {
        "kills": KILLS,
        "messages written": len(outcome.sent),
        "acknowledged": len(outcome.acknowledged),
        "s at most from a kill to the next acknowledgement": round(max(away_s), 1),
        "s": round(took_s),
    }
    violations = outcome.violations
    totals = keep("kills of the hub while 20 write", figures, violations=len(violations), plan="R-10")
    with capsys.disabled():
        print(f"\n  {totals}, seed {seed}")  # noqa: T201 - the figures of a run belong to its result
    assert violations == []
    assert len(outcome.acknowledged) > 10 * KILLS


def kill_and_restart(hub, crowds, chance):
    """Kill it after some acknowledgements and a moment; return how long nobody got one."""
    until_more(crowds, "ok", chance.choice([0, 1, 10, 50, 200]))
    time.sleep(chance.uniform(0, 0.03))  # where in its work the hub is hit; nothing waits for this
    hub.kill()
    killed_s = time.monotonic()
    acknowledged = count(crowds, "ok")
    hub.start()
    until(lambda: count(crowds, "ok") > acknowledged, timeout_s=40, what="an acknowledgement")
    return time.monotonic() - killed_s
