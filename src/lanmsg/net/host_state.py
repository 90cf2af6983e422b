"""What this machine says of its own network without root: tunnels, neighbours, firewalls.

Linux is read from `/proc`, `/sys` and `/etc`; what other systems know comes from their own commands. What
cannot be read is left out, never guessed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lanmsg.net.interfaces import Interface

COMMAND_TIMEOUT_S: Final = 2.0
_TUNNEL_NAMES: Final = re.compile(
    r"(?i)(tun|tap|wg|ppp|ipsec|utun|zt|tailscale|nordlynx|proton)\w*|.*(wireguard|openvpn|vpn|tap-windows).*"
)
_TUNNEL_TYPES: Final = frozenset({"65534", "512", "768"})
"""ARPHRD_NONE (tun, WireGuard), ARPHRD_PPP, ARPHRD_TUNNEL of Linux (if_arp.h)."""
_ANSWERED: Final = 0x2
"""ATF_COM of Linux (if_arp.h): the neighbour has told its hardware address."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall of this machine. `is_on` is None if that can't be read without root."""

    name: str
    is_on: bool | None


def interface_with(address: str | None, interfaces: Sequence[Interface]) -> Interface | None:
    """Return the interface that has this address."""
    bare = (address or "").partition("%")[0]
    return next((each for each in interfaces if each.address.partition("%")[0] == bare), None)


def is_tunnel(name: str, *, system: Path = Path("/sys/class/net")) -> bool:
    """Tell whether a network interface is a VPN's: by what Linux says of it, elsewhere by its name."""
    directory = system / name
    if "/" not in name and directory.is_dir():
        kind = _text(directory / "type").strip()
        return (directory / "tun_flags").exists() or kind in _TUNNEL_TYPES or _has_tunnel_name(name)
    return _has_tunnel_name(name)


def _has_tunnel_name(name: str) -> bool:
    return _TUNNEL_NAMES.fullmatch(name) is not None


def answers_arp(host: str, *, table: Path = Path("/proc/net/arp")) -> bool | None:
    """Tell whether a neighbour has said where it is (ARP); None if it was not asked, or nobody knows."""
    for line in _text(table).splitlines()[1:]:
        address, _, flags, *_ = (*line.split(), "", "", "")
        if address == host and flags:
            return bool(int(flags, 16) & _ANSWERED)
    return None


# --- firewalls -------------------------------------------------------------------------------


def firewalls() -> list[Firewall]:
    """Return the firewalls that could be seen; takes up to `COMMAND_TIMEOUT_S` for each command."""
    match sys.platform:
        case "linux":
            return linux_firewalls()
        case "darwin":
            return [Firewall("the firewall of macOS", mac_firewall_state(_run(*_MAC_COMMAND)))]
        case "win32":
            return [Firewall("the firewall of Windows", windows_firewall_state(_run(*_WINDOWS_COMMAND)))]
        case _:
            return []


_MAC_COMMAND: Final = ("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
_WINDOWS_COMMAND: Final = ("netsh", "advfirewall", "show", "allprofiles", "state")


def mac_firewall_state(output: str | None) -> bool | None:
    """Read `Firewall is enabled. (State = 1)`."""
    state = re.search(r"State = (\d)", output or "")
    return None if state is None else state[1] != "0"


def windows_firewall_state(output: str | None) -> bool | None:
    """Read lines like `State   ON`, in whatever language the first word is: one profile that is on counts."""
    states = re.findall(r"(?mi)^\S+\s+(ON|OFF|EIN|AUS|ACTIVER|DÉSACTIVER|ACTIVAR)\s*$", output or "")
    return (
        None if not states else any(state.upper() in {"ON", "EIN", "ACTIVER", "ACTIVAR"} for state in states)
    )


def linux_firewalls(*, etc: Path = Path("/etc"), is_root: bool | None = None) -> list[Firewall]:
    """Return what Linux shows: ufw by its file, firewalld and nftables by their own commands."""
    found: list[Firewall] = []
    ufw = _text(etc / "ufw" / "ufw.conf")
    if ufw:
        found.append(Firewall("ufw", re.search(r"(?mi)^\s*ENABLED\s*=\s*yes", ufw) is not None))
    if shutil.which("firewall-cmd"):
        state = _run("firewall-cmd", "--state")
        found.append(Firewall("firewalld", None if state is None else state.strip() == "running"))
    if shutil.which("nft"):
        may_read = os.geteuid() == 0 if is_root is None else is_root
        rules = _run("nft", "list", "ruleset") if may_read else None
        found.append(Firewall("nftables", None if rules is None else drops_input(rules)))
    return found


def drops_input(ruleset: str) -> bool:
    """Tell whether rules of nftables drop or reject something that comes in."""
    for chain in re.findall(r"chain [^{]*\{(.*?)\n\t\}", ruleset, re.DOTALL):
        if re.search(r"hook (input|prerouting|ingress)\b", chain) and re.search(
            r"\b(drop|reject|jump)\b", chain
        ):
            return True
    return False


def _run(*command: str) -> str | None:
    """Run a command of the system that only reads; None if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of the system
            command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
