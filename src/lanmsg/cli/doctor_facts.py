"""What `lanmsg doctor` finds out, without judging it: all of it at once, within `LONGEST_S`."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Final

from lanmsg.cli.doctor_own import NameState, StoreState, name_state, own_hub, port_problem, store_state
from lanmsg.cli.doctor_web import WebTry, try_web_client
from lanmsg.client.connection import meet
from lanmsg.client.known_hubs import KnownHub, KnownHubs, load_known_hubs
from lanmsg.client.settings import ClientSettings
from lanmsg.client.store.interface import StoreFailed
from lanmsg.net.candidates import FoundHub
from lanmsg.net.dialling import dial
from lanmsg.net.hearing import NOTHING_HEARD, Heard, hear_by_broadcast, hear_by_dns_sd
from lanmsg.net.host_state import Firewall, answers_arp, firewalls, interface_with, is_tunnel
from lanmsg.net.interfaces import Interface, list_interfaces
from lanmsg.net.probing import (
    MulticastTry,
    Reach,
    TcpTry,
    hear_multicast,
    hear_own_multicast,
    http_date,
    source_for,
    source_for_the_world,
    try_tcp,
)
from lanmsg.wire.addresses import Address, parse_address
from lanmsg.wire.errors import LanmsgError, LocalError
from lanmsg.wire.limits import DEFAULT_PORT

LONGEST_S: Final = 10.0
"""What a person waits for: listening, then connecting, then a talk with a hub, each with its own limit."""
LISTEN_S: Final = 2.0
CONNECT_S: Final = 1.5
TALK_S: Final = 2.0
MAX_PEERS: Final = 3
"""Strangers that are connected to, to see whether machines can reach each other."""
MAX_HUBS: Final = 8
_PEER_PORT: Final = DEFAULT_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTry:
    """A connection to where a hub may be. `title` is None if no hub answered, and `error` says how."""

    attempt: TcpTry
    title: str | None = None
    software: str = ""
    error: str = ""
    is_stranger: bool = False
    """It showed another key than the one this home knows for it."""
    goes_by_tunnel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourTry:
    """A connection to another machine on our own networks."""

    attempt: TcpTry
    is_heard: bool
    """By broadcast or multicast."""
    is_hub: bool
    answers_udp: bool
    """It answered a broadcast, which it does to us alone."""
    answers_arp: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that was found out."""

    interfaces: tuple[Interface, ...] = ()
    tunnel: str = ""
    """The VPN that is this machine's way out; empty: none."""
    firewalls: tuple[Firewall, ...] = ()
    own_multicast: tuple[MulticastTry, ...] = ()
    multicast_sources: frozenset[str] = frozenset()
    dns_sd: Heard = NOTHING_HEARD
    broadcast: Heard = NOTHING_HEARD
    hubs: tuple[HubTry, ...] = ()
    neighbours: tuple[NeighbourTry, ...] = ()
    skew_s: float | None = None
    """How far this clock is ahead of the hub's."""
    web: WebTry | None = None
    """What the hub gives to browsers; None: no hub answered."""
    own_hub: tuple[str, ...] = ()
    port_problem: str = ""
    name: NameState
    store: StoreState

    @property
    def is_host(self) -> bool:
        """Whether a hub runs on this machine."""
        return bool(self.own_hub)

    @property
    def heard_by_multicast(self) -> set[str]:
        """Other machines that were heard by multicast."""
        hubs = {address for hub in self.dns_sd.hubs for address in hub.addresses}
        return {each for each in self.multicast_sources | hubs if not self.is_own(each)}

    @property
    def heard_by_broadcast(self) -> list[FoundHub]:
        """Hubs of other machines that answered a broadcast."""
        return [hub for hub in self.broadcast.hubs if not all(map(self.is_own, hub.addresses))]

    @property
    def heard_hubs(self) -> list[FoundHub]:
        """Hubs of other machines that were heard in any way."""
        heard = [hub for hub in self.dns_sd.hubs if not all(map(self.is_own, hub.addresses))]
        return [*self.heard_by_broadcast, *heard]

    @property
    def is_hub_here(self) -> bool:
        """Whether a hub answers, the right one as far as this home knows."""
        return any(each.title is not None and not each.is_stranger for each in self.hubs)

    @property
    def has_hub_elsewhere(self) -> bool:
        """Whether a hub of another machine on our networks answers."""
        return any(
            each.title is not None
            and not self.is_own(each.attempt.host)
            and is_near(each.attempt.host, self.interfaces)
            for each in self.hubs
        )

    def is_own(self, address: str) -> bool:
        """Tell whether an address is this machine's."""
        bare = address.partition("%")[0]
        return interface_with(bare, self.interfaces) is not None or ip_address(bare).is_loopback

    def words(self, hubs: Iterable[FoundHub]) -> str:
        """List where hubs are."""
        return ", ".join(str(Address(hub.addresses[0], hub.port)) for hub in hubs if hub.addresses)


