"""What happens in rooms is told once, filtered, and in words."""

from dataclasses import replace

import pytest
from tests.cli.fakes import FakeClient, person, room

from lanmsg.chat.room_news import RoomNews, setting_failed_words
from lanmsg.client.events import (
    LifetimeChanged,
    MemberChanged,
    MembersChanged,
    RoomChanged,
    SettingFailed,
    TopicChanged,
)
from lanmsg.client.model import ConversationSetting, MemberRole

OUTSIDER, BANNED, MEMBER, MODERATOR, OWNER = (
    MemberRole.OUTSIDER,
    MemberRole.BANNED,
    MemberRole.MEMBER,
    MemberRole.MODERATOR,
    MemberRole.OWNER,
)


def news(*rooms):
    return RoomNews(FakeClient(all_rooms=list(rooms)))


def changed(by, handle, before, role):
    changes = (MemberChanged(handle=handle, before=before, role=role),)
    conversation = room("ops").conversation
    return MembersChanged(conversation=conversation, conversation_name="@ops", seq=1, by=by, changes=changes)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (changed("bob", "bob", OUTSIDER, MEMBER), "bob entered @ops"),
        (changed("bob", "bob", MEMBER, OUTSIDER), "bob left @ops"),
        (changed("me", "me", MEMBER, OUTSIDER), "you left @ops"),
        (changed("bob", "me", OUTSIDER, MEMBER), "bob took you into @ops"),
        (changed("me", "bob", OUTSIDER, MEMBER), "you took bob into @ops"),
        (changed("ann", "me", MEMBER, OUTSIDER), "ann took you out of @ops"),
        (changed("ann", "bob", MODERATOR, BANNED), "ann banned bob from @ops"),
        (changed("ann", "bob", BANNED, OUTSIDER), "ann let bob come back to @ops"),
        (changed("ann", "bob", MEMBER, MODERATOR), "ann made bob moderator of @ops"),
        (changed("ann", "bob", MODERATOR, MEMBER), "ann made bob an ordinary member of @ops"),
        (changed("\x1b[2mann", "bob", MEMBER, OUTSIDER), "␛[2mann took bob out of @ops"),
    ],
)
def test_a_change_of_the_members_is_a_sentence(event, words):
    assert news(room("ops")).lines(event) == [words]


def test_a_new_room_that_one_may_enter_is_told_once():
    told = news()
    event = RoomChanged(room=room("den", role=OUTSIDER))
    assert told.lines(event) == ["There is a room den now: /join den enters it"]
    assert told.lines(event) == []


@pytest.mark.parametrize("fields", [{"is_open": False, "role": OUTSIDER}, {"role": OWNER}])
def test_a_new_room_that_is_private_or_ours_is_no_news(fields):
    assert news().lines(RoomChanged(room=room("den", **fields))) == []


def test_at_a_large_hub_new_rooms_are_no_news():
    told = RoomNews(FakeClient(others=[person(f"p{number}") for number in range(20)]))
    assert told.lines(RoomChanged(room=room("den", role=OUTSIDER))) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "den"}, "bob renamed @ops to @den"),
        ({"is_archived": True}, "bob archived @ops: nothing more is written there"),
        ({"is_open": True}, "bob made @ops open: anybody may enter"),
        ({"keeps_history": True}, "bob changed @ops: newcomers read what was before them, too"),
        ({"owners": ("ann", "me")}, "bob made you owner of @ops"),
        ({"owners": ()}, "bob made ann an ordinary member of @ops"),
    ],
)
def test_what_becomes_of_our_rooms_is_told_with_who_did_it(fields, words):
    before = replace(room("ops"), is_open=False, owners=("ann",))
    told = news(before)
    assert told.lines(RoomChanged(room=replace(before, **fields), by="bob")) == [words]
    assert told.lines(RoomChanged(room=replace(before, **fields), by="bob")) == [], "once"


def test_what_is_undone_is_told_too():
    before = replace(room("ops"), is_open=True, is_archived=True, keeps_history=True)
    after = replace(before, is_open=False, is_archived=False, keeps_history=False)
    assert news(before).lines(RoomChanged(room=after, by="me")) == [
        "you opened @ops again",
        "you made @ops private: members let people in",
        "you changed @ops: newcomers read only what follows",
    ]


def test_another_part_of_ours_is_told_as_a_change_of_the_members_alone():
    assert news(room("ops")).lines(RoomChanged(room=room("ops", is_open=True))) == []


def test_a_topic_is_told_filtered():
    event = TopicChanged(
        conversation=room("ops").conversation, conversation_name="@ops", by="bob", topic="tea\x07"
    )
    assert news(room("ops")).lines(event) == ["bob set the topic of @ops: tea␇"]


@pytest.mark.parametrize(
    ("by", "seconds", "words"),
    [
        ("me", 7200, "you let messages disappear: what is written in @ops from now on is gone after 2 hours"),
        (
            "ann",
            1814400,
            "ann let messages disappear: what is written in @ops from now on is gone after 3 weeks",
        ),
        ("bob", 0, "bob let messages stay: what is written in @ops from now on does not disappear"),
    ],
)
def test_a_lifetime_is_told_with_who_set_it(by, seconds, words):
    conversation = room("ops").conversation
    event = LifetimeChanged(conversation=conversation, conversation_name="@ops", by=by, seconds=seconds)
    assert news().lines(event) == [words]


@pytest.mark.parametrize(
    ("setting", "what"),
    [(ConversationSetting.TOPIC, "The topic of"), (ConversationSetting.LIFETIME, "How long messages of")],
)
def test_who_set_something_in_vain_reads_what_and_why(setting, what):
    event = SettingFailed(
        conversation=room("ops").conversation,
        conversation_name="@ops",
        setting=setting,
        text="ask ann\x1b[2J",
    )
    words = setting_failed_words(event)
    assert words.startswith(what)
    assert words.isprintable()
    assert "was not changed: " in words
    assert "ask ann" in words
