"""Sockets that listen, and sentences for the ways this fails."""

import errno
import os
import socket
from collections.abc import Iterable, Sequence
from typing import Final

from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LocalError

BACKLOG: Final = 1024
"""Connections the kernel holds until we accept: a whole office that comes back after a restart."""
_PORTS_TO_TRY: Final = 20
"""How far above a port in use we look for a free one to suggest."""
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - a hub is there to be reached


def bind_all(addresses: Sequence[Address]) -> list[socket.socket]:
    """Open listening sockets, non-blocking, at every address; at all of them or none.

    The host "" means every IPv4 and every IPv6 address of this machine. IPv6 sockets take
    IPv6 only, so that both can have the same port. Port 0 lets the system choose; the two families
    of one entry then still share it.

    Raises:
        LocalError: saying which address cannot be had, why, and what to do.
    """
    listening: list[socket.socket] = []
    try:
        for address in addresses:
            listening += _bind_each(_resolve(address) if address.host else _everywhere(address.port))
    except BaseException:
        close_all(listening)
        raise
    return listening


def close_all(sockets: Iterable[socket.socket]) -> None:
    """Close the sockets."""
    for one in sockets:
        one.close()


def _everywhere(port: int) -> list[Address]:
    hosts = _EVERYWHERE if _has_ipv6() else _EVERYWHERE[:1]
    return [Address(host, port) for host in hosts]


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _resolve(address: Address) -> list[Address]:
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise LocalError(
            f"cannot listen at {address.host}: there is no such address ({error.strerror})"
        ) from error
    return list(dict.fromkeys(Address(str(place[0]), address.port) for *_, place in found))


def _bind_each(addresses: list[Address]) -> list[socket.socket]:
    listening: list[socket.socket] = []
    try:
        for address in addresses:
            # With port 0 the second family follows the first to the port it was given.
            port = address.port or (listening[0].getsockname()[1] if listening else 0)
            listening.append(_listen(Address(address.host, port)))
    except BaseException:
        close_all(listening)
        raise
    return listening


def _listen(address: Address) -> socket.socket:
    *_, place = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
    )[0]
    one = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        one.settimeout(0)
        if os.name == "posix":  # elsewhere it would let another program take our port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if one.family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(place)
        one.listen(BACKLOG)
    except OSError as error:
        one.close()
        raise LocalError(_sentence_for(error, address)) from error
    return one


def _sentence_for(error: OSError, address: Address) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {address.port} at {address.host} is in use by another program, perhaps by a hub that "
            f"already runs: stop that one, or choose another port{_free_port_after(address)}"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"this user may not listen at {address}: choose a port of 1024 or above, "
            f"or ask whoever administers this machine"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address.host} is not an address of this machine: choose one that is, or none to use all"
    return f"cannot listen at {address} ({error.strerror})"


def _free_port_after(address: Address) -> str:
    for port in range(address.port + 1, min(address.port + 1 + _PORTS_TO_TRY, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET) as probe:
            try:
                probe.bind((address.host, port))
            except OSError:
                continue
            return f" ({port} is free)"
    return ""
