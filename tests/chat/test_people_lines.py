"""People as lines."""

import pytest
from tests.cli.fakes import NOON_MS, person

from lanmsg.chat.people_lines import people_lines, presence_words, whois_lines
from lanmsg.client.model import PersonStatus, Trust


def test_who_is_here_comes_first_then_names_in_order():
    people = [
        person("zoe", is_online=False, last_seen_ms=0),
        person("bob", trust=Trust.CHANGED),
        person("ann", is_me=True),
    ]
    assert people_lines(people) == [
        "ann  here  (you)",
        "bob  here  (KEY CHANGED)",
        "zoe  offline  (not verified)",
    ]


def test_an_absent_person_has_a_time():
    [line] = people_lines([person("bob", is_online=False, last_seen_ms=NOON_MS, trust=Trust.VERIFIED)])
    assert line.startswith("bob  offline, last seen 2026-11-04 ")
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


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": PersonStatus.ONLINE}, "here"),
        ({"status": PersonStatus.IDLE, "since_ms": NOON_MS}, "idle since Wed "),
        ({"status": PersonStatus.DO_NOT_DISTURB}, "not to be disturbed"),
        ({"status": PersonStatus.AWAY, "away_reason": "at lunch"}, "away: at lunch"),
        ({"status": PersonStatus.AWAY, "away_reason": "\x1b[2J\n"}, "away: ␛[2J"),
        ({"status": PersonStatus.AWAY, "since_ms": 2**53 - 1}, "away"),
    ],
    ids=str,
)
def test_a_status_is_said_in_words(fields, words):
    said = presence_words(person("bob", **fields))
    assert said.startswith(words)
    assert said.isprintable()
