"""Library clients in the process of a test, for tests of hubs in processes of their own."""

import asyncio
import contextlib
from functools import partial

from lanmsg.client import Client, ClientSettings
from lanmsg.net import discovery
from lanmsg.wire.errors import LanmsgError

close_at = (LanmsgError, TimeoutError)
"""What opening a client, or a verb, may raise while its hub dies."""


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


async def soon(is_so, timeout_s=20):
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110 - what it looks at has no event
            await asyncio.sleep(0.01)
