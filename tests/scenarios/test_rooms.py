"""Rooms: who is in them, who may change that, and what each of them reads."""

import asyncio
import random

import pytest

from lanmsg.client import (
    MemberRole,
    MembersChanged,
    MessageState,
    RoomChanged,
    TopicChanged,
)
from lanmsg.client.errors import NotInRoom, UnknownPerson, UnknownRoom
from lanmsg.wire.errors import Code, LinkLost, LocalError, Refusal
from lanmsg.wire.names import IllegalName
from lanmsg.wire.pairing import parse_code

from .world import history, join, say, scenario, second_device, shows, taken, texts, unreadable, until


def roles(client, name="kitchen"):
    """Return who is what in a room, as this client sees it."""
    room = client.room(name).conversation
    return {member.handle: member.role.value for member in client.members(room)}


def is_in(client, name="kitchen"):
    return any(room.name == name and room.is_mine for room in client.rooms())


async def kitchen(world, clients, *names, **fields):
    """Let people join the hub and the room that the first of them makes."""
    people = await join(world, clients, *names)
    room = await people[0].create_room("kitchen", **fields)
    await people[0].invite(room, names[1:])
    await until(lambda: all(is_in(client) for client in people))
    await until(lambda: all(len(roles(client)) == len(names) for client in people))
    return room, people


def cannot_open(client, message):
    """Try all keys that a client holds on a message that somebody else has: nothing must open it."""
    log = client._engine.state.logs[message.log]
    tables = client._engine._store._tables
    sessions = {stored.session: stored for stored in tables.inbound.values() if stored.log == log.stored.log}
    restored = [client._engine._keys._crypto.receiving_session(each.pickle) for each in sessions.values()]
    return message.session not in {session.id for session in restored}


def stored(client, text, target="@kitchen"):
    """Return a message as the store has it."""
    [found] = [each for each in history(client, target) if each.text == text]
    return client._engine._store.find_message(found.id)


# --- being put out while away ------------------------------------------------------------------


@scenario
async def test_who_is_put_out_while_away_learns_it_though_nothing_was_said_since_they_came(world, clients):
    room, (ann, bob) = await kitchen(world, clients, "ann", "bob")
    machine = clients.machines["bob"]
    await clients.crash(machine, bob)
    await ann.remove(room, "bob")
    bob = machine.client()
    events = bob.events()
    await bob.__aenter__()
    clients._clients.append(bob)
    await until(lambda: not is_in(bob))
    [change] = taken(events, MembersChanged)
    assert [(each.handle, each.role) for each in change.changes] == [("bob", MemberRole.OUTSIDER)]
    with pytest.raises(NotInRoom):
        await say(bob, "@kitchen", "still here?")


@scenario
async def test_a_device_linked_later_has_the_past_of_a_room_that_its_person_was_put_out_of(world, clients):
    room, (ann, bob, cid) = await kitchen(world, clients, "ann", "bob", "cid")
    await say(cid, "@kitchen", "before bob came again")
    await until(lambda: len(texts(ann, "@kitchen")) == 1)
    await ann.remove(room, "bob")
    await say(cid, "@kitchen", "while bob was out")
    await until(lambda: len(texts(ann, "@kitchen")) == 2)
    await ann.invite(room, ["bob"])
    await until(lambda: is_in(bob))
    await say(ann, "@kitchen", "welcome back")
    await until(lambda: texts(bob, "@kitchen")[-1:] == ["welcome back"])
    await ann.remove(room, "bob")
    await until(lambda: not is_in(bob))
    await say(ann, "@kitchen", "gone again")
    machine = world.machine("other")
    machine.pairing_code = parse_code((await bob.link_device()).code)
    new = await clients.open(machine)
    await until(lambda: not new.is_past_coming)
    assert not is_in(new)
    assert texts(new, "@kitchen") == ["welcome back"]
    assert unreadable(new) == []


# --- coming and going ----------------------------------------------------------------------------


