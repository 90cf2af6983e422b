"""People talk on while their network breaks in every way: nothing is lost or doubled, and all are back soon.

LANMSG_BREAKS is how often each break of `office.py` happens to twenty people (`make deep-network`); without
it four people meet three of the breaks.
"""

import contextlib
import random
import secrets
import statistics

import pytest
from tests.faults.crowd import figure
from tests.network.lan import needs_nft
from tests.network.office import BREAKS, Office
from tests.records import keep

BREAKS_EACH = figure("LANMSG_BREAKS", 0)
LONGEST_S = figure("LANMSG_BREAK_S", 20)
GROUPS = [[f"person{desk}{number}" for number in range(4)] for desk in range(5)]

pytestmark = [pytest.mark.network, pytest.mark.slow, needs_nft]


@pytest.fixture
def chance():
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    return random.Random(seed)


@pytest.mark.timeout(300)
def test_a_few_people_on_a_bad_network_lose_nothing(tmp_path, chance):
    groups = [["anna", "ben"], ["cora", "dan"]]
    with contextlib.closing(
        Office(tmp_path, groups, chance=chance, pace_s=0.2, has_slow_path=True)
    ) as office:
        with office.talking():
            for kind in ("loss of 20 %", "one way cut", "reset of all"):
                office.suffers(kind, lasts_s=1)
        assert office.outcome().violations == []


@pytest.mark.skipif(not BREAKS_EACH, reason="make deep-network")
@pytest.mark.timeout(300 + BREAKS_EACH * len(BREAKS) * (LONGEST_S + 60))
def test_twenty_people_lose_nothing_whatever_breaks(tmp_path, chance, capsys):
    kinds = [*BREAKS] * BREAKS_EACH
    chance.shuffle(kinds)
    with contextlib.closing(Office(tmp_path, GROUPS, chance=chance, pace_s=2, has_slow_path=True)) as office:
        with office.talking():
            for number, kind in enumerate(kinds):
                lasts_s = chance.uniform(LONGEST_S / 4, LONGEST_S)
                with capsys.disabled():
                    print(f"\n  {number + 1} of {len(kinds)}: {kind}, {lasts_s:.0f} s", end="")  # noqa: T201
                office.suffers(kind, lasts_s=lasts_s)
        outcome = office.outcome()
        violations = outcome.violations
        keep_totals(office, outcome, violations)
    assert violations == []


def keep_totals(office, outcome, violations):
    figures = {
        "breaks": office.broken.total(),
        "kinds of them": len(office.broken),
        "packets and connections hit": office.did.total(),
        "messages written": len(outcome.sent),
        "acknowledged": len(outcome.acknowledged),
        "s in the middle until all were back": round(statistics.median(office.away_s), 1),
        "s at most": round(max(office.away_s), 1),
    }
    print(keep("20 clients on broken networks", figures, violations=len(violations), plan="R-08, R-11"))  # noqa: T201
    print(dict(office.did))  # noqa: T201
