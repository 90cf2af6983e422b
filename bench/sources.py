"""Clients with addresses of their own, as on a real network: the hub limits strangers by address."""

import asyncio
import ssl

import aiofastnet

from bench.connections import Connection
from lanmsg.net.tls import CERTIFICATE_NAME

_LAST = 250


def source_address(number: int) -> str:
    """Return the loopback address of a client; numbers below 62,500 have different ones."""
    return f"127.0.{1 + number // _LAST}.{1 + number % _LAST}"


async def open_from(
    connection: Connection, port: int, *, number: int, context: ssl.SSLContext, host: str = CERTIFICATE_NAME
) -> None:
    """Connect to a server on this machine from the address of client `number`, asking for `host` by TLS.

    Raises:
        OSError: it did not accept, or hung up in the handshake.
    """
    await aiofastnet.create_connection(
        asyncio.get_running_loop(),
        lambda: connection,
        "127.0.0.1",
        port,
        ssl=context,
        server_hostname=host,
        local_addr=(source_address(number), 0),
    )