@scenario
async def test_a_room_is_made_entered_and_talked_in(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    events = bob.events()
    room = await ann.create_room("kitchen")
    await until(lambda: [each.name for each in bob.rooms()] == ["kitchen"])
    assert taken(events, RoomChanged)[0].room.role is MemberRole.OUTSIDER
    assert await bob.join_room("kitchen") == room
    assert is_in(bob)
    await say(ann, "@kitchen", "tea?")
    await say(bob, "@kitchen", "yes")
    for client in (ann, bob):
        await until(lambda client=client: len(texts(client, "@kitchen")) == 2)
        assert unreadable(client) == []
        assert roles(client) == {"ann": "owner", "bob": "member"}
    assert texts(ann, "@kitchen") == texts(bob, "@kitchen")
    assert history(bob, "@kitchen")[0].conversation_name == "@kitchen"
    assert cid._engine.state.log_of(room) not in cid._engine.state.logs
    with pytest.raises(NotInRoom, match="/join kitchen enters it"):
        await say(cid, "@kitchen", "me too")
    with pytest.raises(NotInRoom):
        cid.members(room)


@scenario
async def test_each_change_is_told_in_its_place(world, clients):
    room, [ann, bob, cid] = await kitchen(world, clients, "ann", "bob", "cid")
    events = cid.events()
    await ann.set_role(room, "bob", MemberRole.MODERATOR)
    await bob.remove(room, "cid")
    await until(lambda: not is_in(cid))
    told = [
        (e.by, [(c.handle, c.before.value, c.role.value) for c in e.changes])
        for e in taken(events, MembersChanged)
    ]
    assert told == [
        ("ann", [("bob", "member", "moderator")]),
        ("bob", [("cid", "member", "outsider")]),
    ]
    assert [each.room.role for each in taken(events, RoomChanged)] == [MemberRole.OUTSIDER]


@pytest.mark.parametrize("keeps_history", [False, True])
def test_who_is_let_in_is_told_by_whom(keeps_history):
    @scenario
    async def let_in(world, clients):
        ann, bob, _ = await join(world, clients, "ann", "bob", "cid")
        room = await ann.create_room("kitchen", is_open=False, keeps_history=keeps_history)
        await ann.invite(room, ["cid"])
        events = bob.events()
        await ann.invite(room, ["bob"])
        await until(lambda: is_in(bob))
        earlier, told = taken(events, MembersChanged)
        assert (told.by, told.is_backlog, earlier.is_backlog) == ("ann", False, True)
        assert [(each.handle, each.role) for each in told.changes] == [("bob", MemberRole.MEMBER)]

    let_in()


@scenario
async def test_who_may_not_is_told_who_may(world, clients):
    room, [ann, bob, _] = await kitchen(world, clients, "ann", "bob", "cid", is_open=False)
    [dan] = await join(world, clients, "dan")
    await until(lambda: bool(dan.rooms()))
    for attempt, words in (
        (bob.remove(room, "cid"), "only a moderator or an owner"),
        (bob.set_role(room, "cid", MemberRole.MODERATOR), "only an owner"),
        (bob.rename_room(room, "cellar"), "ask ann"),
        (bob.set_topic(room, "tea"), "ask ann"),
        (dan.join_room("kitchen"), "any of its members may invite you"),
    ):
        with pytest.raises(Refusal, match=words) as refusal:
            await attempt
        assert refusal.value.code is Code.NOT_ALLOWED
    with pytest.raises(NotInRoom):
        await dan.invite(room, ["cid"])
    with pytest.raises(UnknownPerson):
        await ann.invite(room, ["zoe"])
    with pytest.raises(UnknownRoom, match="kitchen"):
        ann.room("kitchn")
    await ann.set_role(room, "bob", MemberRole.OWNER)
    with pytest.raises(Refusal, match="their own affair"):
        await ann.remove(room, "bob")


@scenario
async def test_a_name_that_a_person_has_is_no_room_and_the_other_way_round(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    with pytest.raises(Refusal) as refusal:
        await ann.create_room("bob")
    assert refusal.value.code is Code.NAME_TAKEN
    with pytest.raises(IllegalName):
        await ann.create_room("a room")
    await ann.create_room("Kitchen")
    with pytest.raises(Refusal) as refusal:
        await clients.open(world.machine("kitchen"))
    assert refusal.value.code is Code.NAME_TAKEN


@scenario
async def test_of_two_creators_of_a_name_the_second_is_refused(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    results = await asyncio.gather(
        ann.create_room("kitchen"), bob.create_room("kitchen"), return_exceptions=True
    )
    [refused] = [each for each in results if isinstance(each, Refusal)]
    assert refused.code is Code.NAME_TAKEN
    await until(lambda: len(ann.rooms()) == len(bob.rooms()) == 1)
    assert ann.room("kitchen").owners == bob.room("kitchen").owners


@scenario
async def test_without_a_hub_no_room_is_changed(world, clients):
    room, [ann, *_] = await kitchen(world, clients, "ann", "bob")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    for attempt in (ann.create_room("cellar"), ann.remove(room, "bob"), ann.rename_room(room, "cellar")):
        with pytest.raises(LinkLost):
            await attempt


@scenario
async def test_what_is_done_already_is_success_without_an_entry(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    log = ann._engine.state.logs[ann._engine.state.log_of(room)]
    seq = log.stored.seq
    await ann.invite(room, ["bob"])
    await bob.join_room("kitchen")
    assert log.stored.seq == seq
    await ann.remove(room, "bob")
    await ann.remove(room, "bob")
    await until(lambda: not is_in(bob))
    await bob.leave(room)
    assert log.stored.seq == seq + 1


@scenario
async def test_a_banned_person_comes_back_only_when_let(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await ann.remove(room, "bob", ban=True)
    await until(lambda: not is_in(bob))
    assert roles(ann) == {"ann": "owner", "bob": "banned"}
    with pytest.raises(Refusal):
        await bob.join_room("kitchen")
    await ann.set_role(room, "bob", MemberRole.OUTSIDER)
    await bob.join_room("kitchen")
    assert roles(bob) == roles(ann) == {"ann": "owner", "bob": "member"}


@scenario
async def test_an_owner_makes_another_and_then_steps_down(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    with pytest.raises(Refusal, match="only owner"):
        await ann.set_role(room, "ann", MemberRole.MEMBER)
    await ann.set_role(room, "bob", MemberRole.OWNER)
    await ann.set_role(room, "ann", MemberRole.MEMBER)
    await until(lambda: roles(bob) == {"ann": "member", "bob": "owner"})
    await bob.rename_room(room, "cellar")
    await until(lambda: ann.conversation_name(room) == "@cellar")
    with pytest.raises(UnknownRoom):
        ann.room("kitchen")


@scenario
async def test_nobody_writes_or_comes_in_once_a_room_is_archived(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    [cid] = await join(world, clients, "cid")
    await say(bob, "@kitchen", "before")
    await shows(ann, "@kitchen", ["before"])
    await ann.archive_room(room)
    await until(lambda: bob.room("kitchen").is_archived and cid.room("kitchen").is_archived)
    [sent] = await say(bob, "@kitchen", "after")
    assert (await bob.wait_sent(sent.id, timeout_s=5)).state is MessageState.FAILED
    with pytest.raises(Refusal, match="archived"):
        await cid.join_room("kitchen")
    await ann.set_room(room, is_archived=False)
    await cid.join_room("kitchen")


@scenario
async def test_a_topic_is_set_by_who_may_and_known_to_all(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    events = bob.events()
    await ann.set_topic(room, "tea and cake")
    await until(lambda: bob.topic(room) == "tea and cake")
    assert [(each.by, each.topic) for each in taken(events, TopicChanged)] == [("ann", "tea and cake")]
    assert texts(bob, "@kitchen") == []
    await clients.close(bob)
    bob = await clients.open(clients.machines["bob"])
    assert bob.room("kitchen").topic == "tea and cake"


# --- what a member reads --------------------------------------------------------------------------


@scenario
async def test_who_is_taken_out_can_read_nothing_that_comes_after(world, clients):
    room, [ann, bob, cid] = await kitchen(world, clients, "ann", "bob", "cid")
    await say(ann, "@kitchen", "to all")
    await say(cid, "@kitchen", "to all too")
    await until(lambda: len(texts(bob, "@kitchen")) == 2)
    await ann.remove(room, "bob")
    await until(lambda: not is_in(bob))
    await say(ann, "@kitchen", "secret")
    await say(cid, "@kitchen", "secret too")
    await until(lambda: len(texts(ann, "@kitchen")) == len(texts(cid, "@kitchen")) == 4)
    await asyncio.sleep(1)
    assert len(texts(bob, "@kitchen")) == 2
    for text in ("secret", "secret too"):
        assert cannot_open(bob, stored(ann, text))
    assert not cannot_open(bob, stored(ann, "to all"))


@scenario
async def test_a_newcomer_can_read_nothing_of_before(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await say(ann, "@kitchen", "before")
    await shows(bob, "@kitchen", ["before"])
    await cid.join_room("kitchen")
    await until(lambda: "cid" in roles(ann) and "cid" in roles(bob))
    await say(ann, "@kitchen", "after")
    await shows(cid, "@kitchen", ["after"])
    assert roles(cid) == {"ann": "owner", "bob": "member", "cid": "member"}
    before, after = stored(ann, "before"), stored(ann, "after")
    key = cid._engine._keys.receiving(after.session, after.sender)
    assert before.session == after.session
    assert key.session.export(before.index) is None, "the key opens later messages only"
    assert room in cid.conversations()


@scenario
async def test_who_comes_back_does_not_read_what_was_said_meanwhile(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await say(ann, "@kitchen", "first")
    await shows(bob, "@kitchen", ["first"])
    await bob.leave(room)
    assert not is_in(bob)
    await say(ann, "@kitchen", "meanwhile")
    await until(lambda: not ann.waiting)
    await ann.invite(room, ["bob"])
    await until(lambda: is_in(bob))
    await say(ann, "@kitchen", "again")
    await shows(bob, "@kitchen", ["first", "again"])
    assert unreadable(bob) == []
    await say(bob, "@kitchen", "hello")
    await shows(ann, "@kitchen", ["first", "meanwhile", "again", "hello"])


@scenario
async def test_who_was_away_when_taken_out_learns_it_and_nothing_more(world, clients):
    room, [ann, bob, cid] = await kitchen(world, clients, "ann", "bob", "cid")
    await say(ann, "@kitchen", "first")
    await shows(bob, "@kitchen", ["first"])
    await clients.close(bob)
    await ann.remove(room, "bob")
    await say(cid, "@kitchen", "second")
    await until(lambda: len(texts(ann, "@kitchen")) == 2)
    bob = await clients.open(clients.machines["bob"])
    await until(lambda: not is_in(bob))
    assert texts(bob, "@kitchen") == ["first"]
    with pytest.raises(NotInRoom):
        await say(bob, "@kitchen", "hi")
    assert cannot_open(bob, stored(ann, "second"))


@scenario
async def test_a_newcomers_own_messages_are_read_by_exactly_the_members(world, clients):
    """A newcomer never saw how the others came; it must know all of them, and who left, all the same."""
    room, [ann, bob, cid] = await kitchen(world, clients, "ann", "bob", "cid")
    await ann.remove(room, "cid")
    [dan] = await join(world, clients, "dan")
    await say(ann, "@kitchen", "something")
    await dan.join_room("kitchen")
    assert roles(dan) == {"ann": "owner", "bob": "member", "dan": "member"}
    await say(dan, "@kitchen", "hi")
    for client in (ann, bob):
        await until(lambda client=client: texts(client, "@kitchen")[-1:] == ["hi"])
    assert cannot_open(cid, stored(ann, "hi"))
    assert room == dan.room("kitchen").conversation


# --- races ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_removal_races_messages_with_one_outcome_for_all(seed):
    @scenario
    async def race(world, clients):
        room, [ann, bob, cid] = await kitchen(world, clients, "ann", "bob", "cid")
        chance = random.Random(seed)

        async def talk(client):
            for number in range(10):
                try:
                    await client.send(room, f"{client.handle} {number}")
                except NotInRoom:
                    return
                await asyncio.sleep(chance.random() * 0.01)

        async def cut():
            await asyncio.sleep(chance.random() * 0.05)
            await ann.remove(room, "bob")

        await asyncio.gather(talk(ann), talk(bob), talk(cid), cut())
        await until(lambda: not any(client.waiting for client in (ann, bob, cid)))
        await until(lambda: texts(ann, "@kitchen") == texts(cid, "@kitchen"))
        await asyncio.sleep(1)
        log = ann._engine.state.log_of(room)
        [removal] = [m.seq for m in ann._engine._store.load().members][-1:]
        for message in ann._engine._store.messages(log, before=None, limit=100):
            assert cannot_open(bob, message) is (message.seq > removal and cannot_open(bob, message))
            if message.seq > removal:
                assert cannot_open(bob, message)
        lines = [message.text for message in history(ann, "@kitchen") if message.seq < removal]
        assert [m.text for m in history(bob, "@kitchen") if m.seq] == lines
        assert all(m.state is MessageState.FAILED for m in history(bob, "@kitchen") if not m.seq)
        assert unreadable(ann) == unreadable(bob) == unreadable(cid) == []

    race()


@scenario
async def test_two_who_change_the_members_at_once_both_succeed(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    others = await join(world, clients, "cid", "dan")
    await asyncio.gather(
        ann.invite(room, ["cid", "dan"]), bob.invite(room, ["dan", "cid"]), ann.set_topic(room, "x")
    )
    expected = {"ann": "owner", "bob": "member", "cid": "member", "dan": "member"}
    await until(lambda: all(is_in(client) for client in others))
    await until(lambda: all(roles(client) == expected for client in (ann, bob, *others)))


@scenario
async def test_a_removal_and_a_leaving_of_the_same_person_are_both_success(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await asyncio.gather(ann.remove(room, "bob"), bob.leave(room))
    assert roles(ann) == {"ann": "owner"}
    assert not is_in(bob)


@pytest.mark.parametrize("seed", range(5))
def test_all_devices_agree_on_who_is_in_after_any_history(seed):
    """Random changes of everybody at once, cut links, restarts: each client folds to the same members."""

    @scenario
    async def history_of(world, clients):
        world.chance = random.Random(seed)
        chance = random.Random(f"{seed} moments")
        names = ["ann", "bob", "cid", "dan"]
        people = await join(world, clients, *names)
        room = await people[0].create_room("kitchen", keeps_history=bool(seed % 2))
        await until(lambda: all(client.rooms() for client in people))

        refused = []

        async def act(client):
            for number in range(8):
                other = chance.choice(names)
                deed = chance.choice(["join", "leave", "invite", "remove", "ban", "op", "say", "say"])
                try:
                    await _do(client, room, deed, other, f"{client.handle} {number}")
                except (Refusal, LocalError, LinkLost):
                    refused.append(deed)
                await asyncio.sleep(chance.random() * 0.05)

        async def disturb():
            for _ in range(4):
                await asyncio.sleep(chance.random() * 0.2)
                world.cut_links()

        await asyncio.gather(disturb(), *(act(client) for client in people))
        await until(lambda: all(client.is_online for client in people))
        await until(lambda: not any(client.waiting for client in people))
        await asyncio.sleep(20)
        assert [client.handle for client in people if unreadable(client)] == []
        for client in _check_agreement(people):
            before = roles(client)
            await clients.close(client)
            again = await clients.open(clients.machines[client.handle])
            assert roles(again) == before
            fresh = await second_device(world, clients, client.handle)
            await until(lambda fresh=fresh: is_in(fresh))
            assert roles(fresh) == before, "a device that replays the logs"
            await clients.close(fresh)

    history_of()


def _check_agreement(people):
    inside = [client for client in people if is_in(client)]
    for client in inside:
        assert roles(client) == roles(inside[0]), client.handle
    return inside


async def _do(client, room, deed, other, text):
    match deed:
        case "join":
            await client.join_room("kitchen")
        case "leave":
            await client.leave(room)
        case "invite":
            await client.invite(room, [other])
        case "remove":
            await client.remove(room, other)
        case "ban":
            await client.remove(room, other, ban=True)
        case "op":
            await client.set_role(room, other, MemberRole.MODERATOR)
        case _:
            await client.send(room, text)


@scenario
async def test_who_was_put_out_while_away_learns_by_whom(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await until(lambda: len(ann.members(room)) == 2)
    machine = clients.machines["bob"]
    await clients.close(bob)
    await ann.remove(room, "bob", ban=True)
    bob = machine.client()
    events = bob.events()
    await bob.__aenter__()
    clients._clients.append(bob)
    await bob.synced()
    (event,) = taken(events, MembersChanged)
    assert (event.by, event.is_backlog) == ("ann", True)
    assert [(each.handle, each.before, each.role) for each in event.changes] == [
        ("bob", MemberRole.MEMBER, MemberRole.BANNED)
    ]
    assert bob.room("kitchen").role is MemberRole.BANNED


# --- somebody who is gone -------------------------------------------------------------------------


@scenario
async def test_who_has_no_device_any_more_may_be_invited_and_nobody_is_hindered(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    [cid] = await join(world, clients, "cid")
    await cid.revoke_device(cid._engine.state.device)
    await until(lambda: ann.person("cid").devices == 0)
    await ann.invite(room, ["cid"])
    await until(lambda: roles(ann) == roles(bob) == {"ann": "owner", "bob": "member", "cid": "member"})
    await say(bob, "@kitchen", "is anybody there?")
    await shows(ann, "@kitchen", ["is anybody there?"])
    await ann.remove(room, "cid")
    await until(lambda: roles(bob) == {"ann": "owner", "bob": "member"})
