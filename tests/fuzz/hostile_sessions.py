"""Sessions of strangers at the port of a real hub: what they send, and when they go."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Awaitable, Callable
from random import Random

import msgspec

from lanmsg.net.tls import client_context
from lanmsg.wire import ids
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.frames import Ack, Append, Fetch, Hello, Login, Ping
from tests.cli.hub_runner import enrolment

from .mutator import mutated
from .seeds import pool

Session = Callable[[Random, int], Awaitable[None]]
STRANGERS = [f"127.0.0.{number}" for number in range(2, 250)]
"""The hub counts strangers by their address."""
WAIT_S = 20.0


@contextlib.asynccontextmanager
async def _open(chance: Random, port: int, *, tls: bool = True):
    context = client_context() if tls else None
    address = (chance.choice(STRANGERS), 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, local_addr=address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, data: bytes, chance: Random) -> None:
    """Send it cut as the network likes, or all at once."""
    size = chance.choice((1, 17, len(data) or 1)) if len(data) < 300 else len(data)
    for at in range(0, len(data), size):
        writer.write(data[at : at + size])
        await writer.drain()


async def _until_closed(reader: asyncio.StreamReader, *, seconds: float = WAIT_S) -> None:
    """Read until the hub closes; fails if it never does."""
    async with asyncio.timeout(seconds):
        while await reader.read(65_536):
            pass


def _greeting(chance: Random) -> bytes:
    frames = [Hello(1, ids.Hash(chance.randbytes(32))), enrolment(f"x{chance.randrange(10**9)}")]
    return b"".join(map(encode_frame, frames))


async def no_tls(chance: Random, port: int) -> None:
    """Bytes that are no TLS."""
    async with _open(chance, port, tls=False) as (reader, writer):
        await _send(writer, chance.randbytes(chance.randint(1, 500)), chance)
        writer.write_eof()
        await _until_closed(reader)


async def plain_http(chance: Random, port: int) -> None:
    """A browser that knows nothing of TLS."""
    async with _open(chance, port, tls=False) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.write_eof()
        await _until_closed(reader)


async def half_a_handshake(chance: Random, port: int) -> None:
    """The beginning of a ClientHello, then nothing more."""
    hello = _client_hello()
    async with _open(chance, port, tls=False) as (_, writer):
        writer.write(hello[: chance.randrange(len(hello))])
        await writer.drain()


async def broken_handshake(chance: Random, port: int) -> None:
    """A ClientHello with some bytes changed."""
    async with _open(chance, port, tls=False) as (reader, writer):
        await _send(writer, mutated(chance, [_client_hello()]), chance)
        writer.write_eof()
        await _until_closed(reader)


def _client_hello() -> bytes:
    sent = ssl.MemoryBIO()
    end = client_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="lanmsg.local")
    with contextlib.suppress(ssl.SSLWantReadError):
        end.do_handshake()
    return sent.read()


async def random_bytes(chance: Random, port: int) -> None:
    """Random bytes in the place of frames."""
    async with _open(chance, port) as (_, writer):
        await _send(writer, chance.randbytes(chance.randint(1, 2000)), chance)


async def cut_off(chance: Random, port: int) -> None:
    """An honest greeting that ends in the middle."""
    async with _open(chance, port) as (_, writer):
        data = _greeting(chance)
        await _send(writer, data[: chance.randrange(len(data))], chance)


async def changed(chance: Random, port: int) -> None:
    """An honest greeting with some bytes changed."""
    async with _open(chance, port) as (_, writer):
        await _send(writer, mutated(chance, [_greeting(chance)]), chance)


async def frames_of_the_vectors(chance: Random, port: int) -> None:
    """Whole frames with whatever in them, behind an honest greeting."""
    async with _open(chance, port) as (_, writer):
        writer.write(_greeting(chance))
        for _ in range(20):
            payload = mutated(chance, pool())[:1000]
            writer.write(len(payload).to_bytes(4, "big") + payload)
        await writer.drain()


async def before_their_time(chance: Random, port: int) -> None:
    """Frames that only a device that is logged in may send."""
    device, log = ids.DeviceId(bytes(16)), ids.LogId(bytes(16))
    append = Append(ids.MessageId(bytes(16)), log, 10, b"x")
    frames = [
        Login(device, bytes(64)),
        append,
        Fetch(log, 0),
        Ack(log, 1),
        Ping(1),
        Hello(1, ids.Hash(bytes(32))),
    ]
    chance.shuffle(frames)
    async with _open(chance, port) as (reader, writer):
        writer.write(b"".join(map(encode_frame, frames)))
        await _until_closed(reader)


async def unknown_kinds(chance: Random, port: int) -> None:
    """Hundreds of frames of kinds from the future, which are skipped, then one that must not be."""
    kinds = [msgspec.msgpack.encode([tag, b"x"]) for tag in [*range(200, 400), 63]]
    async with _open(chance, port) as (reader, writer):
        writer.write(b"".join(len(each).to_bytes(4, "big") + each for each in kinds))
        await _until_closed(reader)


async def too_large(chance: Random, port: int) -> None:
    """A frame that says it has four gigabytes."""
    async with _open(chance, port) as (reader, writer):
        writer.write(b"\xff\xff\xff\xff" + bytes(1000))
        await _until_closed(reader)


async def guessed_invite(chance: Random, port: int) -> None:
    """An enrolment with a secret that nobody gave out: taken by a hub that asks for none."""
    async with _open(chance, port) as (reader, writer):
        frames = [
            Hello(1, ids.Hash(bytes(32))),
            enrolment(f"g{chance.randrange(10**9)}", invite=os.urandom(16)),
        ]
        writer.write(b"".join(map(encode_frame, frames)))
        await reader.read(65_536)


SESSIONS: tuple[Session, ...] = (
    no_tls,
    plain_http,
    half_a_handshake,
    broken_handshake,
    random_bytes,
    cut_off,
    changed,
    frames_of_the_vectors,
    before_their_time,
    unknown_kinds,
    too_large,
    guessed_invite,
)
ENDED = (OSError, ssl.SSLError, asyncio.IncompleteReadError, EOFError)
"""How a session may end at the stranger's side: the hub closes on most of them."""
