"""Running the hub from a client: who may, what it changes, and that it lasts."""

import pytest

from lanmsg.hub.config import HubConfig
from lanmsg.wire import admin, limits
from lanmsg.wire.admin import AdminCommand, AdminDone, AdminResult
from lanmsg.wire.admin_frames import Admin, AdminAnswer, Notice, RatesChanged
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Appended, Bye, Challenge, Enrolled, OpenDirect, Refused, Welcome

from .lab import START_MS, Device, Lab, Peer, invite, settle, virtual

ANN_RUNS_IT = HubConfig(messages_per_second=0, statements_per_minute=0, admins=("ann",))
HERE = "127.0.0.1"


async def answer(peer: Peer, command: AdminCommand) -> AdminResult | Refused:
    """Ask, and return how it was answered."""
    peer.frames.clear()
    await peer.ask(Admin(7, encode(command)))
    found = [frame for frame in peer.frames if isinstance(frame, AdminAnswer | Refused)]
    assert [frame.request for frame in found] == [7]
    frame = found[0]
    return frame if isinstance(frame, Refused) else decode_as(AdminResult, frame.answer, "an answer")


async def code(peer: Peer, command: AdminCommand) -> str:
    """Ask, and return why it was refused."""
    refused = await answer(peer, command)
    assert isinstance(refused, Refused)
    return refused.code


async def house(lab: Lab, *names: str) -> list[Peer]:
    """Let Ann, who runs the hub, join on its own machine, and then the others."""
    lab.remote = HERE
    ann = await lab.join("ann")
    lab.remote = "192.0.2.7"
    return [ann, *[await lab.join(name) for name in names]]


COMMANDS: list[AdminCommand] = [
    admin.GetStatus(),
    admin.GetUsers(),
    admin.GetDevices("ann"),
    admin.GetRooms(),
    admin.GetDiskUse(),
    admin.SetInviteOnly(is_on=True),
    admin.Ban("ann"),
    admin.Unban("ann"),
    admin.Kick("ann"),
    admin.SetRates(1, 1),
    admin.SetRetention(1, 1),
    admin.SetNotice("gotcha"),
    admin.Grant("bob"),
    admin.Ungrant("ann"),
]


# --- who may ---------------------------------------------------------------------------------


def test_all_commands_are_tried() -> None:
    assert {type(command) for command in COMMANDS} == {*AdminCommand.__args__}


@virtual
async def test_who_is_no_admin_is_refused_every_command_and_told_who_may() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        before = lab.hub.settings
        for command in COMMANDS:
            refused = await answer(bob, command)
            assert isinstance(refused, Refused)
            assert (refused.code, "ask ann" in refused.text) == (Code.NOT_ADMIN, True)
        assert (lab.hub.settings, ann.lost) == (before, None)


@virtual
async def test_a_hub_without_an_admin_says_how_one_is_named() -> None:
    async with Lab() as lab:
        bob = await lab.join("bob")
        refused = await answer(bob, admin.GetStatus())
        assert isinstance(refused, Refused)
        assert (refused.code, "--admin NAME" in refused.text) == (Code.NOT_ADMIN, True)


@virtual
async def test_every_device_of_an_admin_may_and_from_the_moment_of_the_grant() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        tablet = await lab.join("tablet", owner=bob.device)
        assert await code(tablet, admin.GetStatus()) == Code.NOT_ADMIN
        assert await answer(ann, admin.Grant("bob")) == AdminDone()
        for peer in (bob, tablet):
            assert isinstance(await answer(peer, admin.GetStatus()), admin.HubStatus)
        assert await answer(bob, admin.Ungrant("ann")) == AdminDone()
        assert await code(ann, admin.GetStatus()) == Code.NOT_ADMIN


@virtual
async def test_the_last_admin_stays_one() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, _bob = await house(lab, "bob")
        assert await code(ann, admin.Ungrant("ann")) == Code.NOT_ALLOWED
        await answer(ann, admin.Grant("bob"))
        assert await answer(ann, admin.Ungrant("ann")) == AdminDone()


@virtual
async def test_two_admins_who_ungrant_each_other_at_once_leave_one() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        await answer(ann, admin.Grant("bob"))
        ann.send(Admin(1, encode(admin.Ungrant("bob"))))
        bob.send(Admin(1, encode(admin.Ungrant("ann"))))
        await settle()
        assert len(lab.hub.settings.admins) == 1


@virtual
async def test_changes_at_once_are_all_kept() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, *_ = await house(lab, "bob", "cid", "dora")
        commands = [admin.Grant("bob"), admin.Ban("cid"), admin.Ban("dora"), admin.SetNotice("hi")]
        await ann.ask(*(Admin(number, encode(each)) for number, each in enumerate(commands, 1)))
        settings = lab.hub.settings
        assert (settings.admins, settings.banned) == (("ann", "bob"), {"cid", "dora"})
        assert settings.notice == "hi"


