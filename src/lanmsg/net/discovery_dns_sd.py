"""Finding hubs with DNS-SD over multicast DNS (RFC 6762, RFC 6763), as printers are found.

The announcement says what RFC 8882 allows it to: the hub's id as its name, the version and the id
as text; no name of a person or machine. zeroconf takes 90 ms to load, so it is loaded in a
thread, and only when it is needed.
"""

import asyncio
import contextlib
import importlib
import ipaddress
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Final

from lanmsg.net.candidates import Attempt, Candidates
from lanmsg.net.interfaces import Interface, list_interfaces, with_zone
from lanmsg.wire.ids import ID_BYTES, HubId
from lanmsg.wire.limits import MAX_DISCOVERED_HUBS, PROTOCOL_VERSION

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE_TYPE: Final = "_lanmsg._tcp.local."
RESOLVE_MS: Final = 1000
"""How long to ask for the address of a hub that was heard of; a search ends it earlier."""
INTERFACES_CHECK_S: Final = 15.0
"""How often a hub looks whether its networks have changed (cable, Wi-Fi, VPN); a change must last until
the next look, so that an interface that comes and goes does not make it announce without end."""
CLOSE_TIMEOUT_S: Final = 2.0
"""Saying goodbye takes three packets in 0.25 s; a network that is gone must not hold up the end."""

_NO_MULTICAST: Final = (OSError, RuntimeError)
"""What zeroconf raises where it can't work; the second for a machine without any interface."""
_Interfaces = Sequence[str] | None
"""Addresses to use; None: all of this machine's."""


# --- the client's side -----------------------------------------------------------------------


async def browse(candidates: Candidates, *, interfaces: _Interfaces = None) -> None:
    """Add the hubs that announce themselves to `candidates`, until cancelled."""
    attempt = candidates.tried("DNS-SD (multicast)")
    try:
        zeroconf = await _open(interfaces)
    except _NO_MULTICAST as error:
        attempt.result = _words(error)
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            await _Browser(zeroconf, candidates, attempt, tasks).run()
    finally:
        await _close(zeroconf)


class _Browser:
    """Looks up each service it hears of, so many at most."""

    def __init__(
        self, zeroconf: "AsyncZeroconf", candidates: Candidates, attempt: Attempt, tasks: asyncio.TaskGroup
    ) -> None:
        self._zeroconf = zeroconf
        self._candidates = candidates
        self._attempt = attempt
        self._tasks = tasks
        self._heard: set[str] = set()

    async def run(self) -> None:
        """Listen until cancelled."""
        from zeroconf.asyncio import AsyncServiceBrowser

        browser = AsyncServiceBrowser(self._zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._service_changed])
        try:
            await asyncio.Event().wait()
        finally:
            await browser.async_cancel()

    def _service_changed(
        self, zeroconf: "Zeroconf", service_type: str, name: str, state_change: "ServiceStateChange"
    ) -> None:
        del zeroconf, state_change  # zeroconf calls with exactly these names
        if name not in self._heard and len(self._heard) < MAX_DISCOVERED_HUBS:
            self._heard.add(name)
            self._tasks.create_task(self._look_up(service_type, name))

    async def _look_up(self, service_type: str, name: str) -> None:
        try:
            await self._add(service_type, name)
        except Exception as error:  # noqa: BLE001 - a stranger's packet must not end the search
            self._attempt.result = f"an announcement that makes no sense ({error!r})"

    async def _add(self, service_type: str, name: str) -> None:
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(service_type, name)
        if not await info.async_request(self._zeroconf.zeroconf, RESOLVE_MS):
            return
        hub = hub_in(info.properties)
        if hub is None or not info.port:
            return
        self._attempt.result = "answered"
        for address in map(_with_named_zone, info.parsed_scoped_addresses()):
            if not _is_link_local(address) or "%" in address:  # without its zone it leads nowhere
                self._candidates.add(
                    hub, address=address, port=info.port, how="it announces itself by DNS-SD"
                )


def hub_in(properties: "dict[bytes, bytes | None]") -> HubId | None:
    """Return the hub id in a service's text; None if there is no valid one."""
    try:
        hub = bytes.fromhex((properties.get(b"id") or b"").decode("ascii"))
    except ValueError:
        return None
    return HubId(hub) if len(hub) == ID_BYTES else None


