"""R-12: readers at 1 KiB/s and readers who are stuck, beside a crowd that talks, on a real hub.

Nobody else is held up, the hub's memory stays bounded, and who was slow has everything in the end. `make
deep-crowds` has 20 of each sort for two minutes; `make test` a few for a moment.
"""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from tests.faults.crowd import figure
from tests.processes import Hub
from tests.records import keep

from lanmsg.client import EVERYONE, Client, ClientSettings, MessageState

SLOW = figure("LANMSG_SLOW_READERS", 1)
STUCK = figure("LANMSG_STUCK_READERS", 1)
TALKERS = 4
SECONDS = figure("LANMSG_SLOW_SECONDS", 3)
SLOW_BYTES = 1024
TEXT = "x" * 4000
EVERY_S = 0.25
MAX_GROWTH_MIB = 16 + 5 * (SLOW + STUCK)
"""Each connection may have 4 MiB unsent, and what its socket takes."""
WAIT_S = 300


class SlowPath:
    """Connections to the hub that pass everything until `is_slow`; then `bytes_per_s` at most, 0: nothing."""

    def __init__(self, hub_port, bytes_per_s):
        self._hub_port = hub_port
        self._bytes_per_s = bytes_per_s
        self.is_slow = False

    async def start(self):
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self):
        self._server.close()
        await self._server.wait_closed()
        await asyncio.sleep(0.1)  # whoever has left is hung up on

    async def _connect(self, reader, writer):
        back, on = await asyncio.open_connection("127.0.0.1", self._hub_port, limit=SLOW_BYTES)
        try:
            await asyncio.gather(self._pass_on(reader, on), self._pass_back(back, writer))
        finally:
            for each in (on, writer):
                each.transport.abort()

    async def _pass_on(self, source, target):
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        target.close()

    async def _pass_back(self, source, target):
        with contextlib.suppress(OSError):
            while data := await source.read(SLOW_BYTES):
                while self.is_slow and not self._bytes_per_s:  # noqa: ASYNC110 - it is stuck
                    await asyncio.sleep(0.1)
                target.write(data)
                await target.drain()
                if self.is_slow:
                    await asyncio.sleep(len(data) / self._bytes_per_s)
        target.close()


class Talk:
    """The readers, and the talkers with how long each of their messages took to be acknowledged."""

    def __init__(self, home, hub):
        self.home, self.hub = home, hub
        self.stack = contextlib.AsyncExitStack()
        self.paths = []
        self.readers, self.talkers = [], []
        self.written = 0

    async def begin(self):
        for count, bytes_per_s in ((SLOW, SLOW_BYTES), (STUCK, 0)):
            path = SlowPath(self.hub.port, bytes_per_s)
            address = await path.start()
            self.stack.push_async_callback(path.stop)
            self.paths.append(path)
            self.readers += [await self._open(f"r{bytes_per_s}n{each}", address) for each in range(count)]
        self.talkers = [await self._open(f"talker{each}", self.hub.address) for each in range(TALKERS)]

    async def _open(self, name, address) -> Client:
        settings = ClientSettings(home=self.home / name, name=name, hub=address)
        client = await self.stack.enter_async_context(Client(settings))
        await client.synced()
        return client

    async def talk(self, *, is_slow):
        """Talk for a while; return the times (s) to the acknowledgement, in order of size."""
        for path in self.paths:
            path.is_slow = is_slow
        took_s = await asyncio.gather(*(self._talk(client) for client in self.talkers))
        return sorted(each for times in took_s for each in times)

    async def _talk(self, client):
        took_s, end_s = [], time.monotonic() + SECONDS
        while time.monotonic() < end_s:
            started_s = time.monotonic()
            self.written += 1
            message = await client.send(EVERYONE, f"{self.written} {TEXT}")
            async with asyncio.timeout(WAIT_S):
                while client.message(message.id).state is MessageState.WAITING:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
            took_s.append(time.monotonic() - started_s)
            await asyncio.sleep(EVERY_S)
        return took_s

    async def end(self):
        """Let everything pass again, and wait until everybody has everything."""
        for path in self.paths:
            path.is_slow = False
        async with asyncio.timeout(WAIT_S):
            while any(self.lacks(each) for each in (*self.readers, *self.talkers)):  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    def lacks(self, client):
        """Tell how many messages somebody can't read of those written since all were there."""
        page = client.history(EVERYONE, limit=100_000)
        return self.written - len({each.text for each in page if not each.reason})


def resident_mib(pid):
    """Return how much memory a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.timeout(3 * WAIT_S + 3 * SECONDS)
def test_slow_and_stuck_readers_hold_nobody_up_and_have_everything_in_the_end(tmp_path, capsys):
    async def main(hub):
        talk = Talk(tmp_path, hub)
        async with talk.stack:
            await talk.begin()
            alone_s = await talk.talk(is_slow=False)
            before = resident_mib(hub.process.pid)
            beside_s = await talk.talk(is_slow=True)
            lacked = [talk.lacks(each) for each in talk.readers]
            growth = resident_mib(hub.process.pid) - before
            await talk.end()
            return talk.written, alone_s, beside_s, lacked, growth

    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        written, alone_s, beside_s, lacked, growth = asyncio.run(main(hub))
    figures = {
        "slow": SLOW,
        "stuck": STUCK,
        "messages": written,
        "messages at most that a reader was behind": max(lacked),
        "ms in the middle to an acknowledgement without them": round(1000 * middle(alone_s)),
        "ms beside them": round(1000 * middle(beside_s)),
        "MiB that the hub grew": round(growth),
    }
    is_held_up = middle(beside_s) > 10 * middle(alone_s) + 1
    violations = (growth > MAX_GROWTH_MIB) + is_held_up
    line = keep("slow and stuck readers", figures, violations=violations, plan="R-12")
    with capsys.disabled():
        print(f"\n  {line}")  # noqa: T201 - the figures of a run belong to its result
    assert max(lacked) > 0, "nobody was slow"
    assert growth <= MAX_GROWTH_MIB
    assert not is_held_up


def middle(times):
    """Return the one in the middle."""
    return times[len(times) // 2]
