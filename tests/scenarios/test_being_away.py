"""People who are away, come back, or meet for the first time."""

import asyncio

import pytest

from lanmsg.client import Disconnected, MessageAdded, MessageState
from lanmsg.wire.frames import Entries

from .world import history, join, say, scenario, shows, taken, texts, unreadable, until


@scenario
async def test_what_is_sent_to_an_absent_person_waits_for_them(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    await say(ann, "@bob", "one", "two")
    await until(lambda: not ann.waiting)
    bob = await clients.open(clients.machines["bob"])
    await shows(bob, "@ann", ["one", "two"])
    await until(lambda: history(ann, "@bob")[-1].state is MessageState.DELIVERED)


@scenario
async def test_a_newcomers_message_is_readable_to_who_was_away_when_they_enrolled(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    await clients.close(ann)
    cid = await clients.open(world.machine("cid"))
    await say(cid, "@ann", "hello ann")
    await say(cid, "#", "hello all")
    await until(lambda: not cid.waiting)
    ann = await clients.open(clients.machines["ann"])
    assert texts(ann, "@cid") == ["hello ann"]
    assert texts(ann, "#") == ["hello all"]
    assert unreadable(ann) == []


@scenario
async def test_what_was_typed_offline_is_sent_by_itself(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    await say(ann, "@bob", "one", "two")
    assert ann.waiting == 2
    world.start_hub()
    await shows(bob, "@ann", ["one", "two"])


@scenario
async def test_a_client_starts_without_its_hub_and_shows_what_it_has(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "before")
    await shows(bob, "@ann", ["before"])
    await clients.close(ann)
    await world.stop_hub()
    ann = clients.machines["ann"].client()
    async with ann:
        assert texts(ann, "@bob") == ["before"]
        await say(ann, "@bob", "after")
        world.start_hub()
        await shows(bob, "@ann", ["before", "after"], seconds=120)


@scenario
async def test_two_thousand_missed_messages_come_once_each_in_order(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    lines = [f"line {number}" for number in range(2100)]
    await say(ann, "#", *lines)
    await until(lambda: not ann.waiting, seconds=300)
    bob = clients.machines["bob"].client()
    stream = bob.events()
    async with bob:
        await bob.synced()
        added = taken(stream, MessageAdded)
        assert [event.message.text for event in added] == lines
        assert [event.message.seq for event in added] == list(range(1, 2101))
        assert all(event.is_backlog for event in added)
        assert texts(bob, "#") == lines


@scenario
async def test_a_disk_that_hangs_holds_back_all_but_one_page_asked_ahead(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    await say(ann, "#", *[f"line {number}" for number in range(2100)])
    await until(lambda: not ann.waiting, seconds=300)
    machine = clients.machines["bob"]
    pages = []

    def hang_at_the_first_page(frame):
        if isinstance(frame, Entries) and frame.log == ann._engine.state.everyone_log:
            pages.append(frame.first_seq)
            machine.executor.is_dead = True
        return [frame]

    machine.attack = hang_at_the_first_page
    bob = await machine.client().__aenter__()
    await asyncio.sleep(10)
    assert len(pages) == 2
    machine.attack = None
    await machine.crash(bob)
    bob = await clients.open(machine)
    assert texts(bob, "#") == texts(ann, "#")


@scenario
async def test_live_messages_are_no_backlog(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    stream = bob.events()
    await say(ann, "@bob", "first of a new conversation")
    await say(ann, "#", "to all")
    await until(lambda: len(taken(stream, MessageAdded)) == 2)
    assert not any(event.is_backlog for event in taken(stream, MessageAdded))


@scenario
async def test_messages_that_come_during_the_catch_up_wait_for_their_place(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    lines = [f"line {number}" for number in range(600)]
    await say(ann, "#", *lines)
    await until(lambda: not ann.waiting, seconds=300)
    world.delay_s = 0.05
    bob = await clients.machines["bob"].client().__aenter__()
    await say(ann, "#", "live 1", "live 2")
    await shows(bob, "#", [*lines, "live 1", "live 2"])
    await bob.__aexit__(None, None, None)


@scenario
async def test_two_who_write_first_at_the_same_moment_meet_in_one_log(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await asyncio.gather(say(ann, "@bob", "from ann 1", "from ann 2"), say(bob, "@ann", "from bob"))
    await until(lambda: len(texts(ann, "@bob")) == 3 and not ann.waiting and not bob.waiting)
    await shows(bob, "@ann", texts(ann, "@bob"))
    assert [m.seq for m in history(ann, "@bob")] == [1, 2, 3]
    await say(ann, "@bob", "and on")
    await say(bob, "@ann", "and back")
    await until(lambda: len(texts(ann, "@bob")) == len(texts(bob, "@ann")) == 5)
    assert unreadable(ann) == unreadable(bob) == []


@scenario
async def test_somebody_who_enrolled_a_moment_ago_can_be_written_to(world, clients):
    (ann,) = await join(world, clients, "ann")
    opening = asyncio.ensure_future(clients.open(world.machine("bob")))  # noqa: TID251 - awaited below
    await until(lambda: len(ann.people()) == 2)
    await say(ann, "@bob", "welcome")
    await shows(await opening, "@ann", ["welcome"])


@scenario
async def test_a_person_can_write_to_themselves(world, clients):
    (ann,) = await join(world, clients, "ann")
    await say(ann, "@ann", "milk", "bread")
    await shows(ann, "@ann", ["milk", "bread"])
    await clients.close(ann)
    assert texts(await clients.open(clients.machines["ann"]), "@ann") == ["milk", "bread"]


@scenario
async def test_a_long_silence_is_no_lost_link(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    stream = ann.events()
    await asyncio.sleep(3600)
    assert ann.is_online
    assert taken(stream, Disconnected) == []


@scenario
async def test_a_dead_link_is_noticed_and_replaced(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for client_end, hub_end in world.links:
        client_end.stall()
        hub_end.stall()
    await say(ann, "@bob", "through the fog")
    await shows(bob, "@ann", ["through the fog"], seconds=200)


@scenario
async def test_nobody_is_shown_online_who_did_not_come_back_with_the_hub(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await until(lambda: ann.person("bob").is_online)
    world.crash_hub()
    await clients.close(bob)
    world.start_hub()
    await until(lambda: ann.is_online)
    await asyncio.sleep(30)
    assert not ann.person("bob").is_online


@scenario
async def test_a_device_that_logs_in_again_displaces_its_older_link(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    world.links[0][1].stall()  # the hub hears nothing of the cut
    world.links[0][0].cut("cable")
    await say(bob, "@ann", "are you back?")
    await shows(ann, "@bob", ["are you back?"])
    assert world.hub.statistics().logged_in == 2


@pytest.mark.parametrize("people", [2, 8])
def test_everyone_greets_everyone(people):
    @scenario
    async def talk(world, clients):
        names = [f"p{number}" for number in range(people)]
        opened = await join(world, clients, *names)
        await asyncio.gather(*(say(client, "#", f"{client.handle} is here") for client in opened))
        for client in opened:
            await until(lambda client=client: len(texts(client, "#")) == people and not client.waiting)
        assert len({tuple(texts(client, "#")) for client in opened}) == 1
        assert all(unreadable(client) == [] for client in opened)

    talk()


@scenario
async def test_keys_are_claimed_once_for_each_peer(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    claims = []
    original = ann._engine._claims._claim
    ann._engine._claims._claim = lambda devices: (claims.append(devices), original(devices))
    await say(ann, "#", *(str(number) for number in range(10)))
    await say(ann, "@bob", "and you")
    await until(lambda: not ann.waiting)
    assert len(claims) == 1
