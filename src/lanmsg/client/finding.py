"""Which hub a client goes to: the one it was told, else the one it was at, else the one that is here.

What a search hears is a hint: a hub is known by the key it shows, and a key that this home knows is
always asked for. So a false announcement can waste a connection and no more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from lanmsg.client.errors import HubNotFound
from lanmsg.client.known_hubs import KnownHub, KnownHubs
from lanmsg.client.settings import ClientSettings
from lanmsg.client.surroundings import HubChoice
from lanmsg.wire import ids
from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.errors import LanmsgError, LinkLost, LocalError, RemoteError
from lanmsg.wire.ids import HubId
from lanmsg.wire.invites import parse_invite
from lanmsg.wire.pairing import parse_code
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.net.discovery import FoundHub, Search

SEARCH_TIMEOUT_S: Final = 1.0
"""How long to look for hubs where none answers."""
GLANCE_AFTER_S: Final = 0.2
"""When to try the last known hub by TCP: before, its answer by UDP is quicker and costs it nothing."""
GLANCE_TIMEOUT_S: Final = 0.8
"""How long a hub may take to show who it is; with the delay before it, a second in all."""

WHAT_TO_DO: Final = (
    "Start one here: lanmsg hub. Or say where it is: lanmsg chat --hub HOST:PORT (its own screen shows "
    "that). If there is one on this network, its machine's firewall must let in TCP and UDP port 7777; "
    "lanmsg doctor finds out why it is not found. Tried:"
)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a hub shows to everybody who connects: its key, which it has proven, and its title."""

    identity_key: bytes
    title: str


@dataclass(frozen=True, slots=True)
class HubOffer:
    """One of several hubs. `title` is a remote string; `is_known`: this home has been there."""

    address: str
    title: str
    is_known: bool


class NoHubHere(HubNotFound):
    """A search found no hub, and none is known: there is room for one."""


class SeveralHubs(LanmsgError):
    """There are several hubs here, and nothing says which one is meant."""

    def __init__(self, hubs: Sequence[HubOffer]) -> None:
        super().__init__(tuple(hubs))
        self.hubs = tuple(hubs)

    def __str__(self) -> str:
        lines = [f'  {hub.address}  "{isolated(hub.title)}"' for hub in self.hubs]
        return "\n".join(["There are several hubs here: choose one with --hub HOST:PORT", *lines])


Searcher = Callable[[Sequence[Address], HubId | None], "Awaitable[Search]"]
"""Looks for hubs, given where some were and which one is wanted most."""
Glancer = Callable[[Address], Awaitable[Glance | None]]
"""Connects to a hub and leaves again; None if there is none."""


async def find_hub(
    settings: ClientSettings,
    known: KnownHubs,
    *,
    search: Searcher | None = None,
    glance: Glancer | None = None,
) -> HubChoice:
    """Return the hub to go to.

    In this order: that of the invite, that of the typed address, the one used last if it is here,
    the only one that is here; the one used last although it does not answer (there its
    conversations can be read, and what is written waits).

    Args:
        settings: What was typed.
        known: The hubs this home knows.
        search: Instead of a search on the network.
        glance: Instead of a connection.

    Raises:
        LocalError: the invite or the address is none.
        SeveralHubs: and none of them was used last.
        NoHubHere: there is none, and none is known.
    """
    code = parse_code(settings.pairing_code) if settings.pairing_code is not None else b""
    if settings.invite is not None:
        return _invited(settings.invite, known)
    if settings.hub is not None:
        return replace(_typed(settings.hub, known), pairing_code=code)
    found = await _Finder(known, search or search_network, glance or glance_at).find()
    return replace(found, pairing_code=code)


async def find_hub_again(
    hub: HubId, addresses: Sequence[Address], *, search: Searcher | None = None
) -> tuple[Address, ...]:
    """Return where a hub that was lost may be: where it was, then where it announces itself now."""
    found = await (search or search_network)(addresses, hub)
    here = [address for each in found.hubs if each.hub == hub for address in _addresses_of(each)]
    return tuple(dict.fromkeys((*addresses, *here)))


# --- told ------------------------------------------------------------------------------------


def _invited(link: str, known: KnownHubs) -> HubChoice:
    invite = parse_invite(link)
    hub = known.with_id(ids.hub_id(invite.identity_key))
    addresses = [parse_address(address) for address in invite.addresses]
    return HubChoice(
        addresses=tuple(dict.fromkeys((*addresses, *_known_addresses(hub)))),
        expected_key=invite.identity_key,
        known_hub=hub.hub if hub else None,
        invite_secret=b"" if invite.is_pairing else invite.secret,
        pairing_code=invite.secret if invite.is_pairing else b"",
        tried=(
            *(f"{address} (from the join link)" for address in addresses),
            "Are you on the network of that hub, and does it still run? If its address has changed, ask for "
            "a new link.",
        ),
    )


def _typed(text: str, known: KnownHubs) -> HubChoice:
    address = parse_address(text)
    hub = known.at(format_address(address))
    return HubChoice(
        addresses=(address,),
        expected_key=hub.identity_key if hub else None,
        known_hub=hub.hub if hub else None,
        tried=(
            f"{address} (as typed)",
            f"Does a hub run there, and does its machine's firewall let in TCP port {address.port}? Without "
            "--hub, lanmsg looks for one itself.",
        ),
    )


# --- found -----------------------------------------------------------------------------------

_Addresses = tuple[Address, ...]