@virtual
async def test_there_are_a_few_admins_at_most() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        names = [f"p{number}" for number in range(limits.MAX_ADMINS)]
        ann, *_ = await house(lab, *names)
        for name in names[:-1]:
            assert await answer(ann, admin.Grant(name)) == AdminDone()
        assert await code(ann, admin.Grant(names[-1])) == Code.FULL
        assert await answer(ann, admin.Grant("ann")) == AdminDone(), "is one already"


@virtual
async def test_what_is_no_command_is_refused_and_the_connection_lives() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        for data in (b"", b"garbage", encode([99]), encode([10, float("nan"), 1.0]), encode([12, "x" * 501])):
            await ann.ask(Admin(1, data))
        assert ann.refusals == [Code.MALFORMED] * 5
        assert isinstance(await answer(ann, admin.GetStatus()), admin.HubStatus)


@pytest.mark.parametrize("kind", [admin.GetDevices, admin.Ban, admin.Unban, admin.Kick, admin.Grant])
def test_nobody_is_called_so(kind: type[admin.Ban]) -> None:
    @virtual
    async def ask() -> None:
        async with Lab(ANN_RUNS_IT) as lab:
            (ann,) = await house(lab)
            assert await code(ann, kind("mallory")) == Code.UNKNOWN_USER

    ask()


# --- the name of an admin --------------------------------------------------------------------


@virtual
async def test_the_name_of_an_admin_who_is_not_here_yet_is_taken_on_the_hubs_machine_only() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        mallory = await lab.greet(Device("ann", seed="mallory"))
        await mallory.ask(mallory.device.enrol())
        assert mallory.refusals == [Code.NAME_TAKEN]
        await mallory.ask(mallory.device.enrol(handle="mallory"))
        assert mallory.all(Enrolled) == [Enrolled("mallory")]
        lab.remote = HERE
        ann = await lab.join("ann")
        assert isinstance(await answer(ann, admin.GetStatus()), admin.HubStatus)
        lab.remote = "192.0.2.7"
        tablet = await lab.join("tablet", owner=ann.device)
        assert isinstance(await answer(tablet, admin.GetStatus()), admin.HubStatus)


@virtual
async def test_who_is_enrolled_becomes_admin_by_the_command_line_and_stays_it() -> None:
    async with Lab() as lab:
        bob = await lab.join("bob")
        lab.config = HubConfig(admins=("bob",))
        await lab.restart()
        bob = await lab.log_in(bob.device)
        assert isinstance(await answer(bob, admin.GetStatus()), admin.HubStatus)
        lab.config = HubConfig(admins=("cid",))
        await lab.restart()
        assert lab.hub.settings.admins == ("bob", "cid")


@virtual
async def test_the_last_admin_who_is_here_cannot_leave_it_to_one_who_is_not() -> None:
    async with Lab(HubConfig(admins=("ann", "cid"))) as lab:
        (ann,) = await house(lab)
        assert await code(ann, admin.Ungrant("ann")) == Code.NOT_ALLOWED
        assert await answer(ann, admin.Ungrant("cid")) == AdminDone()
        assert lab.hub.settings.admins == ("ann",)


# --- what lasts ------------------------------------------------------------------------------


@virtual
async def test_settings_survive_a_restart_and_the_command_line_goes_before() -> None:
    async with Lab(HubConfig(admins=("ann",))) as lab:
        ann, *_ = await house(lab, "bob")
        for command in (
            admin.SetInviteOnly(is_on=True),
            admin.SetRates(5, 9),
            admin.SetRetention(30, 2 * 10**9),
            admin.SetNotice(" closed on Friday "),
            admin.Ban("bob"),
        ):
            assert isinstance(await answer(ann, command), AdminDone)
        before = lab.hub.settings
        lab.config = HubConfig()
        await lab.restart()
        assert lab.hub.settings == before
        assert (before.keep_days, before.keep_bytes, before.notice) == (30, 2 * 10**9, "closed on Friday")
        lab.config = HubConfig(invite_only=False, messages_per_second=7)
        await lab.restart()
        assert (lab.hub.settings.invite_only, lab.hub.settings.messages_per_second) == (False, 7)
        assert lab.hub.settings.messages_burst == 9
        lab.config = HubConfig()
        await lab.restart()
        assert lab.hub.settings.messages_per_second == 7, "what the command line said is remembered"


@virtual
async def test_an_answer_comes_after_the_commit() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        await answer(ann, admin.SetNotice("on disk"))
        await lab.restart()
        assert lab.hub.settings.notice == "on disk"


# --- newcomers -------------------------------------------------------------------------------


