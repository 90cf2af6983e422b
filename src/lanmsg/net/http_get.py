"""Reading a hub's pages as a browser does. The certificate proves nothing here; nothing secret is sent."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from lanmsg.wire.addresses import Address, format_address

MAX_HEAD_BYTES: Final = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a hub answered: the status, its headers by their names in lower case, and what came with it."""

    status: int
    headers: dict[str, str]
    body: bytes


async def http_get(address: Address, path: str, *, timeout_s: float, max_bytes: int) -> HttpAnswer | None:
    """Ask for one page, unpacked; None if there is no answer in time, or one of more than `max_bytes`."""
    from lanmsg.net.tls import CERTIFICATE_NAME, http_client_context

    request = (
        f"GET {path} HTTP/1.1\r\nHost: {format_address(address)}\r\nAccept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(
                address.host,
                address.port,
                ssl=http_client_context(),
                server_hostname=CERTIFICATE_NAME,
                limit=MAX_HEAD_BYTES,
            )
            try:
                writer.write(request.encode("ascii", "replace"))
                return await _read(reader, max_bytes)
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return None


async def _read(reader: asyncio.StreamReader, max_bytes: int) -> HttpAnswer | None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        return None
    headers: dict[str, str] = {}
    for line in head.rstrip().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        headers[name.strip().lower().decode("ascii", "replace")] = value.strip().decode("ascii", "replace")
    size = int(headers.get("content-length", ""))
    if not 0 <= size <= max_bytes:
        return None
    return HttpAnswer(int(status[1]), headers, await reader.readexactly(size))
