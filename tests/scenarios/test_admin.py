"""Running a hub from a client: what the admin sees and does, what the others notice, and who lies."""

import msgspec
import pytest

from lanmsg.client import Disconnected, HubNotice, MessageState, Stopped
from lanmsg.hub.config import HubConfig
from lanmsg.wire.admin import HubStatus, UserPage
from lanmsg.wire.admin_frames import AdminAnswer
from lanmsg.wire.codec import encode
from lanmsg.wire.errors import LinkLost, LocalError, Refusal, RemoteError
from lanmsg.wire.limits import MAX_NOTICE_CHARACTERS

from .test_state_lost import reopen
from .world import history, join, say, scenario, second_device, shows, taken, texts, until


async def town(world, clients, *names):
    """Let these people join; the first one is made an admin as the hub starts again."""
    people = await join(world, clients, *names)
    await world.stop_hub()
    world.config = HubConfig(messages_per_second=0, admins=names[:1])
    world.start_hub()
    await until(lambda: all(client.is_online for client in people))
    return people


@scenario
async def test_an_admin_sees_who_is_here_and_how_much_they_wrote(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    await say(bob, "#", "one", "two")
    await say(bob, "@ann", "three")
    await until(lambda: not bob.waiting)
    await ann.create_room("kitchen")
    users = {row.handle: row for row in await ann.admin.users()}
    assert (users["bob"].messages, users["bob"].is_online, users["ann"].is_admin) == (3, True, True)
    assert [row.name for row in await ann.admin.rooms()] == ["kitchen"]
    [device] = await ann.admin.devices("@bob")
    assert device.device == bob._engine.state.device
    status = await ann.admin.status()
    assert (status.users, status.rooms, status.admins) == (2, 1, ["ann"])
    assert (await ann.admin.disk_use()).database_bytes > 0


@scenario
async def test_who_is_no_admin_is_told_who_may(world, clients):
    _, bob = await town(world, clients, "ann", "bob")
    for attempt in (bob.admin.status, bob.admin.users, lambda: bob.admin.ban("ann")):
        with pytest.raises(Refusal, match="ask ann") as caught:
            await attempt()
        assert caught.value.code == "not_admin"
    assert bob.is_online


@scenario
async def test_any_device_of_an_admin_may(world, clients):
    await town(world, clients, "ann", "bob")
    other = await second_device(world, clients, "ann")
    await other.admin.grant("bob")
    assert (await other.admin.status()).admins == ["ann", "bob"]


@scenario
async def test_without_a_connection_nothing_is_asked(world, clients):
    (ann,) = await town(world, clients, "ann")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    with pytest.raises(LinkLost):
        await ann.admin.status()


@scenario
async def test_the_banned_stop_within_a_second_and_find_all_that_waited_when_it_is_lifted(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    await say(ann, "@bob", "before")
    await shows(bob, "@ann", ["before"])
    stream, started_s = bob.events(), world.loop.time()
    assert await ann.admin.ban("bob") == 1
    await until(lambda: bool(taken(stream, Stopped)))
    assert world.loop.time() - started_s < 1
    [stopped] = taken(stream, Stopped)
    assert (stopped.code, "banned" in stopped.text) == ("banned", True)
    await say(ann, "@bob", "while you were out")
    await until(lambda: not ann.waiting)
    with pytest.raises(Refusal, match="banned"):
        await reopen(clients, bob)
    await ann.admin.unban("bob")
    bob = await clients.open(clients.machines["bob"])
    await shows(bob, "@ann", ["before", "while you were out"])


@scenario
async def test_the_banned_come_in_with_no_further_device(world, clients):
    ann, _ = await town(world, clients, "ann", "bob")
    await ann.admin.ban("bob")
    with pytest.raises(Refusal, match="banned"):
        await second_device(world, clients, "bob")


@scenario
async def test_the_kicked_come_back_by_themselves_and_lose_nothing(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    stream = bob.events()
    assert await ann.admin.kick("bob") == 1
    await until(lambda: bool(taken(stream, Disconnected)))
    [lost, *_] = taken(stream, Disconnected)
    assert "admin" in lost.reason
    await say(ann, "@bob", "are you back?")
    await shows(bob, "@ann", ["are you back?"])
    assert taken(stream, Stopped) == []


@scenario
async def test_a_notice_is_told_once_to_those_who_are_here_and_those_who_come(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    stream = bob.events()
    await ann.admin.set_notice("  down at noon ")
    await until(lambda: bob.hub_notice == "down at noon")
    world.cut_links()
    await until(lambda: not bob.is_online)
    await until(lambda: bob.is_online)
    assert [event.text for event in taken(stream, HubNotice)] == ["down at noon"], "not at each login"
    (cid,) = await join(world, clients, "cid")
    assert cid.hub_notice == "down at noon"
    world.cut_links()
    await until(lambda: not ann.is_online)
    await until(lambda: ann.is_online)
    await ann.admin.set_notice("")
    await until(lambda: not bob.hub_notice)
    await until(lambda: not cid.hub_notice)
    assert [event.text for event in taken(stream, HubNotice)] == ["down at noon", ""]
    with pytest.raises(LocalError):
        await ann.admin.set_notice("x" * (MAX_NOTICE_CHARACTERS + 1))


@scenario
async def test_whoever_was_away_learns_that_the_notice_was_taken_back(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    await ann.admin.set_notice("down at noon")
    await until(lambda: bob.hub_notice == "down at noon")
    machine = clients.machines["bob"]
    await clients.close(bob)
    await ann.admin.set_notice("")
    bob = await clients.open(machine)
    assert bob.hub_notice == ""


@scenario
async def test_new_rates_hold_for_who_is_connected_and_lose_no_message(world, clients):
    ann, bob = await town(world, clients, "ann", "bob")
    await ann.admin.set_rates(messages_per_second=5, messages_burst=1)
    lines = [f"line {number}" for number in range(20)]
    await say(bob, "#", *lines)
    started_s = world.loop.time()
    await shows(ann, "#", lines)
    assert 3 <= world.loop.time() - started_s < 8
    await ann.admin.set_rates(messages_per_second=0, messages_burst=0)
    started_s = world.loop.time()
    await say(bob, "#", *lines)
    await until(lambda: len(texts(ann, "#")) == 40)
    assert world.loop.time() - started_s < 1
    assert all(message.state is not MessageState.FAILED for message in history(bob, "#"))
    for wrong in (-1, float("nan"), 1e9):
        with pytest.raises(LocalError):
            await ann.admin.set_rates(messages_per_second=wrong, messages_burst=1)


# --- a hub that lies -------------------------------------------------------------------------


@scenario
async def test_pages_without_an_end_are_not_read_for_ever(world, clients):
    (ann,) = await town(world, clients, "ann")
    row = (await ann.admin.users())[0]

    def lie(frame):
        if isinstance(frame, AdminAnswer):
            return [AdminAnswer(frame.request, encode(UserPage([row] * 100, 2**50)))]
        return [frame]

    clients.machines["ann"].attack = lie
    assert len(await ann.admin.users()) == 5000


@scenario
async def test_an_answer_that_is_none_ends_the_connection_and_not_the_client(world, clients):
    (ann,) = await town(world, clients, "ann")
    machine = clients.machines["ann"]

    def garbage(frame):
        return [AdminAnswer(frame.request, b"garbage")] if isinstance(frame, AdminAnswer) else [frame]

    machine.attack = garbage
    with pytest.raises(LinkLost):
        await ann.admin.status()
    machine.attack = None
    await until(lambda: ann.is_online)
    assert (await ann.admin.status()).users == 1


@scenario
async def test_an_answer_to_another_question_is_an_error(world, clients):
    (ann,) = await town(world, clients, "ann")
    status = await ann.admin.status()

    def swap(frame):
        if isinstance(frame, AdminAnswer):
            return [AdminAnswer(frame.request, encode(msgspec.structs.replace(status, title="x")))]
        return [frame]

    clients.machines["ann"].attack = swap
    with pytest.raises(RemoteError):
        await ann.admin.users()
    assert isinstance(await ann.admin.status(), HubStatus)
