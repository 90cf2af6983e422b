"""Medians, and ratios within a round."""

import pytest
from bench.summary import Selection, costs_us, of, rates, ratios, share, spread, value_ratios, values


def reading(peer: str, number: int, messages: int, **more) -> dict:
    return {
        "workload": "pairs",
        "peer": peer,
        "clients": 2,
        "window": 4,
        "text_bytes": 128,
        "round": number,
        "messages": messages,
        "seconds": 2.0,
        "server_cpu_s": 1.0,
        **more,
    }


def failed(peer: str, number: int) -> dict:
    return {**reading(peer, number, 0), "failure": "not installed"}


def test_the_spread_is_the_median_between_lowest_and_highest():
    found = spread([3.0, 9.0, 4.0])
    assert (found.low, found.middle, found.high) == (3.0, 4.0, 9.0)


def test_a_ratio_is_taken_within_a_round_whatever_the_order():
    ours = [reading("lanmsg", 1, 400), reading("lanmsg", 2, 100)]
    theirs = [reading("threads", 2, 50), reading("threads", 1, 100)]
    assert ratios(ours, theirs, "messages") == [4.0, 2.0]


def test_a_round_in_which_one_failed_has_no_ratio():
    ours = [reading("lanmsg", 1, 400), failed("lanmsg", 2), reading("lanmsg", 3, 90)]
    theirs = [failed("threads", 1), reading("threads", 2, 50), reading("threads", 3, 30)]
    assert ratios(ours, theirs, "messages") == [3.0]


def test_a_baseline_that_did_nothing_is_no_baseline():
    assert ratios([reading("lanmsg", 1, 400)], [reading("threads", 1, 0)], "messages") == []


def test_value_ratios_leave_out_rounds_without_the_figure():
    flooded = [{"round": 1, "ack_p50_ms": 6.0}, {"round": 2, "ack_p50_ms": 8.0}]
    calm = [{"round": 1, "ack_p50_ms": 2.0}, {"round": 2}]
    assert value_ratios(flooded, calm, "ack_p50_ms") == [3.0]


def test_rates_and_costs_leave_out_failures():
    readings = [reading("lanmsg", 1, 400), failed("lanmsg", 2)]
    assert rates(readings, "messages") == [200.0]
    assert costs_us(readings, "messages") == [2500.0]
    assert values(readings, "messages") == [400.0]


def test_the_share_is_the_median_part_of_the_core():
    readings = [
        reading("lanmsg", number, 1, server_cpu_s=used) for number, used in ((1, 1.0), (2, 1.8), (3, 2.0))
    ]
    assert share(readings, "server_cpu_s") == pytest.approx(0.9)


def test_a_selection_finds_its_cells_only_and_keeps_failed_ones():
    readings = [reading("lanmsg", 1, 4), reading("lanmsg", 1, 4, window=1), failed("ngircd", 1)]
    selection = Selection("pairs", 2, 4)
    assert selection.peers(readings) == ["lanmsg", "ngircd"]
    assert selection.of(readings, "lanmsg") == readings[:1]
    assert of(readings, "peer", "ngircd") == readings[2:]
