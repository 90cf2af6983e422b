"""Mosquitto: MQTT 3.1.1, in memory; quality of service 0 in rooms, 1 where it acknowledges."""

import asyncio
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import aiofastnet

from bench.connections import BUFFER, Connection, FixedSizeConnection
from bench.peers.interface import Facts, Plan, Room, Running, free_port, wait_for_port
from bench.peers.programs import find_program
from bench.processes import SERVER_CORE, start_pinned

_ROOM = b"room"
_CONNECT, _PUBLISH, _PUBLISH_QOS_1, _SUBSCRIBE = 0x10, 0x30, 0x32, 0x82
_CONNACK = b"\x20\x02\x00\x00"
_SUBACK = b"\x90\x03\x00\x01\x00"
_PUBACK_BYTES = 4
_PACKET_IDS = 64
"""More than are ever in flight on one connection."""


class Mosquitto:
    """Nothing persists, nothing is dropped."""

    name = "mosquitto"
    facts = Facts("Mosquitto, plain", has_tls=False, stores="nothing")

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("mosquitto") else "mosquitto (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it without its limits on what waits for a subscriber."""
        port = free_port()
        config = directory / "mosquitto.conf"
        config.write_text(
            f"""listener {port} 127.0.0.1
allow_anonymous true
user root
persistence false
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
log_type error
""",
            encoding="utf-8",
        )
        command = [find_program("mosquitto"), "-c", str(config)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))

    async def open_room(self, port: int, plan: Plan) -> Room:
        """A room is a topic."""
        packet = _packet(_PUBLISH, _text(_ROOM) + plan.payload)
        sender = FixedSizeConnection(message_bytes=1, packet=packet)
        await _open(port, sender, b"sender")
        readers = []
        for number in range(plan.clients):
            reader = FixedSizeConnection(message_bytes=len(packet), packet=b"")
            await _open(port, reader, b"r%d" % number)
            await _subscribe(reader, _ROOM)
            readers.append(reader)
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Each client has a topic; the loop is closed by the message at the other end."""
        clients = []
        for number, partner in enumerate(partners):
            sent = [
                _packet(
                    _PUBLISH_QOS_1, _text(b"c%04d" % partner) + packet_id.to_bytes(2, "big") + plan.payload
                )
                for packet_id in range(1, _PACKET_IDS + 1)
            ]
            size = len(_packet(_PUBLISH, _text(b"c%04d" % number) + plan.payload))
            client = _Qos1(sent, size)
            await _open(port, client, b"c%d" % number)
            await _subscribe(client, b"c%04d" % number)
            clients.append(client)
        return clients


class _Qos1(FixedSizeConnection):
    """Publishes with quality of service 1 and receives with 0."""

    def __init__(self, packets: list[bytes], message_bytes: int) -> None:
        super().__init__(message_bytes=message_bytes, packet=b"")
        self._size = message_bytes
        self._packets = cycle(packets)
        self._rest = b""
        self._is_live = False

    def start_counting(self) -> None:
        """From here on there are messages and acknowledgements only."""
        self._is_live = True

    def send(self, count: int) -> int:
        """Publish under the next packet ids."""
        self.transport.write(b"".join(islice(self._packets, count)))
        return count

    def buffer_updated(self, nbytes: int) -> None:
        """Tell the two apart by their first byte."""
        if not self._is_live:
            super().buffer_updated(nbytes)
            return
        data = self._rest + BUFFER[:nbytes].tobytes()
        position = delivered = 0
        while position < len(data):
            is_message = data[position] == _PUBLISH
            after = position + (self._size if is_message else _PUBACK_BYTES)
            if after > len(data):
                break
            delivered += is_message
            position = after
        self._rest = data[position:]
        if delivered:
            self.on_delivered(delivered)


def _text(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _packet(kind: int, body: bytes) -> bytes:
    """Encode a control packet (MQTT 3.1.1 §2.2)."""
    size, encoded = len(body), bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | (0x80 if size else 0))
        if not size:
            return bytes([kind]) + bytes(encoded) + body


async def _open(port: int, connection: FixedSizeConnection, client: bytes) -> None:
    await aiofastnet.create_connection(asyncio.get_running_loop(), lambda: connection, "127.0.0.1", port)
    clean_session, keep_alive_s = 0x02, 0
    head = _text(b"MQTT") + bytes([4, clean_session]) + keep_alive_s.to_bytes(2, "big")
    connection.transport.write(_packet(_CONNECT, head + _text(client)))
    await connection.until(_CONNACK)


async def _subscribe(connection: FixedSizeConnection, topic: bytes) -> None:
    connection.transport.write(_packet(_SUBSCRIBE, b"\x00\x01" + _text(topic) + b"\x00"))
    await connection.until(_SUBACK)
    connection.start_counting()
