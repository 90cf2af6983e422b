"""What a benchmark needs of a server: to start it, and to speak to it from the generator."""

import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.connections import Connection
from bench.processes import Process

START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What must stand beside every figure of a server."""

    title: str
    has_tls: bool
    stores: str
    acknowledges: bool = False
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is there and what they say.

    Attributes:
        clients: connections that receive.
        payload: one message, for servers that do not care what it is.
        text_bytes: the text in it.
        entry_bytes: what the hub puts on the wire for it.
        messages: as many messages as there are at most, over all senders.
        room_messages: the same for the room, where there are messages to partners beside them.
        home: the directory of this workload's people, for the hub.
        devices: how many connections each person has, side by side in the list of clients.
    """

    clients: int
    payload: bytes
    text_bytes: int
    entry_bytes: int
    messages: int
    room_messages: int
    home: Path
    devices: int = 1


@dataclass(frozen=True, slots=True)
class Room:
    """Everybody in one room; the sender's own copies do not count."""

    sender: Connection
    readers: Sequence[Connection]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts connections."""

    process: Process
    port: int


class Peer(Protocol):
    """One kind of server with one configuration."""

    name: str
    facts: Facts

    def missing(self) -> str:
        """Return what to install, or nothing if it is here."""
        ...

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it with everything it keeps in this empty directory, on the servers' core."""
        ...

    async def open_room(self, port: int, plan: Plan) -> Room:
        """Connect a sender and `plan.clients` readers, all in one room, all silent when this returns."""
        ...

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Connect `plan.clients` clients; client i sends to client `partners[i]`."""
        ...


class CannotDoThis(Exception):
    """This server has no such thing; the table says so."""


def which(program: str, package: str) -> str:
    """Return what to install for a program that is not here."""
    return "" if shutil.which(program, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin") else package


def free_port() -> int:
    """Return a port nobody listens at on this machine."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for_port(running: Running) -> Running:
    """Return when it accepts; raise if it ended or takes too long."""
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        if running.process.popen.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return running
    running.process.stop()
    raise TimeoutError(f"the server at port {running.port} did not start")