# --- the hub's side --------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def announce(hub: HubId, port: int, *, interfaces: _Interfaces = None) -> AsyncGenerator[list[str]]:
    """Announce a hub until the context ends; yields warnings, and follows changes of the network."""
    # Before zeroconf looks for itself: what comes up in between then counts as a change.
    current = await _our_interfaces(interfaces)
    try:
        zeroconf = await _open(interfaces)
    except _NO_MULTICAST as error:
        yield [f"cannot announce this hub by DNS-SD ({_words(error)}): searches by UDP still find it"]
        return
    # No TaskGroup: it would wrap an exception of the context's body into a group.
    announcing = asyncio.get_running_loop().create_task(
        _announce(zeroconf, hub, port, current, follows=interfaces is None)
    )
    try:
        yield []
    finally:
        announcing.cancel()
        await asyncio.wait([announcing])
        await _close(zeroconf)


# zeroconf says `Awaitable` without saying of what, hence the two ignored reports below.


async def _announce(
    zeroconf: "AsyncZeroconf", hub: HubId, port: int, current: list[Interface], *, follows: bool
) -> None:
    # The name is the hash of a key, so nobody else has it: no need to probe for half a second.
    await (await zeroconf.async_register_service(_service(hub, port, current), cooperating_responders=True))  # pyright: ignore[reportUnknownMemberType]
    if follows:
        await _follow_the_network(zeroconf, hub, port, current)


async def _our_interfaces(interfaces: _Interfaces) -> list[Interface]:
    if interfaces is not None:
        return [Interface("", address, 0) for address in interfaces]
    return await asyncio.to_thread(list_interfaces)


async def _follow_the_network(
    zeroconf: "AsyncZeroconf", hub: HubId, port: int, announced: list[Interface]
) -> None:
    seen = announced
    while True:
        await asyncio.sleep(INTERFACES_CHECK_S)
        current = await asyncio.to_thread(list_interfaces)
        if current == seen != announced:
            with contextlib.suppress(*_NO_MULTICAST):  # it may change under us: there is a next time
                await zeroconf.async_update_interfaces()
                await (await zeroconf.async_update_service(_service(hub, port, current)))  # pyright: ignore[reportUnknownMemberType]
                announced = current
        seen = current


def _addresses_to_tell(interfaces: list[Interface]) -> list[str]:
    """Link-local IPv6 addresses only where there is nothing better; without zones, which are our own."""
    addresses = [interface.address.partition("%")[0] for interface in interfaces]
    return [address for address in addresses if not _is_link_local(address)] or addresses


def _is_link_local(address: str) -> bool:
    return ":" in address and ipaddress.ip_address(address).is_link_local


def _with_named_zone(address: str) -> str:
    bare, _, zone = address.partition("%")
    return with_zone(bare, int(zone)) if zone.isdecimal() else address


def _service(hub: HubId, port: int, interfaces: list[Interface]) -> "AsyncServiceInfo":
    from zeroconf.asyncio import AsyncServiceInfo

    return AsyncServiceInfo(
        SERVICE_TYPE,
        f"{hub.hex()}.{SERVICE_TYPE}",
        port=port,
        server=f"{hub.hex()}.local.",
        properties={"v": str(PROTOCOL_VERSION), "id": hub.hex()},
        parsed_addresses=_addresses_to_tell(interfaces),
    )


async def _open(interfaces: _Interfaces) -> "AsyncZeroconf":
    await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")
    from zeroconf import IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    if interfaces is not None:
        return AsyncZeroconf(interfaces=list(interfaces))
    try:
        return AsyncZeroconf(ip_version=IPVersion.All)
    except OSError:  # a machine without IPv6
        return AsyncZeroconf(ip_version=IPVersion.V4Only)


async def _close(zeroconf: "AsyncZeroconf") -> None:
    # In a task of its own: zeroconf waits for its start, which may have been cancelled; in a task that is
    # being cancelled it takes that for its own end, and leaves its sockets open.
    closing = asyncio.get_running_loop().create_task(zeroconf.async_close())
    await asyncio.wait([closing], timeout=CLOSE_TIMEOUT_S)
    if not closing.cancel():
        closing.result()


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
