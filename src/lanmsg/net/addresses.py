"""Addresses of hubs: a host and a port, and how they are written."""

from typing import NamedTuple


class Address(NamedTuple):
    """A host (name, IPv4 or IPv6 address, perhaps with a zone: `fe80::1%eth0`) and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
