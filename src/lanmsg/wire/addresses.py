"""Addresses of hubs as people write them: HOST:PORT, IPv4, [IPv6]:PORT, bare IPv6, names."""

import re
from dataclasses import dataclass

from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import DEFAULT_PORT
from lanmsg.wire.safe_text import clip, safe_line

_LONGEST_HOST = 253  # RFC 1035 §2.3.4, without the final dot
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_SCOPE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::(.*))?", re.DOTALL)
_SHOWN_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Address:
    """Where a hub listens.

    Attributes:
        host: A name, an IPv4 or an IPv6 address, lower case, in its shortest spelling, without
            brackets; an IPv6 address keeps its `%scope`.
        port: 1 to 65535.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return format_address(self)


def format_address(address: Address) -> str:
    """Return `HOST:PORT`, with IPv6 in brackets: what `parse_address` reads back."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def parse_address(text: str, default_port: int = DEFAULT_PORT) -> Address:
    """Read an address that a person typed or a program announced; no name is looked up.

    Raises:
        LocalError: with a sentence that says what is wrong with it.
    """
    text = text.strip()
    if not text:
        raise LocalError("the address is empty: write it as HOST or HOST:PORT, as in 192.168.1.5:7777")
    if "://" in text:
        raise LocalError(f"{_shown(text)} is a link, not an address: write only its HOST:PORT")
    host, port = _split_port(text)
    return Address(_parse_host(host, text), default_port if port is None else _parse_port(port, text))


def _split_port(text: str) -> tuple[str, str | None]:
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        if ":" not in bracketed[1]:
            raise LocalError(f"{_shown(text)} is no address: only IPv6 addresses stand in brackets")
        return bracketed[1], bracketed[2]
    if text.count(":") > 1:  # a bare IPv6 address: no telling where a port would begin
        return text, None
    host, colon, port = text.partition(":")
    return host, port if colon else None


def _parse_port(text: str, address: str) -> int:
    port = int(text) if re.fullmatch("[0-9]{1,5}", text) else 0
    if not 1 <= port <= 65535:
        raise LocalError(f"{_shown(address)} has no valid port: after the : comes a number from 1 to 65535")
    return port


def _parse_host(host: str, address: str) -> str:
    if ":" in host:
        return _parse_ipv6(host, address)
    host = host.lower().removesuffix(".")
    if not host:
        raise LocalError(f"{_shown(address)} names no machine: write HOST:PORT, as in 192.168.1.5:7777")
    if re.fullmatch(r"[0-9.]+", host):
        return _parse_ipv4(host, address)
    if not host.isascii():
        raise LocalError(f"{_shown(address)} has a letter that addresses can't have: use the number instead")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise LocalError(f"{_shown(address)} is no address: a name has letters, digits, - and dots only")
    return host


def _parse_ipv4(host: str, address: str) -> str:
    from ipaddress import AddressValueError, IPv4Address

    try:
        return str(IPv4Address(host))
    except AddressValueError as error:
        raise LocalError(
            f"{_shown(address)} is no IPv4 address: it has four numbers from 0 to 255, as in 192.168.1.5"
        ) from error


def _parse_ipv6(host: str, address: str) -> str:
    from ipaddress import AddressValueError, IPv6Address

    bare, percent, scope = host.partition("%")
    if percent and not _SCOPE.fullmatch(scope):
        raise LocalError(f"{_shown(address)}: after the % comes the network interface, as in fe80::1%eth0")
    try:
        return str(IPv6Address(bare)) + percent + scope
    except AddressValueError as error:
        raise LocalError(
            f"{_shown(address)} is no IPv6 address; with a port it needs brackets, as in [fd00::5]:7777"
        ) from error


def _shown(text: str) -> str:
    return clip(safe_line(text[: 2 * _SHOWN_COLUMNS]), _SHOWN_COLUMNS)
