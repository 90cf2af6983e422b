"""What the status line says of this moment, and what our own keys tell."""

import pytest
from tests.cli.fakes import NOON_MS, FakeClient, FakeScreen, FakeTimers, direct, group, message, person

from lanmsg.chat.now import ATTENTION_S, ChatNow
from lanmsg.chat.session import ChatSession
from lanmsg.client.events import Typing
from lanmsg.client.model import EVERYONE, MessageState, PersonStatus, Unread

AWAY = {"status": PersonStatus.AWAY, "away_reason": "at lunch"}


@pytest.fixture
def client():
    return FakeClient()


@pytest.fixture
def now(client):
    return ChatNow(client)


@pytest.fixture
def session(client):
    return ChatSession(client, FakeScreen(), call_later=FakeTimers().call_later)


def begin(now, *handles, to=EVERYONE, is_typing=True):
    for handle in handles:
        now.take(Typing(conversation=to, handle=handle, is_typing=is_typing))


# --- theirs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handles", "words"),
    [
        ([], []),
        (["bob"], ["bob is typing…"]),
        (["bob", "ann"], ["bob and ann are typing…"]),
        (["bob", "ann", "cid", "dan"], ["bob, ann and 2 more are typing…"]),
        (["b\x1b[2J"], ["b␛[2J is typing…"]),
    ],
)
def test_who_types_here_is_named(now, handles, words):
    begin(now, *handles)
    assert now.words(EVERYONE) == words


def test_typing_elsewhere_says_to_whom_and_comes_second(now):
    begin(now, "ann", to=direct("ann"))
    begin(now, "bob")
    assert now.words(EVERYONE) == ["bob is typing…", "ann is typing to you…"]
    assert now.words(direct("ann")) == ["ann is typing…", "bob is typing to everyone…"]


def test_who_stops_is_gone_and_who_repeats_is_named_once(now):
    begin(now, "bob", "bob", "ann")
    begin(now, "bob", "zoe", is_typing=False)
    assert now.words(EVERYONE) == ["ann is typing…"]
    begin(now, "ann", is_typing=False)
    assert now.words(EVERYONE) == []


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, []),
        ({"status": PersonStatus.IDLE}, []),
        ({"status": PersonStatus.DO_NOT_DISTURB}, ["you are not to be disturbed"]),
        (AWAY, ["you are away: at lunch"]),
    ],
)
def test_our_own_status_is_shown_while_it_is_a_special_one(own, words):
    assert ChatNow(FakeClient(own=own)).words(EVERYONE) == words


def test_that_somebody_does_not_look_now_is_told_once_each_time():
    client = FakeClient(others=[person("bob", since_ms=1, **AWAY), person("ann")])
    now = ChatNow(client)
    assert now.absence_from(direct("bob")).startswith("bob is away since ")
    assert now.absence_from(direct("bob")) == ""
    client.others[0] = person("bob", since_ms=NOON_MS, **AWAY)
    assert now.absence_from(direct("bob"))
    assert now.absence_from(direct("ann")) == now.absence_from(EVERYONE) == ""


# --- ours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("hello", [EVERYONE]),
        ("#hello", [EVERYONE]),
        ("@bob hello", [direct("bob")]),
        ("@bob,@ann hello", [group("bob", "ann")]),
        ("//who", [EVERYONE]),
        *[
            (line, [])
            for line in ("", " ", "@bo", "@bob", "@bob ", "@nobody hi", "#", "/who", "/away at lunch")
        ],
    ],
)
def test_only_whom_the_text_is_for_hears_of_it(client, session, line, to):
    session.edited(line)
    assert client.now == [("touched",), *((conversation, True) for conversation in to)]


def test_a_private_line_is_never_told_to_those_it_is_not_for(client, session):
    for end in range(1, len("@bob hello") + 1):
        session.edited("@bob hello"[:end])
    assert {each[0] for each in client.now} == {"touched", direct("bob")}


def test_who_empties_the_line_types_no_more(client, session):
    session.edited("hello")
    session.edited("")
    session.edited("")
    assert client.now == [("touched",), (EVERYONE, True), ("touched",), (EVERYONE, False), ("touched",)]


def test_an_entered_line_is_not_told_as_emptied(client, session):
    session.edited("hello")
    session.entered("hello")
    session.edited("")
    assert (EVERYONE, False) not in client.now


def test_before_we_know_anybody_nothing_is_said_of_us(client, now, monkeypatch):
    monkeypatch.setattr(client, "people", list)
    assert now.words(EVERYONE) == []


# --- reading ---------------------------------------------------------------------------------


@pytest.fixture
def clock():
    return [1000.0]


@pytest.fixture
def reader(client, clock):
    return ChatNow(client, now_s=lambda: clock[0])


def marks(client):
    return [each for each in client.now if each[0] == "read"]


def test_what_is_shown_while_nobody_is_at_the_keys_is_read_with_the_next_key(client, reader):
    for seq in (1, 2):
        reader.shown(message("hi", seq=seq, to=direct("bob")))
    reader.shown(message("all", seq=7))
    assert marks(client) == []
    reader.edited([])
    reader.edited([])
    assert marks(client) == [("read", direct("bob"), 2), ("read", EVERYONE, 7)]


def test_what_comes_while_somebody_is_at_the_keys_is_read_at_once(client, reader, clock):
    reader.entered()
    clock[0] += ATTENTION_S - 1
    reader.shown(message("hi", seq=3, to=direct("bob")))
    clock[0] += 2
    reader.shown(message("hi", seq=4, to=direct("bob")))
    assert marks(client) == [("read", direct("bob"), 3)]


@pytest.mark.parametrize(
    "fields", [{"sender": "me"}, {"state": MessageState.UNREADABLE, "reason": "missing_key"}], ids=str
)
def test_our_own_and_what_can_not_be_read_is_not_read(client, reader, fields):
    reader.shown(message("hi", to=direct("bob"), **fields))
    reader.edited([])
    assert marks(client) == []


def test_what_was_not_printed_is_not_read_by_a_key(client, session):
    client.unread_counts[EVERYONE] = Unread(30, 0, 1)
    assert session.now.shown_from(EVERYONE, 11) == 30
    session.now.shown(message(seq=30))
    session.edited("h")
    assert client.marks == []
    assert session.now.shown_from(EVERYONE, 1) == 0
    session.now.shown(message(seq=30))
    session.edited("he")
    assert client.marks == [(EVERYONE, 30)]
