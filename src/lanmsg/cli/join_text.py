"""What a hub says about itself in a terminal: where it is, and how people join."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from lanmsg.hub.join_page import JOIN_COMMAND, JoinFacts
from lanmsg.net.interfaces import list_interfaces
from lanmsg.wire.addresses import Address, format_address
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.limits import INVITE_LIFETIME_S
from lanmsg.wire.safe_text import isolated

LOOPBACK: Final = "127.0.0.1"
MAX_LINK_ADDRESSES: Final = 4
"""Addresses in a join link: with more of them its QR code gets too big for a terminal."""
_EVERY_IPV4, _EVERY_IPV6 = "0.0.0.0", "::"  # noqa: S104 - compared with, not bound to
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxd", "podman", "cni", "zt", "tun")
"""Interfaces that the rest of the network is rarely behind: named last."""


# --- where the hub is ------------------------------------------------------------------------


def find_lan_addresses() -> list[str]:
    """Return this machine's IP addresses that others may reach, best first; 127.0.0.1 if there are none.

    Real network cards before virtual ones, IPv4 before IPv6 (it is easier to type). Without
    link-local addresses: these mean another machine on each network card.
    """
    found: list[tuple[bool, int, str]] = []
    for interface in list_interfaces():
        address = ipaddress.ip_address(interface.address)
        if not (address.is_link_local or address.is_unspecified):
            found.append((interface.name.startswith(_VIRTUAL), address.version, interface.address))
    return list(dict.fromkeys(address for *_, address in sorted(found))) or [LOOPBACK]


def reachable_addresses(bound: Iterable[Address], lan: Sequence[str]) -> tuple[str, ...]:
    """Return `HOST:PORT` for people to use, best first, for sockets bound to `bound`; at least one.

    Args:
        bound: where the hub listens; 0.0.0.0 and :: stand for all of `lan`.
        lan: from `find_lan_addresses`.
    """
    found: list[Address] = []
    for address in bound:
        if address.host in {_EVERY_IPV4, _EVERY_IPV6}:
            version = 4 if address.host == _EVERY_IPV4 else 6
            hosts = [host for host in lan if ipaddress.ip_address(host).version == version]
            found += [Address(host, address.port) for host in hosts]
        elif "%" not in address.host:  # what is behind % differs on each machine
            found.append(address)
    found = found or [Address(LOOPBACK, address.port) for address in bound]
    return tuple(dict.fromkeys(map(format_address, found)))


def is_loopback_only(addresses: Iterable[str]) -> bool:
    """Tell whether other machines can reach none of these (`HOST:PORT`)."""
    return all(address.startswith(("127.", "[::1]")) for address in addresses)


def join_link(addresses: Sequence[str], identity_key: bytes, secret: bytes = b"") -> str:
    """Return the link for these addresses, best first; only so many of them as a QR code can hold."""
    return format_invite(Invite(tuple(addresses[:MAX_LINK_ADDRESSES]), identity_key, secret))


# --- the text --------------------------------------------------------------------------------


def render_join_text(facts: JoinFacts, *, invite_link: str) -> str:
    """Return the lines that say how to join.

    Args:
        facts: about the hub.
        invite_link: a link with a secret, for one person; empty where nobody needs one, or if none
            could be made.
    """
    lines = [f'Hub "{isolated(facts.title)}" is up. Nothing leaves this network.', ""]
    if is_loopback_only(facts.addresses):
        lines += ["Only this machine can reach it: it has no address on a network, or was told so.", ""]
    lines += _how_to_join(facts, invite_link)
    lines += [
        f"  browser   https://{facts.addresses[0]}  ({_what_browsers_get(facts)})",
        f"  check     {' '.join(facts.check_words)}  (read it aloud: guests see the same four words)",
    ]
    if facts.authority_fingerprint:
        lines += [
            f"  trust     https://{facts.addresses[0]}/trust  (devices that install this warn no more:)",
            f"            {facts.authority_fingerprint}",
        ]
    return "\n".join(lines)


def _what_browsers_get(facts: JoinFacts) -> str:
    return (
        "nothing to install; it warns the first time"
        if facts.has_web_client
        else "a page that says how to join"
    )


def _how_to_join(facts: JoinFacts, invite_link: str) -> list[str]:
    if not facts.invite_only:
        finds = ["  terminal  lanmsg  (finds this hub by itself)"] if facts.is_advertised else []
        # In quotes: for a shell everything behind the # might be a comment.
        return [*finds, f'  terminal  {JOIN_COMMAND} "{facts.link}"']
    if not invite_link:
        return ["  Only invited people get in, and too many invites are open: wait until some expire."]
    hours = INVITE_LIFETIME_S // 3600
    return [
        f'  invite    {JOIN_COMMAND} "{invite_link}"',
        f"            for one person, once, within {hours} hours; `lanmsg invite` makes more",
    ]
