"""Library clients in the process of a test, for tests of hubs in processes of their own."""

import asyncio
import contextlib
from collections import defaultdict
from functools import partial

from lanmsg.client import Client, ClientSettings
from lanmsg.net import discovery
from lanmsg.wire.errors import LanmsgError

close_at = (LanmsgError, TimeoutError)
"""What opening a client, or a verb, may raise while its hub dies."""


NOBODYS_MESSAGE = bytes(16)


def stay_here(monkeypatch):
    """Keep clients that look for their lost hub on this machine."""
    here = partial(discovery.find_hubs, reach=discovery.Reach.THIS_MACHINE)
    monkeypatch.setattr(discovery, "find_hubs", here)


def open_client(hub, home, name):
    return Client(ClientSettings(home=home, hub=hub.address, name=name))


@contextlib.asynccontextmanager
async def people_at(hub, directory, names):
    """These people at a hub, each with a home in the directory; all of them know each other."""
    async with contextlib.AsyncExitStack() as stack:
        people = [await stack.enter_async_context(open_client(hub, directory / name, name)) for name in names]
        await soon(lambda: all(len(person.people()) >= len(names) for person in people))
        for person in people:
            async with asyncio.timeout(20):
                await person.synced()
        yield people


async def all_have_all(people):
    """Wait until nobody's message waits, and everybody has what anybody has.

    A message counts as sent before its entry has come back to its sender, so that is waited for as well.
    """
    await soon(lambda: all(not person.waiting and [None] not in ends([person]).values() for person in people))
    for person in people:
        await stored(person)
    await soon(lambda: all(len(set(each)) == 1 for each in ends(people).values()))


async def stored(person):
    """Wait until all that a client has taken so far can be read: its history shows what is on its disk."""
    assert not await person.withdraw(NOBODYS_MESSAGE)  # changes nothing, and waits for its turn


def ends(people):
    """How many messages of each conversation these people have, by the names of those who are in it."""
    found = defaultdict(list)
    for person in people:
        found["#"].append(end(person, "#"))
        for other in person.people():
            if not other.is_me:
                found[frozenset({person.handle, other.handle})].append(end(person, f"@{other.handle}"))
    return found


def end(person, target):
    """How many messages of a conversation somebody has; None while one of their own has no place yet."""
    newest = person.history(person.conversation(target), limit=1)
    return (newest[-1].seq or None) if newest else 0


async def soon(is_so, timeout_s=20):
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110 - what it looks at has no event
            await asyncio.sleep(0.01)
