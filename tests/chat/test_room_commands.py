"""What the commands about rooms do, and what they ask for when the room is not clear."""

import pytest
from tests.cli.fakes import FakeClient, FakeScreen, FakeTimers, group, person, room

from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.client.model import EVERYONE, MemberRole


class Chat:
    def __init__(self, *rooms, current=None):
        self.client = FakeClient(all_rooms=list(rooms))
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)
        self.runner = LineRunner(self.session)
        if current is not None:
            self.session.current = current

    async def run(self, line):
        await self.runner.run(line)
        return self.screen.taken()


OPS, KITCHEN = room("ops"), room("kitchen")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/leave", ("leave", "@ops")),
        ("/part kitchen", ("leave", "@kitchen")),
        ("/leave @kitchen", ("leave", "@kitchen")),
        ("/invite ann bob", ("invite", "@ops", ["ann", "bob"])),
        ("/invite ann bob kitchen", ("invite", "@kitchen", ["ann", "bob"])),
        ("/invite ann", ("invite", "@ops", ["ann"])),
        ("/kick bob", ("remove", "@ops", "bob")),
        ("/remove bob kitchen", ("remove", "@kitchen", "bob")),
        ("/ban bob", ("remove", "@ops", "bob", True)),
        ("/unban bob", ("set_role", "@ops", "bob", MemberRole.OUTSIDER)),
        ("/op bob kitchen", ("set_role", "@kitchen", "bob", MemberRole.MODERATOR)),
        ("/deop bob", ("set_role", "@ops", "bob", MemberRole.MEMBER)),
        ("/topic tea and cake", ("set_topic", "@ops", "tea and cake")),
        ("/rename dev", ("rename_room", "@ops", "dev")),
        ("/rename dev kitchen", ("rename_room", "@kitchen", "dev")),
        ("/archive", ("archive_room", "@ops")),
    ],
)
async def test_a_command_means_the_room_it_names_or_that_of_the_prompt(line, asked):
    chat = Chat(OPS, KITCHEN, current=OPS.conversation)
    await chat.run(line)
    assert chat.client.asked == [asked]


@pytest.mark.parametrize(
    "line", ["/leave", "/invite bob", "/kick bob", "/op bob", "/rename dev", "/archive", "/unban bob"]
)
async def test_without_a_room_nothing_is_done_and_the_line_is_explained(line):
    chat = Chat(OPS)
    [shown] = await chat.run(line)
    assert shown.startswith("not done: which room?")
    assert chat.client.asked == []


@pytest.mark.parametrize("line", ["/join a b", "/kick a b c", "/create", "/create x public", "/op a b c"])
async def test_words_that_mean_nothing_do_nothing(line):
    chat = Chat(OPS, current=OPS.conversation)
    [shown] = await chat.run(line)
    assert shown.startswith("not done:")
    assert chat.client.asked == []


async def test_who_joins_a_room_talks_to_it_and_sees_its_topic():
    chat = Chat(OPS)
    assert await chat.run("/j ops") == ["Enter sends to @ops room (1) now.", "Topic: tea"]
    assert chat.session.current == OPS.conversation


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/create den", ("create_room", "den", True, False)),
        ("/create den private", ("create_room", "den", False, False)),
        ("/create den history private", ("create_room", "den", False, True)),
    ],
)
async def test_a_new_room_is_open_and_forgets_unless_told_otherwise(line, asked):
    chat = Chat()
    shown = await chat.run(line)
    assert chat.client.asked == [asked]
    assert shown[0] == "Enter sends to @den room (1) now."
    assert chat.session.current.room is not None


async def test_who_leaves_the_room_of_the_prompt_talks_to_everyone():
    chat = Chat(OPS, KITCHEN, current=OPS.conversation)
    await chat.run("/leave kitchen")
    assert chat.session.current == OPS.conversation
    await chat.run("/leave")
    assert chat.session.current == EVERYONE


async def test_invite_alone_still_makes_a_link():
    chat = Chat(OPS, current=OPS.conversation)
    shown = await chat.run("/invite")
    assert shown[0].startswith("lanmsg://")
    assert chat.client.asked == []


