"""A client of the hub for the generator: the real protocol, without store, screen or decryption.

It logs in like every client. After that it either hands each frame on, decoded, or only counts
entries, reading from each `entries` frame no more than how many it holds.
"""

import asyncio
import hashlib
import os
import ssl
import struct
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, TypeVar

import aiofastnet

from bench.connections import BUFFER, Connection
from bench.people import Person
from lanmsg.net.tls import CERTIFICATE_NAME, client_context, verify_hub
from lanmsg.wire import ids
from lanmsg.wire.codec import LENGTH_BYTES, FrameSplitter, decode_hub_frame, encode_frame
from lanmsg.wire.frames import (
    Challenge,
    Enrolled,
    Frame,
    Heads,
    Hello,
    HubFrame,
    Login,
    Welcome,
)
from lanmsg.wire.limits import MAX_FRAME_BYTES, MAX_UNAUTHENTICATED_PER_ADDRESS, PROTOCOL_VERSION
from lanmsg.wire.statements import login_bytes

F = TypeVar("F", bound=HubFrame)

TIMEOUT_S: Final = 60.0
_ENTRIES_TAG: Final = 35
_APPENDED_TAG: Final = 36
_FAILURES: Final = frozenset({37, 42})
"""`refused` and `bye`: no run of ours deserves one."""
_FIRST_SEQ_AT: Final = 2 + 18
"""Behind the array's header, the tag and the log's id with its two bytes of length."""
_HASH_BYTES: Final = 34
_HEAD_BYTES: Final = 96
"""What holds everything of an `entries` frame up to its first entry."""
_IN_ENTRY: Final = 1 + 1 + 2 + ids.ID_BYTES + 2
ID_IN_ENTRY: Final = slice(_IN_ENTRY, _IN_ENTRY + ids.ID_BYTES)
"""In an encoded entry: behind the array's header, its kind, its sender, and the id's own length."""
_IN_APPEND: Final = LENGTH_BYTES + 2 + 2
ID_IN_APPEND: Final = slice(_IN_APPEND, _IN_APPEND + ids.ID_BYTES)
"""In an encoded `append` frame: behind the array's header, the tag, and the id's own length."""
_length = struct.Struct(">I").unpack_from
_short = struct.Struct(">H").unpack_from
_INTEGER_BYTES: Final = {**dict.fromkeys(range(0x80), 1), 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9}


