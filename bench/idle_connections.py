"""Clients that only stay: logged in, they send heartbeats and count the answers."""

import asyncio
from typing import Final, Protocol

from bench.connections import BUFFER, Connection
from bench.hub_client import HubClient
from bench.people import Person
from lanmsg.wire.codec import decode_hub_frame, encode_frame
from lanmsg.wire.frames import Ping

GREETING_TIMEOUT_S: Final = 60.0
_TAG_AT: Final = 1
"""In a hub's frame: behind the array's header."""
_PRESENCE_TAG: Final = 65
_PONG_TAG: Final = 67


class IdleConnection(Protocol):
    """A client at rest."""

    is_lost: bool

    @property
    def pongs(self) -> int:
        """Heartbeats that were answered."""
        ...

    def ping(self) -> None:
        """Send a heartbeat."""


class RestingConnection(Connection):
    """A client of any server whose heartbeats are all answered alike."""

    def __init__(self, ping: bytes) -> None:
        super().__init__()
        self.pongs = 0
        self._ping = ping
        self._pong = b""
        self._text = bytearray()
        self._arrived = asyncio.Event()

    def ping(self) -> None:
        """Send a heartbeat."""
        self.transport.write(self._ping)

    async def ask(self, request: bytes, marker: bytes) -> None:
        """Send this, and wait until what came since has `marker` in it. Raises ConnectionError."""
        self._text.clear()
        self.transport.write(request)
        async with asyncio.timeout(GREETING_TIMEOUT_S):
            while marker not in self._text:
                if self.is_lost:
                    raise ConnectionError(f"the server hung up: {bytes(self._text[-200:])!r}")
                self._arrived.clear()
                await self._arrived.wait()

    async def rest(self, pong: bytes) -> None:
        """See one heartbeat answered, and from here on count what says `pong`.

        Not the bytes: a server may send a heartbeat of its own, as NATS does two seconds after a login,
        and that one is as long as an answer.
        """
        await self.ask(self._ping, pong)
        self._pong = pong
        self._text.clear()

    def buffer_updated(self, nbytes: int) -> None:
        """Count, or keep for whoever waits."""
        self._text += BUFFER[:nbytes]
        if self._pong:
            self._count()
        else:
            self._arrived.set()

    def _count(self) -> None:
        """Count the answers, and keep the end: it may be the beginning of one."""
        *answers, end = self._text.split(self._pong)
        self.pongs += len(answers)
        self._text = end[1 - len(self._pong) :]

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        super().connection_lost(exc)
        self._arrived.set()


class IdleHubClient(HubClient):
    """A device at the hub; what the hub tells it of others passes unread."""

    _PING: Final = encode_frame(Ping())

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.pongs = 0

    def ping(self) -> None:
        """Send a heartbeat."""
        self.transport.write(self._PING)

    def buffer_updated(self, nbytes: int) -> None:
        """Decode what the login waits for, count `pong` frames."""
        for payload in self._splitter.feed(BUFFER[:nbytes]):
            tag = payload[_TAG_AT]
            if tag == _PONG_TAG:
                self.pongs += 1
            elif tag != _PRESENCE_TAG and (frame := decode_hub_frame(payload)) is not None:
                self._waiting.append(frame)
                self._arrived.set()
