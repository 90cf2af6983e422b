"""Opening the client for a command, and running what the command does with it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Final, TypeVar

from lanmsg.chat.hub_words import new_hub_words
from lanmsg.cli.output import write_note
from lanmsg.client.errors import HubNotFound

if TYPE_CHECKING:
    from lanmsg.client import Client
    from lanmsg.client.settings import ClientSettings

T = TypeVar("T")
SYNC_TIMEOUT_S: Final = 10.0
"""How long a command waits for what the hub has for us: on a local network it takes a moment."""


def run_with_client(settings: "ClientSettings", use: "Callable[[Client], Awaitable[T]]") -> T:
    """Open the client, use it, close it."""

    async def open_and_use() -> T:
        from lanmsg.client import Client

        async with Client(settings) as client:
            note_new_hub(client)
            return await use(client)

    return run_async(open_and_use())


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run the one coroutine of a command. Ctrl+C cancels it, so that it ends in order."""
    return asyncio.run(work)


def note_new_hub(client: "Client") -> None:
    """Say with whom we talk, the first time: a person must see it to notice a false hub."""
    if client.is_new_hub:
        write_note(new_hub_words(client))


async def sync(client: "Client") -> None:
    """Wait for what the hub has for us; say so where it can't be had."""
    note = await catch_up(client)
    if note:
        write_note(note)


async def catch_up(client: "Client") -> str:
    """Wait for what the hub has for us; return what to say where it can't be had, else nothing."""
    if not client.is_online:
        return "lanmsg: the hub can't be reached now; this is what was here before"
    try:
        async with asyncio.timeout(SYNC_TIMEOUT_S):
            await client.synced()
    except TimeoutError:
        return "lanmsg: the hub is slow; what follows may not be all"
    return ""


def require_hub(client: "Client") -> None:
    """End the command where it is useless without the hub.

    Raises:
        HubNotFound: the hub can't be reached now.
    """
    if not client.is_online:
        raise HubNotFound(f"the hub at {client.hub_address} can't be reached now")
