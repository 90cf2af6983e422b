"""Finding hubs with one UDP packet each way.

    probe   b"lanmsg?1", nonce (16 bytes), zeros up to the length of an answer
    answer  b"lanmsg!1", the probe's nonce, hub id (16 bytes), TCP port (2 bytes, big-endian)

An answer is never longer than its probe, so a hub amplifies nobody's forged packets (RFC 5405 §6).
"""

import asyncio
import contextlib
import socket
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final, NamedTuple, cast

from lanmsg.net.candidates import Attempt, Candidates
from lanmsg.net.interfaces import with_zone
from lanmsg.wire.addresses import Address
from lanmsg.wire.ids import ID_BYTES, HubId

PROBE: Final = b"lanmsg?1"
ANSWER: Final = b"lanmsg!1"
NONCE_BYTES: Final = 16
_PORT_BYTES: Final = 2
_HEAD_BYTES: Final = len(PROBE) + NONCE_BYTES
PACKET_BYTES: Final = _HEAD_BYTES + ID_BYTES + _PORT_BYTES

ANSWERS_PER_SOURCE_S: Final = 8
"""Answers to one IP address in a second: a search sends some three probes by each of some ways."""
ANSWERS_PER_S: Final = 500
"""Answers in all in a second: a hall of people that looks at once, and no flood."""

SocketAddress = tuple[Any, ...]
"""As sockets give it: host and port, and for IPv6 flow and zone."""


class Answer(NamedTuple):
    """What an answer says."""

    hub: HubId
    port: int


def encode_probe(nonce: bytes) -> bytes:
    """Return a probe with this nonce."""
    return (PROBE + nonce).ljust(PACKET_BYTES, b"\0")


def nonce_of(packet: bytes) -> bytes | None:
    """Return the nonce of a probe; None if it is none, or too short to be answered."""
    if len(packet) < PACKET_BYTES or not packet.startswith(PROBE):
        return None
    return packet[len(PROBE) : _HEAD_BYTES]


def encode_answer(nonce: bytes, *, hub: HubId, port: int) -> bytes:
    """Return the answer to the probe with this nonce."""
    return ANSWER + nonce + hub + port.to_bytes(_PORT_BYTES, "big")


def decode_answer(packet: bytes, *, nonce: bytes) -> Answer | None:
    """Return what an answer to our probe says; None if it is not one."""
    if len(packet) != PACKET_BYTES or packet[:_HEAD_BYTES] != ANSWER + nonce:
        return None
    port = int.from_bytes(packet[-_PORT_BYTES:], "big")
    return Answer(HubId(packet[_HEAD_BYTES:-_PORT_BYTES]), port) if port else None


# --- the hub's side --------------------------------------------------------------------------


class Responder(asyncio.DatagramProtocol):
    """Answers probes, to each source and in all only so often."""

    _transport: asyncio.DatagramTransport

    def __init__(self, hub: HubId, port: int, *, loop: asyncio.AbstractEventLoop) -> None:
        self._hub = hub
        self._port = port
        self._loop = loop
        self._second = 0
        self._answers: Counter[str] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        """Answer a probe; drop anything else."""
        nonce = nonce_of(data)
        if nonce is not None and self._may_answer(addr[0]):
            self._transport.sendto(encode_answer(nonce, hub=self._hub, port=self._port), addr)

    def error_received(self, exc: Exception) -> None:
        """Somebody who asked is gone: nothing to do."""

    def _may_answer(self, source: str) -> bool:
        second = int(self._loop.time())
        if second != self._second:
            self._second = second
            self._answers.clear()
        if self._answers[source] >= ANSWERS_PER_SOURCE_S or self._answers.total() >= ANSWERS_PER_S:
            return False
        self._answers[source] += 1
        return True


@contextlib.asynccontextmanager
async def responder(hub: HubId, port: int, *, udp_port: int, everywhere: bool) -> AsyncGenerator[list[str]]:
    """Answer probes at this UDP port, next to other hubs on this machine; yields warnings.

    Args:
        hub: who answers.
        port: the TCP port to tell.
        udp_port: where to listen.
        everywhere: on all networks, or on loopback alone.
    """
    hosts = ("0.0.0.0", "::") if everywhere else ("127.0.0.1", "::1")  # noqa: S104 - a hub wants to be found
    loop = asyncio.get_running_loop()
    warnings: list[str] = []
    with contextlib.ExitStack() as stack:
        for host in hosts:
            try:
                opened = _shared_udp_socket(host, udp_port)
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: Responder(hub, port, loop=loop), sock=opened
                )
            except OSError as error:
                if ":" not in host:  # many machines have no IPv6, and need none
                    warnings.append(_warning(udp_port, error))
                continue
            stack.callback(transport.close)
        yield warnings


def _warning(udp_port: int, error: OSError) -> str:
    return (
        f"cannot answer searches at UDP port {udp_port} ({error.strerror}): "
        f"people may have to type this hub's address"
    )


