"""Messages, people and rooms as JSON keep to their schemas, whatever they hold."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from tests.cli.fakes import NOON_MS, direct, hit, message, person, room

from lanmsg.cli.message_json import (
    device_json,
    event_json,
    gap_json,
    hit_json,
    iso_time,
    message_json,
    person_json,
    room_json,
)
from lanmsg.client.events import (
    ChangeKind,
    GapFound,
    LifetimeChanged,
    MemberChanged,
    MembersChanged,
    MessageChanged,
    MessageExpired,
    RoomChanged,
    Synced,
    TopicChanged,
)
from lanmsg.client.model import (
    EVERYONE,
    DeviceInfo,
    Gap,
    MemberRole,
    MessageReaction,
    MessageState,
    Trust,
    UnreadableReason,
)

SCHEMAS = Path(__file__).parents[2] / "docs" / "json-schema"


def validator(name):
    schema = read(name)
    Draft202012Validator.check_schema(schema)
    known = [(each, Resource.from_contents(read(each))) for each in ("message.json", "room.json")]
    return Draft202012Validator(schema, registry=Registry().with_resources(known))


def read(name):
    return json.loads((SCHEMAS / name).read_text())


def checked_message(**fields):
    decoded = json.loads(message_json(message(**fields)))
    validator("message.json").validate(decoded)
    return decoded


def test_a_message_says_who_wrote_what_to_whom_when_and_where_it_stands():
    assert checked_message(text="hi", to=direct("bob"), seq=7, id=b"\x01" * 16) == {
        "conversation": "@bob",
        "kind": "direct",
        "from": "bob",
        "text": "hi",
        "seq": 7,
        "id": "01" * 16,
        "sent_at": "2026-11-04T12:00:00.000Z",
        "own": False,
        "state": "received",
        "action": False,
        "reply_to": None,
        "reason": None,
        "edited_at": None,
        "deleted": False,
        "deleted_by": None,
        "reactions": [],
        "pinned": False,
        "mentions": [],
        "mentions_me": False,
        "read_by": [],
    }


def test_what_was_done_to_a_message_and_whom_it_names_is_told():
    found = checked_message(
        edited_at_ms=NOON_MS,
        reactions=(MessageReaction("👍", ("ann", "me"), has_ours=True),),
        is_pinned=True,
        mentions=("me", "here"),
        mentions_me=True,
    )
    assert found["edited_at"] == "2026-11-04T12:00:00.000Z"
    assert found["reactions"] == [{"emoji": "👍", "people": ["ann", "me"], "own": True}]
    assert (found["pinned"], found["mentions"], found["mentions_me"]) == (True, ["me", "here"], True)
    gone = checked_message(text="", is_deleted=True, deleted_by="ann")
    assert (gone["deleted"], gone["deleted_by"]) == (True, "ann")


@pytest.mark.parametrize("state", MessageState)
@pytest.mark.parametrize("to", [EVERYONE, direct("bob")])
def test_every_kind_and_state_of_message_keeps_to_the_schema(state, to):
    for sender in ("me", "bob"):
        checked_message(sender=sender, to=to, state=state, reason=UnreadableReason.MISSING_KEY.value)


def test_an_action_and_an_answer_are_marked():
    decoded = checked_message(is_action=True, reply_to=b"\xab" * 16)
    assert decoded["action"] is True
    assert decoded["reply_to"] == "ab" * 16


@given(st.text(st.characters(codec="utf-8")), st.integers(0, 2**53 - 1))
def test_no_text_and_no_clock_gets_a_control_character_to_a_terminal(text, at_ms):
    line = message_json(message(text, sender=f"x{text}", sent_at_ms=at_ms))
    assert line.isascii()
    assert line.isprintable()
    decoded = json.loads(line)
    assert decoded["text"] == text
    validator("message.json").validate(decoded)


@pytest.mark.parametrize(
    ("at_ms", "shown"),
    [
        (NOON_MS + 45, "2026-11-04T12:00:00.045Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (2**53, "9999-12-31T23:59:59.000Z"),
        (-5, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_iso_8601_in_utc_and_within_the_calendar(at_ms, shown):
    assert iso_time(at_ms) == shown


@pytest.mark.parametrize("trust", Trust)
@pytest.mark.parametrize("last_seen_ms", [0, NOON_MS])
def test_a_person_keeps_to_the_schema(trust, last_seen_ms):
    decoded = json.loads(person_json(person("bob", trust=trust, last_seen_ms=last_seen_ms)))
    validator("person.json").validate(decoded)
    assert decoded["name"] == "bob"
    assert (decoded["last_seen"] is None) == (last_seen_ms == 0)


def test_a_hit_is_a_message_with_its_marks_and_its_neighbours():
    shown = hit("the cake", found=["cake"], before=message("hungry?"))
    decoded = json.loads(hit_json(shown))
    validator("search-hit.json").validate(decoded)
    assert {**json.loads(message_json(shown.message)), **decoded} == decoded
    assert decoded["marks"] == [[4, 8]]
    assert (decoded["before"]["text"], decoded["after"]) == ("hungry?", None)


@pytest.mark.parametrize("role", MemberRole)
@pytest.mark.parametrize("topic", ["", "tea\x1b[2m"])
def test_a_room_keeps_to_the_schema(role, topic):
    line = room_json(room("ops", role=role, topic=topic))
    assert line.isascii()
    assert line.isprintable()
    fields = json.loads(line)
    validator("room.json").validate(fields)
    assert (fields["name"], fields["role"], fields["topic"]) == ("ops", role.value, topic or None)
    assert fields["mine"] is (fields["members"] is not None)


# --- devices and events ----------------------------------------------------------------------


def test_a_device_keeps_to_its_schema():
    device = DeviceInfo(device=b"\x01" * 16, name="", added_at_ms=NOON_MS, is_this=True)
    decoded = json.loads(device_json(device))
    validator("device.json").validate(decoded)
    assert decoded == {
        "id": "01" * 16, "name": None, "added_at": "2026-11-04T12:00:00.000Z", "this": True,
    }  # fmt: skip


WHERE = {"conversation": room("ops").conversation, "conversation_name": "@ops"}
EVENTS = [
    (MessageChanged(message=message(), change=ChangeKind.EDITED, by="bob"), "edited"),
    (MessageChanged(message=message(is_deleted=True), change=ChangeKind.DELETED, by="bob"), "deleted"),
    (MessageChanged(message=message(), change=ChangeKind.REACTION, by="ann", emoji="👍"), "reaction"),
    (MessageChanged(message=message(), change=ChangeKind.PIN, by="ann", is_removed=True), "pin"),
    (MessageExpired(**WHERE, id=b"\x01" * 16, seq=7), "expired"),
    (
        MembersChanged(
            **WHERE,
            seq=3,
            by="ann",
            changes=(MemberChanged(handle="bob", before=MemberRole.OUTSIDER, role=MemberRole.MEMBER),),
        ),
        "members",
    ),
    (TopicChanged(**WHERE, by="ann", topic=""), "topic"),
    (LifetimeChanged(**WHERE, by="ann", seconds=60), "lifetime"),
    (RoomChanged(room=room("ops")), "room"),
    (GapFound(**WHERE, gap=Gap(after_seq=3, up_to_seq=9, count=5)), "gap"),
]


@pytest.mark.parametrize(("event", "name"), EVENTS, ids=[name for _, name in EVENTS])
def test_an_event_keeps_to_its_schema(event, name):
    decoded = json.loads(event_json(event))
    validator("event.json").validate(decoded)
    assert decoded["event"] == name


def test_a_gap_of_a_history_is_the_same_line_as_its_event():
    gap = Gap(after_seq=3, up_to_seq=9, count=5)
    line = gap_json(WHERE["conversation"], WHERE["conversation_name"], gap)
    assert line == event_json(GapFound(**WHERE, gap=gap))
    assert json.loads(line)["count"] == 5


def test_the_way_of_a_message_is_no_event():
    for change in (ChangeKind.STATE, ChangeKind.READABLE):
        assert event_json(MessageChanged(message=message(), change=change)) is None
    assert event_json(Synced()) is None