@virtual
async def test_invite_only_holds_from_then_on_and_the_challenge_says_so() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        early = await lab.greet(Device("bob"))
        assert not early.last(Challenge).invite_only
        await answer(ann, admin.SetInviteOnly(is_on=True))
        await early.ask(early.device.enrol())
        assert early.refusals == [Code.INVITE_NEEDED]
        assert (await lab.greet()).last(Challenge).invite_only
        await ann.ask(invite(lab, b"s" * 16))
        await early.ask(early.device.enrol(invite=b"s" * 16))
        assert early.all(Enrolled)
        await answer(ann, admin.SetInviteOnly(is_on=False))
        assert await lab.join("cid")


# --- banning and kicking ---------------------------------------------------------------------


@virtual
async def test_who_is_banned_is_out_within_a_second_and_is_not_let_in() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        tablet = await lab.join("tablet", owner=bob.device)
        started_s = lab.loop.time()
        assert await answer(ann, admin.Ban("bob")) == AdminDone(2)
        for peer in (bob, tablet):
            assert (peer.bye, peer.last(Bye).retry_after_ms) == (Code.BANNED, -1)
            assert peer.lost
        assert lab.loop.time() - started_s < 1
        again = await lab.greet(bob.device)
        await again.login()
        assert again.refusals == [Code.BANNED]
        phone = await lab.greet(Device("phone", owner=bob.device))
        await phone.ask(phone.device.enrol())
        assert phone.refusals == [Code.BANNED]
        await lab.restart()
        again = await lab.greet(bob.device)
        await again.login()
        assert again.refusals == [Code.BANNED]


@virtual
async def test_what_others_send_waits_for_the_banned_as_for_somebody_away() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        await answer(ann, admin.Ban("bob"))
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct, b"are you there?"))
        assert ann.all(Appended)
        assert await answer(ann, admin.Unban("bob")) == AdminDone()
        bob = await lab.log_in(bob.device)
        assert (await bob.fetch(direct)).items


@virtual
async def test_a_login_that_crosses_the_ban_fails() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        bob = Device("bob")
        await lab.enrol(bob)
        for order in (0, 1):
            peer = await lab.greet(bob)
            frames = [(ann, Admin(1, encode(admin.Ban("bob")))), (peer, _login(peer))]
            for sender, frame in frames if order else frames[::-1]:
                sender.send(frame)
            await settle()
            assert not peer.all(Welcome) or peer.bye == Code.BANNED
            assert lab.hub.statistics().logged_in == 1
            await answer(ann, admin.Unban("bob"))


def _login(peer: Peer):
    return peer.device.login(peer.last(Challenge), peer.nonce)


@virtual
async def test_an_admin_is_not_banned_and_a_banned_person_no_admin() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        assert await code(ann, admin.Ban("ann")) == Code.NOT_ALLOWED
        await answer(ann, admin.Ban("bob"))
        assert await code(ann, admin.Grant("bob")) == Code.NOT_ALLOWED
        assert bob.lost


@virtual
async def test_who_is_kicked_may_come_back() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        tablet = await lab.join("tablet", owner=bob.device)
        assert await answer(ann, admin.Kick("bob", tablet.device.id[:3])) == AdminDone(1)
        assert (tablet.bye, tablet.last(Bye).retry_after_ms > 0, bob.lost) == (Code.KICKED, True, None)
        tablet = await lab.log_in(tablet.device)
        assert await answer(ann, admin.Kick("bob")) == AdminDone(2)
        assert await answer(ann, admin.Kick("bob")) == AdminDone(0)
        assert await code(ann, admin.Kick("bob", b"\xff" * 16)) == Code.UNKNOWN_DEVICE
        assert await lab.log_in(bob.device)


@virtual
async def test_an_admin_who_kicks_themselves_gets_the_answer_first() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        assert await answer(ann, admin.Kick("ann")) == AdminDone(1)
        assert ann.bye == Code.KICKED


# --- rates and the notice --------------------------------------------------------------------


@virtual
async def test_rates_hold_at_once_for_who_is_connected_and_they_are_told() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        await bob.ask(*(bob.message(lab.everyone) for _ in range(50)))
        assert bob.refusals == []
        await answer(ann, admin.SetRates(1, 2))
        assert bob.all(RatesChanged) == [RatesChanged(1, 2)]
        await bob.ask(*(bob.message(lab.everyone) for _ in range(5)))
        assert bob.refusals[:1] == [Code.THROTTLED]
        cid = await lab.join("cid")
        welcome = cid.last(Welcome)
        assert (welcome.messages_per_second, welcome.messages_burst) == (1, 2)
        await answer(ann, admin.SetRates(0, 0))
        bob.device.counters.clear()
        bob = await lab.log_in(bob.device)
        counter = bob.head(lab.everyone).counter
        await bob.ask(*(bob.message(lab.everyone, counter=counter + n) for n in range(1, 51)))
        assert bob.refusals == []


