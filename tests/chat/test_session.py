"""A chat without its screen: what events show and what the status says."""

import asyncio
from dataclasses import replace

import pytest
from tests.cli.fakes import NOON_MS, FakeClient, FakeScreen, FakeTimers, direct, message, person, room

from lanmsg.chat.session import ChatSession
from lanmsg.client.conversations import reason_text
from lanmsg.client.errors import EventsLost
from lanmsg.client.events import (
    Alarm,
    AlarmKind,
    ChangeKind,
    Connected,
    Disconnected,
    MemberChanged,
    MembersChanged,
    MessageAdded,
    MessageChanged,
    PersonJoined,
    PresenceChanged,
    Stopped,
    Synced,
    Typing,
)
from lanmsg.client.model import EVERYONE, MemberRole, MessageState, PersonStatus, Trust, UnreadableReason

CONNECTED = Connected(hub_title="kitchen", address="127.0.0.1:7777", handle="me", is_new_hub=False)
DISCONNECTED = Disconnected(reason="the hub is gone", retry_in_s=1, waiting=0)


ENTER_SENDS = "Enter sends to everyone (2). @name text is private, #text goes to everyone. /help"


class Chat:
    """A session with a fake client; `take` feeds events and returns the lines they made.

    The line that explains Enter is checked once and left out after that.
    """

    def __init__(self, **fields):
        self.client = FakeClient(**fields)
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)

    async def take(self, *events):
        stream = self.client.events()
        for event in events:
            stream.put(event)
        stream.close()
        await self.session.follow(stream)
        return self.taken()

    def taken(self):
        lines = [line for line in self.screen.taken() if not line.startswith("Enter sends")]
        return [line.partition(" ")[2] if line[:1].isdecimal() else line for line in lines]


def added(*args, **fields):
    return MessageAdded(message=message(*args, **fields))


# --- greeting --------------------------------------------------------------------------------


async def test_the_greeting_says_who_and_where():
    chat = Chat()
    chat.session.greet()
    assert chat.taken() == ['You are me at hub "kitchen" (127.0.0.1:7777).']


async def test_what_enter_does_is_said_once_everybody_is_known():
    chat = Chat(others=[person("bob")])
    stream = chat.client.events()
    chat.client.others.append(person("zoe"))
    chat.client.emit(Synced(), Synced())
    stream.close()
    await chat.session.follow(stream)
    assert chat.screen.lines == [ENTER_SENDS]


async def test_at_a_new_hub_the_check_words_are_shown():
    chat = Chat(is_new_hub=True)
    chat.session.greet()
    first = chat.taken()[0]
    assert first.startswith('First time at hub "kitchen" (127.0.0.1:7777), as me.')
    assert len(first.rpartition(": ")[2].split()) == 4


async def test_offline_it_says_so_and_how_many_wait():
    chat = Chat(is_online=False)
    await chat.client.send(EVERYONE, "later")
    chat.session.greet()
    assert chat.taken()[-1] == "OFFLINE: the hub can't be reached now. 1 message waits."


# --- backlog ---------------------------------------------------------------------------------


def logs():
    return {
        EVERYONE: [
            message(f"e{number}", seq=number, sent_at_ms=NOON_MS + 2 * number) for number in range(1, 31)
        ],
        direct("bob"): [
            message(f"d{number}", seq=number, sent_at_ms=NOON_MS + 2 * number + 1, to=direct("bob"))
            for number in range(1, 6)
        ],
    }


async def test_the_newest_messages_of_all_conversations_are_shown_in_order():
    lines = await Chat(logs={direct("bob"): logs()[direct("bob")], EVERYONE: logs()[EVERYONE][:4]}).take(
        Synced()
    )
    texts = [line.rpartition(": ")[2] for line in lines[1:]]
    assert texts == ["e1", "d1", "e2", "d2", "e3", "d3", "e4", "d4", "d5"]
    assert lines[0].startswith("— ")


async def test_no_more_than_twenty_are_shown():
    lines = await Chat(logs=logs()).take(Synced())
    assert len(lines) == 21
    assert lines[-1].endswith("e30")


