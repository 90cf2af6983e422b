"""Servers for W4: how each is started with TLS, how a client greets, and what its heartbeat is."""

import ssl
import sys
from pathlib import Path
from typing import Protocol

from bench.baselines import asyncio_tls, thread_per_client
from bench.cells import CACHE
from bench.certificate import make_certificate
from bench.idle_connections import IdleConnection, IdleHubClient
from bench.idle_greeting import Greeting, GreetingKnownPeer, GreetingPeer, OpenClient, Step, plan_of
from bench.idle_xmpp import IdleEjabberd, IdleProsody
from bench.peers.interface import Running, free_port, wait_for_port
from bench.peers.lanmsg_hub import LanmsgHub
from bench.peers.nats import NatsCoreTls
from bench.peers.programs import find_program
from bench.people import Person, World
from bench.processes import SERVER_CORE, start_pinned
from bench.sources import open_from
from bench.world import PEOPLE, make_world
from lanmsg.net.tls import client_context


class IdlePeer(Protocol):
    """One server. `runtime` says in what it is written; those in Python or Erlang are what W4 compares."""

    name: str
    title: str
    runtime: str

    def missing(self) -> str:
        """Return what to install, or nothing if it is here."""
        ...

    def start(self, directory: Path, clients: int) -> Running:
        """Start it on the servers' core, with everybody enrolled where it has people."""
        ...

    def opener(self, port: int, clients: int) -> OpenClient:
        """Return what connects clients 0 to `clients` - 1."""
        ...


class Hub:
    """The hub, with as many enrolled people as there will be clients."""

    name, title, runtime = "lanmsg", "lanmsg hub", "Python"

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, clients: int) -> Running:
        """Start it on a copy of the world."""
        return LanmsgHub().start(directory, plan_of(clients, make_world(CACHE, clients)))

    def opener(self, port: int, clients: int) -> OpenClient:
        """Log in as the protocol says, with everything a client checks."""
        people = World.load(make_world(CACHE, clients) / PEOPLE).people
        context = client_context()
        for person in people:
            _ = person.device  # unpack the keys now: a client does it when it starts

        async def open_client(number: int) -> IdleConnection:
            return await _log_in(people[number], port, number=number, context=context)

        return open_client


async def _log_in(person: Person, port: int, *, number: int, context: ssl.SSLContext) -> IdleConnection:
    client = IdleHubClient(person)
    await open_from(client, port, number=number, context=context)
    await client.log_in()
    return client


class Nats(GreetingKnownPeer):
    """A subscriber of its own subject."""

    name, title, runtime = "nats-tls", "NATS core, TLS", "Go"
    server = NatsCoreTls()

    def greeting(self, number: int) -> Greeting:
        """Subscribe, so that the server has somebody to keep."""
        connect = b'CONNECT {"verbose":false,"pedantic":false,"tls_required":true,"echo":false}\r\n'
        step = Step(connect + b"SUB d.%d 1\r\nPING\r\n" % number, b"PONG\r\n")
        return Greeting([step], b"PING\r\n", b"PONG\r\n")


class Mosquitto(GreetingPeer):
    """A subscriber of its own topic."""

    name, title, runtime = "mosquitto-tls", "Mosquitto, TLS", "C"

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("mosquitto") else "mosquitto (Debian)"

    def start(self, directory: Path, clients: int) -> Running:
        """Start it with TLS 1.3."""
        certificate, key = make_certificate(directory)
        port = free_port()
        config = directory / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\ntls_version tlsv1.3\n"
            "allow_anonymous true\nuser root\npersistence false\nset_tcp_nodelay true\nlog_type error\n",
            encoding="utf-8",
        )
        command = [find_program("mosquitto"), "-c", str(config)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))

    def greeting(self, number: int) -> Greeting:
        """CONNECT with a keep-alive of 45 s, then SUBSCRIBE (MQTT 3.1.1 §3.1, §3.8)."""
        client, topic = b"c%05d" % number, b"d%05d" % number
        connect = b"\x00\x04MQTT\x04\x02\x00\x2d" + len(client).to_bytes(2, "big") + client
        subscribe = b"\x00\x01" + len(topic).to_bytes(2, "big") + topic + b"\x00"
        says = b"\x10%c%b\x82%c%b" % (len(connect), connect, len(subscribe), subscribe)
        return Greeting([Step(says, b"\x90\x03\x00\x01\x00")], b"\xc0\x00", b"\xd0\x00")


class _Baseline(GreetingPeer):
    """Our own small servers: a client's first frame is its name."""

    runtime = "Python"

    def missing(self) -> str:
        """Never."""
        return ""


class Threads(_Baseline):
    """One thread a client; a heartbeat is an empty message to oneself."""

    name, title = "threads-tls", "thread per client, TLS (Python)"

    def start(self, directory: Path, clients: int) -> Running:
        """Start it with a certificate."""
        return _start_python(thread_per_client.__file__, directory, "--certificate")

    def greeting(self, number: int) -> Greeting:
        """Say the name, and write to oneself."""
        name = b"c%05d" % number
        to_self = _frame(bytes([len(name)]) + name)
        return Greeting([Step(_frame(name) + to_self, _frame(b""))], to_self, _frame(b""))


class AsyncioStreams(_Baseline):
    """The standard library's streams; a heartbeat is an empty frame that comes back."""

    name, title = "asyncio-tls", "asyncio streams, TLS (Python)"

    def start(self, directory: Path, clients: int) -> Running:
        """Start it with a certificate."""
        return _start_python(asyncio_tls.__file__, directory)

    def greeting(self, number: int) -> Greeting:
        """Say something."""
        return Greeting([Step(_frame(b"hello"), _frame(b"hello"))], _frame(b""), _frame(b""))


def _start_python(script: str | None, directory: Path, *options: str) -> Running:
    port = free_port()
    certificate, key = make_certificate(directory)
    command = [sys.executable, str(script), str(port), *options, str(certificate), str(key)]
    return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


_ALL: tuple[IdlePeer, ...] = (
    Hub(),
    AsyncioStreams(),
    Threads(),
    IdleEjabberd(),
    IdleProsody(),
    Nats(),
    Mosquitto(),
)
IDLE_PEERS: dict[str, IdlePeer] = {peer.name: peer for peer in _ALL}
