"""From an address to an open link, or to a sentence that says why not."""

import asyncio
import errno
import ipaddress
import socket
import ssl
from typing import Final, NamedTuple, cast

from lanmsg.net.link import CLOSE_TIMEOUT_S, LinkHandler
from lanmsg.net.tls import CERTIFICATE_NAME, client_context
from lanmsg.net.tls_link import AlpnSwitch, TlsLink, tls_reason
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LinkLost
from lanmsg.wire.limits import ALPN_FRAMES

HEAD_START_S: Final = 0.25
"""How long an address is tried alone before the next one joins in (RFC 8305 §5)."""
UNACKNOWLEDGED_S: Final = 20
"""When the kernel gives up on a hub whose machine has not acknowledged what we sent: after one of the two
moved to another address, a typed message must not wait for the end of `DEAD_AFTER_S`. Linux alone can."""
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


class _Place(NamedTuple):
    """One resolved address, as sockets want it."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int]


async def dial(address: Address, handler: LinkHandler, *, timeout_s: float) -> TlsLink:
    """Open a link to the hub at this address; `handler.link_opened` is called before this returns.

    Nothing about the hub is proven yet: that takes its `challenge` and `tls.verify_hub`.

    Raises:
        LinkLost: nobody there, or nobody who speaks our protocol, or not within `timeout_s`; the
            reason is a sentence for people. The handler then has not been called at all.
    """
    try:
        async with asyncio.timeout(timeout_s):
            connection = await _connect(address)
            _give_up_soon(connection)
            return await _shake_hands(connection, address, handler)
    except TimeoutError as error:
        raise LinkLost(f"nobody answers at {address} (no answer within {timeout_s:g} s)") from error


async def _shake_hands(connection: socket.socket, target: Address, handler: LinkHandler) -> TlsLink:
    link = TlsLink(handler)
    switch = AlpnSwitch(lambda alpn: link if alpn == ALPN_FRAMES else None)
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: switch,
            sock=connection,
            ssl=client_context(),
            server_hostname=CERTIFICATE_NAME,
            ssl_shutdown_timeout=CLOSE_TIMEOUT_S,
        )
    except ssl.SSLError as error:
        raise LinkLost(_tls_sentence(error, target)) from error
    except TimeoutError:
        raise
    except OSError as error:
        raise LinkLost(
            f"{target} hung up at once: it is no lanmsg hub, or has too many visitors now"
        ) from error
    finally:
        if not switch.is_handed_over:
            connection.close()
    if not switch.is_handed_over:
        raise LinkLost(f"{target} is not a lanmsg hub: something else answers there")
    return link


def _tls_sentence(error: ssl.SSLError, target: Address) -> str:
    reason = tls_reason(error)
    if reason in ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"):
        return f"{target} is not a lanmsg hub: its TLS is older than 1.3"
    if reason in ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "NO_APPLICATION_PROTOCOL"):
        return f"{target} is not a lanmsg hub: something else answers there"
    return f"{target} is not a lanmsg hub: it speaks no TLS ({reason})"


# --- TCP -------------------------------------------------------------------------------------


async def _connect(target: Address) -> socket.socket:
    """Try the addresses of a host: the next one after `HEAD_START_S`, or at once when one fails."""
    places = await _resolve(target)
    opened: list[socket.socket] = []
    failures: list[OSError] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            attempts: set[asyncio.Task[None]] = set()
            while (places or attempts) and not opened:
                if places:
                    attempts.add(tasks.create_task(_try(places.pop(0), opened, failures)))
                _, attempts = await asyncio.wait(
                    attempts,
                    timeout=HEAD_START_S if places else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            for attempt in attempts:
                attempt.cancel()
    except BaseException:
        _close_all(opened)
        raise
    if not opened:
        raise LinkLost(_tcp_sentence(failures, target)) from failures[0]
    _close_all(opened[1:])
    return opened[0]


async def _try(place: _Place, opened: list[socket.socket], failures: list[OSError]) -> None:
    try:
        connection = socket.socket(place.family, socket.SOCK_STREAM)
    except OSError as error:  # this machine has no such family
        failures.append(error)
        return
    try:
        connection.settimeout(0)
        await asyncio.get_running_loop().sock_connect(connection, place.sockaddr)
    except OSError as error:
        connection.close()
        failures.append(error)
    except BaseException:
        connection.close()
        raise
    else:
        opened.append(connection)


def _close_all(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()


async def _resolve(target: Address) -> list[_Place]:
    """Look the name up; an IP address needs neither a name server nor a thread."""
    try:
        if _is_ip_address(target.host):
            found = socket.getaddrinfo(
                target.host, target.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        else:
            found = await asyncio.get_running_loop().getaddrinfo(
                target.host, target.port, type=socket.SOCK_STREAM
            )
    except (socket.gaierror, UnicodeError) as error:
        raise LinkLost(f"no machine is called {target.host!r} here (name not found)") from error
    return [_Place(family, cast("tuple[str, int]", place)) for family, _, _, _, place in found]


def _give_up_soon(connection: socket.socket) -> None:
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_S * 1000)


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _tcp_sentence(failures: list[OSError], target: Address) -> str:
    if any(isinstance(failure, ConnectionRefusedError) for failure in failures):
        return f"nobody answers at {target} (connection refused)"
    if any(isinstance(failure, TimeoutError) for failure in failures):
        return f"nobody answers at {target} (no answer)"
    if any(failure.errno in _UNREACHABLE for failure in failures):
        return f"{target} cannot be reached from here (no way to that network or machine)"
    return f"{target} cannot be reached ({failures[0].strerror or failures[0]})"
