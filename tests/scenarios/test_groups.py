"""Groups: a few people, the same for ever."""

import asyncio

import pytest

from lanmsg.client import MessageState
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import ConversationKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_GROUP_USERS

from .world import join, scenario, shows, texts, unreadable, until


@scenario
async def test_a_group_reads_together_and_nobody_else(world, clients):
    ann, bob, cid, dan = await join(world, clients, "ann", "bob", "cid", "dan")
    sent = await ann.send(ann.group(["bob", "cid"]), "lunch?")
    assert sent.conversation_name == "@bob,@cid"
    await shows(bob, "@ann,@cid", ["lunch?"])
    await shows(cid, "@ann,@bob", ["lunch?"])
    await bob.send(bob.conversation("@cid,@ann"), "yes")
    for client, target in ((ann, "@bob,@cid"), (bob, "@ann,@cid"), (cid, "@ann,@bob")):
        await shows(client, target, ["lunch?", "yes"])
        assert unreadable(client) == []
    await asyncio.sleep(1)
    log = ann._engine.state.log_of(ann.group(["bob", "cid"]))
    assert log not in dan._engine.state.logs
    assert dan.conversations() == []


@scenario
async def test_who_writes_first_at_the_same_moment_meets_in_one_group(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await asyncio.gather(
        ann.send(ann.group(["bob", "cid"]), "from ann"),
        bob.send(bob.group(["cid", "ann"]), "from bob"),
        cid.send(cid.group(["ann", "bob"]), "from cid"),
    )
    await until(lambda: all(len(texts(c, t)) == 3 for c, t in _targets(ann, bob, cid)))
    await until(lambda: not any(client.waiting for client in (ann, bob, cid)))
    assert texts(ann, "@bob,@cid") == texts(bob, "@ann,@cid") == texts(cid, "@ann,@bob")


def _targets(ann, bob, cid):
    return (ann, "@bob,@cid"), (bob, "@ann,@cid"), (cid, "@ann,@bob")


@scenario
async def test_a_group_is_delivered_and_survives_a_crash_of_the_hub_and_a_restart(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await ann.send(ann.group(["bob", "cid"]), "one")
    await shows(bob, "@ann,@cid", ["one"])
    world.crash_hub()
    waiting = await ann.send(ann.group(["bob", "cid"]), "two")
    assert waiting.state is MessageState.WAITING
    await clients.close(bob)
    world.start_hub()
    await shows(cid, "@ann,@bob", ["one", "two"])
    bob = await clients.open(clients.machines["bob"])
    await shows(bob, "@ann,@cid", ["one", "two"])
    await until(lambda: ann.history(ann.group(["bob", "cid"]))[-1].delivered_to == 2)


@scenario
async def test_a_group_of_one_other_is_the_direct_chat(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    assert ann.group(["bob", "@BOB", "ann"]) == ann.conversation("@bob")
    assert ann.group(["bob"]).kind is ConversationKind.DIRECT
    assert ann.group(["ann"]) == ann.conversation("@ann")
    assert bob.group(["ann"]) == bob.conversation("@ann")


@scenario
async def test_a_group_of_too_many_of_strangers_or_of_rooms_is_refused(world, clients):
    names = [f"p{chr(97 + number)}" for number in range(MAX_GROUP_USERS)]
    ann, *_ = await join(world, clients, "ann", *names)
    with pytest.raises(LocalError, match="at most 20 people"):
        ann.group(names)
    assert len(ann.group(names[1:]).users) == MAX_GROUP_USERS
    with pytest.raises(UnknownPerson):
        ann.group(["pa", "zoe"])
    await ann.create_room("kitchen")
    with pytest.raises(LocalError, match="kitchen is a room"):
        ann.group(["pa", "kitchen"])
