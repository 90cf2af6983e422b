"""The hub's door: accept, limit strangers, shake hands, and hand over by ALPN."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

import aiofastnet

from lanmsg.net import plain_http
from lanmsg.net.binding import bind_all, close_all
from lanmsg.net.link import CLOSE_TIMEOUT_S, LinkHandler
from lanmsg.net.tls import ServerTls
from lanmsg.net.tls_link import AlpnSwitch, TlsLink
from lanmsg.wire.addresses import Address
from lanmsg.wire.limits import (
    ALPN_FRAMES,
    HANDSHAKE_TIMEOUT_S,
    MAX_UNAUTHENTICATED,
    MAX_UNAUTHENTICATED_PER_ADDRESS,
)

ACCEPTS_PER_TURN: Final = 16
"""Connections accepted before everything else has its turn. With one, clients that all come back at once,
while others talk, wait longer than they are willing to."""
ACCEPT_RETRY_S: Final = 1.0
"""How long to wait when the system is out of files or memory: as long as asyncio does."""
_TLS_HANDSHAKE: Final = b"\x16"
"""First byte of a TLS connection: ContentType.handshake (RFC 8446 §5.1)."""
_CLOSE_WAIT: Final = 8
"""TCP state: the other side has closed (`enum` in Linux' `net/tcp_states.h`)."""
_OUT_OF_SOMETHING = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class ConnectionGate:
    """Counts the connections that have not logged in, and says when there are too many.

    Each `admit` that said yes is followed by exactly one `authenticated` or `lost` for the same
    address. The listener calls both for connections it never hands over as links; for a link its
    session does: `authenticated(link.remote)` at login, or `lost(link.remote)` from `link_lost` when
    there was none.
    """

    def __init__(
        self, *, total: int = MAX_UNAUTHENTICATED, per_address: int = MAX_UNAUTHENTICATED_PER_ADDRESS
    ) -> None:
        self._total = total
        self._per_address = per_address
        self._strangers: Counter[str] = Counter()
        self._room = asyncio.Event()
        self._room.set()
        self.refused_count = 0
        """Connections refused since the start, for metrics."""

    @property
    def unauthenticated_count(self) -> int:
        """Connections without login now."""
        return self._strangers.total()

    def admit(self, address: str) -> bool:
        """Count one more stranger from this IP address; False if there are too many."""
        if self.unauthenticated_count >= self._total or self._strangers[address] >= self._per_address:
            self.refused_count += 1
            return False
        self._strangers[address] += 1
        if self.unauthenticated_count >= self._total:
            self._room.clear()
        return True

    def authenticated(self, address: str) -> None:
        """One of this address has logged in."""
        self._forget(address)

    def lost(self, address: str) -> None:
        """One of this address went away before it logged in."""
        self._forget(address)

    async def room(self) -> None:
        """Wait until there are fewer strangers than `total`: those who wait do so in the kernel."""
        await self._room.wait()

    def _forget(self, address: str) -> None:
        assert self._strangers[address] > 0, "one authenticated or lost for each admit"
        self._strangers[address] -= 1
        if not self._strangers[address]:
            del self._strangers[address]
        self._room.set()


class Listener:
    """Accepts connections until it is closed. Made by `listen`.

    It owns one task, in which a TaskGroup holds all others: one per socket and one per handshake.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        *,
        tls: Callable[[], ServerTls],
        gate: ConnectionGate,
        choose: Callable[[str, str | None, bytes], asyncio.BaseProtocol | None],
    ) -> None:
        self._sockets = sockets
        self._tls = tls
        self._gate = gate
        self._choose = choose
        self._loop = asyncio.get_running_loop()
        self.addresses = [Address(*one.getsockname()[:2]) for one in sockets]
        """Where it really listens, with the ports the system chose."""
        self._serving = self._loop.create_task(self._serve())
        # Not in the task itself: one that is cancelled before its first turn runs no `finally`.
        self._serving.add_done_callback(lambda _: close_all(sockets))

    def close(self) -> None:
        """Stop accepting and drop half-open handshakes; links that are open stay open."""
        self._serving.cancel()

    async def wait_closed(self) -> None:
        """Wait until the ports are free again, after `close`."""
        await asyncio.wait([self._serving])

    async def _serve(self) -> None:
        with _hung_up_handshakes_unreported(self._loop):
            async with asyncio.TaskGroup() as tasks:
                for one in self._sockets:
                    tasks.create_task(self._accept(one, tasks))

    async def _accept(self, listening: socket.socket, tasks: asyncio.TaskGroup) -> None:
        accepted = 0
        while True:
            try:
                connection, peer = await self._loop.sock_accept(listening)
            except OSError as error:  # the connection went away again, or the system is exhausted
                await asyncio.sleep(ACCEPT_RETRY_S if error.errno in _OUT_OF_SOMETHING else 0)
                continue
            await self._gate.room()
            if self._gate.admit(peer[0]):
                tasks.create_task(self._greet(connection, peer[0]))
            else:
                connection.close()
            accepted += 1
            if accepted % ACCEPTS_PER_TURN == 0:
                await asyncio.sleep(0)  # sock_accept does not yield while connections are waiting

    async def _greet(self, connection: socket.socket, address: str) -> None:
        """See the first byte before anything is spent on TLS: a silent stranger costs a socket."""
        tls = self._tls()  # once: a new certificate may come before the handshake is done
        switch = AlpnSwitch(lambda alpn: self._choose(address, alpn, tls.certificate_hash))
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                first = await _first_byte(self._loop, connection)
                if first == _TLS_HANDSHAKE and not has_given_up(connection):
                    await self._shake_hands(connection, switch, tls.context)
                elif first and first != _TLS_HANDSHAKE:
                    await self._redirect(connection)
        except OSError:  # reset, not TLS after all, TLS 1.2, or too slow: a stranger's trouble, not ours
            pass
        except Exception as error:  # noqa: BLE001 - a bug here must not end the listening
            self._loop.call_exception_handler({"message": "a handshake failed", "exception": error})
        finally:
            if not switch.is_handed_over:
                connection.close()
                self._gate.lost(address)

    async def _shake_hands(
        self, connection: socket.socket, switch: AlpnSwitch, context: ssl.SSLContext
    ) -> None:
        # By its own name: a loop patched by aiofastnet still has asyncio's connect_accepted_socket.
        await aiofastnet.connect_accepted_socket(
            self._loop,
            lambda: switch,
            connection,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            ssl_shutdown_timeout=CLOSE_TIMEOUT_S,
        )

    async def _redirect(self, connection: socket.socket) -> None:
        request = await self._loop.sock_recv(connection, plain_http.MAX_REQUEST_BYTES)
        answer = plain_http.redirect_for(request, port=connection.getsockname()[1])
        if answer is not None:
            await self._loop.sock_sendall(connection, answer)
            connection.shutdown(socket.SHUT_WR)
            await self._loop.sock_recv(connection, 1)  # let it read: a close now could reset the answer


async def listen(
    addresses: Sequence[Address],
    *,
    tls: Callable[[], ServerTls],
    make_handler: Callable[[], LinkHandler],
    make_http: Callable[[], asyncio.BaseProtocol] | None = None,
    gate: ConnectionGate,
) -> Listener:
    """Listen for native clients and, on the same port, for HTTP.

    Args:
        addresses: the host "" means all of this machine's, port 0 lets the system choose.
        tls: asked at each new connection, so that the certificate may change.
        make_handler: makes the handler of each new link.
        make_http: makes the protocol of each new HTTP connection; None: HTTP is hung up on. Such a
            connection leaves the gate at once: the HTTP side has its own limits, and asks the gate
            itself about a WebSocket that will log in.
        gate: counts connections from TCP accept to login. When it is full in all, newcomers wait in
            the kernel's queue; when it is full for their address, they are hung up on.

    Returns:
        A listener that already accepts. Whoever got it calls `close`.

    Raises:
        LocalError: an address cannot be had.
    """

    def choose(address: str, alpn: str | None, certificate_hash: bytes) -> asyncio.BaseProtocol | None:
        if alpn == ALPN_FRAMES:
            return TlsLink(make_handler(), certificate_hash=certificate_hash)
        if make_http is None:
            return None
        gate.authenticated(address)
        return make_http()

    return Listener(bind_all(addresses), tls=tls, gate=gate, choose=choose)


@contextlib.contextmanager
def _hung_up_handshakes_unreported(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Keep strangers from filling the log.

    COMPAT(aiofastnet 1.2): when the other side hangs up during the handshake, it tells the loop's
    exception handler, with the class ConnectionResetError where an exception should be. We have
    that from `connect_accepted_socket` already.
    """
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("exception") is ConnectionResetError:
            return
        if before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        if loop.get_exception_handler() is handle:
            loop.set_exception_handler(before)


def has_given_up(connection: socket.socket) -> bool:
    """Tell whether the other side has closed, where the system says so (Linux).

    Who waited too long in the kernel's queue has gone, and its first bytes are still there. A handshake
    with nobody costs as much as one with somebody, and makes the next in the queue wait too long as well.
    """
    if not hasattr(socket, "TCP_INFO"):
        return False
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _CLOSE_WAIT


async def _first_byte(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    """Wait for the first byte and leave it there; b"" if the other side closed."""
    readable = loop.create_future()
    try:
        loop.add_reader(connection, _resolve, readable)
    except NotImplementedError:  # Windows' proactor loop: TLS will see for itself
        return _TLS_HANDSHAKE
    try:
        await readable
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
