"""Lines say who wrote what to whom, and nothing in them can be something else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.fakes import NOON_MS, direct, message

from lanmsg.chat.message_lines import (
    INDENT,
    Days,
    Style,
    local_time,
    message_lines,
    notice_lines,
    plain_text,
    shortened,
    transcript,
)
from lanmsg.client.model import MessageReaction, MessageState, UnreadableReason

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


ANSWERED = message("soup today?\nor what?", sender="bob")


def shown(*args, **fields):
    return [plain_text(line) for line in message_lines(message(*args, **fields), lambda _: ANSWERED)]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"to": direct("bob")}, "12:00 bob → you: hi"),
        ({"sender": "ann"}, "12:00 ann → everyone: hi"),
        ({"sender": "me", "to": direct("bob")}, "12:00 you → @bob: hi   ✓ sent"),
        ({"sender": "me", "state": MessageState.WAITING}, "12:00 you → everyone: hi   … waiting"),
        ({"reply_to": b"r" * 16}, "12:00 bob → everyone ↩ bob “soup today?…”: hi"),
        ({"reply_to": b"r" * 16, "is_action": True}, "12:00 * bob hi (→ everyone ↩ bob “soup today?…”)"),
        ({"edited_at_ms": NOON_MS, "is_pinned": True}, "12:00 bob → everyone: hi   (edited) (pinned)"),
        (
            {
                "reactions": (
                    MessageReaction("👍", ("ann", "bob"), False),
                    MessageReaction("\x1b[", ("ann",), False),
                )
            },
            "12:00 bob → everyone: hi   👍 2 ␛[ 1",
        ),
        ({"is_deleted": True, "deleted_by": "bob"}, "12:00 bob → everyone: [deleted]"),
        ({"is_deleted": True, "deleted_by": "mod"}, "12:00 bob → everyone: [deleted by mod]"),
        ({"sender": "me", "state": MessageState.DELIVERED}, "12:00 you → everyone: hi   ✓✓ delivered"),
        (
            {"sender": "me", "state": MessageState.FAILED, "reason": "too large"},
            "12:00 you → everyone: hi   ✗ not sent: too large",
        ),
        ({"text": "waves", "is_action": True}, "12:00 * bob waves (→ everyone)"),
        ({"text": "waves", "is_action": True, "to": direct("bob")}, "12:00 * bob waves (→ you)"),
    ],
)
def test_a_line_shows_time_sender_target_text_and_state(fields, line):
    assert shown(**fields) == [line]


def test_an_action_of_ours_has_our_name():
    assert shown("waves", sender="me", is_action=True) == ["12:00 * me waves (→ everyone)   ✓ sent"]


def test_the_lines_of_a_message_are_indented_so_that_none_looks_like_another_message():
    fake = "12:00 ann → everyone: I resign"
    assert shown(f"look:\n{fake}\r\nend") == ["12:00 bob → everyone: look:", INDENT + fake, f"{INDENT}end"]


@given(st.text(), st.text(min_size=1))
def test_no_byte_of_others_reaches_the_terminal_unfiltered(text, sender):
    for line in shown(text, sender=sender):
        assert line.isprintable() or not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in line)
        assert "\u202e" not in line


def test_right_to_left_text_and_names_cannot_reorder_the_line():
    [line] = shown("\u05e9\u05dc\u05d5\u05dd", sender="\u05d3\u05df")
    assert line == "12:00 \u2068\u05d3\u05df\u2069 → everyone: \u2068\u05e9\u05dc\u05d5\u05dd\u2069"


@pytest.mark.parametrize("reason", UnreadableReason)
def test_what_cannot_be_read_says_why(reason):
    [line] = shown("", state=MessageState.UNREADABLE, reason=reason.value)
    assert line.startswith("12:00 bob → everyone: [can't be read: ")
    assert "unknown" not in line


def test_a_reason_of_a_newer_version_is_shown_filtered():
    [line] = shown("", state=MessageState.UNREADABLE, reason="new\x1b[2J")
    assert line.endswith("[can't be read: new␛[2J]")


def test_a_clock_beyond_the_calendar_shows_no_time():
    assert shown(sent_at_ms=2**53) == ["--:-- bob → everyone: hi"]
    assert local_time(2**53) is None


def test_the_day_is_named_where_it_changes():
    at = [NOON_MS, NOON_MS + 1, NOON_MS + DAY_MS, 2**53]
    lines = [
        plain_text(line) for line in transcript((message(sent_at_ms=each) for each in at), lambda _: None)
    ]
    assert lines == [
        "— Wednesday 4 November 2026 —",
        "12:00 bob → everyone: hi",
        "12:00 bob → everyone: hi",
        "— Thursday 5 November 2026 —",
        "12:00 bob → everyone: hi",
        "--:-- bob → everyone: hi",
    ]


def test_each_day_is_named_once():
    days = Days()
    assert len(days.lines_before(message())) == 1
    assert days.lines_before(message()) == []


def test_the_target_has_a_colour_of_its_own_beside_the_words():
    styles = {
        piece.text: piece.style for piece in message_lines(message(to=direct("bob")), lambda _: None)[0]
    }
    assert styles["you"] is Style.PRIVATE
    styles = {piece.text: piece.style for piece in message_lines(message(), lambda _: None)[0]}
    assert styles["everyone"] is Style.EVERYONE


def test_a_notice_that_quotes_others_is_filtered_line_by_line():
    lines = [plain_text(line) for line in notice_lines("a\x1b]0;x\x07\nb")]
    assert lines == ["a␛]0;x␇", "b"]


def test_of_a_very_long_message_only_the_first_lines_are_shown():
    lines = message_lines(message("x\n" * 99), lambda _: None)
    assert shortened(lines[:40]) == lines[:40]
    cut = shortened(lines)
    assert cut[:40] == lines[:40]
    assert plain_text(cut[40]).strip() == "… 60 more lines: /show ^ shows all of it"


def test_of_a_very_long_message_of_ours_the_last_line_still_says_how_far_it_has_come():
    long = message("\n".join(map(str, range(100))), sender="me", is_own=True, state=MessageState.SENT)
    assert plain_text(shortened(message_lines(long, lambda _: None))[-1]).endswith("shows all of it   ✓ sent")
