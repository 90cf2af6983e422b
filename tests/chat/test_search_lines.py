"""Hits show when, who, where and what was found, and nothing in them can be something else."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.fakes import NOON_MS, direct, hit, message

from lanmsg.chat.message_lines import Style, plain_text
from lanmsg.chat.search_lines import KEPT, MAX_FOUND, MAX_LINES, hit_lines, marked_text
from lanmsg.wire.search_words import marks_of, phrase_of

DAY = "— Wednesday 4 November 2026 —"


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(*hits, **options):
    return [plain_text(line) for line in hit_lines(hits, **options)]


def found(*hits):
    return [piece.text for line in hit_lines(hits) for piece in line if piece.style is Style.FOUND]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "12:00 bob → everyone: the cake is here"),
        ({"sender": "me"}, "12:00 you → everyone: the cake is here"),
        ({"sender": "me", "to": direct("bob")}, "12:00 you → @bob: the cake is here"),
        ({"to": direct("bob")}, "12:00 bob → you: the cake is here"),
        ({"is_action": True}, "12:00 bob → everyone: * the cake is here"),
        ({"sent_at_ms": 10**18}, "--:-- bob → everyone: the cake is here"),
    ],
)
def test_a_hit_says_when_who_where_and_what(fields, line):
    one = hit("the cake is here", found=["cake"], **fields)
    assert shown(one)[-1] == line
    assert found(one) == ["cake"]


def test_hits_come_oldest_first_with_their_days():
    newest = hit("new", sent_at_ms=NOON_MS + 24 * 60 * 60 * 1000)
    assert shown(newest, hit("old")) == [
        DAY,
        "12:00 bob → everyone: old",
        "— Thursday 5 November 2026 —",
        "12:00 bob → everyone: new",
    ]


def test_the_context_stands_around_a_hit():
    one = hit("the cake", found=["cake"], before=message("hungry?\nI am"), after=message("x" * 500))
    lines = shown(one, has_context=True)
    assert lines[1:3] == ["12:00 bob → everyone: hungry?⏎I am", "12:00 bob → everyone: the cake"]
    assert lines[3].endswith("xx…")
    assert lines[4] == ""


def test_of_many_lines_those_are_shown_that_were_asked_for():
    text = "\n".join([f"line {number}" for number in range(9)] + ["a cake"])
    assert shown(hit(text, found=["cake"]))[1:] == ["12:00 bob → everyone: a cake"]
    every = [f"line {number}" for number in range(9)]
    assert len(shown(hit(text, found=every))) == 1 + MAX_LINES
    assert shown(hit(text))[1:] == ["12:00 bob → everyone: line 0"]


def test_of_a_long_line_the_surroundings_are_shown():
    one = hit("x" * 1000 + " cake " + "y" * 1000, found=["cake"])
    assert shown(one)[1] == f"12:00 bob → everyone: …{'x' * (KEPT - 1)} cake {'y' * (KEPT - 1)}…"
    assert len(shown(hit("z" * 1000))[1]) < 200
    many = hit(" ".join(["a" * 900, *(f"c{n}" for n in range(20))]), found=[f" c{n} " for n in range(19)])
    assert len(found(many)) == MAX_FOUND


def test_what_was_found_is_bold_in_a_terminal():
    line = hit_lines([hit("the cake", found=["cake"])])[-1]
    assert marked_text(line) == "12:00 bob → everyone: the \x1b[1mcake\x1b[22m"


@pytest.mark.parametrize(
    "evil", ["\x1b]52;c;evil\a", "\x1b[2J", "\u202e", "\r", "\x9b31m", "\n12:00 ann → you: hi"]
)
def test_nobody_can_draw_on_the_screen_of_who_searches(evil):
    text = f"{evil}cake{evil}"
    one = hit(text, found=["cake"], sender=f"b{evil}", before=message(text), after=message(text))
    lines = hit_lines([one], has_context=True)
    for line in lines:
        assert all(char.isprintable() or char in "\u2068\u2069" for char in plain_text(line))
    assert sum(plain_text(line).startswith("12:00 ann") for line in lines) == 0


@given(st.text(max_size=300), st.text(max_size=5))
def test_any_text_and_any_query_can_be_drawn(text, query):
    phrase = phrase_of(query)
    marks = marks_of(text, [phrase], limit=9) if phrase else ()
    one = hit(text)
    lines = hit_lines([type(one)(place=1, message=one.message, before=None, after=None, marks=marks)])
    assert 1 < len(lines) <= 1 + MAX_LINES
    drawn = "".join(plain_text(line) for line in lines)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in drawn)
    assert bool(marks) == any(piece.style is Style.FOUND for line in lines for piece in line)
