"""A network in memory that does what networks do: delay, cut, reset, forget, and let readers be slow.

Links are like TCP: what arrives, arrives in order; what a cut path holds back comes when it is whole
again. Each chunk travels for a time of its own, so what is sent on one connection overtakes what was
sent before it on another.
"""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from lanmsg.net.link import CLOSE_TIMEOUT_S, HIGH_MARK_BYTES, LOW_MARK_BYTES, LinkHandler
from lanmsg.wire.codec import FrameSplitter
from lanmsg.wire.errors import LinkLost, RemoteError
from lanmsg.wire.limits import MAX_UNAUTHENTICATED_FRAME_BYTES

from .loop import SimulatedLoop

DIAL_TIMEOUT_S = 5.0
WINDOW_BYTES = 64 * 1024
"""What may be on the way to a reader who has not taken it yet."""
CERTIFICATE_HASH = bytes(range(32))


@dataclass
class Path:
    """One direction between two machines."""

    delay_s: float
    is_cut: bool = False
    bytes_per_s: float = 0.0
    """How fast the reader takes what comes; 0: at once."""
    held: "deque[Callable[[], None]]" = field(default_factory=deque)


@dataclass(frozen=True)
class Server:
    """Who listens: its process, and what makes the handler of a new link."""

    context: contextvars.Context
    accept: Callable[[], LinkHandler]


class Network:
    """All paths and links. `fired` counts what its faults really did to somebody."""

    def __init__(self, loop: SimulatedLoop, chance: Random) -> None:
        self.loop = loop
        self.chance = chance
        self.delay_s = 0.001
        self.commit_s = 0.004
        """Of the disks, for they are as fast or slow as everything else."""
        self.server: Server | None = None
        self.without_power: set[str] = set()
        self.pairs: list[tuple[SimulatedLink, SimulatedLink]] = []
        self.fired: Counter[str] = Counter()
        self.context = contextvars.copy_context()
        self._paths: dict[tuple[str, str], Path] = {}
        self._newest_sent_s: dict[str, float] = {}

    def listen(self, context: contextvars.Context, accept: Callable[[], LinkHandler]) -> None:
        """From now on the hub takes links."""
        self.server = Server(context, accept)

    def close_server(self, *, is_powered: bool) -> None:
        """The hub's process is gone."""
        self.server = None
        for _, hub_end in self.live():
            if not hub_end.is_gone:
                hub_end.die(is_powered=is_powered)

    def client_died(self, name: str, *, is_powered: bool) -> None:
        """A client's process is gone."""
        for client_end, _ in self.live():
            if client_end.name == name and not client_end.is_gone:
                client_end.die(is_powered=is_powered)

    def path(self, one: str, other: str) -> Path:
        """Return the way from one machine to another."""
        return self._paths.setdefault((one, other), Path(self.delay_s))

    def live(self) -> "list[tuple[SimulatedLink, SimulatedLink]]":
        """Return the links that somebody still takes for open, client's end first."""
        self.pairs = [pair for pair in self.pairs if not (pair[0].is_over and pair[1].is_over)]
        return self.pairs

    async def dial(self, me: str, handler: LinkHandler) -> "SimulatedLink":
        """Connect a client's machine to the hub."""
        there, back = self.path(me, "hub"), self.path("hub", me)
        if there.is_cut or back.is_cut or "hub" in self.without_power:
            self.fired["dial timed out"] += 1
            await asyncio.sleep(DIAL_TIMEOUT_S)
            raise LinkLost("nobody answers (timed out)")
        await asyncio.sleep(self._travel_s(there) + self._travel_s(back))
        if self.server is None:
            raise LinkLost("nobody answers (connection refused)")
        client = SimulatedLink(self, me, "hub", contextvars.copy_context())
        hub = SimulatedLink(self, "hub", me, self.server.context)
        client.peer, hub.peer = hub, client
        self.pairs.append((client, hub))
        client.attach(handler)
        self.loop.call_soon(partial(hub.attach, self.server.accept()), context=hub.context)
        return client

    def _travel_s(self, path: Path) -> float:
        return path.delay_s * (0.5 + self.chance.expovariate(1.0))

    # --- the way of a chunk ------------------------------------------------------------------

    def carry(self, to: "SimulatedLink", arrive: Callable[[], None], size: int) -> None:
        """Let something arrive at the end of a link, later, behind what was sent before it."""
        self.loop.note(size)
        path = self.path(to.peer_name, to.name)
        pace_s = size / path.bytes_per_s if path.bytes_per_s else 0.0
        now_s = self.loop.time()
        at_s = max(to.busy_until_s, now_s + self._travel_s(path)) + pace_s
        to.busy_until_s = at_s
        if path.bytes_per_s:
            self.fired["slow reader"] += 1
        to.on_the_way.append(partial(self._arrived, path, to, arrive, now_s))
        self.loop.call_at(at_s, self._next, to, context=self.context)

    def _next(self, to: "SimulatedLink") -> None:
        """Take the oldest: timers of the same moment ring in any order."""
        to.on_the_way.popleft()()

    def _arrived(self, path: Path, to: "SimulatedLink", arrive: Callable[[], None], sent_at_s: float) -> None:
        if path.is_cut:
            self.fired["one way cut" if not self.path(to.name, to.peer_name).is_cut else "partition"] += 1
            path.held.append(partial(self._arrived, path, to, arrive, sent_at_s))
            return
        if sent_at_s < self._newest_sent_s.get(to.name, 0.0):
            self.fired["overtaken"] += 1
        self._newest_sent_s[to.name] = max(sent_at_s, self._newest_sent_s.get(to.name, 0.0))
        arrive()

    def heal_all(self) -> None:
        """Make everything as it was. Connections that were forgotten stay so: their ends must find out."""
        for path in self._paths.values():
            path.delay_s = self.delay_s
            path.bytes_per_s = 0.0
            self.heal(path)

    def heal(self, path: Path) -> None:
        """Make a path whole; what it held back comes now, in order."""
        path.is_cut = False
        held, path.held = path.held, deque()
        for arrival in held:
            arrival()


