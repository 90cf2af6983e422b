"""A real hub in a process, and people at it: native clients here, web clients in Node."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from lanmsg.client import Client, ClientSettings
from tests.cli.hub_runner import HubRun

from .web_client import WAIT_S, WebClient


@dataclass
class Site:
    """A hub that may be killed and started again at the same address, and who is there."""

    directory: Path
    options: tuple[str, ...] = ()
    hub: HubRun | None = None
    address: str = "127.0.0.1:0"
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def start_hub(self) -> None:
        self.hub = HubRun(
            "--data",
            self.directory / "hub",
            "--listen",
            self.address,
            "--message-rate",
            "0",
            *self.options,
        ).ready()
        self.address = f"127.0.0.1:{self.hub.port}"

    def kill_hub(self) -> None:
        assert self.hub is not None
        self.hub.stop(signal.SIGKILL)

    def stop_hub(self) -> None:
        assert self.hub is not None
        self.hub.stop()

    async def web(self, name: str) -> WebClient:
        """A person in a browser."""
        client = await WebClient.start()
        self.stack.push_async_callback(client.stop)
        assert await client.open(self.address, name) == name
        return client

    async def native(self, name: str) -> Client:
        """A person with the Python client."""
        settings = ClientSettings(home=self.directory / name, name=name, hub=self.address)
        return await self.stack.enter_async_context(Client(settings))


@contextlib.asynccontextmanager
async def open_site(directory: Path, *options: str) -> AsyncIterator[Site]:
    site = Site(directory, options)
    site.start_hub()
    try:
        async with site.stack:
            yield site
    finally:
        if site.hub is not None and site.hub.process.poll() is None:
            site.kill_hub()


def on_site(directory: Path, main: Callable[[Site], Coroutine[object, object, None]], *options: str) -> None:
    async def run() -> None:
        async with open_site(directory, *options) as site:
            await main(site)

    asyncio.run(run())


async def eventually(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(WAIT_S):
        while not is_so():  # noqa: ASYNC110 - what is looked at is in another process
            await asyncio.sleep(0.05)


async def heard(client: Client, text: str) -> str:
    """Wait until a message can be read in a client's store; return its author."""

    def authors() -> list[str]:
        pages = (client.history(conversation, limit=200) for conversation in client.conversations())
        return [message.sender for page in pages for message in page if message.text == text]

    await eventually(authors)
    return authors()[0]
