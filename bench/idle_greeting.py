"""Servers that clients of W4 greet with a few fixed lines; no code of ours understands more of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.certificate import client_context_for
from bench.idle_connections import IdleConnection, RestingConnection
from bench.peers.interface import Peer, Plan, Running
from bench.sources import open_from

OpenClient = Callable[[int], Awaitable[IdleConnection]]
"""Connects and logs in the client of this number; returns when its server holds it as one of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a client says, and what must be in the answer before it goes on."""

    says: bytes
    hears: bytes


@dataclass(frozen=True, slots=True)
class Greeting:
    """All a client says first; after that, how it shows signs of life, and what is in the answer to that."""

    steps: Sequence[Step]
    ping: bytes
    pong: bytes


class GreetingPeer:
    """The clients' side of such a server."""

    def greeting(self, number: int) -> Greeting:
        """Return the words of client `number`."""
        raise NotImplementedError

    def opener(self, port: int, clients: int) -> OpenClient:
        """Say the greeting over TLS, and see a first heartbeat answered."""

        async def open_client(number: int) -> IdleConnection:
            words = self.greeting(number)
            client = RestingConnection(words.ping)
            await open_from(client, port, number=number, context=client_context_for(), host="localhost")
            for step in words.steps:
                await client.ask(step.says, step.hears)
            await client.rest(words.pong)
            return client

        return open_client


class GreetingKnownPeer(GreetingPeer):
    """The same for `server`, a peer of the other workloads, with its settings there."""

    server: Peer

    def missing(self) -> str:
        """As for every workload."""
        return self.server.missing()

    def start(self, directory: Path, clients: int) -> Running:
        """As for every workload."""
        return self.server.start(directory, plan_of(clients, directory))


def plan_of(clients: int, home: Path) -> Plan:
    """Return a plan for peers of the other workloads: nobody says anything."""
    return Plan(
        clients=clients, payload=b"", text_bytes=0, entry_bytes=0, messages=0, room_messages=0, home=home
    )
