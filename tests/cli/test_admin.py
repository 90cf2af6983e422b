"""`lanmsg admin`: what is ordered on the command line, and what it prints."""

import json

import msgspec
import pytest
from tests.cli.fakes import FakeClient
from tests.scenarios.test_admin import town
from tests.scenarios.world import say, scenario, until

from lanmsg.chat.news import notice_words
from lanmsg.cli import main
from lanmsg.cli.admin_lines import (
    device_lines,
    disk_lines,
    keep_words,
    rate_words,
    room_lines,
    status_lines,
    time_words,
    user_lines,
)
from lanmsg.cli.admin_orders import KeepOrder, Order, order_lines
from lanmsg.cli.companion import AdminRequest
from lanmsg.cli.companion_serving import answer_line
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.wire import admin
from lanmsg.wire.errors import Refusal

ASKING = ["status", "users", "devices", "rooms", "disk"]
ABOUT_PEOPLE = ["ban", "unban", "kick", "grant", "ungrant"]
SUBCOMMANDS = [*ASKING, *ABOUT_PEOPLE, "invite-only", "rates", "retention", "notice"]


@pytest.fixture
def said(capsys):
    """Run a command line that must not get as far as the hub; return its code and what it said."""

    def run(*arguments):
        return main.run(["admin", *arguments]), capsys.readouterr().err

    return run


# --- the command line ------------------------------------------------------------------------


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_subcommand_explains_itself(command, capsys):
    assert main.run(["admin", command, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"lanmsg admin {command}" in shown
    assert "--json" in shown


def test_there_is_a_subcommand_for_each_order(capsys):
    main.run(["admin", "--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {command} " in shown for command in SUBCOMMANDS)
    assert len(SUBCOMMANDS) == len(admin.AdminCommand.__args__)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["invite-only", "maybe"], "say on or off"),
        (["retention"], "--days 30 --size 2GB"),
        (["retention", "--size", "much"], "no size"),
        (["notice"], "--clear"),
        (["notice", "hi", "--clear"], "--clear"),
        (["kick", "bob", "--device", "xyz"], "no id of a device"),
    ],
)
def test_what_can_not_be_is_said_before_the_hub_is_asked(said, arguments, words):
    code, shown = said(*arguments)
    assert (code, words in shown) == (ExitCode.USAGE, True)


def test_a_ban_is_confirmed_or_nothing_is_done(said, monkeypatch):
    monkeypatch.setattr("lanmsg.cli.admin.ask_person", lambda _question, **_: "no")
    code, shown = said("ban", "bob")
    assert (code, "nobody was banned" in shown) == (ExitCode.USAGE, True)


# --- orders, at a real hub -------------------------------------------------------------------

ORDERS: list[tuple[Order, str]] = [
    (admin.SetInviteOnly(is_on=True), "Newcomers need an invite now."),
    (admin.SetInviteOnly(is_on=False), "Everybody on the network can join now."),
    (admin.SetRates(10, 20), "Each device may send 10 messages a second, 20 at once, from now on."),
    (KeepOrder(30, None), "The hub keeps messages for 30 days."),
    (KeepOrder(None, 2 * 10**9), "The hub keeps messages for 30 days and up to 2 GB in all."),
    (KeepOrder(0, 0), "The hub keeps messages for ever."),
    (admin.SetNotice("Down on Friday"), "Everybody sees it now, and who comes later too."),
    (admin.SetNotice(""), "The notice is taken back."),
    (admin.Kick("@bob"), "@bob: 1 connection closed; they may come back."),
    (admin.Grant("cid"), "cid is an admin now."),
    (admin.Ungrant("cid"), "cid is no admin any more."),
    (admin.Ban("cid"), "cid is banned: 1 connection closed."),
    (admin.Unban("cid"), "cid may come in again."),
]


@scenario
async def test_each_order_is_carried_out_and_answered_by_a_sentence(world, clients):
    ann, *_ = await town(world, clients, "ann", "bob", "cid")
    for order, sentence in ORDERS:
        assert await order_lines(ann, order, is_json=False) == [sentence]
    [line] = await order_lines(ann, KeepOrder(1, None), is_json=True)
    assert json.loads(line) == {"done": "The hub keeps messages for 1 day."}