class SimulatedLink:
    """One end of a connection. Implements `net.link.Link`."""

    is_same_machine = False
    certificate_hash = CERTIFICATE_HASH

    def __init__(self, network: Network, name: str, peer_name: str, context: contextvars.Context) -> None:
        self._network = network
        self._loop = network.loop
        self.name = name
        self.peer_name = peer_name
        self.remote = peer_name
        self.context = context
        self.peer: SimulatedLink
        self.busy_until_s = 0.0
        self.on_the_way: deque[Callable[[], None]] = deque()
        self._handler: LinkHandler | None = None
        self._splitter = FrameSplitter(max_frame_bytes=MAX_UNAUTHENTICATED_FRAME_BYTES)
        self._unsent = bytearray()
        self._unread = 0
        self._early: list[bytes] = []
        self._is_flush_due = False
        self._is_above_high_mark = False
        self._is_closing = False
        self._has_sent_end = False
        self._is_broken = False
        self.is_forgotten = False
        """Something between the two has forgotten the connection: nothing passes, and nobody is told."""
        self.is_gone = False
        """The process is dead, or its machine has no power: whoever sends to it is told so, or nothing."""
        self.is_over = False

    # --- Link --------------------------------------------------------------------------------

    @property
    def unsent_bytes(self) -> int:
        """Bytes the network has not taken."""
        return len(self._unsent)

    def send(self, data: bytes) -> None:
        """Send."""
        if self._is_closing or self.is_over or not data:
            return
        self._unsent += data
        self._is_above_high_mark = self._is_above_high_mark or len(self._unsent) > HIGH_MARK_BYTES
        self._flush_soon()

    def set_max_frame_bytes(self, limit: int) -> None:
        """Change what a frame may hold."""
        self._splitter.max_frame_bytes = limit

    def close(self) -> None:
        """Close once what is unsent has left."""
        if not self._is_closing and not self.is_over:
            self._is_closing = True
            self._loop.call_later(CLOSE_TIMEOUT_S, self.abort)
            self._flush_soon()

    def abort(self) -> None:
        """Close at once."""
        if not self.is_over:
            self._end("closed by this side")
            self._tell_peer(self.peer.was_reset)

    # --- what happens to it ------------------------------------------------------------------

    def attach(self, handler: LinkHandler) -> None:
        """Give this end its owner; what came before is handed over."""
        self._handler = handler
        handler.link_opened(self)
        early, self._early = self._early, []
        for data in early:
            self._loop.call_soon(self._read, data)
        if self.is_over:
            self._loop.call_soon(handler.link_lost, "connection reset")

    def die(self, *, is_powered: bool) -> None:
        """The owner's process is gone. With power, its machine closes the connection."""
        self.is_gone = self.is_over = True
        if is_powered:
            self._tell_peer(self.peer.was_reset)

    def was_reset(self) -> None:
        """A reset has come over the network."""
        if not self.is_over:
            self._loop.call_soon(self._end, "connection reset", context=self.context)

    def _tell_peer(self, arrival: Callable[[], None]) -> None:
        if not self.is_forgotten and not self.peer.is_over:
            self._network.carry(self.peer, arrival, 0)

    def _end(self, reason: str) -> None:
        if self.is_over:
            return
        self.is_over = True
        self._unsent.clear()
        if self._handler is not None:
            self._loop.call_soon(self._handler.link_lost, reason, context=self.context)

    # --- the way of the bytes ----------------------------------------------------------------

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush, context=self.context)

    def _flush(self) -> None:
        self._is_flush_due = False
        while self._unsent and self.peer._unread < WINDOW_BYTES and not self.is_over:
            most = min(len(self._unsent), WINDOW_BYTES - self.peer._unread)
            size = most if self._network.chance.random() < 0.8 else self._network.chance.randint(1, most)
            data = bytes(self._unsent[:size])
            del self._unsent[:size]
            self.peer._unread += size
            if self.is_forgotten:
                self._network.fired["black hole"] += 1
            else:
                self._network.carry(self.peer, partial(self.peer._arrive, data), size)
        if self._unsent:
            self._network.fired["window full"] += 1
            return
        if self._is_closing and not self._has_sent_end:
            self._has_sent_end = True
            self._tell_peer(self.peer._was_closed)
            self._end("closed by this side")
        elif self._is_above_high_mark and len(self._unsent) <= LOW_MARK_BYTES:
            self._is_above_high_mark = False
            if self._handler is not None:
                self._handler.link_drained()

    def _was_closed(self) -> None:
        if not self.is_over:
            self._loop.call_soon(self._end, "closed by the other side", context=self.context)

    def _arrive(self, data: bytes) -> None:
        self._unread -= len(data)
        if self.is_gone or self.is_over:
            if self.name not in self._network.without_power:
                self._network.fired["reset by a dead end"] += 1
                self._tell_peer(self.peer.was_reset)
            return
        self._loop.call_soon(self._read, data, context=self.context)
        self.peer._flush_soon()

    def _read(self, data: bytes) -> None:
        if self._handler is None:
            self._early.append(data)
        elif not self.is_over and not self._is_closing and not self._is_broken:
            self._hand_over(self._handler, data)

    def _hand_over(self, handler: LinkHandler, data: bytes) -> None:
        try:
            payloads = self._splitter.feed(data)
        except RemoteError as error:
            self._is_broken = True
            handler.link_broken(error)
            return
        try:
            if payloads:
                handler.frames_received(payloads)
        except BaseException:
            self.abort()  # as asyncio's transports do when a protocol raises
            raise
