import asyncio
import contextlib
import ssl

import pytest
from tests.net.tls_helpers import Door

from lanmsg.net.http_get import HttpAnswer, http_get
from lanmsg.net.tls import server_context
from lanmsg.wire.addresses import Address


@pytest.fixture
async def answered(tmp_path):
    """Ask a server that answers these bytes, whatever it is asked."""

    async def ask(answer, *, timeout_s=5.0, max_bytes=100):
        async def serve(reader, writer):
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
            writer.close()

        context = server_context(Door(tmp_path / "hub").identity)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        try:
            address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
            return await http_get(address, "/x", timeout_s=timeout_s, max_bytes=max_bytes)
        finally:
            server.close()

    return ask


async def test_an_answer_is_read_whole(answered):
    answer = await answered(b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nDate: now\r\n\r\nabc")
    assert answer == HttpAnswer(404, {"content-length": "3", "date": "now"}, b"abc")


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"hello", b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + bytes(101),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", b"HTTP/2 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000,
    ],
)  # fmt: skip
async def test_attack_what_is_no_answer_is_none(answered, answer):
    assert await answered(answer, timeout_s=1.0) is None


async def test_nobody_there_is_no_answer():
    assert await http_get(Address("127.0.0.1", 1), "/", timeout_s=1, max_bytes=1) is None
