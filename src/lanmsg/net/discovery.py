"""Finding hubs on the network: a hint, never trusted.

A hub is asked for in three ways at once: a UDP probe to addresses known from before and to this
machine; the same probe to everybody on each network (broadcast, for IPv6 multicast); and DNS-SD, which
is slower to start and joins in only if the probes have not settled it.Whatever
answers is a candidate; only its signed challenge says who it is, so a liar can cause no more than a
failed connection.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lanmsg.net import discovery_broadcast, discovery_dns_sd
from lanmsg.net.candidates import Attempt, Candidates, FoundHub
from lanmsg.net.interfaces import list_interfaces
from lanmsg.wire.addresses import Address
from lanmsg.wire.ids import HubId
from lanmsg.wire.limits import DEFAULT_PORT

__all__ = ["Advertising", "Attempt", "FoundHub", "Reach", "Search", "advertise", "find_hubs"]

SETTLE_S: Final = 0.15
"""How long to listen for more hubs after the first: a LAN answers within some 20 ms, Wi-Fi asleep in 100."""
INTERFACES_AFTER_S: Final = 0.02
"""When to broadcast on each interface: by then a hub on the main one or on this machine has answered."""
DNS_SD_AFTER_S: Final = 0.2
"""When DNS-SD joins in: loading it costs 90 ms of this processor, and by now most searches are over."""
REPEAT_S: Final = 0.25
"""How often probes are repeated: broadcasts get lost on Wi-Fi."""


EVERYBODY: Final = "255.255.255.255"
"""On Linux, everybody on the network of the default route."""


class Reach(Enum):
    """How far a search or an advertisement goes."""

    NETWORK = "network"
    THIS_MACHINE = "this machine"


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found, and what it tried: for "none found" a person needs the second.

    Attributes:
        hubs: in the order they answered, `limits.MAX_DISCOVERED_HUBS` at most.
        attempts: what was tried, with its result, in words.
    """

    hubs: list[FoundHub]
    attempts: list[Attempt]


async def find_hubs(
    *,
    known: Sequence[Address] = (),
    wanted: HubId | None = None,
    timeout_s: float = 1.0,
    settle_s: float = SETTLE_S,
    reach: Reach = Reach.NETWORK,
    udp_port: int = DEFAULT_PORT,
) -> Search:
    """Look for hubs; return as soon as it is reasonable.

    That is at once when a hub at a `known` address answers (if `wanted` is given: when that hub
    does, wherever it is), else `settle_s` after the first answer, else after `timeout_s`.

    Args:
        known: where hubs were before.
        wanted: the hub that is looked for.
        timeout_s: when to give up.
        settle_s: how long to wait for more hubs after the first.
        reach: whether to ask the network or this machine alone.
        udp_port: where hubs listen for probes; tests have their own.
    """
    candidates = Candidates(known=known, wanted=wanted)
    prober = await discovery_broadcast.open_prober(candidates, make_nonce=secrets.token_bytes)
    try:
        async with asyncio.TaskGroup() as tasks:
            searching = tasks.create_task(_search(prober, candidates, reach=reach, udp_port=udp_port))
            await candidates.settled(timeout_s=timeout_s, settle_s=settle_s)
            searching.cancel()
    finally:
        prober.close()
    return Search(candidates.hubs(), candidates.attempts())


async def _search(
    prober: discovery_broadcast.Prober, candidates: Candidates, *, reach: Reach, udp_port: int
) -> None:
    async with asyncio.TaskGroup() as tasks:
        for address in candidates.known:
            tasks.create_task(prober.ask(address, what="last known"))
        for host in ("127.0.0.1", "::1"):
            tasks.create_task(prober.ask(Address(host, udp_port), what="this machine"))
        tasks.create_task(_repeat(prober))
        if reach is Reach.NETWORK:
            tasks.create_task(_broadcast(prober, udp_port))
            tasks.create_task(_browse(candidates))


async def _broadcast(prober: discovery_broadcast.Prober, udp_port: int) -> None:
    prober.ask_everybody(EVERYBODY, udp_port, what="UDP broadcast to")
    await asyncio.sleep(INTERFACES_AFTER_S)
    for interface in await asyncio.to_thread(list_interfaces):
        if interface.everybody is not None:
            prober.ask_everybody(interface.everybody, udp_port, what=f"UDP broadcast on {interface.name} to")


async def _repeat(prober: discovery_broadcast.Prober) -> None:
    while True:
        await asyncio.sleep(REPEAT_S)
        prober.repeat()


async def _browse(candidates: Candidates) -> None:
    await asyncio.sleep(DNS_SD_AFTER_S)
    if candidates.hubs():
        await asyncio.sleep(SETTLE_S)  # most searches end now
    await discovery_dns_sd.browse(candidates)


# --- the hub's side --------------------------------------------------------------------------


@dataclass
class Advertising:
    """What a hub's advertisement does; `warnings` are sentences about what it cannot do."""

    warnings: list[str] = field(default_factory=list[str])


@contextlib.asynccontextmanager
async def advertise(
    hub: HubId, port: int, *, reach: Reach = Reach.NETWORK, udp_port: int = DEFAULT_PORT
) -> AsyncGenerator[Advertising]:
    """Let people find the hub that listens at this TCP port, as long as the context is open.

    Announces the protocol's version, the hub's id and its port; no name of a person or machine.
    What cannot be done (a UDP port in use by another program, no multicast) becomes a warning.
    """
    advertising = Advertising()
    async with contextlib.AsyncExitStack() as stack:
        ports = dict.fromkeys((udp_port, port))  # at its own port too, so that it can be asked by address
        for each in ports:
            advertising.warnings += await stack.enter_async_context(
                discovery_broadcast.responder(hub, port, udp_port=each, everywhere=reach is Reach.NETWORK)
            )
        if reach is Reach.NETWORK:
            advertising.warnings += await stack.enter_async_context(discovery_dns_sd.announce(hub, port))
        yield advertising