@virtual
async def test_a_notice_is_shown_to_all_and_to_who_comes_until_it_is_taken_back() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        await answer(ann, admin.SetNotice("down at noon"))
        assert bob.all(Notice) == [Notice("down at noon")]
        assert (await lab.join("cid")).last(Welcome).notice == "down at noon"
        bob.frames.clear()
        await answer(ann, admin.SetNotice("down at noon"))
        assert bob.all(Notice) == [], "nothing new"
        await answer(ann, admin.SetNotice(""))
        assert bob.all(Notice) == [Notice("")]
        assert (await lab.join("dora")).last(Welcome).notice == ""


# --- asking ----------------------------------------------------------------------------------


@virtual
async def test_the_status_says_how_the_hub_is() -> None:
    async with Lab(HubConfig(title="Attic", admins=("ann",))) as lab:
        ann, bob = await house(lab, "bob")
        await lab.join("tablet", owner=bob.device)
        await lab.enrol(Device("cid"))
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        await settle(30)
        status = await answer(ann, admin.GetStatus())
        assert isinstance(status, admin.HubStatus)
        assert (status.title, status.users, status.online_users, status.connections) == ("Attic", 3, 2, 3)
        assert (status.rooms, status.banned, status.admins) == (1, 0, ["ann"])
        assert 30 <= status.uptime_s < 40


@virtual
async def test_users_are_listed_with_what_they_wrote() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        tablet = await lab.join("tablet", owner=bob.device)
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await bob.ask(bob.message(direct), bob.message(lab.everyone), bob.message(lab.everyone))
        await tablet.ask(tablet.message(direct), tablet.message(lab.account(bob.device)))
        await bob.ask(bob.revoke(tablet.device.id))
        bob.link.close()
        await settle(0.5)
        await answer(ann, admin.Ban("bob"))
        page = await answer(ann, admin.GetUsers())
        assert isinstance(page, admin.UserPage)
        ann_row, bob_row = page.rows
        assert ann_row == admin.UserRow("ann", 1, True, 0, False, True, 0)
        assert (bob_row.handle, bob_row.devices, bob_row.is_online, bob_row.is_banned) == (
            "bob",
            1,
            False,
            True,
        )
        assert bob_row.last_seen_ms >= START_MS
        assert bob_row.messages == 4, "of all devices, the revoked one too; not what is between their own"


@virtual
async def test_three_thousand_users_come_in_pages() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        (ann,) = await house(lab)
        directory = lab.hub.published.directory
        for number in range(3000):
            device = Device(f"p{number}")
            directory.apply(directory.seq + 1, device.user_statement())
        seen: list[str] = []
        while True:
            page = await answer(ann, admin.GetUsers(len(seen)))
            assert isinstance(page, admin.UserPage)
            assert len(page.rows) <= limits.ADMIN_PAGE_ROWS
            assert page.total == 3001
            if not page.rows:
                break
            seen += [row.handle for row in page.rows]
        assert seen == ["ann", *(f"p{number}" for number in range(3000))]


@virtual
async def test_devices_are_listed_with_where_they_are() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, bob = await house(lab, "bob")
        tablet = Device("tablet", owner=bob.device)
        await lab.enrol(tablet)
        await settle(30)
        found = await answer(ann, admin.GetDevices("bob"))
        assert isinstance(found, admin.DeviceList)
        here, away = found.rows
        assert (here.device, here.name, here.address) == (bob.device.id, "laptop", "192.0.2.7")
        assert 30 <= here.connected_s < 40
        assert away == admin.DeviceRow(tablet.id, "laptop", "", 0)


@virtual
async def test_rooms_and_the_disk_are_told_in_figures() -> None:
    async with Lab(ANN_RUNS_IT) as lab:
        ann, _bob = await house(lab, "bob")
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        room = lab.room("kitchen")
        await ann.ask(ann.message(room, bytes(1000)), ann.message(room, bytes(1000)))
        page = await answer(ann, admin.GetRooms())
        assert isinstance(page, admin.RoomPage)
        (row,) = page.rows
        assert (row.name, row.members, row.entries, page.total) == ("kitchen", 1, 2, 1)
        assert 2000 < row.size_bytes < 3000
        assert (await answer(ann, admin.GetRooms(1))) == admin.RoomPage([], 1)
        use = await answer(ann, admin.GetDiskUse())
        assert isinstance(use, admin.DiskUse)
        by_kind = {kind.kind: kind for kind in use.kinds}
        assert by_kind[LogKind.ROOM] == admin.KindRow(LogKind.ROOM, 1, 2, row.size_bytes)
        assert by_kind[LogKind.DIRECTORY].entries == 5
        assert use.database_bytes == sum(kind.size_bytes for kind in use.kinds)
