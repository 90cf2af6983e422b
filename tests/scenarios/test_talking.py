"""Two people on a network talk."""

import asyncio

from lanmsg.client import EVERYONE, MessageState

from .virtual_loop import run
from .world import World, texts, until


def test_a_direct_message_reaches_that_person_only() -> None:
    async def scenario() -> None:
        world = World(asyncio.get_running_loop())
        world.start_hub()
        async with world.people("ann", "bob", "cid") as (ann, bob, cid):
            sent = await ann.send(ann.conversation("@bob"), "hi bob")
            message = await ann.wait_sent(sent.id, timeout_s=5)
            assert message.state is not MessageState.WAITING
            await until(lambda: texts(bob, "@ann") == ["hi bob"])
            assert texts(cid, "#") == []
            assert cid.history(cid.conversation("@ann")) == []
            await until(lambda: ann.history(ann.conversation("@bob"))[-1].state is MessageState.DELIVERED)

    run(scenario())


def test_a_message_to_everyone_reaches_everyone_in_one_order() -> None:
    async def scenario() -> None:
        world = World(asyncio.get_running_loop())
        world.start_hub()
        async with world.people("ann", "bob", "cid") as people:
            for number in range(20):
                for client in people:
                    await client.send(EVERYONE, f"{client.handle} {number}")
            for client in people:
                await until(lambda client=client: len(texts(client, "#")) == 60)
                assert all(m.seq for m in client.history(EVERYONE, limit=100))
            assert texts(people[0], "#") == texts(people[1], "#") == texts(people[2], "#")

    run(scenario())
