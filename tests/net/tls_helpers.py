"""What the tests of TLS share: both event loops, a hub's identity, and a listener on loopback."""

import asyncio
import contextlib
from pathlib import Path

import aiofastnet

from lanmsg.net.conformance import RecordingHandler
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.listening import ConnectionGate, listen
from lanmsg.net.tls import server_tls
from lanmsg.wire.addresses import Address

ON_LOOPBACK = [Address("127.0.0.1", 0)]
LOOPS = {"asyncio": asyncio.new_event_loop, "aiofastnet": aiofastnet.loop_factory()}


def run_on(loop_name, main):
    """Run to the end; what nobody caught fails the test."""
    problems = []
    with asyncio.Runner(loop_factory=LOOPS[loop_name]) as runner:
        loop = runner.get_loop()
        loop.set_exception_handler(lambda _, context: problems.append(context))
        result = runner.run(main)
    assert problems == []
    return result


class Door:
    """A listener on loopback that remembers the handlers it made."""

    def __init__(self, directory: Path, **limits):
        self.identity = HubIdentity.load_or_create(directory)
        self.gate = ConnectionGate(**limits)
        self.handlers: list[RecordingHandler] = []
        self.listener = None

    def make_handler(self):
        self.handlers.append(RecordingHandler())
        return self.handlers[-1]

    @contextlib.asynccontextmanager
    async def open(self, addresses=ON_LOOPBACK, **options):
        self.listener = await listen(
            addresses,
            tls=lambda: server_tls(self.identity),
            make_handler=lambda: self.make_handler(),  # a test may have replaced it
            gate=self.gate,
            **options,
        )
        try:
            yield self
        finally:
            self.listener.close()
            await self.listener.wait_closed()

    @property
    def place(self):
        """The address as sockets want it."""
        return self.address.host, self.address.port

    @property
    def address(self):
        return self.listener.addresses[0]

    async def handler(self):
        """The handler of the newest link."""
        await eventually(lambda: self.handlers and self.handlers[-1].links)
        return self.handlers[-1]


async def eventually(is_so):
    """Wait, a few seconds at most, for something that other tasks bring about."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - tests look at what has no event
            await asyncio.sleep(0)