async def test_the_topic_is_shown_and_only_rooms_and_groups_have_one():
    assert await Chat(OPS, current=OPS.conversation).run("/topic") == ["Topic: tea"]
    assert await Chat(current=group("bob", "ann")).run("/topic") == ["Topic: tea"]
    [shown] = await Chat().run("/topic new")
    assert "only rooms and groups have a topic" in shown


async def test_rooms_lists_ours_first_then_those_that_are_open():
    chat = Chat(
        room("zoo", role=MemberRole.OUTSIDER),
        room("secret", role=MemberRole.OUTSIDER, is_open=False),
        room("old", role=MemberRole.MEMBER, is_archived=True),
        room("ops", role=MemberRole.OWNER, members=1, topic="x\x1b[2mtea", keeps_history=True),
        room("gone", role=MemberRole.OUTSIDER, is_archived=True),
    )
    assert await chat.run("/rooms") == [
        "@ops  1 person, open, newcomers read everything, you are owner: x␛[2mtea",
        "@zoo  open: /join zoo",
        "@old  archived, 2 people, open",
    ]
    assert await Chat().run("/list") == ["There are no rooms yet. /create NAME makes one."]


async def test_who_of_a_room_lists_its_people():
    assert await Chat(OPS).run("/who ops") == ["bob  here", "me   here  (you)"]
    [shown] = await Chat(OPS).run("/who opps")
    assert shown.startswith("There is no room opps here.")


async def test_a_name_alone_switches_to_a_room_or_a_group():
    chat = Chat(OPS)
    chat.client.others = [person("bob"), person("ann")]
    assert await chat.run("@ops") == ["Enter sends to @ops room (1) now."]
    assert await chat.run("@bob,@ann") == ["Enter sends to @ann,@bob group now."]
    await chat.run("lunch?")
    assert [(each.conversation, each.text) for each in chat.client.sent] == [(group("bob", "ann"), "lunch?")]


async def test_disappear_sets_and_shows_how_long_messages_live():
    chat = Chat()
    assert await chat.run("/disappear 1w") == []
    assert chat.client.lifetimes == {EVERYONE: 604_800}
    [shown] = await chat.run("/vanish")
    assert shown.startswith("Messages in everyone disappear after 1 week.")
    await chat.run("/disappear off")
    [shown] = await chat.run("/disappear")
    assert shown.startswith("Messages in everyone stay.")
    for wrong in ("1y", "0h", "soon"):
        [shown] = await chat.run(f"/disappear {wrong}")
        assert "write a time as in /disappear 1h" in shown
    assert chat.client.lifetimes == {EVERYONE: 0}


async def test_trust_of_a_room_accepts_those_in_it_whose_keys_have_changed():
    chat = Chat(OPS)
    chat.client.changed[OPS.conversation] = ["bob"]
    assert chat.session.prompt("@ops hi").words == "→ @ops room, KEY CHANGED, Enter says whose"
    assert await chat.run("/trust ops") == ["What you write to ops goes to all of it again, bob too."]
    assert chat.client.changed == {}
    assert await chat.run("/trust ops") == ["Nobody's key has changed in ops."]


async def test_set_changes_what_a_room_is():
    chat = Chat(OPS, current=OPS.conversation)
    for line in ("/set private", "/set history ops", "/set no-history", "/set open", "/set active"):
        await chat.run(line)
    assert chat.client.asked == [("set_room", "@ops", value) for value in (False, True, False, True, False)]
    [room_line, how] = await chat.run("/set")
    assert room_line.startswith("@ops  2 people, open")
    assert how.startswith("/set open: anybody may enter")
    [shown] = await chat.run("/set loud")
    assert shown.startswith("not done: /set open")


async def test_owner_makes_somebody_an_owner():
    chat = Chat(OPS)
    await chat.run("/owner bob ops")
    assert chat.client.asked == [("set_role", "@ops", "bob", MemberRole.OWNER)]
