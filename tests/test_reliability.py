"""The page of what was tried: made of the kept records alone, the newest of each run."""

import json
import re

import pytest
from tools import make_reliability

from tests.records import keep


def totals(run, at, commit="c0ffee", **figures):
    return {"kind": "totals", "run": run, "plan": "R-04", "violations": 0, "figures": figures} | {
        "at": at,
        "commit": commit,
    }


def simulation(first_seed, at, commit, schedules):
    return {"kind": "simulation", "crypto": "real", "disk": "memory", "first_seed": first_seed} | {
        "at": at,
        "commit": commit,
        "schedules": schedules,
    }


def test_the_page_is_that_of_its_records():
    page = make_reliability.PAGE.read_text()
    assert page == make_reliability.page(page, make_reliability.read(make_reliability.KEPT))


PLAN = [*(f"R-{number:02}" for number in range(1, 18)), *(f"L-{number:02}" for number in range(1, 9))]
PLAN += ["E-01", "E-06", "E-11", "E-12", "E-13", "E-14", "E-15"]


def test_every_id_of_the_plan_has_its_row_and_every_row_names_what_exists():
    page = make_reliability.PAGE.read_text()
    rows = re.findall(r"^\| ([RLE]-\d\d) \|(.*)$", page, re.MULTILINE)
    assert [name for name, _ in rows] == PLAN
    for name, row in rows:
        paths = re.findall(r"`((?:tests|bench)/[\w/.]+)`", row)
        assert paths or "not there yet" in row, name
        assert [path for path in paths if not (make_reliability.ROOT / path).exists()] == [], name


def test_the_newest_record_of_each_run_is_kept():
    old, new, other = (
        totals("kills", "2026-01-01"),
        totals("kills", "2026-01-02"),
        totals("cuts", "2026-01-01"),
    )
    assert make_reliability.newest([new, old, other]) == [other, new]


def test_simulations_are_summed_up_within_one_commit():
    old = simulation(0, "2026-01-01", "a", 500), simulation(500, "2026-01-01", "a", 500)
    new = simulation(0, "2026-01-02", "b", 1000), simulation(1000, "2026-01-02", "b", 1000)
    assert make_reliability.newest([*old, *new]) == list(new)


def test_a_run_keeps_what_it_prints(tmp_path, monkeypatch):
    monkeypatch.setenv("LANMSG_RECORDS", str(tmp_path / "build" / "records"))
    line = keep("kills of it", {"kills": 1200, "s": 1.5}, violations=3, plan="R-10")
    assert line == "kills of it: 1,200 kills, 1.5 s; 3 violations"
    [record] = make_reliability.read(tmp_path / "build" / "records")
    assert record["figures"] == {"kills": 1200, "s": 1.5}
    table = make_reliability.page(f"before{make_reliability.BEGIN}old{make_reliability.END}after", [record])
    assert "| kills of it | R-10 | 1,200 kills, 1.5 s | 3 |" in table
    assert table.startswith("before")
    assert table.endswith("after")
    assert "old" not in table


@pytest.mark.parametrize("path", [make_reliability.KEPT])
def test_every_kept_record_says_when_and_of_what(path):
    for record in map(json.loads, path.read_text().splitlines()):
        assert record["kind"] in {"totals", "simulation", "planted bugs"}
        assert record["at"]
        assert record["commit"]
