"""A browser's end of a WebSocket, over TLS as browsers do it."""

import asyncio
import base64
import secrets

import aiofastnet

from lanmsg.net.tls import http_client_context
from lanmsg.net.web_socket_link import WebSocketClientLink
from lanmsg.wire.addresses import Address, format_address

END_OF_HEAD = b"\r\n\r\n"


def upgrade_request(address: Address, *, origin: str | None = None) -> bytes:
    host = format_address(address)
    return (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin or f'https://{host}'}\r\n"
        "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n\r\n"
    ).encode()


async def dial_web_socket(address: Address, handler, *, certificate_hash: bytes = bytes(32)) -> None:
    """Open a link as a page of this hub does; `link_opened` was called when this returns.

    Raises:
        ConnectionRefusedError: the hub answered anything but 101, with its answer.
    """
    loop = asyncio.get_running_loop()
    link = WebSocketClientLink(handler, certificate_hash=certificate_hash)
    upgrading = _Upgrading(upgrade_request(address), link)
    async with asyncio.timeout(5):
        await aiofastnet.create_connection(
            loop,
            lambda: upgrading,
            address.host,
            address.port,
            ssl=http_client_context(),
            server_hostname="lanmsg.local",
        )
        await upgrading.done


class _Upgrading(asyncio.Protocol):
    def __init__(self, request: bytes, link: WebSocketClientLink) -> None:
        self._request = request
        self._link = link
        self._received = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data):
        self._received += data
        head, found, rest = self._received.partition(END_OF_HEAD)
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 101 "):
            self._transport.abort()
            self.done.set_exception(ConnectionRefusedError(head.decode()))
            return
        self._transport.set_protocol(self._link)
        self._link.connection_made(self._transport)
        if rest:
            self._link.data_received(rest)
        self.done.set_result(None)

    def connection_lost(self, exc):
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("hung up"))
