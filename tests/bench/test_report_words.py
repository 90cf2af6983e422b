"""Numbers, verdicts and tables as the page shows them."""

import pytest
from bench.report.aims import Aim, aims_table, at_most
from bench.report.figures import Group, Named, median_and_p99, rows_of_figures, rows_of_groups
from bench.report.words import percent, short, spread_of, table, times, with_unit


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2_412_000, "2.41 M"),
        (312_400, "312 k"),
        (33_123, "33,123"),
        (512.6, "513"),
        (8.713, "8.71"),
        (0, "0"),
    ],
)
def test_numbers_have_about_three_digits(value, words):
    assert short(value) == words


def test_shares_ratios_and_units():
    assert percent(0.974) == "97 %"
    assert times(1.317) == "1.32 x"
    assert times(95.2) == "95 x"
    assert with_unit("ms")(9.84) == "9.84 ms"


def test_a_spread_stands_behind_the_median_and_a_single_round_has_none():
    assert spread_of([2.0, 1.0, 4.0]) == "2 (1 to 4)"
    assert spread_of([2.0]) == "2"
    assert spread_of([]) == ""


@pytest.mark.parametrize(
    ("found", "is_at_most", "verdict"),
    [
        ([10.0, 11.0, 12.0], False, "**met**"),
        ([9.0, 11.0, 12.0], False, "**met**, but missed in 1 of 3 rounds"),
        ([8.0, 9.0, 12.0], False, "**missed**, but met in 1 of 3 rounds"),
        ([8.0, 9.0, 9.5], False, "**missed**"),
        ([8.0, 9.0, 9.5], True, "**met**"),
        ([10.1], True, "**missed**"),
        ([], True, "not measured"),
    ],
)
def test_the_median_decides_whether_an_aim_was_met(found, is_at_most, verdict):
    assert Aim("", found, 10.0, is_at_most=is_at_most).verdict() == verdict


def test_aims_stand_beside_what_was_measured():
    lines = aims_table([Aim("at least 1.0 x NATS", [1.2, 1.1, 1.3], 1.0, times)]).splitlines()
    assert lines[2] == "| at least 1.0 x NATS | 1.20 x (1.10 x to 1.30 x) | **met** |"


def test_what_must_not_be_exceeded_has_a_unit_or_is_a_count():
    lines = aims_table([at_most("start", [2.5], limit=3.0, unit="s"), at_most("lost", [1], limit=0)])
    assert lines.splitlines()[2:] == ["| start | 2.5 s | **met** |", "| lost | 1 | **missed** |"]


def test_times_have_a_median_and_a_99th_percentile():
    assert median_and_p99("login", "login of both") == [
        Named("login_p50_ms", "login of both, p50 (ms)"),
        Named("login_p99_ms", "login of both, p99 (ms)"),
    ]


def test_a_table_has_as_many_marks_as_columns():
    lines = table(["server", "messages/s"], [["hub", "7"]]).splitlines()
    assert lines == ["| server | messages/s |", "| :--- | ---: |", "| hub | 7 |"]


def test_a_group_that_failed_says_why_in_its_row():
    groups = [Group("hub", [{"lost": 0}]), Group("ngIRCd", [{"failure": "a\nnot installed: ngircd"}])]
    lines = rows_of_groups("server", groups, [Named("lost", "lost"), Named("back", "back")]).splitlines()
    assert lines[2:] == ["| hub | 0 |  |", "| ngIRCd | not installed: ngircd |  |"]


def test_a_figure_that_nobody_has_gets_no_row():
    rows = rows_of_figures(
        [Group("cold", [{"start_s": 2.5}])], [Named("start_s", "start (s)"), Named("x", "x")]
    )
    assert rows.splitlines()[2:] == ["| start (s) | 2.5 |"]
