"""The commands that do something to a message."""

import pytest
from tests.cli.fakes import FakeClient, FakeScreen, FakeTimers, direct, message, room

from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.client.events import ChangeFailed, MessageAdded, MessageChanged, Synced
from lanmsg.client.model import EVERYONE, MemberRole


class Chat:
    """A session with some messages on the screen; `run` returns what a line makes it show."""

    def __init__(self, *log, **fields):
        messages = [message(text, sender=sender, seq=seq) for seq, (sender, text) in enumerate(log, 1)]
        self.client = FakeClient(logs={EVERYONE: messages}, **fields)
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)
        self.runner = LineRunner(self.session)

    async def start(self):
        """Show what there is."""
        stream = self.client.events()
        stream.put(Synced())
        stream.close()
        await self.session.follow(stream)
        self.screen.taken()
        return self

    async def run(self, line):
        """Run a line; return what it shows, and what the events show that come of it."""
        stream = self.client.events()
        await self.runner.run(line)
        return self.take(*stream._waiting)

    def take(self, *events):
        for event in events:
            self.session._take(event)
        return [line.strip() for line in self.screen.taken()]

    def log(self):
        return self.client.logs[EVERYONE]


LOG = [("me", "mine one"), ("bob", "soup?"), ("me", "mine two"), ("ann", "salad!")]


@pytest.fixture
async def chat():
    return await Chat(*LOG).start()


@pytest.mark.parametrize(
    ("line", "seq"), [("/edit new", 3), ("/edit ^2 new", 1), ("/edit ^one new", 1), ("/edit ^ new", 3)]
)
async def test_edit_changes_my_last_message_or_the_marked_one(chat, line, seq):
    shown = await chat.run(line)
    assert [each.seq for each in chat.log() if each.text == "new"] == [seq]
    assert "you edited the message of" in shown[-1]


async def test_delete_takes_my_last_message_away(chat):
    await chat.run("/delete")
    assert [each.seq for each in chat.log() if each.is_deleted] == [3]
    await chat.run("/delete")
    assert [each.seq for each in chat.log() if each.is_deleted] == [1, 3]
    shown = await chat.run("/delete")
    assert "there is no message" in shown[0]


@pytest.mark.parametrize(
    ("line", "seq", "emoji"),
    [
        ("/react 👍", 4, "👍"),
        ("/react +1", 4, "👍"),
        ("/react :heart:", 4, "❤️"),
        ("/react 🎉 ^soup", 2, "🎉"),
        ("/react ^4 🎉", 1, "🎉"),
    ],
)
async def test_react_puts_an_emoji_to_the_last_message_of_others_or_the_marked_one(chat, line, seq, emoji):
    await chat.run(line)
    assert [(each.seq, each.reactions[0].emoji) for each in chat.log() if each.reactions] == [(seq, emoji)]
    await chat.run(line)
    assert not any(each.reactions for each in chat.log())


async def test_pin_pins_and_unpins_and_pins_lists(chat):
    assert await chat.run("/pins") == ["Nothing is pinned here: /pin does it."]
    await chat.run("/pin ^soup")
    shown = await chat.run("/pins")
    assert any("bob → everyone: soup?   (pinned)" in line for line in shown)
    await chat.run("/pin ^soup")
    assert chat.client.pinned(EVERYONE) == []


async def test_reply_answers_the_marked_message_where_it_was_said(chat):
    await chat.run("/reply ^soup yes please")
    assert (chat.client.sent[0].conversation, chat.client.sent[0].text) == (EVERYONE, "yes please")
    assert chat.client.sent[0].reply_to == chat.log()[1].id


async def test_reply_without_a_mark_answers_the_last_private_message(chat):
    shown = await chat.run("/reply yes")
    assert "/reply ^ TEXT" in shown[0]
    chat.take(MessageAdded(message=message("psst", to=direct("bob"), seq=1)))
    await chat.run("/reply yes")
    assert [each.conversation for each in chat.client.sent] == [direct("bob")]


async def test_thread_shows_what_was_answered_and_the_answers(chat):
    chat.log().append(message("yes", sender="ann", seq=5, reply_to=chat.log()[1].id))
    shown = "\n".join(await chat.run("/thread ^yes"))
    assert "bob → everyone: soup?" in shown
    assert "ann → everyone ↩ bob “soup?”: yes" in shown
    assert "salad" not in shown


@pytest.mark.parametrize("line", ["/edit ^", "/delete my text", "/reply ^", "/edit ^nothing x"])
async def test_a_command_that_could_mean_something_else_does_nothing(chat, line):
    before = list(chat.log())
    [shown] = await chat.run(line)
    assert shown.startswith("not ")
    assert (chat.log(), chat.client.sent) == (before, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/edit x", "→ edit you “mine two”"),
        ("/delete ^2", "→ delete you “mine one”"),
        ("/react 👍 ^soup", "→ react bob “soup?”"),
        ("/reply ^2 x", "→ reply you “mine two”"),
        ("/delete ^9", "→ command /delete"),
        ("/who", "→ command /who"),
    ],
)
async def test_the_prompt_names_the_message_before_enter(chat, line, words):
    assert chat.session.prompt(line).words == words


async def test_our_message_that_is_not_shown_yet_is_shown_as_it_is_then():
    chat = await Chat(is_slow=True).start()
    assert await chat.run("tpyo") + await chat.run("/edit typo") == []
    shown = chat.take(MessageAdded(message=chat.client.deliver(chat.client.sent[0])))
    assert len(shown) == 2
    assert "you → everyone: typo" in shown[1]


async def test_a_waiting_message_that_is_deleted_is_said_to_be_taken_back():
    chat = await Chat(is_online=False).start()
    await chat.run("oops")
    assert await chat.run("/delete") == ["✗ taken back → everyone: oops"]
    assert chat.client.sent == []


async def test_a_change_that_the_hub_refused_is_told(chat):
    shown = chat.take(ChangeFailed(message=message("soup?"), text="too large"))
    assert shown == ["The hub refused what you did to bob “soup?”: too large"]


async def test_a_change_of_ours_that_stands_in_the_log_prints_nothing_again(chat):
    assert chat.take(MessageChanged(message=message("soup?", seq=2))) == []


async def test_show_prints_all_of_a_message():
    chat = await Chat(("bob", "\n".join(map(str, range(60))))).start()
    shown = await chat.run("/show ^")
    assert shown[-1] == "59"


@pytest.mark.parametrize(("role", "is_deleted"), [(MemberRole.MODERATOR, True), (MemberRole.MEMBER, False)])
async def test_who_moderates_a_room_deletes_what_others_wrote_by_marking_it(role, is_deleted):
    kitchen = room("kitchen", role=role)
    chat = await Chat(all_rooms=[kitchen]).start()
    chat.client.logs[kitchen.conversation] = [
        message("spam", to=kitchen.conversation, conversation_name="@kitchen")
    ]
    chat.session.current = kitchen.conversation
    [shown] = await chat.run("/delete ^spam")
    assert ("you deleted bob's message" in shown) is is_deleted
    assert chat.client.logs[kitchen.conversation][0].is_deleted is is_deleted