def _shared_udp_socket(host: str, port: int) -> socket.socket:
    """Open a socket that several hubs on one machine can share: each of them hears a broadcast."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.settimeout(0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT") and sys.platform != "linux":
            # The BSDs and macOS want it for sharing. On Linux it would pick one hub for each packet.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if opened.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
    except BaseException:
        opened.close()
        raise
    return opened


# --- the client's side -----------------------------------------------------------------------


class _Asked(NamedTuple):
    """One address that was asked; its own nonce tells which question an answer belongs to."""

    target: SocketAddress
    nonce: bytes
    attempt: Attempt


class Prober:
    """Sends probes and takes answers; made by `open_prober`, which says more."""

    def __init__(self, candidates: Candidates, make_nonce: Callable[[int], bytes]) -> None:
        self._candidates = candidates
        self._make_nonce = make_nonce
        self._sockets: dict[int, socket.socket] = {}
        """By address family."""
        self._transports: list[asyncio.BaseTransport] = []
        self._asked: dict[bytes, _Asked] = {}

    async def open(self) -> None:
        """Open a socket for each address family this machine has."""
        for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 - answers come from anywhere
            with contextlib.suppress(OSError):
                self._sockets[family] = await self._open_one(family, host)

    async def _open_one(self, family: int, host: str) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.settimeout(0)
            if family == socket.AF_INET:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            opened.bind((host, 0))
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Answers(self.answered), sock=opened
            )
        except BaseException:
            opened.close()
            raise
        self._transports.append(transport)
        return opened

    def close(self) -> None:
        """Stop listening."""
        for transport in self._transports:
            transport.close()

    async def ask(self, address: Address, *, what: str) -> None:
        """Ask one address; `what` names it in the list of attempts.

        Two sockets ask. Only a connected one is told that nobody listens there; only the open one
        takes the answer of a machine that answers from another of its addresses, as those with IPv6
        privacy do.
        """
        attempt = self._candidates.tried(f"{what} {address}")
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Answers(self.answered, attempt), remote_addr=(address.host, address.port)
            )
        except (OSError, UnicodeError) as error:
            attempt.result = _words(error)
            return
        self._transports.append(transport)
        asked = self._new_question(transport.get_extra_info("peername"), attempt)
        transport.sendto(encode_probe(asked.nonce))
        self._send(asked)

    def ask_everybody(self, address: str, udp_port: int, *, what: str) -> None:
        """Ask all on a network, by its broadcast address or an IPv6 multicast address with its zone."""
        *_, target = socket.getaddrinfo(address, udp_port, flags=socket.AI_NUMERICHOST)[0]
        self._send(self._new_question(target, self._candidates.tried(f"{what} {address}")))

    def repeat(self) -> None:
        """Ask everybody again: packets get lost."""
        for asked in self._asked.values():
            self._send(asked)

    def answered(self, packet: bytes, source: SocketAddress) -> None:
        """Take a packet that came in; drop what is no answer to us."""
        asked = self._asked.get(packet[len(ANSWER) : _HEAD_BYTES])
        answer = decode_answer(packet, nonce=asked.nonce) if asked is not None else None
        if asked is None or answer is None:
            return
        asked.attempt.result = "answered"
        address = with_zone(*source[::3]) if ":" in source[0] else source[0]
        self._candidates.add(answer.hub, address=address, port=answer.port, how="it answered a search by UDP")

    def _new_question(self, target: SocketAddress, attempt: Attempt) -> _Asked:
        asked = _Asked(target, self._make_nonce(NONCE_BYTES), attempt)
        self._asked[asked.nonce] = asked
        return asked

    def _send(self, asked: _Asked) -> None:
        family = socket.AF_INET6 if ":" in asked.target[0] else socket.AF_INET
        if family not in self._sockets:
            asked.attempt.result = f"this machine has no IPv{6 if family == socket.AF_INET6 else 4}"
            return
        try:
            # By the socket itself: a transport would tell of an error somewhere else.
            self._sockets[family].sendto(encode_probe(asked.nonce), asked.target)
        except OSError as error:
            asked.attempt.result = _words(error)


class _Answers(asyncio.DatagramProtocol):
    """Passes packets on; notes at its attempt that nobody listens there."""

    def __init__(
        self, answered: Callable[[bytes, SocketAddress], None], attempt: Attempt | None = None
    ) -> None:
        self._answered = answered
        self._attempt = attempt

    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        """Pass it on."""
        self._answered(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Note it: refused, unreachable."""
        if self._attempt is not None:
            self._attempt.result = _words(exc)


async def open_prober(candidates: Candidates, *, make_nonce: Callable[[int], bytes]) -> Prober:
    """Make a prober that adds what it hears to `candidates`, until its `close`.

    `make_nonce` returns so many random bytes: who did not see a probe cannot answer it.
    """
    prober = Prober(candidates, make_nonce)
    await prober.open()
    return prober


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "name not found"
    return getattr(error, "strerror", None) or str(error)
