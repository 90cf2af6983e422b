"""People as lines."""

from tests.cli.fakes import NOON_MS, person

from lanmsg.cli.people_lines import people_lines, whois_lines
from lanmsg.client.model import Trust


def test_who_is_here_comes_first_then_names_in_order():
    people = [
        person("zoe", is_online=False, last_seen_ms=0),
        person("bob", trust=Trust.CHANGED),
        person("ann", is_me=True),
    ]
    assert people_lines(people) == [
        "ann  here  (you)",
        "bob  here  (KEY CHANGED)",
        "zoe  away  (not verified)",
    ]


def test_an_absent_person_has_a_time():
    [line] = people_lines([person("bob", is_online=False, last_seen_ms=NOON_MS, trust=Trust.VERIFIED)])
    assert line.startswith("bob  away, last seen 2026-11-04 ")
    assert line.endswith("(verified)")


def test_wide_names_are_aligned():
    lines = people_lines([person("王"), person("ann")])
    assert lines == ["ann  here  (not verified)", "王   here  (not verified)"]


def test_nobody_is_no_line():
    assert people_lines([]) == []


def test_whois_shows_devices_trust_and_fingerprint_filtered():
    lines = whois_lines(person("b\x1b[2Job", is_me=True, devices=2, fingerprint="ab\x07"))
    assert lines == [
        "b␛[2Job (you): here",
        "  devices      2",
        "  identity     you",
        "  fingerprint  ab␇",
    ]
