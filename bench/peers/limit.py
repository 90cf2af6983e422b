"""The physical limit as if it were a peer: see `bench/baselines/bare_writer.py`.

What the generator counts here is also its own ceiling, as long as its core is busier than the writer's.
"""

import asyncio
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.baselines import bare_writer
from bench.certificate import client_context_for, make_certificate
from bench.connections import Connection, FixedSizeConnection
from bench.peers.interface import CannotDoThis, Facts, Plan, Room, Running, free_port
from bench.processes import SERVER_CORE, start_pinned


class BareWriter:
    """Writes the bytes of 64 entries at once, without TLS."""

    name = "limit"
    facts = Facts("bare writer, plain", has_tls=False, stores="nothing", is_limit=True)
    _messages_a_block = 64

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it; it accepts once it has loaded, so the generator tries again until then."""
        port = free_port()
        command = [
            *(sys.executable, str(Path(bare_writer.__file__))),
            *("--port", str(port), "--readers", str(plan.clients)),
            *("--block-bytes", str(plan.entry_bytes * self._messages_a_block)),
            *self._tls(directory),
        ]
        return Running(start_pinned(command, directory / "log", core=SERVER_CORE), port)

    def _tls(self, directory: Path) -> list[str]:
        return []

    def _context(self) -> ssl.SSLContext | None:
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
    """The same with TLS 1.3."""

    name = "limit-tls"
    facts = Facts("bare writer, TLS", has_tls=True, stores="nothing", is_limit=True)

    def _tls(self, directory: Path) -> list[str]:
        certificate, key = make_certificate(directory)
        return ["--certificate", str(certificate), "--key", str(key)]

    def _context(self) -> ssl.SSLContext | None:
        return client_context_for()


class SingleBareWriter(BareWriter):
    """Writes the bytes of one entry at a time, without TLS."""

    name = "limit-single"
    facts = Facts("bare writer, one message a write, plain", has_tls=False, stores="nothing", is_limit=True)
    _messages_a_block = 1


class SingleBareTlsWriter(BareTlsWriter):
    """The same with TLS 1.3."""

    name = "limit-tls-single"
    facts = Facts("bare writer, one message a write, TLS", has_tls=True, stores="nothing", is_limit=True)
    _messages_a_block = 1


class _Silent(Connection):
    def send(self, count: int) -> int:
        """Nothing needs to be said."""
        return count
