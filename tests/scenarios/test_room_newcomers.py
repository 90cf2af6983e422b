"""Newcomers of a room learn its topic and lifetime, which were set before they could read it."""

import asyncio

from lanmsg.client import LifetimeChanged, MemberRole, TopicChanged
from lanmsg.wire.content import ContentKind, Lifetime, Topic, encode_content

from .test_amendments import said
from .world import join, scenario, taken, texts, until


def said_again(client, room, kind):
    """Return how often a topic or lifetime was said in a room, as a client has stored it."""
    stored = client._engine._store.messages_after(client._engine.state.log_of(room), after=0, limit=1000)
    return sum(each.kind == kind for each in stored)


async def kitchen(ann, *members):
    """Make a room with a topic, whose messages live a minute."""
    room = await ann.create_room("kitchen")
    for member in members:
        await member.join_room("kitchen")
        await until(lambda member=member: member.handle in {each.handle for each in ann.members(room)})
    await ann.set_topic(room, "soup")
    await ann.set_lifetime(room, 60)
    await until(lambda: ann.lifetime(room) == 60 and ann.topic(room) == "soup")
    return room


@scenario
async def test_a_newcomer_learns_topic_and_lifetime_and_nobody_else_is_told_twice(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await kitchen(ann, bob)
    await until(lambda: bob.topic(room) == "soup" and bob.lifetime(room) == 60)
    events, theirs = bob.events(), cid.events()
    await cid.join_room("kitchen")
    await said(cid, "@kitchen", "before I knew", bob)
    await until(lambda: (cid.topic(room), cid.lifetime(room)) == ("soup", 60), seconds=10)
    assert ann.waiting == 0
    assert taken(events, TopicChanged) == taken(events, LifetimeChanged) == []
    assert [(each.by, each.topic) for each in taken(theirs, TopicChanged)] == [("ann", "soup")]
    await said(cid, "@kitchen", "goes too", bob)
    await asyncio.sleep(70)
    assert texts(cid, "@kitchen") == texts(bob, "@kitchen") == []


@scenario
async def test_of_several_who_could_say_it_one_does(world, clients):
    ann, bob, cid, dan = await join(world, clients, "ann", "bob", "cid", "dan")
    room = await kitchen(ann, bob, cid)
    for name in ("bob", "cid"):
        await ann.set_role(room, name, MemberRole.MODERATOR)
    await dan.join_room("kitchen")
    await until(lambda: dan.topic(room) == "soup")
    await asyncio.sleep(60)
    assert said_again(dan, room, ContentKind.TOPIC) == said_again(dan, room, ContentKind.LIFETIME) == 1
    assert said_again(bob, room, ContentKind.TOPIC) == 2


@scenario
async def test_it_is_said_when_somebody_comes_who_can(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await kitchen(ann, bob)
    machine = clients.machines["ann"]
    await clients.close(ann)
    await bob.invite(room, ["cid"])
    await asyncio.sleep(60)
    assert (cid.topic(room), cid.lifetime(room)) == ("", 0)
    await clients.open(machine)
    await until(lambda: (cid.topic(room), cid.lifetime(room)) == ("soup", 60), seconds=20)
    await clients.close(next(each for each in clients._clients if each.handle == "ann"))
    await clients.open(machine)
    await asyncio.sleep(60)
    assert said_again(bob, room, ContentKind.TOPIC) == 2


@scenario
async def test_a_topic_set_meanwhile_is_not_undone_by_one_that_is_said_again(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await kitchen(ann, bob)
    await cid.join_room("kitchen")
    await ann.set_topic(room, "salad")
    ann._engine.outbox.add(room, bytes(16), encode_content(Topic("soup", 2)))
    await said(ann, "@kitchen", "done", bob, cid)
    await asyncio.sleep(30)
    assert [client.topic(room) for client in (ann, bob, cid)] == ["salad"] * 3


@scenario
async def test_nobody_erases_what_others_have_by_saying_again_what_never_was(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    room = await ann.create_room("kitchen")
    await bob.join_room("kitchen")
    await until(lambda: len(ann.members(room)) == 2)
    await said(bob, "@kitchen", "mine", ann)
    end = ann._engine.state.logs[ann._engine.state.log_of(room)].stored.seq
    for number, since in enumerate((1, end, end + 5)):
        ann._engine.outbox.add(room, bytes([number]) * 16, encode_content(Lifetime(5, since)))
    await said(ann, "@kitchen", "later", bob)
    direct = bob.conversation("@ann")
    await said(bob, "@ann", "direct", ann)
    ann._engine.outbox.add(ann.conversation("@bob"), b"d" * 16, encode_content(Lifetime(5, 1)))
    await said(ann, "@bob", "too", bob)
    await asyncio.sleep(60)
    assert texts(ann, "@kitchen") == ["mine", "later"]
    assert texts(bob, "@ann") == texts(ann, "@bob") == ["direct", "too"]
    assert bob.lifetime(direct) == 0
