"""The baseline: see `bench/baselines/thread_per_client.py`."""

import asyncio
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import aiofastnet

from bench.baselines import thread_per_client
from bench.connections import BUFFER, Connection, FixedSizeConnection
from bench.pacing import Stopwatch
from bench.peers.interface import Facts, Plan, Room, Running, free_port, wait_for_port
from bench.processes import SERVER_CORE, start_pinned

_LENGTH_BYTES = 4
_MARK_BYTES = 8


class ThreadPerClient:
    """One thread a client."""

    name = "threads"
    facts = Facts("thread per client (Python)", has_tls=False, stores="nothing")

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it."""
        port = free_port()
        command = [sys.executable, str(Path(thread_per_client.__file__)), str(port)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))

    async def open_room(self, port: int, plan: Plan) -> Room:
        """Everybody is in the one room."""
        sender, *readers = [await _join(port, plan, b"c%d" % each, b"") for each in range(plan.clients + 1)]
        return Room(sender, readers)

    async def open_pairs(
        self, port: int, plan: Plan, partners: Sequence[int]
    ) -> Sequence[FixedSizeConnection]:
        """Messages go to a name."""
        return [
            await _join(port, plan, b"c%d" % each, b"c%d" % partner) for each, partner in enumerate(partners)
        ]

    async def open_paced(
        self, port: int, plan: Plan, partners: Sequence[int], stopwatch: Stopwatch
    ) -> Sequence["PacedThreadClient"]:
        """Connect clients that look at the mark in each message."""
        clients = []
        for each, partner in enumerate(partners):
            connection = _Marked(plan, stopwatch)
            await _open(port, connection, b"c%d" % each)
            clients.append(PacedThreadClient(connection, stopwatch, plan, b"c%d" % partner))
        return clients


class _Marked(Connection):
    """Takes each message's mark, the first bytes of its payload."""

    def __init__(self, plan: Plan, stopwatch: Stopwatch) -> None:
        super().__init__()
        self._size = _LENGTH_BYTES + len(plan.payload)
        self._stopwatch = stopwatch
        self._rest = b""

    def buffer_updated(self, nbytes: int) -> None:
        """Cut into messages."""
        data = self._rest + BUFFER[:nbytes].tobytes()
        whole = len(data) - len(data) % self._size
        for start in range(_LENGTH_BYTES, whole, self._size):
            self._stopwatch.on_delivered(data[start : start + _MARK_BYTES])
        self._rest = data[whole:]


class PacedThreadClient:
    """Marks what it sends."""

    _marks = count()

    def __init__(self, connection: Connection, stopwatch: Stopwatch, plan: Plan, partner: bytes) -> None:
        self._connection = connection
        self._stopwatch = stopwatch
        self._plan = plan
        self._partner = partner

    def send_direct(self, due_s: float) -> None:
        """Send to the partner."""
        self._send(self._partner, due_s, deliveries=1)

    def send_to_room(self, due_s: float) -> None:
        """Send to all others."""
        self._send(b"", due_s, deliveries=self._plan.clients - 1)

    def _send(self, target: bytes, due_s: float, *, deliveries: int) -> None:
        mark = next(self._marks).to_bytes(_MARK_BYTES, "big")
        payload = mark + self._plan.payload[_MARK_BYTES:]
        self._stopwatch.sent(mark, due_s, deliveries=deliveries)
        self._connection.transport.write(_frame(bytes([len(target)]) + target + payload))


async def _join(port: int, plan: Plan, name: bytes, target: bytes) -> FixedSizeConnection:
    packet = _frame(bytes([len(target)]) + target + plan.payload)
    connection = FixedSizeConnection(message_bytes=4 + len(plan.payload), packet=packet)
    await _open(port, connection, name)
    connection.start_counting()
    return connection


async def _open(port: int, connection: Connection, name: bytes) -> None:
    await aiofastnet.create_connection(asyncio.get_running_loop(), lambda: connection, "127.0.0.1", port)
    connection.transport.write(_frame(name))


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
