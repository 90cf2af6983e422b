"""`lanmsg listen`: what is printed, and when it ends."""

import json

import pytest
from tests.cli.fakes import direct, message

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.listen import Printer, print_events
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import (
    Alarm,
    AlarmKind,
    ChangeKind,
    Disconnected,
    GapFound,
    MessageAdded,
    MessageChanged,
    Stopped,
    Synced,
)
from lanmsg.client.model import Gap, MessageState, UnreadableReason


async def printed(*events, count=None, is_json=False, is_all=False):
    lines = []
    stream = EventStream()
    for event in events:
        stream.put(event)
    stream.close()
    printer = Printer(is_json=is_json, is_all=is_all, write=lines.append)
    assert await print_events(stream, printer, count=count) is ExitCode.OK
    return [line.partition(" ")[2] for line in lines if not line.startswith("—")] if not is_json else lines


def added(*args, **fields):
    return MessageAdded(message=message(*args, **fields))


async def test_messages_are_printed_as_they_come():
    assert await printed(Synced(), added("one"), added("two", to=direct("bob"))) == [
        "bob → everyone: one",
        "bob → you: two",
    ]


async def test_own_messages_are_printed_only_if_all_are_wanted():
    assert await printed(added("mine", sender="me")) == []
    assert await printed(added("mine", sender="me"), is_all=True) == ["you → everyone: mine   ✓ sent"]


async def test_it_ends_after_so_many_messages():
    events = [added(str(number), sender="me" if number == 1 else "bob") for number in range(9)]
    assert await printed(*events, count=3) == ["bob → everyone: 0", "bob → everyone: 2", "bob → everyone: 3"]
    assert await printed(*events, count=0) == []


async def test_json_is_one_object_a_line():
    lines = await printed(added("one\ntwo"), is_json=True)
    assert [json.loads(line)["text"] for line in lines] == ["one\ntwo"]


async def test_what_cannot_be_read_yet_is_printed_once_its_key_has_come():
    waiting = message("", state=MessageState.UNREADABLE, reason=UnreadableReason.MISSING_KEY.value)
    assert await printed(
        MessageAdded(message=waiting), MessageChanged(message=message("late"), change=ChangeKind.READABLE)
    ) == ["bob → everyone: late"]


async def test_steps_of_our_own_messages_are_no_messages():
    step = MessageChanged(message=message("x", sender="me", state=MessageState.DELIVERED))
    assert await printed(step, is_all=True) == []


async def test_losses_and_alarms_go_to_standard_error(capsys):
    alarm = Alarm(kind=AlarmKind.FORKED_LOG, text="the hub lies \x1b[2J")
    assert await printed(Disconnected(reason="gone", retry_in_s=1, waiting=0), alarm) == []
    assert capsys.readouterr().err == (
        "lanmsg: the connection is lost (gone); trying again\nlanmsg: the hub lies ␛[2J\n"
    )


async def test_a_client_that_stopped_ends_it_with_its_code():
    with pytest.raises(CommandFailed, match="cut off") as raised:
        await printed(Stopped(code="revoked_device", text="this device was cut off"))
    assert raised.value.code is ExitCode.REFUSED


def test_changes_are_printed_only_when_asked_for():
    lines = []
    edited = MessageChanged(message=message("new"), change=ChangeKind.EDITED, by="bob")
    Printer(is_json=True, is_all=False, write=lines.append).take(edited)
    assert lines == []
    printer = Printer(is_json=True, is_all=False, has_changes=True, write=lines.append)
    for event in (edited, MessageAdded(message=message("hi"))):
        printer.take(event)
    assert [json.loads(line).get("event") for line in lines] == ["edited", None]
    assert printer.printed == 1


async def test_where_messages_are_missing_json_says_so_between_them_and_lines_beside_them(capsys):
    found = GapFound(conversation=direct("bob"), conversation_name="@bob", gap=Gap(1, 9, 8))
    lines = await printed(added("one"), found, added("two"), is_json=True)
    assert [json.loads(line).get("count") for line in lines] == [None, 8, None]
    assert await printed(found) == []
    assert "8 messages in @bob were removed by the hub" in capsys.readouterr().err
