"""The hubs a search has heard of, without trusting what it heard."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lanmsg.wire.addresses import Address
from lanmsg.wire.ids import HubId
from lanmsg.wire.limits import MAX_DISCOVERED_HUBS

MAX_ADDRESSES: Final = 8
"""Addresses kept for one hub: a machine with more networks is rare, a liar with more is not."""


@dataclass(frozen=True, slots=True)
class FoundHub:
    """A hub that may exist.

    Attributes:
        hub: the id it claims.
        addresses: where it seems to be, in the order heard; IPv6 with its zone.
        port: TCP.
        how: how it was found, in words.
    """

    hub: HubId
    addresses: tuple[str, ...]
    port: int
    how: str


@dataclass(slots=True)
class Attempt:
    """One thing a search tried, and how it went, both in words."""

    what: str
    result: str = "no answer"

    def __str__(self) -> str:
        return f"{self.what}: {self.result}"


@dataclass(slots=True)
class _Candidate:
    how: str
    addresses: dict[str, None] = field(default_factory=dict[str, None])


class Candidates:
    """Gathers answers, bounded, and says when there are enough."""

    def __init__(self, *, known: Sequence[Address] = (), wanted: HubId | None = None) -> None:
        self.known = tuple(known[:MAX_DISCOVERED_HUBS])
        self._wanted = wanted
        # By id and port: a liar that answers first for a true id must not hide the true port.
        self._found: dict[tuple[HubId, int], _Candidate] = {}
        self._attempts: list[Attempt] = []
        self._first = asyncio.Event()
        self._enough = asyncio.Event()

    def tried(self, what: str) -> Attempt:
        """Note an attempt; the caller writes its result into it."""
        attempt = Attempt(what)
        self._attempts.append(attempt)
        return attempt

    def add(self, hub: HubId, *, address: str, port: int, how: str) -> None:
        """Take an answer; one too many is dropped."""
        candidate = self._found.get((hub, port))
        if candidate is None:
            if len(self._found) >= MAX_DISCOVERED_HUBS:
                return
            candidate = self._found[hub, port] = _Candidate(how)
        if len(candidate.addresses) < MAX_ADDRESSES:
            candidate.addresses.setdefault(address)
        self._first.set()
        if self._is_enough(hub, Address(address, port)):
            self._enough.set()

    def _is_enough(self, hub: HubId, address: Address) -> bool:
        return hub == self._wanted if self._wanted is not None else address in self.known

    async def settled(self, *, timeout_s: float, settle_s: float) -> None:
        """Wait until there is no reason to search on."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._first.wait()
                async with asyncio.timeout(settle_s):
                    await self._enough.wait()
        except TimeoutError:
            pass

    def hubs(self) -> list[FoundHub]:
        """What was found so far, in the order heard."""
        return [
            FoundHub(hub, tuple(candidate.addresses), port, candidate.how)
            for (hub, port), candidate in self._found.items()
        ]

    def attempts(self) -> list[Attempt]:
        """What was tried so far."""
        return list(self._attempts)
