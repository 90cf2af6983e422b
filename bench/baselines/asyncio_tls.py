"""An ordinary Python server: asyncio's streams with TLS, as its manual shows them, keeping every client.

A frame is 4 bytes of length (big-endian) and the rest; each is sent back. Nothing else is done, so its
memory is what the standard library takes for a connection.
"""

import asyncio
import contextlib
import ssl
import sys

BACKLOG = 1024


async def _serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readexactly(4)
            writer.write(head + await reader.readexactly(int.from_bytes(head, "big")))
            await writer.drain()
    writer.close()


async def main(port: int, certificate: str, key: str) -> None:
    """Serve for ever."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(_serve_client, "127.0.0.1", port, ssl=context, backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