async def test_what_the_backlog_has_shown_is_not_shown_again():
    chat = Chat(logs=logs())
    lines = await chat.take(added("e30", seq=30), Synced(), added("e30", seq=30), added("e31", seq=31))
    assert [line.rpartition(": ")[2] for line in lines[-2:]] == ["e30", "e31"]


async def test_offline_the_backlog_is_shown_at_once():
    lines = await Chat(is_online=False, logs=logs()).take()
    assert len(lines) == 21


async def test_a_connection_lost_before_all_came_shows_what_there_is():
    lines = await Chat(logs=logs()).take(DISCONNECTED)
    assert len(lines) == 22
    assert lines[-1].startswith("OFFLINE: the hub is gone.")


async def test_what_waits_is_in_the_backlog_and_gets_its_steps():
    chat = Chat(is_online=False)
    waiting = await chat.client.send(EVERYONE, "later")
    sent = replace(waiting, seq=1, state=MessageState.SENT)
    assert (await chat.take(MessageAdded(message=sent)))[1:] == [
        "you → everyone: later   … waiting",
        "      ✓ sent → everyone: later",
    ]


async def test_what_was_written_before_we_joined_is_no_news():
    before = {"state": MessageState.UNREADABLE, "reason": reason_text(UnreadableReason.BEFORE_YOU_JOINED)}
    chat = Chat(logs={EVERYONE: [message("", seq=1, **before)]})
    assert await chat.take(Synced(), added("", seq=2, **before)) == []


@pytest.mark.parametrize("sender", ["me", "bob"])
async def test_what_was_written_before_this_device_was_linked_is_no_news(sender):
    before = {"state": MessageState.UNREADABLE, "reason": reason_text(UnreadableReason.BEFORE_YOU_JOINED)}
    assert (await Chat().take(Synced(), added("", sender=sender, **before)))[1:] == []


async def test_a_message_of_another_device_of_ours_is_shown_unreadable_and_again_when_its_key_has_come():
    missing = {"state": MessageState.UNREADABLE, "reason": UnreadableReason.MISSING_KEY}
    mine = message("from my tablet", sender="me", state=MessageState.SENT)
    lines = await Chat().take(
        Synced(),
        MessageAdded(message=replace(mine, text="", **missing)),
        MessageChanged(message=replace(mine, text="", **missing), change=ChangeKind.STATE),
        MessageChanged(message=mine, change=ChangeKind.READABLE),
    )
    assert len(lines[1:]) == 2
    assert "its key has not come yet" in lines[1]
    assert lines[2].startswith("you → everyone: from my tablet")


async def test_after_lost_events_the_newest_messages_are_shown_again():
    chat = Chat(logs=logs())
    events = [Synced(), EventsLost("many"), added("e31", seq=31)]

    class Lossy:
        def __aiter__(self):
            return self

        async def __anext__(self):
            if not events:
                raise StopAsyncIteration
            event = events.pop(0)
            if isinstance(event, EventsLost):
                raise event
            return event

    await chat.session.follow(Lossy())
    lines = chat.taken()
    assert "Too much came at once; these are the newest messages:" in lines
    assert lines[-1].endswith("e31")


# --- events ----------------------------------------------------------------------------------


async def test_messages_are_shown_as_they_come():
    lines = await Chat().take(Synced(), added("hi", to=direct("bob")), added("hello", sender="ann"))
    assert lines[1:] == ["bob → you: hi", "ann → everyone: hello"]


async def test_a_message_whose_key_came_late_is_shown():
    lines = await Chat().take(Synced(), MessageChanged(message=message("late"), change=ChangeKind.READABLE))
    assert lines[-1] == "bob → everyone: late"


@pytest.mark.parametrize("state", [MessageState.RECEIVED, MessageState.SENT, MessageState.READ])
async def test_what_comes_over_from_another_device_is_not_printed(state):
    past = message("long ago", sender="me", state=state)
    event = MessageChanged(message=past, change=ChangeKind.READABLE, is_backlog=True)
    assert (await Chat().take(Synced(), event))[1:] == []


async def test_losing_and_finding_the_hub_is_said_once_each():
    chat = Chat()
    chat.client.is_online = False
    lines = await chat.take(DISCONNECTED, DISCONNECTED, DISCONNECTED, CONNECTED, CONNECTED)
    assert lines[0] == "OFFLINE: the hub is gone. What you write waits for it. Trying again by itself."
    assert lines[1].startswith("Online again.")
    assert len(lines) == 2