@scenario
async def test_each_question_is_answered_for_people_and_for_programs(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    await say(bob, "#", "hello")
    await until(lambda: not bob.waiting)
    await ann.create_room("kitchen")
    shown = await order_lines(ann, admin.GetUsers(), is_json=False)
    assert shown == ["ann  here, 1 device, 0 messages, admin", "bob  here, 1 device, 1 message"]
    rows = [json.loads(line) for line in await order_lines(ann, admin.GetUsers(), is_json=True)]
    assert [(row["handle"], row["messages"], row["is_admin"]) for row in rows] == [
        ("ann", 0, True),
        ("bob", 1, False),
    ]
    [room] = [json.loads(line) for line in await order_lines(ann, admin.GetRooms(), is_json=True)]
    assert (room["name"], len(room["room"]), room["members"]) == ("kitchen", 32, 1)
    [device] = [json.loads(line) for line in await order_lines(ann, admin.GetDevices("bob"), is_json=True)]
    assert device["device"] == bob._engine.state.device.hex()
    [status] = [json.loads(line) for line in await order_lines(ann, admin.GetStatus(), is_json=True)]
    assert (status["users"], status["admins"]) == (2, ["ann"])
    [use] = [json.loads(line) for line in await order_lines(ann, admin.GetDiskUse(), is_json=True)]
    assert {kind["kind"] for kind in use["kinds"]} == {1, 2, 3, 4, 5, 6, 7}
    for order in (admin.GetStatus(), admin.GetRooms(), admin.GetDiskUse(), admin.GetDevices("bob")):
        assert await order_lines(ann, order, is_json=False)


@scenario
async def test_who_is_no_admin_is_refused(world, clients):
    _, bob = await town(world, clients, "ann", "bob")
    with pytest.raises(Refusal, match="ask ann"):
        await order_lines(bob, KeepOrder(1, 1), is_json=False)


@scenario
async def test_a_second_lanmsg_at_one_home_does_the_same(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")

    async def answered(client, order):
        request = AdminRequest(order=order, is_json=False)
        return json.loads(await answer_line(client, msgspec.json.encode(request)))

    answer = await answered(ann, admin.Kick("bob", b"\x01"))
    assert (answer["code"], "no such device" in answer["error"]) == (ExitCode.REFUSED, True)
    assert (await answered(ann, KeepOrder(7, None)))["lines"] == ["The hub keeps messages for 7 days."]
    assert (await answered(bob, admin.GetStatus()))["code"] == ExitCode.REFUSED


# --- lines -----------------------------------------------------------------------------------

EVIL = "\x1b]0;owned\x07"


def test_nothing_that_others_wrote_reaches_the_terminal_as_a_command():
    status = admin.HubStatus(EVIL, EVIL, 1, 1, 1, 1, 1, 1, [EVIL], True, 1, 1, 0, 0, EVIL)
    lines = [
        *status_lines(status),
        *user_lines([admin.UserRow(EVIL, 1, True, 0, True, True, 3)]),
        *device_lines([admin.DeviceRow(bytes(16), EVIL, EVIL, 3)]),
        *room_lines([admin.RoomRow(bytes(16), EVIL, True, False, 1, 1, 5)]),
        notice_words(EVIL),
    ]
    assert not any("\x1b" in line or "\x07" in line for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (65, "1 min 5 s"), (3700, "1 h 1 min"), (90000, "1 day 1 h"), (864000, "10 days 0 h")],
)
def test_times_are_said_in_their_two_largest_units(seconds, words):
    assert time_words(seconds) == words


def test_no_limit_is_said_in_words():
    assert rate_words(0, 60) == "as fast as it can"
    assert keep_words(0, 0) == "for ever"


def test_logs_of_a_newer_hub_are_shown_by_number():
    lines = disk_lines(admin.DiskUse(1, 2, 3, 4, [admin.KindRow(99, 1, 1, 5)]))
    assert lines[-1].split("  ")[0] == "kind 99"


def test_a_notice_is_the_hubs_and_never_a_persons():
    assert notice_words("Down on Friday") == "NOTICE of the hub: Down on Friday"
    assert notice_words("").startswith("The notice of the hub")
    assert FakeClient().hub_notice == ""
