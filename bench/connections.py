"""One connection of the generator: bytes in, counts out, with as little work as Python allows.

All connections share one buffer to read into: it is used up before the next read.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

READ_BYTES: Final = 256 * 1024
"""As much as aiofastnet reads at once."""
BUFFER: Final = memoryview(bytearray(READ_BYTES))

Count = Callable[[int], None]


def ignore(_count: int) -> None:
    """Count nothing."""


class Connection(asyncio.BufferedProtocol):
    """The base of all clients of all servers.

    `on_delivered` is told how many messages came, `on_acknowledged` how many of ours the server took.
    """

    def __init__(self) -> None:
        self.on_delivered: Count = ignore
        self.on_acknowledged: Count = ignore
        self.transport: asyncio.Transport
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it: a run that lost a connection counts for nothing."""
        self.is_lost = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the one buffer."""
        return BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        raise NotImplementedError

    def send(self, count: int) -> int:
        """Send the next `count` messages in one write; return how many there were, if fewer are left."""
        raise NotImplementedError


class FixedSizeConnection(Connection):
    """Counts messages that all have the same size, by their bytes.

    Only once `start_counting` was called, on a connection that is silent apart from messages; before,
    what comes is kept for whoever greets the server.
    """

    def __init__(self, *, message_bytes: int, packet: bytes) -> None:
        super().__init__()
        self._message_bytes = message_bytes
        self._packet = packet
        self._received_bytes = 0
        self._counted = 0
        self._is_counting = False
        self._arrived = asyncio.Event()
        self.text = bytearray()

    def start_counting(self) -> None:
        """From here on every byte belongs to a message."""
        self._is_counting = True
        self.text.clear()

    def buffer_updated(self, nbytes: int) -> None:
        """Count, or keep."""
        if not self._is_counting:
            self.text += BUFFER[:nbytes]
            self._arrived.set()
            return
        self._received_bytes += nbytes
        count = self._received_bytes // self._message_bytes
        if count > self._counted:
            new, self._counted = count - self._counted, count
            self.on_delivered(new)

    async def until(self, marker: bytes) -> None:
        """Wait until this stands in what came while we were not counting."""
        async with asyncio.timeout(60):
            while marker not in self.text:
                self._arrived.clear()
                await self._arrived.wait()

    def send(self, count: int) -> int:
        """Send the one packet so often."""
        self.transport.write(self._packet * count)
        return count