async def test_comings_and_goings_are_said_among_few_people():
    joined = PersonJoined(handle="zoe")
    left = PresenceChanged(handle="bob", is_online=False, last_seen_ms=NOON_MS)
    mine = PresenceChanged(handle="me", is_online=True, last_seen_ms=NOON_MS)
    assert await Chat().take(Synced(), joined, left, mine) == ["zoe joined", "bob left"]
    crowd = Chat(others=[person(f"p{number}") for number in range(20)])
    assert await crowd.take(Synced(), joined, left) == []


async def test_an_alarm_is_shown_even_before_the_backlog():
    alarm = Alarm(kind=AlarmKind.FORKED_LOG, text="the hub lies\nask its owner \x1b[2J")
    assert await Chat().take(alarm) == ["ALARM: the hub lies", "ask its owner ␛[2J"]


async def test_a_client_that_stops_closes_the_chat_with_its_code():
    chat = Chat()
    assert await chat.take(Stopped(code="HubIdentityChanged", text="another key")) == ["another key"]
    assert chat.screen.is_closed
    assert chat.session.stop_code == "HubIdentityChanged"


async def test_the_last_private_message_is_what_a_reply_answers():
    chat = Chat()
    private = message("psst", to=direct("bob"))
    await chat.take(Synced(), MessageAdded(message=private), added("hello", sender="ann", seq=2))
    assert chat.session.last_private == private


# --- status ----------------------------------------------------------------------------------


async def test_the_status_shows_connection_what_waits_and_the_last_message():
    chat = Chat(hub_title="kit\x1b[2Jchen")
    assert chat.session.status() == "online at kit␛[2Jchen · 0 waiting"
    chat.client.is_online = False
    chat.session.own.queued(await chat.client.send(EVERYONE, "later"), is_online=False)
    assert chat.session.status() == "OFFLINE, trying again · 1 waiting · last message waiting"


@pytest.mark.parametrize(
    ("trust", "words"),
    [(Trust.FIRST_SEEN, "not verified"), (Trust.VERIFIED, "verified"), (Trust.CHANGED, "KEY CHANGED")],
)
async def test_the_status_shows_whether_the_other_person_is_verified(trust, words):
    chat = Chat(others=[person("bob", trust=trust)])
    chat.session.current = direct("bob")
    assert chat.session.status().endswith(f"· @bob: here, {words}")


async def test_all_is_settled_when_the_hub_has_had_its_word():
    chat = Chat(is_slow=True)
    events = chat.client.events()
    waiting = await chat.client.send(EVERYONE, "hi")
    chat.session.own.queued(waiting, is_online=True)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(chat.session.follow(events))
        settled = tasks.create_task(chat.session.settled())
        chat.client.emit(Synced())
        chat.client.deliver(waiting)
        await settled
        following.cancel()


async def test_who_is_typing_stands_before_what_may_be_cut_off_at_the_edge():
    chat = Chat(others=[person("bob", status=PersonStatus.AWAY, away_reason="a long story " * 9)])
    chat.session.current = direct("bob")
    await chat.take(Synced(), Typing(conversation=direct("bob"), handle="bob", is_typing=True))
    expected = "online at kitchen · bob is typing… · 0 waiting · @bob: away, not verified"
    assert chat.session.status() == expected


async def test_who_took_us_out_of_a_room_while_we_were_away_is_said():
    ops = room("ops", role=MemberRole.BANNED)
    back = room("back")
    chat = Chat(all_rooms=[ops, back])
    stream = chat.client.events()
    for each in (ops, back):
        changes = (MemberChanged(handle="me", before=MemberRole.MEMBER, role=MemberRole.BANNED),)
        chat.client.emit(
            MembersChanged(
                conversation=each.conversation,
                conversation_name=f"@{each.name}",
                seq=1,
                by="ann",
                changes=changes,
                is_backlog=True,
            )
        )
    chat.client.emit(Synced())
    await chat.client.__aexit__()
    await chat.session.follow(stream)
    told = [line for line in chat.screen.lines if "While" in line]
    assert told == ["While you were away: ann banned you from @ops."]
