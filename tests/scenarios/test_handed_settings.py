"""What is set in a conversation: known to new devices, and to who sets it in vain."""

import asyncio

import pytest

from lanmsg.client import ConversationSetting, MemberRole, SettingFailed
from lanmsg.hub.retention import DAY_MS
from lanmsg.wire import ids
from lanmsg.wire.errors import Code, LinkLost
from lanmsg.wire.frames import Entries, Refused

from .test_disappearing import set_lifetime
from .test_linking import link
from .test_retention import pass_days
from .world import join, say, scenario, shows, taken, texts, until

DAY_S = 86_400


async def set_topic(client, target, topic, *others):
    """Set it, and wait until all know."""
    await client.set_topic(client.conversation(target), topic)
    for each, its_target in ((client, target), *others):
        await until(
            lambda each=each, its_target=its_target: each.topic(each.conversation(its_target)) == topic
        )


async def settled(*clients):
    """Wait until nothing waits for the hub."""
    await until(lambda: all(client.is_online and not client.waiting for client in clients))


# --- a new device ----------------------------------------------------------------------------


@scenario
async def test_a_linked_device_keeps_to_lifetimes_and_topics_that_the_hub_has_removed(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(ann, "@bob,@cid", "hello")
    await shows(bob, "@ann,@cid", ["hello"])
    await set_lifetime(bob, "@ann", 3 * DAY_S, (ann, "@bob"))
    await set_topic(cid, "@ann,@bob", "tea", (ann, "@bob,@cid"))
    await set_lifetime(cid, "@ann,@bob", 4 * DAY_S, (ann, "@bob,@cid"))
    await pass_days(world, 10, keep=5)
    await say(bob, "@ann", "written after it was removed")
    await shows(ann, "@bob", ["written after it was removed"])
    other = await link(world, clients, ann)
    await shows(other, "@bob", ["written after it was removed"])
    for device in (ann, other):
        group = device.group(["bob", "cid"])
        await until(lambda device=device, group=group: device.topic(group) == "tea")
        assert device.lifetime(device.conversation("@bob")) == 3 * DAY_S
        assert device.lifetime(group) == 4 * DAY_S
    world.skipped_ms += 4 * DAY_MS
    await asyncio.sleep(30)
    assert texts(other, "@bob") == texts(ann, "@bob") == []


@scenario
async def test_in_a_room_a_linked_device_learns_them_too(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await set_topic(ann, "@kitchen", "soup", (bob, "@kitchen"))
    await set_lifetime(ann, "@kitchen", 9 * DAY_S, (bob, "@kitchen"))
    await pass_days(world, 10, keep=5)
    other = await link(world, clients, bob)
    await until(lambda: (other.topic(room), other.lifetime(room)) == ("soup", 9 * DAY_S))


@scenario
async def test_what_was_set_later_outranks_what_a_device_of_ours_says(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 3 * DAY_S, (bob, "@ann"))
    second = await link(world, clients, ann)
    await set_lifetime(bob, "@ann", 0, (ann, "@bob"), (second, "@bob"))
    third = await link(world, clients, second)
    await until(lambda: third.conversations() != [])
    await say(bob, "@ann", "stays")
    for device in (ann, second, third):
        await shows(device, "@bob", ["stays"])
        assert device.lifetime(device.conversation("@bob")) == 0
    world.skipped_ms += 4 * DAY_MS
    await asyncio.sleep(30)
    assert texts(third, "@bob") == ["stays"]


@scenario
async def test_what_was_handed_over_is_known_after_a_restart(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 3 * DAY_S, (bob, "@ann"))
    await pass_days(world, 10, keep=5)
    await say(bob, "@ann", "hello")
    other = await link(world, clients, ann)
    await until(lambda: other.lifetime(other.conversation("@bob")) == 3 * DAY_S)
    machine = other._surroundings
    machine.pairing_code = b""
    await clients.close(other)
    again = await clients.open(machine)
    assert again.lifetime(again.conversation("@bob")) == 3 * DAY_S


# --- set in vain -----------------------------------------------------------------------------


@scenario
async def test_what_comes_too_late_for_the_members_is_sent_again_as_a_message_is(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await until(lambda: len(ann.members(room)) == 2)
    log, held, codes = ids.room_log(ann._engine.state.database, room.key), [], []

    def attack(frame):
        if isinstance(frame, Refused):
            codes.append(frame.code)
        if isinstance(frame, Entries) and frame.log == log and not codes:
            held.append(frame)  # she does not see in time who has come in
            return []
        return [*held, frame] if codes and not isinstance(frame, Refused) else [frame]

    clients.machines["ann"].attack = attack
    await cid.join_room("kitchen")
    await ann.set_topic(room, "soup")
    await ann.set_lifetime(room, DAY_S)
    for client in (ann, bob, cid):
        await until(lambda client=client: (client.topic(room), client.lifetime(room)) == ("soup", DAY_S))
    assert codes[0] == Code.STALE_VIEW


@pytest.mark.parametrize("setting", ConversationSetting)
def test_who_sets_something_in_a_room_that_is_archived_by_then_is_told(setting):
    @scenario
    async def run(world, clients):
        ann, bob = await join(world, clients, "ann", "bob")
        room = await ann.create_room("kitchen")
        await bob.join_room("kitchen")
        await until(lambda: len(ann.members(room)) == 2)
        await ann.set_role(room, "bob", MemberRole.OWNER)
        await until(lambda: bob.room("kitchen").role is MemberRole.OWNER)
        events = await set_while_cut_off(world, clients, bob, room, setting, ann.archive_room(room))
        await until(lambda: taken(events, SettingFailed) != [])
        [failed] = taken(events, SettingFailed)
        assert (failed.setting, failed.conversation_name) == (setting, "@kitchen")
        assert "archived" in failed.text
        assert (bob.topic(room), bob.lifetime(room), bob.waiting) == ("", 0, 0)

    run()


@pytest.mark.parametrize("setting", ConversationSetting)
def test_who_sets_something_that_they_lead_no_more_by_then_is_told(setting):
    @scenario
    async def run(world, clients):
        ann, bob = await join(world, clients, "ann", "bob")
        room = await ann.create_room("kitchen")
        await bob.join_room("kitchen")
        await until(lambda: len(ann.members(room)) == 2)
        await ann.set_role(room, "bob", MemberRole.MODERATOR)
        await until(lambda: bob.room("kitchen").role is MemberRole.MODERATOR)
        demoted = ann.set_role(room, "bob", MemberRole.MEMBER)
        events = await set_while_cut_off(world, clients, bob, room, setting, demoted)
        await until(lambda: taken(events, SettingFailed) != [])
        [failed] = taken(events, SettingFailed)
        assert (failed.setting, failed.text) == (
            setting,
            "you were no moderator or owner any more when it came: ask one of them",
        )
        for client in (ann, bob):
            assert (client.topic(room), client.lifetime(room)) == ("", 0)

    run()


async def set_while_cut_off(world, clients, client, room, setting, meanwhile):
    """Set something without a connection while another one changes the room; return the events."""
    events, machine = client.events(), clients.machines[client.handle]
    dial = machine.dial
    machine.dial = never
    machine.link.cut("cable")
    await until(lambda: not client.is_online)
    if setting is ConversationSetting.TOPIC:
        await client.set_topic(room, "soup")
    else:
        await client.set_lifetime(room, DAY_S)
    await meanwhile
    machine.dial = dial
    return events


async def never(address, handler):
    """There is no way to the hub."""
    raise LinkLost("no cable")
