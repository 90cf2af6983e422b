"""Frames on a bare TLS stream: the link between native clients and the hub, the same at both ends."""

import asyncio
import contextlib
import errno
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Final, cast

from lanmsg.net.link import HIGH_MARK_BYTES, LOW_MARK_BYTES, LinkHandler
from lanmsg.wire.codec import FrameSplitter
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.limits import DEAD_AFTER_S, MAX_UNAUTHENTICATED_FRAME_BYTES, PING_INTERVAL_S

CLOSED_BY_US: Final = "closed by this side"
CLOSED_BY_THEM: Final = "closed by the other side"

_KEEPALIVE_PROBES: Final = 3
"""The kernel finds a dead machine like the pings above it do, for connections that send none (HTTP)."""

ChooseProtocol = Callable[[str | None], asyncio.BaseProtocol | None]
"""From the ALPN name that both ends agreed on to the protocol that takes over; None: hang up."""


class TlsLink(asyncio.Protocol):
    """One end of a TLS connection with frames; see `Link` for the promises.

    Give it to asyncio as a protocol, when or after the handshake is done: `connection_made` opens
    the link. `certificate_hash` is given at the hub; a client's end measures it.
    """

    __slots__ = (
        "_certificate_hash",
        "_handler",
        "_is_broken",
        "_is_closing",
        "_is_same_machine",
        "_remote",
        "_splitter",
        "_transport",
    )

    _transport: asyncio.Transport

    def __init__(self, handler: LinkHandler, *, certificate_hash: bytes | None = None) -> None:
        self._handler = handler
        self._certificate_hash = certificate_hash
        self._splitter = FrameSplitter(max_frame_bytes=MAX_UNAUTHENTICATED_FRAME_BYTES)
        self._remote = ""
        self._is_same_machine = False
        self._is_closing = False
        self._is_broken = False

    # --- Link --------------------------------------------------------------------------------

    @property
    def remote(self) -> str:
        """The other end's IP address."""
        return self._remote

    @property
    def is_same_machine(self) -> bool:
        """Whether both ends have one address, or the other has one that no network carries."""
        return self._is_same_machine

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the hub's certificate (DER)."""
        assert self._certificate_hash is not None, "only an open link knows the certificate"
        return self._certificate_hash

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return 0 if self._is_closing else self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Send encoded frames; what the kernel does not take now waits in the transport."""
        if not self._is_closing:
            self._transport.write(data)

    def set_max_frame_bytes(self, limit: int) -> None:
        """Change what a frame from the other end may hold."""
        self._splitter.max_frame_bytes = limit

    def close(self) -> None:
        """Send what is unsent, then close; whoever opened the transport set the time for it."""
        if not self._is_closing:
            self._is_closing = True
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._transport.abort()

    # --- asyncio.Protocol --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the link."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HIGH_MARK_BYTES, low=LOW_MARK_BYTES)
        self._remote = transport.get_extra_info("peername")[0]
        self._is_same_machine = _is_own(self._remote, transport.get_extra_info("sockname"))
        if self._certificate_hash is None:
            self._certificate_hash = _peer_certificate_hash(transport)
        _set_options(transport.get_extra_info("socket"))
        try:
            self._handler.link_opened(self)
        except BaseException:
            self.abort()
            raise

    def data_received(self, data: bytes) -> None:
        """Cut into frames and hand them on."""
        if self._is_closing or self._is_broken:
            return
        try:
            payloads = self._splitter.feed(data)
        except RemoteError as error:
            self._is_broken = True
            self._handler.link_broken(error)
            return
        if payloads:
            self._handler.frames_received(payloads)

    def resume_writing(self) -> None:
        """The transport fell to the low mark."""
        if not self._is_closing:
            self._handler.link_drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        reason = CLOSED_BY_US if self._is_closing else reason_for(exc)
        self._is_closing = True
        self._handler.link_lost(reason)


class AlpnSwitch(asyncio.Protocol):
    """The first protocol of a TLS connection: hands it to the one that both ends agreed on."""

    __slots__ = ("_choose", "is_handed_over")

    def __init__(self, choose: ChooseProtocol) -> None:
        self._choose = choose
        self.is_handed_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is done: choose, and step aside."""
        tls = transport.get_extra_info("ssl_object")
        protocol = self._choose(tls.selected_alpn_protocol())
        if protocol is None:
            cast("asyncio.Transport", transport).abort()
            return
        self.is_handed_over = True
        transport.set_protocol(protocol)
        protocol.connection_made(transport)


def reason_for(error: BaseException | None) -> str:
    """Say in words why a connection ended that we did not close."""
    if error is None:
        return CLOSED_BY_THEM
    if isinstance(error, ssl.SSLError):
        return f"the encrypted connection broke ({tls_reason(error)})"
    if isinstance(error, TimeoutError):
        return "no answer from the other side"
    if isinstance(error, ConnectionError):
        return "connection reset by the other side"
    if isinstance(error, OSError) and error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN):
        return "the network is gone"
    return f"the connection broke ({error})"


def tls_reason(error: ssl.SSLError) -> str:
    """OpenSSL's name for what went wrong; not every error has one."""
    return getattr(error, "reason", None) or "TLS error"


def _is_own(remote: str, own: tuple[str, ...] | None) -> bool:
    """Tell whether the other end is here: no system takes a packet with its own address from outside."""
    return own is not None and (remote == own[0] or ipaddress.ip_address(remote).is_loopback)


def _peer_certificate_hash(transport: asyncio.BaseTransport) -> bytes:
    # In binary form a certificate is there even when nobody has verified it (CERT_NONE).
    certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return hashlib.sha256(certificate).digest()


def _set_options(connection: socket.socket) -> None:
    """Send at once, and let the kernel notice a machine that is gone.

    asyncio sets TCP_NODELAY only on sockets made with IPPROTO_TCP by name, not on ours. Without it a
    small write waits for the acknowledgement of the one before: some 40 ms.
    """
    options = {
        "TCP_KEEPIDLE": int(PING_INTERVAL_S),
        "TCP_KEEPINTVL": int((DEAD_AFTER_S - PING_INTERVAL_S) / _KEEPALIVE_PROBES),
        "TCP_KEEPCNT": _KEEPALIVE_PROBES,
    }
    with contextlib.suppress(OSError):  # a help, not a need; and the connection may be gone already
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if hasattr(socket, name):  # macOS and Windows have other subsets
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
