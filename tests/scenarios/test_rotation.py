"""A sending session ends when somebody goes who has its key from others: the past that they were handed."""

import pytest

from .test_linking import link
from .test_readers import sessions_of
from .test_rooms import kitchen
from .world import join, say, scenario, shows, texts, until


def follows(client, author, target: str) -> bool:
    """Tell whether a client has a key of the newest message's session."""
    session = sessions_of(author, target)[-1]
    return client._engine._keys.receiving(session, author._engine.state.device) is not None


@pytest.mark.parametrize("target", ["#", "@ann", "@ann,@cid", "@kitchen"])
def test_a_device_that_was_handed_the_past_and_cut_off_reads_nothing_more_of_who_was_silent(target):
    @scenario
    async def attack(world, clients):
        ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
        room = await ann.create_room("kitchen")
        await ann.invite(room, ["bob", "cid"])
        await until(lambda: all(client.room("kitchen").is_mine for client in (bob, cid)))
        await say(bob, target, "before")
        mine = {"@ann": "@bob", "@ann,@cid": "@bob,@cid"}.get(target, target)
        await shows(ann, mine, ["before"])
        tablet = await link(world, clients, ann)
        await until(lambda: texts(tablet, mine) == ["before"])
        assert follows(tablet, bob, target)
        await ann.revoke_device(tablet._engine.state.device)
        await until(lambda: bob.person("ann").devices == 1)
        await say(bob, target, "after")
        await shows(ann, mine, ["before", "after"])
        assert not follows(tablet, bob, target)

    attack()


@pytest.mark.parametrize("is_put_out", [False, True])
def test_who_was_handed_the_past_of_a_room_and_goes_reads_nothing_more_of_who_was_silent(is_put_out):
    @scenario
    async def attack(world, clients):
        room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
        await say(bob, "@kitchen", "before")
        await shows(ann, "@kitchen", ["before"])
        [cid] = await join(world, clients, "cid")
        await cid.join_room("kitchen")
        await until(lambda: texts(cid, "@kitchen") == ["before"])
        assert follows(cid, bob, "@kitchen")
        await (ann.remove(room, "cid") if is_put_out else cid.leave(room))
        await until(lambda: len(bob.members(bob.room("kitchen").conversation)) == 2)
        await say(bob, "@kitchen", "after")
        await shows(ann, "@kitchen", ["before", "after"])
        assert not follows(cid, bob, "@kitchen")

    attack()


@scenario
async def test_the_session_ends_for_good_although_the_sender_is_started_again(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(bob, "#", "before")
    await shows(ann, "#", ["before"])
    tablet = await link(world, clients, ann)
    await until(lambda: texts(tablet, "#") == ["before"])
    machine = clients.machines["bob"]
    await ann.revoke_device(tablet._engine.state.device)
    await until(lambda: bob.person("ann").devices == 1)
    await clients.crash(machine, bob)
    bob = await clients.open(machine)
    await say(bob, "#", "after")
    await shows(ann, "#", ["before", "after"])
    assert not follows(tablet, bob, "#")


@scenario
async def test_who_comes_or_is_made_a_moderator_ends_no_session(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await say(bob, "@kitchen", "before")
    [cid] = await join(world, clients, "cid")
    await cid.join_room("kitchen")
    await ann.set_role(room, "cid", "moderator")
    await until(lambda: len(bob.members(bob.room("kitchen").conversation)) == 3)
    await say(bob, "@kitchen", "after")
    await shows(ann, "@kitchen", ["before", "after"])
    assert len(set(sessions_of(bob, "@kitchen"))) == 1


@scenario
async def test_a_direct_chat_with_others_goes_on_when_somebody_else_s_device_is_cut_off(world, clients):
    ann, bob, _ = await join(world, clients, "ann", "bob", "cid")
    await say(bob, "@cid", "before")
    tablet = await link(world, clients, ann)
    await ann.revoke_device(tablet._engine.state.device)
    await until(lambda: bob.person("ann").devices == 1 and not bob.waiting)
    await say(bob, "@cid", "after")
    await until(lambda: not bob.waiting)
    assert len(set(sessions_of(bob, "@cid"))) == 1
