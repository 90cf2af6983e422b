"""Reading a whole conversation page by page shows what `history` shows, whatever was done to its messages."""

import pytest

from lanmsg.client.model import EVERYONE

from .world import history, join, say, scenario, until


def paged(client, target, *, limit):
    """Return all pages of a conversation as one list."""
    after, messages = 0, []
    while after is not None:
        page = client.page(client.conversation(target), after=after, limit=limit)
        messages += page.messages
        after = page.next_after
    return messages


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_together_are_the_history(limit):
    @scenario
    async def read(world, clients):
        ann, bob = await join(world, clients, "ann", "bob")
        first, second, third = await say(ann, "@bob", "one", "two", "three")
        await until(lambda: len(history(bob, "@ann")) == 3)
        await ann.edit(first.id, "one, mended")
        await ann.delete(second.id)
        await bob.react(third.id, "👍")
        await say(bob, "@ann", "four")
        await until(lambda: len(history(ann, "@bob")) == 4 and history(ann, "@bob")[2].reactions != ())
        world.crash_hub()
        await until(lambda: not ann.is_online)
        await say(ann, "@bob", "waits")
        await ann.edit(third.id, "three, waiting to be mended")
        shown = paged(ann, "@bob", limit=limit)
        assert shown == history(ann, "@bob")
        assert [message.text for message in shown] == [
            "one, mended",
            "",
            "three, waiting to be mended",
            "four",
            "waits",
        ]

    read()


@scenario
async def test_the_conversations_are_those_in_which_something_was_said(world, clients):
    ann, bob, _ = await join(world, clients, "ann", "bob", "cid")
    assert ann.conversations() == []
    await say(ann, "@bob", "hello")
    assert ann.conversations() == [ann.conversation("@bob")]
    await say(bob, "#", "hello all")
    await until(lambda: ann.conversations() == [EVERYONE, ann.conversation("@bob")])
