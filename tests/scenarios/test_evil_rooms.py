"""A hub that lies about rooms, and members who do what they may not: found out, and without effect."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from lanmsg.client import Alarm, AlarmKind, MemberRole, room_requests
from lanmsg.client.device_messages import KeyAnswer, KeyRequest
from lanmsg.hub.rooms import Rooms
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import Head, Heads, Members
from lanmsg.wire.statements import MemberChange, Role

from .test_rooms import is_in, kitchen, roles, stored
from .world import join, say, scenario, shows, taken, texts, unreadable, until


@asynccontextmanager
async def meanwhile(deed):
    """Do something that may never end, until the block does."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(deed)
        yield
        task.cancel()


@pytest.mark.parametrize("role", [Role.NONE, Role.BANNED, Role.MODERATOR])
def test_a_change_that_the_hub_must_refuse_counts_nowhere(role, monkeypatch):
    @scenario
    async def lie(world, clients):
        room, [ann, bob, eve] = await kitchen(world, clients, "ann", "bob", "eve")
        streams = [client.events() for client in (ann, bob)]
        before = roles(ann)
        monkeypatch.setattr(Rooms, "check", lambda *_: None)
        monkeypatch.setattr(room_requests, "check_changes", lambda *_: None)
        state = eve._engine.state.rooms[eve._engine.state.log_of(room)]
        user = ann._engine.state.directory.named("bob").user
        change = eve._engine.room_requests.change(state, lambda: [MemberChange(user, role)])
        async with meanwhile(change):
            await until(lambda: all(taken(stream, Alarm) for stream in streams))
        assert {taken(stream, Alarm)[0].kind for stream in streams} == {AlarmKind.FORBIDDEN_CHANGE}
        assert roles(ann) == roles(bob) == before

    lie()


@scenario
async def test_the_hub_itself_refuses_what_a_member_may_not_do(world, clients):
    room, [ann, _, eve] = await kitchen(world, clients, "ann", "bob", "eve")
    state = eve._engine.state.rooms[eve._engine.state.log_of(room)]
    user = ann._engine.state.directory.named("bob").user
    original, room_requests.check_changes = room_requests.check_changes, lambda *_: None
    try:
        with pytest.raises(Refusal) as refusal:
            await eve._engine.room_requests.change(state, lambda: [MemberChange(user, Role.BANNED)])
    finally:
        room_requests.check_changes = original
    assert refusal.value.code is Code.NOT_ALLOWED
    assert roles(ann) == {"ann": "owner", "bob": "member", "eve": "member"}


@pytest.mark.parametrize("keep", [0, 1])
def test_a_hub_that_hides_how_the_members_came_is_found_out(keep):
    """A newcomer would encrypt for somebody who was put out long ago."""

    @scenario
    async def lie(world, clients):
        room, [ann, bob, eve] = await kitchen(world, clients, "ann", "bob", "eve")
        await ann.remove(room, "eve")
        [dan] = await join(world, clients, "dan")
        stream = dan.events()

        def hide(frame):
            if isinstance(frame, Members):
                return [Members(frame.log, frame.seq, frame.items[:keep])]
            return [frame]

        clients.machines["dan"].attack = hide
        async with meanwhile(dan.join_room("kitchen")):
            await until(lambda: bool(taken(stream, Alarm)) or is_in(dan))
        if keep:  # one at a time is slow, and complete all the same
            assert roles(dan) == {"ann": "owner", "bob": "member", "dan": "member"}
        else:
            assert taken(stream, Alarm)[0].kind is AlarmKind.FORBIDDEN_CHANGE
            assert not is_in(dan)
        assert is_in(bob)
        assert not is_in(eve)

    lie()


@scenario
async def test_a_hub_that_puts_another_entry_in_the_place_of_one_is_found_out(world, clients):
    room, [ann, _, _] = await kitchen(world, clients, "ann", "bob", "eve")
    await ann.remove(room, "eve")
    [dan] = await join(world, clients, "dan")
    stream = dan.events()

    def swap(frame):
        if isinstance(frame, Members) and len(frame.items) > 1:
            first, second, *rest = frame.items
            fake = type(second)(second.seq, second.previous, first.entry)
            return [Members(frame.log, frame.seq, [first, fake, *rest])]
        return [frame]

    clients.machines["dan"].attack = swap
    async with meanwhile(dan.join_room("kitchen")):
        await until(lambda: bool(taken(stream, Alarm)))
    assert taken(stream, Alarm)[0].kind is AlarmKind.FORBIDDEN_CHANGE


@pytest.mark.parametrize("kind", ["message", "members"])
def test_a_hub_cannot_let_a_member_miss_entries_by_another_base(kind):
    """Its story would be true of who came back; but nobody has let this one in there."""

    @scenario
    async def lie(world, clients):
        room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
        await join(world, clients, "cid")
        await say(ann, "@kitchen", "one")
        await shows(bob, "@kitchen", ["one"])
        log = bob._engine.state.log_of(room)
        await clients.close(bob)
        await say(ann, "@kitchen", "hidden")
        await ann.invite(room, ["cid"])
        await say(ann, "@kitchen", "three")
        await until(lambda: not ann.waiting)
        store = ann._engine._store
        found = store.load().members if kind == "members" else store.messages(log, before=None, limit=10)
        base = found[-1]

        def moved(head):
            return Head(log, head.kind, base.seq, base.hash, head.seq, head.hash, head.counter, head.users)

        def hide(frame):
            if not isinstance(frame, Heads):
                return [frame]
            return [Heads([moved(head) if head.log == log else head for head in frame.heads])]

        machine = clients.machines["bob"]
        machine.attack = hide
        bob = machine.client()
        stream = bob.events()
        await bob.__aenter__()
        await until(lambda: bool(taken(stream, Alarm)))
        assert taken(stream, Alarm)[0].kind is AlarmKind.FORBIDDEN_CHANGE
        assert texts(bob, "@kitchen") == ["one"]
        await bob.__aexit__(None, None, None)

    lie()


@scenario
async def test_who_came_later_gets_no_key_of_before_by_asking_for_it(world, clients):
    _, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    [eve] = await join(world, clients, "eve")
    await until(lambda: len(ann.people()) == 3)
    await say(ann, "@kitchen", "before")
    await shows(bob, "@kitchen", ["before"])
    before = stored(ann, "before")
    await eve.join_room("kitchen")
    await say(eve, "@kitchen", "hi")
    await until(lambda: texts(ann, "@kitchen") == ["before", "hi"])
    answers = []
    eve._engine._inbox.on(KeyAnswer, lambda *answer: answers.append(answer))
    request = KeyRequest(before.log, before.seq, before.session)
    eve._engine.device_outbox.send(ann._engine.state.device, request)
    eve._engine.device_outbox.send(bob._engine.state.device, request)
    eve._engine.flush()
    await asyncio.sleep(5)
    assert answers == []
    assert unreadable(eve) == []
    assert roles(eve)["eve"] == MemberRole.MEMBER.value
