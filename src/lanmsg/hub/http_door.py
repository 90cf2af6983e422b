"""Where HTTP connections arrive: limits, loading the HTTP side when the first one comes, and WebSockets.

aiohttp takes a third of a second and 12 MiB to load *(measured)*. Most hubs in most hours have native
clients only, so it is loaded by the first connection that wants it, on a thread, while that one waits.

A connection that becomes a WebSocket leaves the HTTP side: from then on it is a client like any other.
"""

import asyncio
import importlib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol, cast

import structlog

from lanmsg.hub.hub import HubStatistics
from lanmsg.hub.join_page import JoinFacts
from lanmsg.net.link import LinkHandler

MAX_HTTP_CONNECTIONS: Final = 512
"""HTTP connections in all: a class that opens the page at the same moment."""
MAX_HTTP_CONNECTIONS_PER_ADDRESS: Final = 48
"""The same, from one address: browsers open six, and several people may share an address."""
MAX_HELD_BYTES: Final = 16 * 1024
"""What a connection may send ahead while the HTTP side is being loaded."""

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMaker:
    """What makes a WebSocket a client's link.

    Attributes:
        admit: counts one more connection from this IP address that has not logged in; False if there
            are too many (`net.listening.ConnectionGate`).
        make_handler: makes the handler of a new link.
        certificate_hash: the hash of the certificate the hub uses now.
    """

    admit: Callable[[str], bool]
    make_handler: Callable[[], LinkHandler]
    certificate_hash: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSite:
    """What the HTTP side shows, and who may see it.

    `names` are what this hub is called, beside its addresses, in lower case. `authority` gives its own
    authority's certificate (DER); nothing if it has none.
    """

    facts: Callable[[], JoinFacts]
    statistics: Callable[[], HubStatistics]
    is_healthy: Callable[[], bool]
    links: LinkMaker
    names: frozenset[str] = frozenset()
    authority: Callable[[], bytes] = bytes
    metrics_public: bool = False


class HttpServer(Protocol):
    """Makes the protocol of each connection; `hub.http` has one."""

    def make_protocol(self, transport: asyncio.Transport) -> asyncio.Protocol:
        """Return the protocol that takes this transport over."""
        ...


class HttpDoor:
    """Admits HTTP connections. `make_protocol` is for `net.listening.listen`, `serve` for one task."""

    def __init__(self, site: HubSite) -> None:
        self._site = site
        self._server: HttpServer | None = None
        self._is_closed = False
        self._first_came = asyncio.Event()
        self._waiting: set[Entrance] = set()
        self._open: Counter[str] = Counter()
        self.refused_count = 0
        """Connections refused since the start."""

    def make_protocol(self) -> asyncio.BaseProtocol:
        """Return the first protocol of a new connection."""
        return Entrance(self)

    async def serve(self) -> None:
        """Load the HTTP side when the first connection comes; end all of them when cancelled."""
        try:
            await self._first_came.wait()
            await self._serve()
        except Exception:  # the messages go on without the pages
            log.exception("bug in the http side")
        finally:
            self._is_closed = True
            for entrance in self._waiting:
                entrance.transport.abort()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        http = await loop.run_in_executor(None, importlib.import_module, "lanmsg.hub.http")
        serve = cast("Callable[[HubSite], AbstractAsyncContextManager[HttpServer]]", http.serve)
        async with serve(self._site) as self._server:
            waiting, self._waiting = self._waiting, set()
            for entrance in waiting:
                entrance.enter(self._server)
            await loop.create_future()

    def arrived(self, entrance: "Entrance") -> None:
        """A connection is there: let it in, let it wait, or hang up."""
        if self._is_closed or not self._admit(entrance.address):
            self.refused_count += 1
            entrance.transport.abort()
            return
        entrance.is_admitted = True
        if self._server is not None:
            entrance.enter(self._server)
        else:
            self._waiting.add(entrance)
            self._first_came.set()

    def _admit(self, address: str) -> bool:
        if self._open.total() >= MAX_HTTP_CONNECTIONS:
            return False
        if self._open[address] >= MAX_HTTP_CONNECTIONS_PER_ADDRESS:
            return False
        self._open[address] += 1
        return True

    def left(self, entrance: "Entrance") -> None:
        """A connection that was admitted is gone, or no HTTP any more."""
        self._waiting.discard(entrance)
        self._open[entrance.address] -= 1
        if not self._open[entrance.address]:
            del self._open[entrance.address]


class Entrance(asyncio.Protocol):
    """Stands between the transport and aiohttp's protocol: holds bytes back, and knows when it ends."""

    transport: asyncio.Transport
    address: str

    def __init__(self, door: HttpDoor) -> None:
        self._door = door
        self._inner: asyncio.Protocol | None = None
        self._held = bytearray()
        self.is_admitted = False

    def enter(self, server: HttpServer) -> None:
        """Go on with aiohttp."""
        self._inner = server.make_protocol(self.transport)
        self._inner.connection_made(self.transport)
        if self._held:
            self._inner.data_received(bytes(self._held))
            self._held.clear()

    def hand_over(self, protocol: asyncio.Protocol) -> None:
        """Give the connection to another protocol; for aiohttp it ends here."""
        inner, self._inner = self._inner, None
        assert inner is not None, "only the http side hands over"
        inner.connection_lost(None)
        self._leave()
        if not self.transport.is_reading():  # aiohttp has its own reasons to stop it
            self.transport.resume_reading()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)

    def _leave(self) -> None:
        if self.is_admitted:
            self.is_admitted = False
            self._door.left(self)

    # --- asyncio.Protocol --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self.transport = cast("asyncio.Transport", transport)
        self.address = transport.get_extra_info("peername")[0]
        self._door.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Hand on, or hold back."""
        if self._inner is not None:
            self._inner.data_received(data)
            return
        self._held += data
        if len(self._held) > MAX_HELD_BYTES:
            self.transport.abort()

    def eof_received(self) -> bool | None:
        """The other side sends no more; while it still waits, it gets its answer nevertheless."""
        return True if self._inner is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand on."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on, and leave."""
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._leave()
