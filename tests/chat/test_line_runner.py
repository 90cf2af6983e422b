"""What an entered line does."""

import pytest
from tests.cli.fakes import (
    INVITE_LINK,
    FakeClient,
    FakeScreen,
    FakeTimers,
    direct,
    group,
    hit,
    message,
    person,
    room,
)

from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.client.model import EVERYONE, PersonStatus, Trust
from lanmsg.wire.commands import COMMANDS


class Chat:
    def __init__(self, *, rooms=(), **fields):
        self.client = FakeClient(all_rooms=list(rooms), **fields)
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)
        self.runner = LineRunner(self.session)

    async def run(self, *lines):
        for line in lines:
            await self.runner.run(line)
        return self.screen.taken()

    @property
    def sent(self):
        return [(each.conversation, each.text) for each in self.client.sent]


@pytest.fixture
def chat():
    return Chat()


# --- messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("hello", [(EVERYONE, "hello")]),
        ("#hello", [(EVERYONE, "hello")]),
        ("@bob hello", [(direct("bob"), "hello")]),
        ("/msg bob hello", [(direct("bob"), "hello")]),
        ("@bob,@ann hello", [(group("bob", "ann"), "hello")]),
        ("//who", [(EVERYONE, "/who")]),
        ("one\n@bob two", [(EVERYONE, "one\n@bob two")]),
        ("", []),
    ],
)
async def test_a_line_goes_to_whom_it_names(chat, line, sent):
    await chat.run(line)
    assert chat.sent == sent


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/nonsense", "there is no command /nonsense"),
        ("@bo hello", "Did you mean @bob?"),
        ("@bob,@carl hello", "Nobody here is called carl."),
        ("@ hello", "a name must follow each @"),
        (" @bob secret", "there is a space before @bob"),
    ],
)
async def test_a_line_that_means_nothing_sends_nothing_and_says_why(chat, line, said):
    assert said in chat.runner.refusal_of(line)
    [shown] = await chat.run(line)
    assert said in shown
    assert chat.sent == []


async def test_a_word_that_is_a_room_is_refused_with_both_ways_to_say_it():
    chat = Chat(rooms=[room("ops")])
    [shown] = await chat.run("#ops is down")
    assert "@ops is down" in shown
    assert "# ops is down" in shown
    assert chat.sent == []


async def test_a_good_line_is_not_refused(chat):
    assert [chat.runner.refusal_of(line) for line in ("", "hi", "@bob hi", "#x", "/who", "@ann")] == [
        None
    ] * 6


async def test_nothing_is_sent_to_a_changed_key(chat):
    chat.client.others = [person("bob", trust=Trust.CHANGED)]
    [shown] = await chat.run("@bob hi")
    assert "/trust" in shown
    assert chat.sent == []


async def test_a_name_alone_makes_it_the_target(chat):
    assert await chat.run("@bob") == ["Enter sends to @bob private now."]
    await chat.run("psst")
    assert await chat.run("#") == ["Enter sends to everyone (2) now."]
    await chat.run("hello")
    assert chat.sent == [(direct("bob"), "psst"), (EVERYONE, "hello")]


async def test_a_line_written_offline_is_shown_waiting():
    [shown] = [line for line in await Chat(is_online=False).run("later") if "→" in line]
    assert shown.endswith("you → everyone: later   … waiting")


# --- commands --------------------------------------------------------------------------------


def test_every_command_has_its_handler(chat):
    assert {*chat.runner.commands, "msg"} == {spec.name for spec in COMMANDS}


async def test_help_is_ten_lines_and_all_is_more(chat):
    assert len(await chat.run("/help")) <= 10
    assert len(await chat.run("/help all")) > 10
    assert (await chat.run("/? reply"))[0] == "/reply [^MARK] TEXT"


async def test_who_lists_people(chat):
    assert [line.split()[0] for line in await chat.run("/who")] == ["ann", "bob", "me"]


