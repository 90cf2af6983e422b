"""Asking the whole network for hubs in each way alone, to tell which of them work."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lanmsg.net import discovery_broadcast, discovery_dns_sd
from lanmsg.net.candidates import Attempt, Candidates, FoundHub
from lanmsg.net.discovery import EVERYBODY, REPEAT_S
from lanmsg.net.interfaces import Interface


@dataclass(frozen=True, slots=True)
class Heard:
    """What one way of asking brought: hubs, and how each question went."""

    hubs: tuple[FoundHub, ...]
    attempts: tuple[Attempt, ...]


NOTHING_HEARD: Final = Heard((), ())


async def hear_by_broadcast(interfaces: Sequence[Interface], *, udp_port: int, listen_s: float) -> Heard:
    """Ask for hubs by UDP broadcast on every network, for `listen_s`."""
    candidates = Candidates()
    prober = await discovery_broadcast.open_prober(candidates, make_nonce=secrets.token_bytes)
    try:
        prober.ask_everybody(EVERYBODY, udp_port, what="to")
        for interface in interfaces:
            if interface.everybody is not None and ":" not in interface.address:
                prober.ask_everybody(interface.everybody, udp_port, what=f"on {interface.name} to")
        for _ in range(max(int(listen_s / REPEAT_S), 1)):
            await asyncio.sleep(REPEAT_S)
            prober.repeat()
    finally:
        prober.close()
    return Heard(tuple(candidates.hubs()), tuple(candidates.attempts()))


async def hear_by_dns_sd(*, listen_s: float) -> Heard:
    """Listen for hubs that announce themselves by multicast, for `listen_s`."""
    candidates = Candidates()
    try:
        async with asyncio.timeout(listen_s):
            await discovery_dns_sd.browse(candidates)
            await asyncio.sleep(listen_s)  # it gave up at once: its attempt says why
    except TimeoutError:
        pass
    return Heard(tuple(candidates.hubs()), tuple(candidates.attempts()))
