"""This machine's addresses on its networks, as discovery needs them."""

import ipaddress
from dataclasses import dataclass
from typing import Final

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
    def network(self) -> ipaddress.IPv4Network | None:
        """The network to which one can broadcast here; None without (IPv6, links of two)."""
        if ":" in self.address or self.prefix_bits > LONGEST_BROADCAST_PREFIX:
            return None
        return ipaddress.IPv4Network((self.address, self.prefix_bits), strict=False)


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
