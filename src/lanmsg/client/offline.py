"""A client that reads what this home has, and goes nowhere: for exports and the like.

It is the whole client, so whatever a face can show is shown the same here; only the network is missing.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from lanmsg.client.errors import HubNotFound
from lanmsg.client.known_hubs import KnownHub, load_known_hubs
from lanmsg.client.real import RealSurroundings
from lanmsg.client.settings import ClientSettings
from lanmsg.client.surroundings import HubChoice
from lanmsg.net.link import Link, LinkHandler
from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.ids import HubId


class OfflineSurroundings(RealSurroundings):
    """The real world without its network. Chooses the hub of the settings' address, else the last used."""

    def __init__(self, settings: ClientSettings) -> None:
        super().__init__(settings)
        self._home = settings.home
        self._address = settings.hub

    async def find(self) -> HubChoice:
        """Return a hub this home has been at. Raises HubNotFound."""
        hub = known_hub(self._home, self._address)
        return HubChoice(
            addresses=_addresses(hub),
            expected_key=hub.identity_key,
            known_hub=hub.hub,
            tried=("lanmsg chat joins a hub",),
        )

    async def find_again(self, hub: HubId, choice: HubChoice) -> Sequence[Address]:
        """Return where it was: nobody goes there."""
        del hub
        return choice.addresses

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Raise LinkLost."""
        del handler
        raise LinkLost(f"{address} is not asked: this works without the hub")


def known_hub(home: Path, address: str | None) -> KnownHub:
    """Return the hub of this home at a typed address; None: the one used last.

    Raises:
        HubNotFound: this home has not been there, or nowhere.
        LocalError: the address is none.
        StoreFailed: the list of known hubs is damaged.
    """
    known = load_known_hubs(home)
    hub = known.latest if address is None else known.at(format_address(parse_address(address)))
    if hub is None:
        places = [each for other in known.hubs for each in other.addresses]
        where = "any hub" if address is None else address
        raise HubNotFound(f"{home} has never been at {where}. Known: {', '.join(places) or 'none'}")
    return hub


def _addresses(hub: KnownHub) -> tuple[Address, ...]:
    found: list[Address] = []
    for text in hub.addresses:
        with contextlib.suppress(LocalError):  # the file is for people too
            found.append(parse_address(text))
    return tuple(found)
