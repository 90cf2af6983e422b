"""The physical limit as if it were a peer: see `bench/baselines/bare_writer.py`.

What the generator counts here is also its own ceiling, as long as its core is busier than the writer's.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.baselines import bare_writer
from bench.certificate import client_context_for, make_certificate
from bench.connections import Connection, FixedSizeConnection
from bench.peers.interface import CannotDoThis, Facts, Plan, Room, Running, free_port
from bench.processes import SERVER_CORE, start_pinned

_MESSAGES_A_BLOCK = 64


class BareWriter:
    """Writes the bytes of entries without TLS."""

    name = "limit"
    facts = Facts("bare writer, plain", has_tls=False, stores="nothing", is_limit=True)

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it; it accepts once it has loaded, so the generator tries again until then."""
        port = free_port()
        command = [
            *(sys.executable, str(Path(bare_writer.__file__))),
            *("--port", str(port), "--readers", str(plan.clients)),
            *("--block-bytes", str(plan.entry_bytes * _MESSAGES_A_BLOCK)),
            *self._tls(directory),
        ]
        return Running(start_pinned(command, directory / "log", core=SERVER_CORE), port)

    def _tls(self, directory: Path) -> list[str]:
        return []

    def _context(self) -> object:
        return None

    async def open_room(self, port: int, plan: Plan) -> Room:
        """Readers only; nobody has to send anything."""
        readers = [
            FixedSizeConnection(message_bytes=plan.entry_bytes, packet=b"") for _ in range(plan.clients)
        ]
        for reader in readers:
            await self._open(port, reader)
            reader.start_counting()
        return Room(_Silent(), readers)

    async def _open(self, port: int, reader: Connection) -> None:
        tls = self._context()
        async with asyncio.timeout(10):
            while True:
                try:
                    await aiofastnet.create_connection(
                        asyncio.get_running_loop(),
                        lambda: reader,
                        "127.0.0.1",
                        port,
                        ssl=tls,
                        server_hostname="localhost" if tls else None,
                    )
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
                else:
                    return

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """It cannot listen."""
        raise CannotDoThis


class BareTlsWriter(BareWriter):
    """Writes the bytes of entries with TLS 1.3."""

    name = "limit-tls"
    facts = Facts("bare writer, TLS", has_tls=True, stores="nothing", is_limit=True)

    def _tls(self, directory: Path) -> list[str]:
        certificate, key = make_certificate(directory)
        return ["--certificate", str(certificate), "--key", str(key)]

    def _context(self) -> object:
        return client_context_for()


class _Silent(Connection):
    def send(self, count: int) -> int:
        """Nothing needs to be said."""
        return count