class HubClient(Connection):
    """One device's connection."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person
        self.heads: dict[bytes, int] = {}
        self.failure = ""
        self.on_frame: Callable[[HubFrame], None] | None = None
        self._appends: Iterator[bytes] = iter(())
        self._splitter = FrameSplitter(max_frame_bytes=MAX_FRAME_BYTES)
        self._waiting: deque[HubFrame] = deque()
        self._arrived = asyncio.Event()
        self._is_counting = False
        self._rest = b""
        self._skip = 0
        self._pending = 0

    # --- greeting ----------------------------------------------------------------------------

    async def enrol(self) -> None:
        """Join the hub, on a connection made for that."""
        await self.greet()
        self._send(Hello(PROTOCOL_VERSION, os.urandom(ids.HASH_BYTES)), self.person.enrolment())
        await self._next(Enrolled)
        self.transport.close()

    async def log_in(self) -> None:
        """Prove to be this person's device, and take the heads of all logs."""
        challenge = await self.greet()
        nonce = os.urandom(ids.HASH_BYTES)
        signed = login_bytes(
            hub=ids.hub_id(challenge.identity_key),
            certificate_hash=self._certificate_hash(),
            hub_nonce=challenge.nonce,
            client_nonce=nonce,
            device=self.person.device,
            version=PROTOCOL_VERSION,
        )
        self._send(Hello(PROTOCOL_VERSION, nonce), Login(self.person.device, self.person.keys.sign(signed)))
        welcome = await self._next(Welcome)
        while len(self.heads) < welcome.log_count:
            self._note(await self._next(Heads))

    async def greet(self) -> Challenge:
        """Take the hub's challenge and check it."""
        challenge = await self._next(Challenge)
        verify_hub(challenge.identity_key, challenge.signature, self._certificate_hash())
        return challenge

    def _certificate_hash(self) -> bytes:
        tls = self.transport.get_extra_info("ssl_object")
        return hashlib.sha256(tls.getpeercert(binary_form=True)).digest()

    def _send(self, *frames: Frame) -> None:
        self.transport.write(b"".join(map(encode_frame, frames)))

    async def _next(self, kind: type[F]) -> F:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                while self._waiting:
                    frame = self._waiting.popleft()
                    if isinstance(frame, kind):
                        return frame
                if self.is_lost:
                    raise ConnectionError("the hub hung up")
                self._arrived.clear()
                await self._arrived.wait()

    def _note(self, heads: Heads) -> None:
        for head in heads.heads:
            self.heads[head.log] = head.seq

    async def request(self, frame: Frame, answer: type[F]) -> F:
        """Send a frame and wait for the next one of the answer's kind."""
        self._send(frame)
        return await self._next(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        super().connection_lost(exc)
        self._arrived.set()

    # --- messages ----------------------------------------------------------------------------

    def load(self, appends: Iterator[bytes]) -> None:
        """Take the encoded `append` frames that `send` will send, in this order."""
        self._appends = appends

    def send(self, count: int) -> int:
        """Send the next `count` messages in one write; fewer when they run out."""
        frames = list(islice(self._appends, count))
        if frames:
            self.transport.write(b"".join(frames))
        return len(frames)

    def start_counting(self) -> None:
        """From here on count entries and acknowledgements, and decode nothing."""
        # A frame that has come in part is counted as one whole.
        self._rest = bytes(self._splitter._buffer)  # noqa: SLF001
        self._is_counting = True

    def buffer_updated(self, nbytes: int) -> None:
        """Count or decode."""
        if self._is_counting:
            self._count(nbytes)
            return
        for payload in self._splitter.feed(BUFFER[:nbytes]):
            frame = decode_hub_frame(payload)
            if frame is not None and self.on_frame is not None:
                self.on_frame(frame)
            elif frame is not None:
                self._waiting.append(frame)
                self._arrived.set()

    def _count(self, nbytes: int) -> None:  # noqa: C901 - the generator's hot path, in one piece
        data, end = BUFFER, nbytes
        if self._rest:
            data = memoryview(self._rest + BUFFER[:nbytes].tobytes())
            end = len(data)
            self._rest = b""
        if self._skip > end:
            self._skip -= end
            return
        position, self._skip = self._skip, 0
        entries, self._pending = self._pending, 0
        acknowledged = 0
        while end - position >= LENGTH_BYTES:
            after = position + LENGTH_BYTES + _length(data, position)[0]
            if after > end and end - position < _HEAD_BYTES:
                break  # its head is not here yet
            tag = data[position + LENGTH_BYTES + 1]
            if tag == _ENTRIES_TAG and after > end:
                self._pending = _entries_in(data, position + LENGTH_BYTES)
            elif tag == _ENTRIES_TAG:
                entries += _entries_in(data, position + LENGTH_BYTES)
            elif tag == _APPENDED_TAG:
                acknowledged += 1
            elif tag in _FAILURES:
                self._fail(data[position + LENGTH_BYTES : min(after, end)])
            position = after
        self._keep(data, position, end)
        if entries:
            self.on_delivered(entries)
        if acknowledged:
            self.on_acknowledged(acknowledged)

    def _keep(self, data: memoryview, position: int, end: int) -> None:
        """Remember how much of a frame must still come, or the piece of a head that has come."""
        if position > end:
            self._skip = position - end
        elif position < end:
            self._rest = data[position:end].tobytes()

    def _fail(self, payload: memoryview) -> None:
        self.failure = repr(decode_hub_frame(payload.tobytes()))
        self.transport.abort()


def _entries_in(data: memoryview, start: int) -> int:
    """Return how many entries the `entries` frame at `start` holds (`docs/protocol.md` §4)."""
    position = start + _FIRST_SEQ_AT
    position += _INTEGER_BYTES[data[position]] + _HASH_BYTES
    position += _INTEGER_BYTES[data[position]]
    first = data[position]
    return first & 0x0F if first < 0xA0 else _short(data, position + 1)[0]


# --- many of them ----------------------------------------------------------------------------


async def connect(person: Person, port: int, context: ssl.SSLContext) -> HubClient:
    """Open a connection to the hub on this machine; nothing is said yet."""
    client = HubClient(person)
    await aiofastnet.create_connection(
        asyncio.get_running_loop(),
        lambda: client,
        "127.0.0.1",
        port,
        ssl=context,
        server_hostname=CERTIFICATE_NAME,
    )
    return client


async def log_all_in(people: list[Person], port: int) -> list[HubClient]:
    """Log everybody in, as many at a time as the hub lets strangers of one address be."""
    context = client_context()
    gate = asyncio.Semaphore(MAX_UNAUTHENTICATED_PER_ADDRESS)

    async def log_in(person: Person) -> HubClient:
        async with gate:
            client = await connect(person, port, context)
            await client.log_in()
            return client

    async with asyncio.TaskGroup() as tasks:
        logins = [tasks.create_task(log_in(person)) for person in people]
    return [login.result() for login in logins]


async def enrol_all(people: list[Person], port: int) -> None:
    """Enrol everybody, so many at a time."""
    context = client_context()
    gate = asyncio.Semaphore(MAX_UNAUTHENTICATED_PER_ADDRESS // 2)

    async def enrol(person: Person) -> None:
        async with gate:
            client = await connect(person, port, context)
            await client.enrol()

    async with asyncio.TaskGroup() as tasks:
        for person in people:
            tasks.create_task(enrol(person))
