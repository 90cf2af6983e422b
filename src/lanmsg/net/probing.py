"""Small tries on the network, each with a time limit, that say how it went: for finding out what is wrong.

Nothing here believes what it hears, and nothing goes further than the local network, but for a
connection to an address that the caller names.
"""

import asyncio
import contextlib
import errno
import ipaddress
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lanmsg.net.http_get import http_get
from lanmsg.net.interfaces import Interface
from lanmsg.wire.addresses import Address

MDNS_GROUP: Final = "224.0.0.251"
MDNS_PORT: Final = 5353
MAX_HEARD: Final = 256
"""Machines counted of those that were heard: a network with more is busy enough."""
_EVERYBODY_ASKED: Final = (
    b"\0\0\0\0\0\1\0\0\0\0\0\0" + b"\x09_services\x07_dns-sd\x04_udp\x05local\0" + b"\0\x0c\0\1"
)
"""Which services are there? (RFC 6763 §9): every machine that speaks mDNS answers."""
_UNREACHABLE: Final = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_MAX_ANSWER_BYTES: Final = 64 * 1024
_NOWHERE: Final = "203.0.113.1"
"""An address of nobody (RFC 5737), to ask for the way out; nothing is sent there."""


class Reach(StrEnum):
    """How a connection went."""

    OPEN = "open"
    REFUSED = "refused"
    """The machine is there, and nothing listens, or its firewall says no."""
    SILENT = "no answer"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "not permitted"
    """Our own machine does not let it out."""
    NO_NAME = "name not found"


@dataclass(frozen=True, slots=True)
class TcpTry:
    """A connection that was tried. `host` is the numeric address; empty if the name was not found."""

    address: Address
    host: str
    reach: Reach


async def try_tcp(address: Address, *, timeout_s: float) -> TcpTry:
    """Connect by TCP and hang up at once; returns within twice `timeout_s`."""
    host = await resolve(address, timeout_s=timeout_s)
    if host is None:
        return TcpTry(address, "", Reach.NO_NAME)
    return TcpTry(address, host, await _connect(Address(host, address.port), timeout_s))


async def _connect(address: Address, timeout_s: float) -> Reach:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except TimeoutError:
        return Reach.SILENT
    except OSError as error:
        return _reach_of(error)
    writer.transport.abort()
    return Reach.OPEN


def _reach_of(error: OSError) -> Reach:
    if isinstance(error, ConnectionRefusedError):
        return Reach.REFUSED
    if isinstance(error, PermissionError):
        return Reach.FORBIDDEN
    return Reach.UNREACHABLE if error.errno in _UNREACHABLE else Reach.SILENT


async def resolve(address: Address, *, timeout_s: float) -> str | None:
    """Return a host's first numeric address; None if there is none in time.

    On a thread of its own: asyncio would wait for a name server that does not answer.
    """
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(address.host)
        return address.host
    found = await in_time(lambda: _look_up(address), timeout_s=timeout_s)
    return found or None


def _look_up(address: Address) -> str:
    try:
        *_, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return ""
    return str(place[0])


async def in_time(function: "Callable[[], str]", *, timeout_s: float) -> str | None:
    """Run a function that may hang on a thread; None if it does. What it does later is ignored."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[str] = loop.create_future()

    def run() -> None:
        found = function()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_set, result, found)

    threading.Thread(target=run, name="lanmsg probe", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            return await result
    except TimeoutError:
        return None


def _set(result: "asyncio.Future[str]", found: str) -> None:
    if not result.done():
        result.set_result(found)


# --- multicast -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MulticastTry:
    """Whether what this machine sends to a group on one of its networks comes back to itself."""

    interface: str
    is_heard: bool
    error: str = ""


async def hear_own_multicast(interface: Interface, *, timeout_s: float) -> MulticastTry:
    """Send one packet to the group of mDNS, to a port of our own, and listen for it. IPv4 only."""
    nonce = secrets.token_bytes(16)
    heard = asyncio.Event()

    def take(packet: bytes, source: tuple[Any, ...]) -> None:
        del source
        if packet == nonce:
            heard.set()

    try:
        opened = _group_socket([interface.address], 0)
        with contextlib.closing(await _listen(opened, take)):
            opened.sendto(nonce, (MDNS_GROUP, opened.getsockname()[1]))
            async with asyncio.timeout(timeout_s):
                await heard.wait()
    except TimeoutError:
        return MulticastTry(interface.name, is_heard=False)
    except OSError as error:
        return MulticastTry(interface.name, is_heard=False, error=error.strerror or str(error))
    return MulticastTry(interface.name, is_heard=True)


async def hear_multicast(interfaces: Sequence[Interface], *, listen_s: float) -> set[str]:
    """Ask by mDNS who is there, and return the IPv4 addresses of the machines that were heard."""
    heard: set[str] = set()

    def take(packet: bytes, source: tuple[Any, ...]) -> None:
        if packet and len(heard) < MAX_HEARD:
            heard.add(str(source[0]))

    try:
        opened = _group_socket([each.address for each in interfaces], MDNS_PORT)
    except OSError:
        return heard
    with contextlib.closing(await _listen(opened, take)):
        for interface in interfaces:
            with contextlib.suppress(OSError):
                opened.setsockopt(
                    socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface.address)
                )
                opened.sendto(_EVERYBODY_ASKED, (MDNS_GROUP, MDNS_PORT))
        await asyncio.sleep(listen_s)
    return heard


def _group_socket(addresses: Sequence[str], port: int) -> socket.socket:
    """Open a UDP socket that hears the group of mDNS on these networks, next to other programs."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.settimeout(0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if port and hasattr(socket, "SO_REUSEPORT"):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(("", port))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        for address in addresses:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
            membership = socket.inet_aton(MDNS_GROUP) + socket.inet_aton(address)
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except BaseException:
        opened.close()
        raise
    return opened


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, tuple[Any, ...]], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._take(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Somebody who was asked is gone."""


async def _listen(
    opened: socket.socket, take: Callable[[bytes, tuple[Any, ...]], None]
) -> asyncio.DatagramTransport:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Listener(take), sock=opened
    )
    return transport


# --- this machine ----------------------------------------------------------------------------


def source_for(host: str) -> str | None:
    """Return this machine's own address on the way to another; None if there is no way. Sends nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            *_, place = socket.getaddrinfo(host, 9, family, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)[0]
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError:
        return None


def source_for_the_world() -> str | None:
    """Return this machine's own address on its way out; None if there is no way out. Sends nothing."""
    return source_for(_NOWHERE)


def is_udp_port_free(port: int) -> bool:
    """Tell whether no program of this machine has this UDP port for itself."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port))
    except OSError:
        return False
    return True


# --- another machine's clock -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpDate:
    """When a hub says it is (`Date` of HTTP, to a second), and when we asked, both Unix s."""

    theirs: str
    asked_at_s: float
    answered_at_s: float


async def http_date(address: Address, *, timeout_s: float) -> HttpDate | None:
    """Ask a hub's health page for the time; None if it does not answer so."""
    asked_at_s = time.time()
    answer = await http_get(address, "/healthz", timeout_s=timeout_s, max_bytes=_MAX_ANSWER_BYTES)
    answered_at_s = time.time()
    if answer is None or "date" not in answer.headers:
        return None
    return HttpDate(answer.headers["date"], asked_at_s, answered_at_s)
