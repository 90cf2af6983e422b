"""The table of what calls for attention, row by row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Message, MessageState
from lanmsg.client.notify import RULES, Attention, Moment, has_keyword, should_notify, should_ring
from lanmsg.client.preferences import FOR_EVER, Bell, Level, Preferences, QuietHours
from lanmsg.wire.ids import DeviceId, MessageId

BOB = Conversation(ConversationKind.DIRECT, b"b" * 16)
NOON = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
NIGHT = QuietHours(22 * 60, 7 * 60)


def message(conversation=BOB, text="hello", **changes) -> Message:
    plain = Message(
        conversation=conversation,
        conversation_name="@bob",
        id=MessageId(bytes(16)),
        seq=1,
        sender="bob",
        sender_device=DeviceId(bytes(16)),
        is_own=False,
        text=text,
        sent_at_ms=NOON_MS,
        state=MessageState.RECEIVED,
    )
    return replace(plain, **changes)


def prefer(conversation=BOB, level=None, muted_until_ms=0, **others) -> Preferences:
    levels = {conversation: level} if level is not None else {}
    muted = {conversation: muted_until_ms} if muted_until_ms else {}
    return Preferences(levels=levels, muted_until_ms=muted, **others)


CASES = [
    ("a private message rings", message(), prefer(), Attention.RING),
    ("everyone does not", message(EVERYONE), prefer(), Attention.NONE),
    ("unless it names us", message(EVERYONE, mentions_me=True), prefer(), Attention.RING),
    ("or has a keyword", message(EVERYONE, "Tea?"), prefer(keywords=frozenset({"tea"})), Attention.RING),
    ("or all of it is wanted", message(EVERYONE), prefer(EVERYONE, Level.ALL), Attention.RING),
    ("ours", message(is_own=True), prefer(), Attention.NONE),
    ("ours with our own name", message(is_own=True, mentions_me=True), prefer(), Attention.NONE),
    ("unreadable", message(state=MessageState.UNREADABLE), prefer(), Attention.NONE),
    ("deleted before we came", message(is_deleted=True, text=""), prefer(), Attention.NONE),
    ("ignored", message(mentions_me=True), prefer(ignored=frozenset({"bob"})), Attention.NONE),
    ("another is ignored", message(), prefer(ignored=frozenset({"bobby"})), Attention.RING),
    ("muted for ever", message(mentions_me=True), prefer(muted_until_ms=FOR_EVER), Attention.NONE),
    ("muted for a moment more", message(), prefer(muted_until_ms=NOON_MS + 1), Attention.NONE),
    ("muted until now", message(), prefer(muted_until_ms=NOON_MS), Attention.RING),
    ("nothing wanted", message(mentions_me=True), prefer(level=Level.NOTHING), Attention.NONE),
    ("only calls wanted", message(), prefer(level=Level.MENTIONS), Attention.NONE),
    ("and it calls", message(mentions_me=True), prefer(level=Level.MENTIONS), Attention.RING),
]


@pytest.mark.parametrize(("words", "message", "preferences", "expected"), CASES, ids=[c[0] for c in CASES])
def test_what_calls_for_attention(words, message, preferences, expected):
    assert should_notify(message, preferences, NOON) is expected


@pytest.mark.parametrize(("words", "message", "preferences", "expected"), CASES, ids=[c[0] for c in CASES])
def test_in_quiet_hours_nothing_rings_and_nothing_more_is_said(words, message, preferences, expected):
    at_night = replace(preferences, quiet_hours=NIGHT)
    moment = NOON.replace(hour=23)
    by_day = should_notify(message, preferences, moment)
    assert should_notify(message, at_night, moment) is min(by_day, Attention.QUIET)
    assert should_notify(message, at_night, NOON) is expected


def test_each_rule_decides_about_something():
    """A row that nothing reaches would be a row nobody tested."""
    moments = [Moment(each, preferences, NOON) for _, each, preferences, _ in CASES]
    moments.append(Moment(message(), Preferences(quiet_hours=NIGHT), NOON.replace(hour=3)))
    moments.append(Moment(message(), Preferences(), NOON, is_do_not_disturb=True))
    deciding = {next(rule.words for rule in RULES if rule.applies(moment)) for moment in moments}
    assert deciding == {rule.words for rule in RULES}


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("tea", "tea", True),
        ("TEA time", "tea", True),
        ("more tea, please", "tea", True),
        ("team", "tea", False),
        ("steam tea", "tea", True),
        ("a\nnew   line", "new line", True),
        ("喝茶吧", "茶", True),
        ("Straße", "strasse", True),
        ("c++ or c", "c++", True),
        ("", "tea", False),
    ],
)
def test_a_keyword_is_a_word_of_its_own(text, word, expected):
    assert has_keyword(text, frozenset({"other", word})) is expected


@given(st.text(max_size=80), st.frozensets(st.text(min_size=1, max_size=5).filter(str.strip), max_size=4))
def test_any_text_may_be_searched_for_any_words(text, words):
    folded = " ".join(text.casefold().split())
    if has_keyword(text, words):
        assert any(word in folded for word in words)


@pytest.mark.parametrize("bell", [Bell.ON, Bell.ALL])
def test_who_is_not_to_be_disturbed_hears_no_bell_but_may_see_a_notice(bell):
    preferences = Preferences(bell=bell)
    assert should_notify(message(), preferences, NOON, is_do_not_disturb=True) is Attention.QUIET
    assert should_ring(message(), preferences, NOON)
    assert not should_ring(message(), preferences, NOON, is_do_not_disturb=True)