async def test_whois_shows_one(chat):
    assert (await chat.run("/whois @bob"))[0] == "bob: here"
    [shown] = await chat.run("/whois nobody")
    assert "Nobody here is called nobody" in shown


async def test_reply_answers_the_last_private_message(chat):
    [shown] = await chat.run("/reply yes")
    assert "nobody has written to you privately" in shown
    chat.session.last_private = message("you there?", to=direct("bob"))
    await chat.run("/r yes, here")
    [sent] = chat.client.sent
    assert (sent.conversation, sent.text) == (direct("bob"), "yes, here")
    assert sent.reply_to == chat.session.last_private.id


async def test_me_sends_an_action_to_the_current_target(chat):
    await chat.run("@bob", "/me waves  twice")
    [sent] = chat.client.sent
    assert (sent.conversation, sent.text, sent.is_action) == (direct("bob"), "waves  twice", True)


async def test_history_shows_the_last_messages_of_the_current_target(chat):
    chat.client.logs = {EVERYONE: [message(str(number), seq=number) for number in range(1, 31)]}
    assert len(await chat.run("/history")) == 21
    assert (await chat.run("/history 2"))[-1].endswith("30")
    assert await chat.run("@bob", "/history") == [
        "Enter sends to @bob private now.",
        "Nothing was said here yet.",
    ]


async def test_search_shows_what_was_found_in_all_conversations(chat):
    chat.client.hits = [hit("new cake", found=["cake"]), hit("old cake", to=direct("bob"))]
    shown = await chat.run("/search from:bob cake")
    assert [line.partition(" ")[2] for line in shown[1:]] == [
        "bob → you: old cake",
        "bob → everyone: new cake",
    ]
    chat.client.hits = [hit()] * 99
    assert "older ones" in (await chat.run("/find cake"))[-1]
    chat.client.hits = []
    assert await chat.run("/search cake") == ["Nothing was found."]
    assert "has:link" in (await chat.run("/search has:cats"))[-1]


@pytest.mark.parametrize("number", ["0", "-1", "x", "1001", "٣", "9" * 5000])
async def test_history_wants_a_number(chat, number):
    [shown] = await chat.run(f"/history {number}")
    assert shown.startswith("not done")


async def test_trust_accepts_a_changed_key(chat):
    assert await chat.run("/trust @bob") == ["The key that bob has now is accepted."]
    assert chat.client.trusted == ["bob"]


async def test_invite_shows_a_link_and_its_code(chat):
    lines = await chat.run("/invite")
    assert lines[0] == INVITE_LINK
    assert chat.screen.qr_codes == lines[:1]


async def test_an_invite_needs_the_hub():
    assert await Chat(is_online=False).run("/invite") == ["not connected to the hub: an invite needs it"]


@pytest.mark.parametrize("line", ["/quit", "/exit", ":q", ":wq"])
async def test_quit_closes_the_chat(chat, line):
    await chat.run(line)
    assert chat.screen.is_closed


# --- statuses --------------------------------------------------------------------------------


async def test_away_dnd_and_back_say_what_others_see(chat):
    assert (await chat.run("/away at lunch"))[0].startswith("me (you): away since Wed ")
    assert chat.client.own["away_reason"] == "at lunch"
    assert await chat.run("/dnd", "/back", "/status") == [
        "me (you): not to be disturbed",
        "me (you): here",
        "me (you): here",
    ]


async def test_how_many_can_not_read_a_reason_is_said():
    chat = Chat(unreached=2)
    assert (await chat.run("/away at lunch"))[-1].startswith("2 people see that you are away, but not why")


async def test_who_writes_to_somebody_away_is_told_why():
    away = person("bob", status=PersonStatus.AWAY, away_reason="at lunch")
    chat = Chat(others=[away])
    assert await chat.run("@bob hi", "@bob hi again") == ["bob is away: at lunch"]
