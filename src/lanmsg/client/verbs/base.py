"""What every group of verbs works with."""

import asyncio
from functools import partial

from lanmsg.client.connection import Connection
from lanmsg.client.engine import Engine
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import Event, Stopped
from lanmsg.client.surroundings import ClientSurroundings, HubChoice
from lanmsg.wire import ids
from lanmsg.wire.ids import HubId


class Verbs:
    """The parts of a client, set when it opens, who it is and where, and how a verb ends its step."""

    _engine: Engine
    _connection: Connection
    _choice: HubChoice

    def __init__(self, surroundings: ClientSurroundings) -> None:
        self._surroundings = surroundings
        self._streams: list[EventStream] = []
        self._unfinished: set[asyncio.Future[None]] = set()
        self._stopped: Stopped | None = None

    @property
    def handle(self) -> str:
        """Our name at this hub."""
        return self._engine.state.profile.handle

    @property
    def hub_identity_key(self) -> bytes:
        """The hub's Ed25519 key (32 bytes)."""
        return self._engine.state.profile.hub_identity_key

    @property
    def hub_id(self) -> HubId:
        """The hub's id."""
        return ids.hub_id(self.hub_identity_key)

    @property
    def hub_title(self) -> str:
        """What the hub calls itself; a remote string."""
        return self._connection.title

    @property
    def hub_address(self) -> str:
        """The address in use, or the last one tried (`HOST:PORT`)."""
        address = self._connection.address
        return str(address if address is not None else self._choice.addresses[0])

    @property
    def waiting(self) -> int:
        """How many of our messages wait for the hub."""
        return self._engine.outbox.waiting

    @property
    def is_online(self) -> bool:
        """Whether we are logged in now."""
        return self._engine.is_connected

    def events(self) -> EventStream:
        """Return a stream of every event from now on."""
        stream = EventStream()
        self._streams.append(stream)
        return stream

    def _emit(self, event: Event) -> None:
        if isinstance(event, Stopped):
            self._stopped = self._stopped or event
        for stream in self._streams:
            stream.put(event)

    def _done(self) -> "asyncio.Future[None]":
        """End a step, and return a future that is done when all of it is."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unfinished.add(done)
        done.add_done_callback(self._unfinished.discard)
        self._engine.effects.then(partial(_set_done, done))
        self._engine.flush()
        return done


def _set_done(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