class _Finder:
    """One search. Hubs that are known must show their key; the one used last is preferred."""

    def __init__(self, known: KnownHubs, search: Searcher, glance: Glancer) -> None:
        self._known = known
        self._latest = known.latest
        self._search = search
        self._glance = glance
        self._tried: tuple[str, ...] = ()
        self._hubs: dict[HubId, _Addresses] = {}
        self._latest_at: Address | None = None

    async def find(self) -> HubChoice:
        await self._look_around()
        if self._is_latest_here:
            return self._latest_choice()
        offers: list[HubOffer] = []
        if len(self._hubs) > 1:  # only those that let somebody in count
            offers = await self._glance_at_all()
        if len(self._hubs) > 1:
            raise SeveralHubs(offers)
        if self._hubs:
            return self._only_choice()
        if self._latest is not None and self._latest.addresses:
            return self._latest_choice()
        raise NoHubHere(f"No hub was found on this network. {WHAT_TO_DO}", self._tried)

    @property
    def _is_latest_here(self) -> bool:
        return self._latest_at is not None or (self._latest is not None and self._latest.hub in self._hubs)

    async def _look_around(self) -> None:
        """Search, and meanwhile try the latest hub by TCP: UDP may be blocked where that is not."""
        async with asyncio.TaskGroup() as tasks:
            running = {tasks.create_task(self._search_network()), tasks.create_task(self._try_latest())}
            while running and not self._is_latest_here:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()

    async def _search_network(self) -> None:
        known = [address for hub in self._known.hubs for address in _known_addresses(hub)]
        found = await self._search(known, self._latest.hub if self._latest else None)
        self._tried = tuple(map(str, found.attempts))
        self._hubs = _addresses_by_hub(found.hubs)

    async def _try_latest(self) -> None:
        if self._latest is None:
            return
        await asyncio.sleep(GLANCE_AFTER_S)
        addresses = _known_addresses(self._latest)
        for address, glance in zip(addresses, await self._glances(addresses), strict=True):
            if glance is not None and glance.identity_key == self._latest.identity_key:
                self._latest_at = self._latest_at or address

    async def _glances(self, addresses: Iterable[Address]) -> list[Glance | None]:
        return list(await asyncio.gather(*(self._glance(address) for address in addresses)))

    async def _glance_at_all(self) -> list[HubOffer]:
        """Drop the hubs that are not what they say, and describe the others."""
        glances = await self._glances(addresses[0] for addresses in self._hubs.values())
        offers: list[HubOffer] = []
        for (hub, addresses), glance in zip(tuple(self._hubs.items()), glances, strict=True):
            if glance is None or ids.hub_id(glance.identity_key) != hub:
                del self._hubs[hub]
                self._tried += (f"{addresses[0]}: announced itself, but lets nobody in",)
                continue
            is_known = self._known.with_id(hub) is not None
            offers.append(HubOffer(format_address(addresses[0]), glance.title, is_known))
        return offers

    def _latest_choice(self) -> HubChoice:
        assert self._latest is not None
        first = () if self._latest_at is None else (self._latest_at,)
        heard = self._hubs.get(self._latest.hub, ())
        known = _known_addresses(self._latest)
        # An address that is known and answers is the likeliest: what only a search heard may be false.
        both = [address for address in known if address in heard]
        return self._choice(self._latest, (*first, *both, *heard, *known))

    def _only_choice(self) -> HubChoice:
        [(hub, addresses)] = self._hubs.items()
        return self._choice(self._known.with_id(hub), addresses)

    def _choice(self, known: KnownHub | None, addresses: _Addresses) -> HubChoice:
        return HubChoice(
            addresses=tuple(dict.fromkeys(addresses)),
            expected_key=known.identity_key if known else None,
            known_hub=known.hub if known else None,
            tried=self._tried,
        )


def _known_addresses(hub: KnownHub | None) -> list[Address]:
    """Return the addresses of a known hub; one that is none (the file is for people too) is skipped."""
    found: list[Address] = []
    for text in hub.addresses if hub else ():
        with contextlib.suppress(LocalError):
            found.append(parse_address(text))
    return found


def _addresses_by_hub(found: "Iterable[FoundHub]") -> dict[HubId, _Addresses]:
    hubs: dict[HubId, _Addresses] = {}
    for each in found:
        hubs[each.hub] = (*hubs.get(each.hub, ()), *_addresses_of(each))
    return hubs


def _addresses_of(found: "FoundHub") -> list[Address]:
    return [Address(host, found.port) for host in found.addresses]


# --- the real network ------------------------------------------------------------------------


async def search_network(known: Sequence[Address], wanted: HubId | None) -> "Search":
    """Look for hubs by UDP and DNS-SD (`net.discovery`)."""
    from lanmsg.net.discovery import find_hubs

    return await find_hubs(known=known, wanted=wanted, timeout_s=SEARCH_TIMEOUT_S)


async def glance_at(address: Address) -> Glance | None:
    """Connect to a hub, read who it is, leave; nothing is sent."""
    from lanmsg.client.connection import meet
    from lanmsg.net.dialling import dial

    try:
        async with asyncio.timeout(GLANCE_TIMEOUT_S):
            meeting = await meet([address], partial(dial, timeout_s=GLANCE_TIMEOUT_S))
    except (LinkLost, RemoteError, TimeoutError):
        return None
    meeting.hub_link.link.close()
    return Glance(meeting.challenge.identity_key, meeting.challenge.title)
