"""The baseline: see `bench/baselines/thread_per_client.py`."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.baselines import thread_per_client
from bench.connections import FixedSizeConnection
from bench.peers.interface import Facts, Plan, Room, Running, free_port, wait_for_port
from bench.processes import SERVER_CORE, start_pinned


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


async def _join(port: int, plan: Plan, name: bytes, target: bytes) -> FixedSizeConnection:
    packet = _frame(bytes([len(target)]) + target + plan.payload)
    connection = FixedSizeConnection(message_bytes=4 + len(plan.payload), packet=packet)
    await aiofastnet.create_connection(asyncio.get_running_loop(), lambda: connection, "127.0.0.1", port)
    connection.transport.write(_frame(name))
    connection.start_counting()
    return connection


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