def is_near(address: str, interfaces: Sequence[Interface]) -> bool:
    """Tell whether an address is on one of our own networks."""
    with suppress(ValueError):
        wanted = ip_address(address.partition("%")[0])
        return any(
            wanted in ip_network((each.address.partition("%")[0], each.prefix_bits), strict=False)
            for each in interfaces
            if (":" in each.address) == (wanted.version == 6)
        )
    return False


async def find_out(
    settings: ClientSettings, *, udp_port: int = DEFAULT_PORT, tell: Callable[[str], None] = lambda _: None
) -> Facts:
    """Find everything out. The first half listens, the second goes where something was heard.

    `tell` is told what is done now.

    Raises:
        LocalError: the address in the settings is none.
    """
    known, problem = _known_hubs(settings)
    interfaces = tuple(await asyncio.to_thread(list_interfaces))
    tell("Listening for hubs and other machines …")
    facts, wanted = await _listen(settings, known, interfaces, udp_port)
    heard = [Address(hub.addresses[0], hub.port) for hub in (*facts.broadcast.hubs, *facts.dns_sd.hubs)]
    places = list(dict.fromkeys((*wanted, *heard)))[:MAX_HUBS]
    expected = _hubs_by_address(known)
    tell("Connecting to those that were found …")
    async with asyncio.TaskGroup() as tasks:
        trying = [tasks.create_task(_try_hub(each, expected, interfaces)) for each in places]
        peers = [tasks.create_task(_try_peer(each)) for each in _peers(facts, places)]
    hubs = tuple(_best_first(task.result() for task in trying))
    neighbours = _neighbours(facts, hubs, [task.result() for task in peers])
    if problem:
        facts = replace(facts, store=StoreState(home=settings.home, problem=problem))
    tell("Asking the hub for the time, and for what it gives to browsers …")
    skew_s, web = await asyncio.gather(_skew_s(hubs), _web(hubs))
    return replace(facts, hubs=hubs, neighbours=neighbours, skew_s=skew_s, web=web)


def _known_hubs(settings: ClientSettings) -> tuple[KnownHubs, str]:
    """Return the hubs this home knows, or none and why they can't be read."""
    try:
        return load_known_hubs(settings.home), ""
    except StoreFailed as error:
        return KnownHubs(), str(error)


async def _listen(
    settings: ClientSettings, known: KnownHubs, interfaces: tuple[Interface, ...], udp_port: int
) -> tuple[Facts, list[Address]]:
    networks = [each for each in interfaces if ":" not in each.address]
    async with asyncio.TaskGroup() as tasks:
        broadcast = tasks.create_task(hear_by_broadcast(networks, udp_port=udp_port, listen_s=LISTEN_S))
        dns_sd = tasks.create_task(hear_by_dns_sd(listen_s=LISTEN_S))
        sources = tasks.create_task(hear_multicast(networks, listen_s=LISTEN_S))
        own = [tasks.create_task(hear_own_multicast(each, timeout_s=1)) for each in networks]
        walls = tasks.create_task(asyncio.to_thread(firewalls))
        store = tasks.create_task(asyncio.to_thread(store_state, settings, known))
        port = tasks.create_task(asyncio.to_thread(port_problem, DEFAULT_PORT))
        hosted = tasks.create_task(asyncio.to_thread(own_hub, settings))
    facts = Facts(
        interfaces=interfaces,
        tunnel=_tunnel(interfaces),
        firewalls=tuple(walls.result()),
        own_multicast=tuple(task.result() for task in own),
        multicast_sources=frozenset(sources.result()),
        dns_sd=dns_sd.result(),
        broadcast=broadcast.result(),
        own_hub=hosted.result(),
        port_problem=port.result(),
        name=name_state(settings, store.result()),
        store=store.result(),
    )
    return facts, _wanted(settings, known)


