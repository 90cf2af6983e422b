"""XMPP, what its servers have in common: clients that register, log in over TLS, chat and join a room.

A stanza is text, so the payload goes in base64: that is how OMEMO (XEP-0384), too, puts ciphertext in it.
"""

import asyncio
import base64
from collections.abc import Sequence

import aiofastnet

from bench.certificate import client_context_for
from bench.connections import BUFFER, Connection
from bench.peers.interface import Plan, Room

HOST = "localhost"
ROOMS = "conference.localhost"
_ROOM = f"room@{ROOMS}"
_RESOURCE = "r"
_PASSWORD = "bench"  # noqa: S105 - of people who live for one measurement
_JOINING_AT_ONCE = 20
_TIMEOUT_S = 120
_MESSAGE_END = b"</message>"
_STREAM = (
    f"<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)


class XmppPeer:
    """Direct messages and group chat (XEP-0045), the same for every server."""

    async def open_room(self, port: int, plan: Plan) -> Room:
        """Everybody enters one room, the sender first: nobody wants to hear what was said before."""
        packet = _message("groupchat", _ROOM, plan.payload)
        sender, *readers = await _connect_all(port, [packet] * (plan.clients + 1))
        for number, client in enumerate((sender, *readers)):
            await client.ask(_entrance(number), b"<subject")
        await _silence([sender, *readers])
        for reader in readers:
            reader.start_counting()
        sender.ignore_messages()
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Messages go to a full address: a chat goes on where the partner answered from (RFC 6121 §5.1)."""
        packets = [_message("chat", _address(partner), plan.payload) for partner in partners]
        clients = await _connect_all(port, packets)
        await _silence(clients)
        for client in clients:
            client.start_counting()
        return clients


class _XmppConnection(Connection):
    """Counts the ends of messages: archives put ids in them, so their sizes differ."""

    def __init__(self, packet: bytes) -> None:
        super().__init__()
        self._packet = packet
        self._is_live = False
        self._is_counting = False
        self._rest = b""
        self._arrived = asyncio.Event()
        self.received_bytes = 0
        self.text = b""
        self.failure = ""

    def start_counting(self) -> None:
        """From here on every message is one of ours."""
        self._is_live = self._is_counting = True

    def ignore_messages(self) -> None:
        """From here on look for errors alone: a sender gets what the room got."""
        self._is_live = True

    def send(self, count: int) -> int:
        """Say it so often."""
        self.transport.write(self._packet * count)
        return count

    def buffer_updated(self, nbytes: int) -> None:
        """Count, or keep it for whoever waits."""
        if not self._is_live:
            self.received_bytes += nbytes
            self.text += BUFFER[:nbytes].tobytes()
            self._arrived.set()
            return
        data = self._rest + BUFFER[:nbytes].tobytes()
        self._rest = data[1 - len(_MESSAGE_END) :]
        if b"<error" in data:  # a refused message comes back, and would count; no payload contains a "<"
            self._fail(data)
        elif self._is_counting and (count := data.count(_MESSAGE_END)):
            self.on_delivered(count)

    def _fail(self, data: bytes) -> None:
        self.is_lost = True
        self._is_counting = False
        self.failure = data[data.index(b"<error") :][:300].decode(errors="replace")

    async def ask(self, request: str, marker: bytes) -> None:
        """Send it, and wait until the answer has this in it."""
        self.text = b""
        self.transport.write(request.encode())
        async with asyncio.timeout(_TIMEOUT_S):
            while marker not in self.text:
                if self.is_lost or b"error" in self.text or b"<failure" in self.text:
                    raise ConnectionError(self.text.decode(errors="replace"))
                self._arrived.clear()
                await self._arrived.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        super().connection_lost(exc)
        self._arrived.set()


async def _connect_all(port: int, packets: list[bytes]) -> list[_XmppConnection]:
    gate = asyncio.Semaphore(_JOINING_AT_ONCE)

    async def connect(number: int, packet: bytes) -> _XmppConnection:
        async with gate:
            connection = _XmppConnection(packet)
            await _open(port, connection)
            await _log_in(connection, _user(number))
            return connection

    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(connect(number, packet)) for number, packet in enumerate(packets)]
    return [each.result() for each in made]


async def _open(port: int, connection: Connection) -> None:
    """Connect with TLS from the first byte (XEP-0368)."""
    await aiofastnet.create_connection(
        asyncio.get_running_loop(),
        lambda: connection,
        "127.0.0.1",
        port,
        ssl=client_context_for(),
        server_hostname=HOST,
    )


async def _log_in(connection: _XmppConnection, user: str) -> None:
    """Make an account (XEP-0077), authenticate, take a resource, and become available (RFC 6120, 6121)."""
    await connection.ask(_STREAM, b"</stream:features>")
    await connection.ask(
        "<iq type='set' id='make'><query xmlns='jabber:iq:register'>"
        f"<username>{user}</username><password>{_PASSWORD}</password></query></iq>",
        b"result",
    )
    plain = base64.b64encode(f"\0{user}\0{_PASSWORD}".encode()).decode()
    await connection.ask(
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>", b"<success"
    )
    await connection.ask(_STREAM, b"</stream:features>")
    await connection.ask(
        "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        f"<resource>{_RESOURCE}</resource></bind></iq>",
        b"</iq>",
    )
    await connection.ask("<presence/>", b"<presence")


async def _silence(clients: Sequence[_XmppConnection]) -> None:
    """Wait until nobody has heard anything for a while."""
    before = -1
    while (now := sum(client.received_bytes for client in clients)) != before:
        before = now
        await asyncio.sleep(0.5)


def _user(number: int) -> str:
    return f"u{number:05}"


def _address(number: int) -> str:
    return f"{_user(number)}@{HOST}/{_RESOURCE}"


def _entrance(number: int) -> str:
    return (
        f"<presence to='{_ROOM}/{_user(number)}'><x xmlns='http://jabber.org/protocol/muc'>"
        "<history maxstanzas='0'/></x></presence>"
    )


def _message(kind: str, to: str, payload: bytes) -> bytes:
    body = base64.b64encode(payload).decode()
    return f"<message type='{kind}' to='{to}' id='m'><body>{body}</body></message>".encode()
