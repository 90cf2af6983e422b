"""Redis: publish and subscribe, one process, in memory."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.connections import BUFFER, Connection, FixedSizeConnection
from bench.peers.interface import Facts, Plan, Room, Running, free_port, wait_for_port
from bench.peers.programs import find_program
from bench.processes import SERVER_CORE, start_pinned

_ROOM = b"room"


class Redis:
    """Pub/sub, without persistence."""

    name = "redis"
    facts = Facts("Redis pub/sub, plain", has_tls=False, stores="nothing")

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("redis-server") else "redis-server (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it with no limit on what waits for a subscriber."""
        port = free_port()
        options = {
            "port": port,
            "bind": "127.0.0.1",
            "dir": directory,
            "save": "",
            "appendonly": "no",
            "maxclients": 20000,
            "client-output-buffer-limit": "pubsub 0 0 0",
            "tcp-backlog": 1024,
        }
        command = [find_program("redis-server")]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))

    async def open_room(self, port: int, plan: Plan) -> Room:
        """A room is a channel. Who subscribes cannot publish, and need not: the sender is no reader."""
        sender = _Resp3(_command(b"PUBLISH", _ROOM, plan.payload), 1)
        await _open(port, sender)
        readers = []
        for _ in range(plan.clients):
            reader = FixedSizeConnection(message_bytes=len(_push(b"*3", _ROOM, plan.payload)), packet=b"")
            await _open(port, reader)
            reader.transport.write(_command(b"SUBSCRIBE", _ROOM))
            await reader.until(b":1\r\n")
            reader.start_counting()
            readers.append(reader)
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Each client has a channel; RESP3 lets it publish on the same connection."""
        clients: list[Connection] = []
        for index, partner in enumerate(partners):
            own, other = b"c%04d" % index, b"c%04d" % partner
            client = _Resp3(_command(b"PUBLISH", other, plan.payload), len(_push(b">3", own, plan.payload)))
            await _open(port, client)
            client.transport.write(_command(b"HELLO", b"3") + _command(b"SUBSCRIBE", own))
            while not client.is_subscribed:
                await asyncio.sleep(0.001)
            clients.append(client)
        return clients


class _Resp3(Connection):
    """Tells pushed messages, all of one size, from the answers to `PUBLISH`."""

    def __init__(self, packet: bytes, message_bytes: int) -> None:
        super().__init__()
        self._packet = packet
        self._message_bytes = message_bytes
        self._rest = b""
        self.is_subscribed = False

    def send(self, count: int) -> int:
        """Publish so often."""
        self.transport.write(self._packet * count)
        return count

    def buffer_updated(self, nbytes: int) -> None:
        """Count pushes."""
        data = self._rest + BUFFER[:nbytes].tobytes()
        if not self.is_subscribed and self._message_bytes > 1:
            self._rest = data
            if b"subscribe" in data and data.endswith(b":1\r\n"):
                self.is_subscribed, self._rest = True, b""
            return
        position = delivered = 0
        while position < len(data):
            if data[position] == ord(">"):
                after = position + self._message_bytes
                delivered += after <= len(data)
            else:
                end = data.find(b"\r\n", position)
                after = end + 2 if end >= 0 else len(data) + 1
            if after > len(data):
                break
            position = after
        self._rest = data[position:]
        if delivered:
            self.on_delivered(delivered)


def _command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def _push(kind: bytes, channel: bytes, payload: bytes) -> bytes:
    return kind + b"\r\n" + _command(b"message", channel, payload)[4:]


async def _open(port: int, connection: Connection) -> None:
    await aiofastnet.create_connection(asyncio.get_running_loop(), lambda: connection, "127.0.0.1", port)
