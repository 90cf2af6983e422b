"""Disappearing messages: gone on every device, everywhere, at the same time, and nobody else's doing."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.client import EVERYONE, LifetimeChanged, MessageAdded, MessageExpired, MessageState
from lanmsg.client.errors import NotAllowed, UnknownMessage
from lanmsg.wire.content import Lifetime, encode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError, Refusal
from lanmsg.wire.pairing import parse_code

from .test_amendments import Run, look, said, stored, without_messages
from .world import join, say, scenario, shows, taken, texts, unreadable, until

HOUR_S = 3600


async def set_lifetime(client, target, seconds, *others):
    """Set it, and wait until all know."""
    await client.set_lifetime(client.conversation(target), seconds)
    for each, its_target in ((client, target), *others):
        await until(
            lambda each=each, its_target=its_target: each.lifetime(each.conversation(its_target)) == seconds
        )


def rows(machine):
    """Every message on a disk that says anything."""
    tables = machine.disk()._tables
    return [each for log in tables.messages.values() for each in log.by_seq.values() if each.content]


@scenario
async def test_messages_after_the_change_disappear_everywhere_and_those_before_it_stay(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await said(ann, "@bob", "this stays", bob)
    await set_lifetime(ann, "@bob", HOUR_S, (bob, "@ann"))
    first = await said(bob, "@ann", "this goes", ann)
    await asyncio.sleep(60)
    await said(ann, "@bob", "this goes a minute later", bob)
    events = bob.events()
    await asyncio.sleep(HOUR_S - 61)
    assert len(texts(ann, "@bob")) == len(texts(bob, "@ann")) == 3
    await asyncio.sleep(2)
    for client, target in ((ann, "@bob"), (bob, "@ann")):
        assert texts(client, target) == ["this stays", "this goes a minute later"]
        assert client.message(first) is None
    assert [each.id for each in taken(events, MessageExpired)] == [first]
    await asyncio.sleep(60)
    assert texts(ann, "@bob") == texts(bob, "@ann") == ["this stays"]


@scenario
async def test_switched_off_again_what_follows_stays(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    events = bob.events()
    await set_lifetime(ann, "@bob", 10, (bob, "@ann"))
    await said(ann, "@bob", "goes", bob)
    await set_lifetime(bob, "@ann", 0, (ann, "@bob"))
    await said(ann, "@bob", "stays", bob)
    await asyncio.sleep(20)
    assert texts(ann, "@bob") == texts(bob, "@ann") == ["stays"]
    told = [(each.by, each.seconds, each.conversation_name) for each in taken(events, LifetimeChanged)]
    assert told == [("ann", 10, "@ann"), ("bob", 0, "@ann")]


@scenario
async def test_nothing_of_an_expired_message_is_left_on_a_disk_or_found(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 30, (bob, "@ann"))
    message = await said(ann, "@bob", "the canary sings", bob)
    await ann.edit(message, "the canary sings at midnight")
    await bob.react(message, "👍")
    await bob.pin(message)
    reply = (await bob.send(bob.conversation("@ann"), "canary?", reply_to=message)).id
    await until(lambda: ann.pinned(ann.conversation("@bob")) and ann.message(reply) is not None)
    await bob.index_messages()
    assert len(bob.search("canary")) == 2
    await asyncio.sleep(40)
    await bob.index_messages()
    for client in (ann, bob):
        assert client.search("canary") == client.search("from:bob") == []
        assert client.pinned(client.conversation("@ann" if client is bob else "@bob")) == []
        assert (client.message(message), client.unread(client.conversations()[0]).count) == (None, 0)
        with pytest.raises(UnknownMessage):
            await client.react(message, "👍")
        with pytest.raises(UnknownMessage):
            client.thread(message)
        machine = clients.machines[client.handle]
        assert [row for row in rows(machine) if b"canary" in row.content or message in row.content] == []
        assert machine.disk()._tables.expiry == {}


@scenario
async def test_what_was_over_while_the_client_was_closed_is_gone_when_it_opens(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 100, (bob, "@ann"))
    await said(ann, "@bob", "seen", bob)
    machine = clients.machines["bob"]
    await clients.close(bob)
    await said(ann, "@bob", "never seen")
    await asyncio.sleep(200)
    await said(ann, "@bob", "fresh")
    await world.stop_hub()
    bob = await machine.client().__aenter__()
    clients._clients.append(bob)
    assert texts(bob, "@ann") == []
    assert [row.kind for row in rows(machine)] == [7]
    events = bob.events()
    world.start_hub()
    await shows(bob, "@ann", ["fresh"])
    assert [each.message.text for each in taken(events, MessageAdded)] == ["fresh"]
    assert bob.unread(bob.conversation("@ann")).count == 1


@scenario
async def test_only_who_leads_a_room_sets_it_and_nobody_for_everyone(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await until(lambda: len(ann.members(room)) == 2)
    with pytest.raises(NotAllowed, match=r"a moderator or an owner.*ask ann"):
        await bob.set_lifetime(room, 10)
    for client in (ann, bob, cid):
        with pytest.raises(NotAllowed, match="messages to everyone stay"):
            await client.set_lifetime(EVERYONE, 10)
    with pytest.raises(LocalError, match="366 days"):
        await ann.set_lifetime(room, 400 * 86400)
    for number, target in enumerate((room, EVERYONE)):
        bob._engine.outbox.add(target, bytes([number]) * 16, encode_content(Lifetime(5)))
    await bob._done()
    await say(bob, "@kitchen", "stays")
    await say(bob, "#", "stays too")
    await asyncio.sleep(30)
    assert (texts(ann, "@kitchen"), texts(ann, "#")) == (["stays"], ["stays too"])
    await set_lifetime(ann, "@kitchen", 5, (bob, "@kitchen"))
    await said(bob, "@kitchen", "goes", ann)
    await asyncio.sleep(10)
    assert texts(ann, "@kitchen") == texts(bob, "@kitchen") == ["stays"]


@scenario
async def test_in_an_archived_room_nothing_is_set_and_who_may_open_it_is_said(world, clients):
    (ann,) = await join(world, clients, "ann")
    room = await ann.create_room("kitchen")
    await ann.archive_room(room)
    for attempt in (ann.set_lifetime(room, 10), ann.set_topic(room, "soup")):
        with pytest.raises(Refusal, match="kitchen is archived: ask ann"):
            await attempt
    assert ann.waiting == 0


@scenario
async def test_a_second_device_gets_no_more_than_the_first_has(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 50, (bob, "@ann"))
    await said(ann, "@bob", "goes", bob)
    await set_lifetime(ann, "@bob", 0, (bob, "@ann"))
    await said(bob, "@ann", "stays", ann)
    await asyncio.sleep(100)
    machine = world.machine("bob")
    machine.pairing_code = parse_code((await bob.link_device()).code)
    tablet = await clients.open(machine)
    await until(lambda: not tablet.is_past_coming and unreadable(tablet) == [], seconds=300)
    await asyncio.sleep(15)
    assert texts(tablet, "@ann") == texts(bob, "@ann") == ["stays"]
    assert tablet.lifetime(tablet.conversation("@ann")) == 0


@scenario
async def test_a_message_whose_key_comes_when_it_is_over_is_never_shown(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 50, (bob, "@ann"))
    machine = clients.machines["bob"]
    await said(ann, "@bob", "goes", bob)
    await clients.close(bob)
    machine.restore(without_messages(machine, lose_keys=True, kind=LogKind.DIRECT))
    await clients.close(ann)
    bob = await clients.open(machine)
    assert [each.state for each in bob.history(bob.conversation("@ann"))] == [MessageState.UNREADABLE] * 2
    await asyncio.sleep(100)
    events = bob.events()
    await clients.open(clients.machines["ann"])
    await until(lambda: unreadable(bob) == [], seconds=300)
    await until(lambda: bob.lifetime(bob.conversation("@ann")) == 50)
    await asyncio.sleep(15)
    assert texts(bob, "@ann") == []
    assert not any("goes" in str(event) for event in events._waiting)


@scenario
async def test_by_its_own_clock_a_client_erases_only_until_it_hears_the_hubs(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", HOUR_S, (bob, "@ann"))
    await said(ann, "@bob", "an hour", bob)
    machine = clients.machines["bob"]
    await clients.close(bob)
    machine.clock_error_ms = 2 * HOUR_S * 1000
    bob = await clients.open(machine)
    assert texts(bob, "@ann") == ["an hour"]
    await asyncio.sleep(HOUR_S)
    assert texts(bob, "@ann") == texts(ann, "@bob") == []


@scenario
async def test_a_waiting_change_of_an_expired_message_is_forgotten(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await set_lifetime(ann, "@bob", 60, (bob, "@ann"))
    message = await said(ann, "@bob", "goes", bob)
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    await ann.edit(message, "goes too")
    await asyncio.sleep(100)
    assert (ann.waiting, texts(ann, "@bob")) == (0, [])


# --- any history -----------------------------------------------------------------------------

NAMES = ("ann", "bob", "cid")
people = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("say"), people, st.just(0)),
    st.tuples(st.sampled_from(["reply", "edit", "delete", "react", "pin"]), people, st.integers(0, 5)),
    st.tuples(st.just("forge edit"), people, st.integers(0, 5)),
    st.tuples(st.just("live"), people, st.sampled_from([0, 3, 20])),
    st.tuples(st.just("pass"), people, st.sampled_from([1, 2, 5, 15])),
    st.tuples(
        st.sampled_from(["wait", "cut", "cut one", "crash the hub", "reopen"]), people, st.integers(0, 3)
    ),
)


class GroupRun(Run):
    """One history of a group whose messages disappear."""

    def target(self, client):
        return ",".join("@" + name for name in NAMES if name != client.handle)

    async def live(self, who, pick):
        client = self.people[who]
        await client.set_lifetime(client.conversation(self.target(client)), pick)

    async def pass_time(self, _who, pick):
        await asyncio.sleep(pick)

    WORLD = {**Run.WORLD, "live": live, "pass": pass_time}  # noqa: RUF012


@settings(max_examples=60)
@given(st.lists(steps, min_size=4, max_size=40), st.booleans(), st.booleans())
def test_the_state_after_any_history_is_that_of_a_store_that_replays_the_log(
    history_steps, lose_keys, has_passed
):
    @scenario
    async def property_(world, clients):
        run = GroupRun(world, clients)
        run.people = await join(world, clients, *NAMES)
        for step in history_steps:
            await run.step(*step)
        await run.settle()
        if has_passed:
            await asyncio.sleep(30)
        check_alike(run)
        machine = clients.machines["ann"]
        await clients.close(run.people[0])
        machine.restore(without_messages(machine, lose_keys=lose_keys, kind=LogKind.GROUP))
        run.people[0] = ann = await clients.open(machine)
        await until(lambda: unreadable(ann) == [], seconds=120, why=lambda: f"{unreadable(ann)}")
        await run.settle()
        check_alike(run)
        await asyncio.sleep(30)
        check_alike(run)
        assert machine.disk()._tables.expiry == {}

    property_()


def check_alike(run):
    """Everybody shows and stores the same."""
    targets = [(each, run.target(each)) for each in run.people]
    looks = [[(m.id, m.text, m.is_deleted, m.reactions) for m in look(*each)] for each in targets]
    assert looks == [looks[0]] * len(looks)
    kept = [[(row.seq, row.kind, row.content, row.target) for row in stored(*each)] for each in targets]
    assert kept == [kept[0]] * len(kept)
    lives = {each.lifetime(each.conversation(target)) for each, target in targets}
    assert len(lives) == 1
