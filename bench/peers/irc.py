"""InspIRCd and ngIRCd: IRC, in memory, with their limits against floods off.

A line of IRC has 512 bytes at most, so they carry the text itself, not its much longer ciphertext.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import aiofastnet

from bench.connections import BUFFER, Connection
from bench.peers.interface import Facts, Plan, Room, Running, free_port, wait_for_port
from bench.peers.programs import find_program
from bench.processes import SERVER_CORE, start_pinned

_ROOM = b"#room"
_JOINING_AT_ONCE = 5
"""ngIRCd lets ten connections wait to be accepted, and forgets the others."""
_TIMEOUT_S = 120


class IrcPeer:
    """What both have in common."""

    async def open_room(self, port: int, plan: Plan) -> Room:
        """Everybody joins one channel, and waits until all have heard of it."""
        line = b"PRIVMSG %b :%b\r\n" % (_ROOM, b"x" * plan.text_bytes)
        sender, *readers = await _connect_all(port, [line] * (plan.clients + 1))
        for client in (sender, *readers):
            client.transport.write(b"JOIN %b\r\n" % _ROOM)
            await client.until(b" 366 ")
        await _silence([sender, *readers])
        for reader in readers:
            reader.start_counting()
        sender.ignore_all()
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Messages go to a nick."""
        text = b"x" * plan.text_bytes
        lines = [b"PRIVMSG %b :%b\r\n" % (_nick(partner), text) for partner in partners]
        clients = await _connect_all(port, lines)
        await _silence(clients)
        for client in clients:
            client.start_counting()
        return clients


class Inspircd(IrcPeer):
    """InspIRCd, C++."""

    name = "inspircd"
    facts = Facts("InspIRCd, plain", has_tls=False, stores="nothing")

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("inspircd") else "inspircd (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it."""
        port = free_port()
        config = directory / "inspircd.conf"
        config.write_text(
            f"""<config format="xml">
<server name="irc.bench" description="bench" network="bench" id="001">
<admin name="bench" nick="bench" email="bench@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" timeout="120" pingfreq="3600" limit="20000" localmax="20000" globalmax="20000"
 recvq="10485760" softsendq="268435456" hardsendq="268435456" threshold="1000000" commandrate="1000000000"
 fakelag="no" useident="no" resolvehostnames="no" maxconnwarn="no" modes="">
<performance softlimit="20000" somaxconn="1024" netbuffersize="65534" clonesonconnect="no">
<dns server="127.0.0.1" timeout="1">
<options defaultmodes="n">
<pid file="{directory}/pid">
<log method="file" type="*" level="default" target="{directory}/inspircd.log">
""",
            encoding="utf-8",
        )
        command = [find_program("inspircd"), "--config", str(config), "--nofork", "--runasroot"]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))


class Ngircd(IrcPeer):
    """ngIRCd, C."""

    name = "ngircd"
    facts = Facts("ngIRCd, plain", has_tls=False, stores="nothing")

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("ngircd") else "ngircd (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it."""
        port = free_port()
        config = directory / "ngircd.conf"
        config.write_text(
            f"""[Global]
Name = irc.bench
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
""",
            encoding="utf-8",
        )
        command = [find_program("ngircd"), "--nodaemon", "--config", str(config)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))


class _IrcConnection(Connection):
    """Counts lines."""

    def __init__(self, line: bytes) -> None:
        super().__init__()
        self._line = line
        self._is_counting = False
        self._is_ignoring = False
        self._arrived = asyncio.Event()
        self.received_bytes = 0
        self.text = b""

    def start_counting(self) -> None:
        """From here on every line is a message."""
        self._is_counting = True

    def ignore_all(self) -> None:
        """Read and forget."""
        self._is_ignoring = True

    def send(self, count: int) -> int:
        """Say it so often."""
        self.transport.write(self._line * count)
        return count

    def buffer_updated(self, nbytes: int) -> None:
        """Count, or keep the end of it for whoever waits."""
        if self._is_counting:
            count = BUFFER[:nbytes].tobytes().count(b"\n")
            if count:
                self.on_delivered(count)
        elif not self._is_ignoring:
            self.received_bytes += nbytes
            self.text = (self.text + BUFFER[:nbytes].tobytes())[-65536:]
            if b"PING :" in self.text:
                self._pong()
            self._arrived.set()

    def _pong(self) -> None:
        for line in self.text.split(b"\r\n"):
            if line.startswith(b"PING "):
                self.transport.write(line.replace(b"PING", b"PONG", 1) + b"\r\n")
        self.text = self.text.replace(b"PING ", b"pinged ")

    async def until(self, marker: bytes) -> None:
        """Wait until the server has said this."""
        async with asyncio.timeout(_TIMEOUT_S):
            while marker not in self.text:
                if self.is_lost:
                    raise ConnectionError(self.text.decode(errors="replace"))
                self._arrived.clear()
                await self._arrived.wait()


def _nick(number: int) -> bytes:
    return b"n%05d" % number


async def _connect_all(port: int, lines: list[bytes]) -> list[_IrcConnection]:
    gate = asyncio.Semaphore(_JOINING_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def connect(number: int, line: bytes) -> _IrcConnection:
        async with gate:
            connection = _IrcConnection(line)
            await aiofastnet.create_connection(loop, lambda: connection, "127.0.0.1", port)
            nick = _nick(number)
            connection.transport.write(b"NICK %b\r\nUSER %b 0 * :%b\r\n" % (nick, nick, nick))
            await connection.until(b" 001 ")
            return connection

    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(connect(number, line)) for number, line in enumerate(lines)]
    return [each.result() for each in made]


async def _silence(clients: Sequence[_IrcConnection]) -> None:
    """Wait until nobody has heard anything for a while."""
    before = -1
    while (now := sum(client.received_bytes for client in clients)) != before:
        before = now
        await asyncio.sleep(0.5)
