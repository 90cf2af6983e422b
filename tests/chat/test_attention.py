"""Bell, notices and marks of a chat, and the commands that steer them."""

import pytest
from tests.cli.fakes import NOON_MS, FakeClient, FakeScreen, FakeTimers, direct, message

from lanmsg.chat.attention import notice, notice_style
from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.client.events import MessageAdded, Synced
from lanmsg.client.model import EVERYONE, Unread
from lanmsg.client.preferences import FOR_EVER, Bell, Level, QuietHours


class Chat:
    def __init__(self, **fields):
        self.client = FakeClient(**fields)
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)
        self.runner = LineRunner(self.session)

    async def run(self, *lines):
        for line in lines:
            await self.runner.run(line)
        return self.screen.taken()

    def take(self, *messages, **fields):
        for each in messages:
            self.session._take(MessageAdded(message=each, **fields))


@pytest.fixture
def chat():
    return Chat()


def test_what_calls_us_rings_and_what_does_not_is_silent(chat):
    chat.take(message("hello", to=EVERYONE), message("old", to=direct("me")), is_backlog=True)
    chat.take(message("hello", to=EVERYONE))
    assert chat.screen.alerts == []
    chat.take(message("for you", to=direct("bob")))
    assert chat.screen.alerts == ["\a"]


def test_a_burst_rings_once(chat):
    chat.take(*(message(f"{n}", to=direct("bob"), seq=n) for n in range(1, 9)))
    assert chat.screen.alerts == ["\a"]


def test_nothing_rings_while_somebody_is_at_the_keys(chat):
    chat.session.attention.touched()
    chat.take(message("for you", to=direct("bob")))
    assert chat.screen.alerts == []


async def test_the_bell_is_off_or_for_all(chat):
    assert await chat.run("/bell off") == ["The bell is off."]
    chat.take(message("for you", to=direct("bob")))
    assert chat.screen.alerts == []
    await chat.run("/bell all")
    chat.take(message("hello", to=EVERYONE, seq=2))
    assert (chat.screen.alerts, chat.client.preferences.bell) == (["\a"], Bell.ALL)


def test_what_is_unread_stands_in_the_status_line(chat):
    chat.client.unread_counts = {direct("bob"): Unread(2, 0, 4), EVERYONE: Unread(1, 1, 9)}
    assert "unread: everyone 1, @bob 2" in chat.session.status()


def test_what_was_printed_is_read_while_the_person_is_at_the_keys(chat):
    chat.client.unread_counts = {direct("bob"): Unread(2, 0, 4)}
    chat.take(message("one", to=direct("bob"), seq=4), message("two", to=direct("bob"), seq=5))
    assert chat.client.marks == []
    chat.session.edited("h")
    assert chat.client.marks == [(direct("bob"), 5)]
    assert "unread" not in chat.session.status()


async def test_a_line_stands_before_the_first_unread_message():
    log = [message("read", seq=1), message("new", seq=2), message("newer", seq=3)]
    chat = Chat(logs={EVERYONE: log})
    chat.client.unread_counts = {EVERYONE: Unread(2, 0, 2)}
    chat.session.show_backlog()
    lines = [line.split(": ")[-1] for line in chat.screen.taken()]
    assert lines[-4:] == ["read", "— unread from here —", "new", "newer"]


# --- commands --------------------------------------------------------------------------------


async def test_what_calls_us_is_chosen_for_the_conversation_of_the_prompt(chat):
    await chat.run("@bob", "/notify mentions", "/mute 2h")
    assert chat.client.preferences.levels == {direct("bob"): Level.MENTIONS}
    assert chat.client.preferences.is_muted(direct("bob"), NOON_MS + 7_000_000)
    assert await chat.run("/notify default", "/unmute") == [
        "In @bob, every message will call for your attention.",
        "@bob is not muted.",
    ]
    assert await chat.run("/mute") == ["@bob is muted until /unmute."]
    assert chat.client.preferences.muted_until_ms == {direct("bob"): FOR_EVER}


async def test_words_hours_and_people(chat):
    assert await chat.run("/keywords Tea", "/keywords -tea", "/keywords") == [
        "Keywords: tea.",
        "There are no keywords. /keywords WORD adds one.",
        "There are no keywords. /keywords WORD adds one.",
    ]
    assert await chat.run("/quiet 22-7", "/quiet off") == [
        "Nothing rings between 22:00 and 07:00.",
        "There are no quiet hours.",
    ]
    assert QuietHours(0, 1) != chat.client.preferences.quiet_hours
    assert await chat.run("/ignore bob", "/ignore", "/unignore @bob", "/ignore") == [
        "You ignore bob.",
        "You ignore bob.",
        "bob is shown again; /history has what was said meanwhile.",
        "You ignore nobody. /ignore NAME ignores NAME.",
    ]


async def test_what_is_unread_is_listed(chat):
    assert await chat.run("/unread") == ["Nothing is unread."]
    chat.client.unread_counts = {EVERYONE: Unread(12, 1, 3), direct("bob"): Unread(1, 0, 1)}
    assert await chat.run("/unread") == ["@bob: 1 unread", "everyone: 12 unread, 1 for you by name"]


@pytest.mark.parametrize(
    "line",
    ["/mute soon", "/mute 0m", "/bell loud", "/notify some", "/quiet noon", "/ignore carl", "/mute 1h 2h"],
)
async def test_what_means_nothing_changes_nothing(chat, line):
    before = chat.client.preferences
    (said,) = await chat.run(line)
    assert chat.client.preferences == before
    assert "not done" in said or "22:00" in said or "carl" in said


# --- notices of terminals --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "style"),
    [
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, "9"),
        ({"TERM": "xterm-kitty"}, "9"),
        ({"TERM": "foot"}, "777"),
        ({"TERM": "rxvt-unicode-256color"}, "777"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, ""),
        ({}, ""),
    ],
)
def test_only_terminals_that_are_known_to_take_a_notice_get_one(environment, style):
    assert notice_style(environment) == style


@pytest.mark.parametrize("style", ["9", "777"])
def test_nobody_ends_or_extends_a_notice(style):
    """What others write reaches the terminal inside a control sequence: it must stay inside."""
    evil = "a\x07\x1b]0;owned\x07\x1b[2J\x9c\u202e;b\nc" * 50
    data = notice(style, evil, evil)
    body = data[len("\x1b]") : -1]
    assert data.startswith("\x1b]")
    assert data.endswith("\a")
    assert body.isprintable()
    assert len(data) < 300
    assert notice("777", "a;b", "c;d") == "\x1b]777;notify;a,b;c,d\a"


async def test_a_chat_starts_without_an_alert(chat):
    chat.session._take(Synced())
    assert chat.screen.alerts == []
