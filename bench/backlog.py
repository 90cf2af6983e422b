"""A hub with messages that somebody missed: written by real clients, so that real keys wait in an inbox.

Made once and kept in `/var/tmp/lanmsg-bench`; every round starts with a copy. `READER` has joined, so
every sender shares its keys with it, and was gone before the first message.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path

from bench import world
from lanmsg.client import EVERYONE, Client, ClientSettings

READER = "reader"
SENDERS = 10
BYSTANDERS = 220
"""People of the same hub, to whom the keys are sent too: 200 who catch up at once, 20 who talk meanwhile."""
TEXT = "x" * 128
_NAMES = ("anna", "bela", "cyril", "dora", "emil", "fritz", "greta", "hugo", "iris", "jonas")
_MADE = "made"
_TURN = 20
"""Messages one sender writes before it is another's turn."""
_TIMEOUT_S = 600.0


def make_backlog(cache: Path, messages: int) -> Path:
    """Return the directory of a hub with so many messages to everyone; made once, in minutes."""
    home = cache / f"backlog-{messages}"
    if (home / _MADE).exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(world.make_world(cache, BYSTANDERS), home)
    with world.running_hub(home / world.HUB, home / "hub.log") as (_, port):
        asyncio.run(_write(home, port, messages))
    (home / _MADE).touch()
    return home


def copy_backlog(home: Path, directory: Path) -> None:
    """Copy hub and reader, as they were before the reader came back."""
    shutil.copytree(home / world.HUB, directory / world.HUB)
    shutil.copytree(home / READER, directory / READER)


def open_person(home: Path, name: str, port: int) -> Client:
    """Return a real client with its store below `home`."""
    return Client(ClientSettings(home=home / name, hub=f"127.0.0.1:{port}", name=name))


async def _write(home: Path, port: int, messages: int) -> None:
    async with open_person(home, READER, port) as reader:
        await reader.synced()
    async with contextlib.AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(open_person(home, name, port)) for name in _NAMES]
        async with asyncio.timeout(_TIMEOUT_S):
            while any(len(sender.people()) < BYSTANDERS + SENDERS + 1 for sender in senders):
                await asyncio.sleep(0.1)
            for turn in range(messages // _TURN):
                await _write_some(senders[turn % SENDERS])
    for name in _NAMES:
        shutil.rmtree(home / name)


async def _write_some(sender: Client) -> None:
    messages = [await sender.send(EVERYONE, TEXT) for _ in range(_TURN)]
    await sender.wait_sent(messages[-1].id)
