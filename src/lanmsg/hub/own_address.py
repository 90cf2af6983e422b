"""Whether who asks is at this machine, and a browser's request is meant for this hub and from its own page.

A page from anywhere can make a browser ask us. Two headers, which no page can change, tell:

- `Host` is what stands in the address bar. A foreign name there is one that its owner points at us, so that
  our answers count as theirs (DNS rebinding). Nobody can point an IP address anywhere, so each is good.
- `Origin` is the page that opened a WebSocket: only ours may.
"""

import ipaddress
import re
from collections.abc import Collection
from typing import Final

LOCALHOST: Final = "localhost"
_HOST = re.compile(r"(?:\[([0-9a-f:.]{2,45})\]|([0-9a-z_.-]{1,253}))(?::[0-9]{1,5})?")


def is_own_host(host: str, names: Collection[str]) -> bool:
    """Tell whether this `Host` means us.

    Args:
        host: the header: a name or an IP address, perhaps with a port.
        names: what this hub is called, in lower case; `localhost` always counts.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    bracketed, plain = found.groups()
    if bracketed is not None:
        return _is_ip_address(bracketed, version=6)
    return _is_ip_address(plain, version=4) or plain == LOCALHOST or plain in names


def is_own_page(origin: str, host: str) -> bool:
    """Tell whether this `Origin` is the address that `Host` names (RFC 6454 §6.2), over https."""
    return origin.lower() == f"https://{host.lower()}"


def _is_ip_address(text: str, *, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def is_loopback(address: str | None) -> bool:
    """Tell whether an IP address is of this machine; not knowing it counts as no."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
