"""A bot that answers every message with its own text: `python examples/echo_bot.py [HOST:PORT]`."""

import asyncio
import sys
from pathlib import Path

from lanmsg.client import Client, ClientSettings, MessageAdded, MessageState


async def echo(client: Client) -> None:
    """Answer for ever, what came while we were away too. Messages that can't be read have no text."""
    async for event in client.events():
        if isinstance(event, MessageAdded) and event.message.state is MessageState.RECEIVED:
            await client.send(event.message.conversation, event.message.text)


async def main() -> None:
    """Connect to the hub of the command line, or to the one that is here."""
    hub = sys.argv[1] if len(sys.argv) > 1 else None
    settings = ClientSettings(home=Path.home() / ".lanmsg-echo", hub=hub, name="echo")
    async with Client(settings) as client:
        print(f"I am @{client.handle} at {client.hub_address}. Ctrl-C ends me.", flush=True)  # noqa: T201
        await echo(client)


if __name__ == "__main__":
    asyncio.run(main())
