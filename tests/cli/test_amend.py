"""`lanmsg edit` and the like, and `lanmsg devices`: what they name, do and print."""

import json

import pytest
from tests.cli.fakes import FakeClient, direct, message, room

from lanmsg.cli.amend import amend_lines
from lanmsg.cli.companion import AmendRequest, DevicesRequest
from lanmsg.cli.companion_serving import answer_line
from lanmsg.cli.devices import devices_lines
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.client.errors import UnknownMessage
from lanmsg.client.model import EVERYONE, DeviceInfo, MemberRole
from lanmsg.wire.errors import LanmsgError

BOB = direct("bob")
OPS = room("ops", role=MemberRole.MODERATOR)


def said(number, text, *, to=BOB, own=False, **fields):
    return message(
        text, to=to, seq=number, id=bytes([number]) * 16, is_own=own, sender="me" if own else "bob", **fields
    )


@pytest.fixture
def client():
    everyone = [said(9, "soup", to=EVERYONE), said(10, "tea", to=EVERYONE)]
    ops = [said(20, "loud", to=OPS.conversation)]
    mine = [said(1, "one", own=True), said(2, "two", own=True), said(3, "theirs")]
    return FakeClient(logs={BOB: mine, EVERYONE: everyone, OPS.conversation: ops}, all_rooms=[OPS])


def asked(action, name, text="", *, is_removed=False, is_json=True):
    return AmendRequest(
        action=action, message=name, text=text, is_removed=is_removed, timeout_s=5.0, is_json=is_json
    )


async def done(client, *arguments, **options):
    [line] = await amend_lines(client, asked(*arguments, **options))
    return json.loads(line)


async def test_a_message_is_named_by_its_id_or_by_a_mark(client):
    assert (await done(client, "edit", "01" * 16, "uno"))["text"] == "uno"
    assert (await done(client, "edit", "@bob^", "dos"))["id"] == "02" * 16
    assert (await done(client, "edit", "@bob^2", "one again"))["id"] == "01" * 16
    assert (await done(client, "react", "#^soup", "+1"))["reactions"][0]["emoji"] == "👍"
    assert (await done(client, "pin", "@bob^"))["id"] == "03" * 16
    assert not (await done(client, "pin", "@bob^", is_removed=True))["pinned"]


async def test_only_who_moderates_a_room_means_what_others_wrote_when_deleting(client):
    assert (await done(client, "delete", "@bob^"))["id"] == "02" * 16
    assert (await done(client, "delete", "@ops^"))["deleted"]
    with pytest.raises(LanmsgError, match="no message"):
        await done(client, "delete", "#^")


@pytest.mark.parametrize("name", ["", "@bob", "^", "^2", "01", "zz" * 16])
async def test_what_names_no_message_is_said_with_how_to_name_one(client, name):
    with pytest.raises(CommandFailed, match="name a message by its id") as found:
        await done(client, "edit", name, "x")
    assert found.value.code is ExitCode.USAGE
    with pytest.raises(UnknownMessage):
        await done(client, "edit", "ff" * 16, "x")


async def test_without_json_nothing_is_printed_and_too_late_is_code_3(client):
    assert await amend_lines(client, asked("pin", "@bob^", is_json=False)) == []
    client.is_slow = True
    with pytest.raises(CommandFailed, match="it waits") as found:
        await done(client, "pin", "@bob^2")
    assert found.value.code is ExitCode.NOT_SENT


async def test_the_lanmsg_that_has_the_home_open_does_the_same(client):
    import msgspec

    client.own_devices = [DeviceInfo(device=b"\xaa" * 16, name="", added_at_ms=0, is_this=True)]
    answers = [
        json.loads(await answer_line(client, msgspec.json.encode(request)))
        for request in (
            asked("edit", "@bob^", "dos"),
            DevicesRequest(words=("rename", "aa", "desk"), is_json=True),
            asked("shout", "@bob^"),
        )
    ]
    assert [answer["code"] for answer in answers] == [0, 0, 2]
    assert json.loads(answers[0]["lines"][0])["text"] == "dos"
    assert json.loads(answers[1]["lines"][0])["name"] == "desk"


async def test_devices_are_listed_renamed_and_cut_off_with_the_words_of_the_chat():
    found = [
        DeviceInfo(device=bytes([number]) * 16, name="", added_at_ms=0, is_this=number == 1)
        for number in (1, 2)
    ]
    client = FakeClient(own_devices=found)
    assert await devices_lines(client, (), is_json=False) == ["01010101  (this one)", "02020202"]
    assert await devices_lines(client, ("rename", "02", "old", "phone"), is_json=False) == [
        "01010101  (this one)",
        "02020202  old phone",
    ]
    with pytest.raises(CommandFailed, match="lanmsg devices revoke 02020202 yes"):
        await devices_lines(client, ("revoke", "02"), is_json=False)
    with pytest.raises(CommandFailed, match="rename ID NAME"):
        await devices_lines(client, ("eject", "02"), is_json=False)
    assert await devices_lines(client, ("revoke", "02", "yes"), is_json=False) == ["01010101  (this one)"]
