"""A hub that lies about rooms, and members who do what they may not: found out, and without effect."""

import asyncio
from contextlib import asynccontextmanager

import msgspec
import pytest
from msgspec.structs import replace

from lanmsg.client import Alarm, AlarmKind, MemberRole, room_requests
from lanmsg.client.device_messages import KeyAnswer, KeyRequest
from lanmsg.hub.jobs import StaleView
from lanmsg.hub.rooms import Rooms
from lanmsg.wire.codec import decode_as, decode_entry, encode
from lanmsg.wire.entries import View
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frame_parts import MembersItem
from lanmsg.wire.frames import Entries, Head, Heads, Members
from lanmsg.wire.statements import MemberChange, MembersStatement, Role

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


def forged_change(client, log, original, change):
    """Let somebody who was put out make, with the hub's help, another entry for the place of that."""
    known = decode_as(MembersStatement, original.body, "members")
    bare = MembersStatement(known.view, known.membership_hash, [change])
    account = client._engine.state.account
    signed = replace(bare, signature=account.sign(bare.signed_bytes(log, original.message_id)))
    return replace(original, sender=client._engine.state.device, body=encode(signed))


@pytest.mark.parametrize("way", ["left out", "reordered", "replaced"])
def test_a_hub_and_who_was_removed_cannot_hide_the_removal_from_who_is_let_in(way):
    """Each entry is signed and names the one before it by its hash: the inviter vouches for all of them."""

    @scenario
    async def lie(world, clients):
        room, [ann, bob, eve] = await kitchen(world, clients, "ann", "bob", "eve")
        cid, dan = await join(world, clients, "cid", "dan")
        await ann.remove(room, "eve")
        await ann.set_role(room, "bob", MemberRole.MODERATOR)
        stream = dan.events()
        log, invited = ann._engine.state.log_of(room), MemberChange(cid._engine.state.user, Role.MEMBER)

        def hide(frame):
            if not isinstance(frame, Members):
                return [frame]
            let_in, promoted, removed, *rest = frame.items
            match way:
                case "left out":
                    items = [let_in, promoted, *rest]
                case "reordered":
                    items = [let_in, removed, promoted, *rest]
                case _:
                    fake = forged_change(eve, log, removed.entry, invited)
                    items = [let_in, promoted, MembersItem(removed.seq, removed.previous, fake), *rest]
            return [Members(frame.log, frame.seq, items)]

        clients.machines["dan"].attack = hide
        async with meanwhile(ann.invite(room, ["dan"])):
            await until(lambda: bool(taken(stream, Alarm)))
        assert taken(stream, Alarm)[0].kind is AlarmKind.FORBIDDEN_CHANGE
        assert not is_in(dan)
        assert dan._engine.state.logs[log].is_stopped
        assert roles(bob)["bob"] == MemberRole.MODERATOR.value

    lie()


@scenario
async def test_a_removal_replaced_in_the_log_itself_is_found_out_by_who_reads_all_of_it(world, clients):
    """The hub chains the log anew for the newcomer: all fits together, but not what the inviter signed."""
    room, [ann, _, eve] = await kitchen(world, clients, "ann", "bob", "eve", keeps_history=True)
    cid, dan = await join(world, clients, "cid", "dan")
    await ann.remove(room, "eve")
    stream = dan.events()
    log, invited = ann._engine.state.log_of(room), MemberChange(cid._engine.state.user, Role.MEMBER)

    def replace_removal(frame):
        if not isinstance(frame, Entries) or frame.log != log:
            return [frame]
        first, removed, *rest = frame.items
        fake = forged_change(eve, log, decode_entry(removed), invited)
        return [replace(frame, items=[first, msgspec.Raw(encode(fake)), *rest])]

    clients.machines["dan"].attack = replace_removal
    async with meanwhile(ann.invite(room, ["dan"])):
        await until(lambda: bool(taken(stream, Alarm)))
    assert taken(stream, Alarm)[0].kind is AlarmKind.FORBIDDEN_CHANGE
    assert not is_in(dan)


@scenario
async def test_who_joins_by_a_hubs_own_story_is_counted_by_nobody_else(world, clients, monkeypatch):
    """An outsider must believe the hub what they follow; the others know that nobody followed that."""
    _, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    [dan] = await join(world, clients, "dan")
    streams = [client.events() for client in (ann, bob)]

    def tell_another_story(rooms, _, log, statement):
        if statement.membership_hash != b"f" * 32:
            raise StaleView(View(log.membership_seq, rooms._directory.seq), b"f" * 32)

    monkeypatch.setattr(Rooms, "check", tell_another_story)
    async with meanwhile(dan.join_room("kitchen")):
        await until(lambda: all(taken(stream, Alarm) for stream in streams))
    assert roles(ann) == roles(bob) == {"ann": "owner", "bob": "member"}
    assert not is_in(dan)


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
