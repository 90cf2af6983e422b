"""A store that was put back from a backup: it goes on, and nothing is ever said twice under one key."""

import asyncio

import pytest

from lanmsg.client.old_copy import retire_sending
from lanmsg.client.sealed import carried_by

from .world import join, say, scenario, shows, texts, unreadable, until


async def restored(clients, client, copy):
    """Replace a client by one whose disk is a restored backup, as `lanmsg restore` makes it."""
    machine = clients.machines[client.handle]
    await clients.close(client)
    machine.restore(copy)
    [store] = machine.stores.values()
    retire_sending(store)
    return await clients.open(machine)


def sending_sessions(client):
    """The id of the session of each message of ours that is in the hub or was on its way."""
    store = client._engine._store
    log = client._engine.state.log_of(client.conversation("@bob"))
    stored = store.messages_after(log, after=0, limit=1000)
    waiting = [carried_by(row.frames).session for row in store.load().outbox if row.frames]
    return {m.session for m in stored if m.sender == client._engine.state.device} | set(waiting)


async def ann_and_bob(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "start")
    await say(bob, "@ann", "start too")
    await until(lambda: len(texts(ann, "@bob")) == len(texts(bob, "@ann")) == 2)
    return ann, bob


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_a_restored_client_goes_on_under_new_keys(steps):
    @scenario
    async def talk(world, clients):
        ann, bob = await ann_and_bob(world, clients)
        copy = clients.machines["ann"].disk()
        for number in range(steps):
            await say(ann, "@bob", f"ann {number}")
            await until(lambda: not ann.waiting)
        before = sending_sessions(ann)
        ann = await restored(clients, ann, copy)
        await say(ann, "@bob", "from the backup")
        await say(bob, "@ann", "welcome back")
        await until(lambda: {*texts(bob, "@ann")[-2:]} == {"from the backup", "welcome back"})
        await shows(ann, "@bob", texts(bob, "@ann"))
        await until(lambda: unreadable(ann) == [])
        assert unreadable(bob) == []
        assert len(sending_sessions(ann) - before) == 1

    talk()


@scenario
async def test_a_key_that_only_the_wire_has_seen_is_not_used_again(world, clients):
    """The hub died with the message: its counters say nothing, but somebody may have the bytes."""
    ann, bob = await ann_and_bob(world, clients)
    copy = clients.machines["ann"].disk()
    await say(ann, "@bob", "lost on the way")
    world.crash_hub()
    await asyncio.sleep(0.01)
    [lost] = [row for row in ann._engine._store.load().outbox if row.frames]
    used = carried_by(lost.frames).session
    world.start_hub()
    await asyncio.sleep(0)
    ann = await restored(clients, ann, copy)
    await say(ann, "@bob", "from the backup")
    await until(lambda: texts(bob, "@ann")[-1:] == ["from the backup"], seconds=120)
    log = bob._engine.state.log_of(bob.conversation("@ann"))
    newest = bob._engine._store.messages(log, before=None, limit=1)[0]
    assert newest.session != used


@scenario
async def test_what_waited_in_the_backup_arrives_once_though_it_was_sent_since(world, clients):
    ann, bob = await ann_and_bob(world, clients)
    world.crash_hub()
    await until(lambda: not ann.is_online)
    await say(ann, "@bob", "waiting")
    copy = clients.machines["ann"].disk()
    world.start_hub()
    await until(lambda: texts(bob, "@ann")[-1:] == ["waiting"], seconds=120)
    ann = await restored(clients, ann, copy)
    await say(ann, "@bob", "after it")
    await shows(bob, "@ann", [*texts(ann, "@bob")[:2], "waiting", "after it"])
    await shows(ann, "@bob", texts(bob, "@ann"))
    assert unreadable(bob) == []


@scenario
async def test_without_retiring_its_keys_the_copy_would_use_one_twice(world, clients):
    """What the rule is for: the same steps with a plain copy."""
    ann, bob = await ann_and_bob(world, clients)
    copy = clients.machines["ann"].disk()
    await say(ann, "@bob", "lost on the way")
    world.crash_hub()
    await asyncio.sleep(0.01)
    [lost] = [row for row in ann._engine._store.load().outbox if row.frames]
    world.start_hub()
    machine = clients.machines["ann"]
    await clients.close(ann)
    machine.restore(copy)
    ann = await clients.open(machine)
    await say(ann, "@bob", "from the copy")
    await until(lambda: texts(bob, "@ann")[-1:] == ["from the copy"], seconds=120)
    log = bob._engine.state.log_of(bob.conversation("@ann"))
    newest = bob._engine._store.messages(log, before=None, limit=1)[0]
    assert newest.session == carried_by(lost.frames).session
