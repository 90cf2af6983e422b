"""This machine's addresses on its networks, as discovery needs them."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

ALL_NODES: Final = "ff02::1"
LONGEST_BROADCAST_PREFIX: Final = 30
"""A network of two (/31) or one (/32) has no broadcast address (RFC 3021)."""


@dataclass(frozen=True, slots=True, order=True)
class Interface:
    """One address of one network interface.

    Attributes:
        name: as the system calls it (`eth0`, `Wi-Fi`).
        address: IPv4 or IPv6, the latter with `%zone` if it is link-local.
        prefix_bits: how many of the address's bits name the network.
    """

    name: str
    address: str
    prefix_bits: int

    @property
    def everybody(self) -> str | None:
        """Where to send what all machines on this network shall hear; None if there is no such address.

        For IPv4 the broadcast address; for a link-local IPv6 address all nodes of its link (RFC 4291
        §2.7.1), which spares the interface's other IPv6 addresses the same question.
        """
        if "%" in self.address:
            return f"{ALL_NODES}%{self.address.partition('%')[2]}"
        if ":" in self.address or self.prefix_bits > LONGEST_BROADCAST_PREFIX:
            return None
        return str(ipaddress.IPv4Network((self.address, self.prefix_bits), strict=False).broadcast_address)


def list_interfaces() -> list[Interface]:
    """Return all addresses but loopback ones, in a stable order.

    Takes some 30 ms the first time (ctypes), so call it in a thread when that matters.
    """
    import ifaddr  # late: a client that finds its hub at once never needs it

    found: set[Interface] = set()
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ip.ip if isinstance(ip.ip, str) else _scoped(ip.ip[0], str(adapter.nice_name))
            if not ipaddress.ip_address(address).is_loopback:
                found.add(Interface(str(adapter.nice_name), address, int(ip.network_prefix)))
    return sorted(found)


def _scoped(address: str, interface: str) -> str:
    return f"{address}%{interface}" if ipaddress.ip_address(address).is_link_local else address


def with_zone(address: str, interface_index: int) -> str:
    """Write an IPv6 address with the name of the interface behind which it is; 0 means none."""
    if not interface_index:
        return address
    try:
        return f"{address}%{socket.if_indextoname(interface_index)}"
    except OSError:  # the interface is gone
        return address