def _wanted(settings: ClientSettings, known: KnownHubs) -> list[Address]:
    """Return where the hub is that was named, or else was used last."""
    if settings.hub is not None:
        return [parse_address(settings.hub)]
    found: list[Address] = []
    for text in known.latest.addresses if known.latest is not None else ():
        with suppress(LocalError):
            found.append(parse_address(text))
    return found


def _hubs_by_address(known: KnownHubs) -> dict[str, KnownHub]:
    """Return the hub this home knows at each address."""
    return {address: hub for hub in reversed(known.hubs) for address in hub.addresses}


def _tunnel(interfaces: Sequence[Interface]) -> str:
    way_out = interface_with(source_for_the_world(), interfaces)
    return way_out.name if way_out is not None and is_tunnel(way_out.name) else ""


# --- connecting ------------------------------------------------------------------------------


async def _try_hub(address: Address, known: dict[str, KnownHub], interfaces: Sequence[Interface]) -> HubTry:
    attempt = await try_tcp(address, timeout_s=CONNECT_S)
    way = interface_with(source_for(attempt.host), interfaces) if attempt.host else None
    goes_by_tunnel = way is not None and is_tunnel(way.name)
    if attempt.reach is not Reach.OPEN:
        return HubTry(attempt=attempt, goes_by_tunnel=goes_by_tunnel)
    try:
        async with asyncio.timeout(TALK_S):
            meeting = await meet([address], partial(dial, timeout_s=TALK_S))
    except (LanmsgError, TimeoutError) as error:
        return HubTry(attempt=attempt, error=str(error) or "no answer", goes_by_tunnel=goes_by_tunnel)
    meeting.hub_link.link.close()
    expected = known.get(str(address))
    return HubTry(
        attempt=attempt,
        title=meeting.challenge.title,
        software=meeting.challenge.software,
        is_stranger=expected is not None and expected.identity_key != meeting.challenge.identity_key,
        goes_by_tunnel=goes_by_tunnel,
    )


def _best_first(hubs: Iterable[HubTry]) -> list[HubTry]:
    """Hubs that answered come first; those that were wanted stay before those that were heard."""
    return sorted(hubs, key=lambda each: each.title is None)


def _peers(facts: Facts, places: Sequence[Address]) -> list[Address]:
    hubs = {place.host for place in places}
    others = sorted(facts.heard_by_multicast - hubs)
    near = [each for each in others if ":" not in each and is_near(each, facts.interfaces)]
    return [Address(host, _PEER_PORT) for host in near[:MAX_PEERS]]


async def _try_peer(address: Address) -> TcpTry:
    return await try_tcp(address, timeout_s=CONNECT_S)


def _neighbours(facts: Facts, hubs: Sequence[HubTry], peers: Sequence[TcpTry]) -> tuple[NeighbourTry, ...]:
    heard = {address for hub in facts.heard_hubs for address in hub.addresses} | facts.heard_by_multicast
    answered = {address for hub in facts.heard_by_broadcast for address in hub.addresses}
    tries = [*((each.attempt, True) for each in hubs), *((each, False) for each in peers)]
    return tuple(
        NeighbourTry(
            attempt=attempt,
            is_heard=attempt.host in heard,
            is_hub=is_hub,
            answers_udp=attempt.host in answered,
            answers_arp=answers_arp(attempt.host),
        )
        for attempt, is_hub in tries
        if attempt.host and not facts.is_own(attempt.host) and is_near(attempt.host, facts.interfaces)
    )


def _first_hub(hubs: Sequence[HubTry]) -> Address | None:
    place = next((each.attempt for each in hubs if each.title is not None), None)
    return None if place is None else Address(place.host, place.address.port)


async def _web(hubs: Sequence[HubTry]) -> WebTry | None:
    address = _first_hub(hubs)
    return None if address is None else await try_web_client(address)


async def _skew_s(hubs: Sequence[HubTry]) -> float | None:
    """Ask the first hub that answered; its answer is exact to a second."""
    address = _first_hub(hubs)
    if address is None:
        return None
    answer = await http_date(address, timeout_s=TALK_S)
    if answer is None:
        return None
    try:
        theirs_s = parsedate_to_datetime(answer.theirs).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return (answer.asked_at_s + answer.answered_at_s) / 2 - (theirs_s + 0.5)
