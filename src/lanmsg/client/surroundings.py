"""What a client takes from the world outside: hubs, links, disks, clocks, chance.

`RealSurroundings` (in `real.py`) is the world; scenarios in the tests have another, with memory for a
network and a clock that jumps.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lanmsg.client.committer import StoreExecutor
from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.store.interface import Store
from lanmsg.net.link import Link, LinkHandler
from lanmsg.wire.addresses import Address
from lanmsg.wire.frames import Challenge
from lanmsg.wire.ids import HubId


@dataclass(frozen=True, slots=True, kw_only=True)
class HubChoice:
    """Which hub to meet, and what must be true of it.

    `expected_key` is the identity key it must show (from an invite or an earlier visit), None at
    first contact. `known_hub` is set if this home has been there. `tried` says in words what was
    looked for. `pairing_code` is what another device of this person shows, if that lets us in.
    """

    addresses: tuple[Address, ...]
    expected_key: bytes | None = None
    known_hub: HubId | None = None
    invite_secret: bytes = b""
    pairing_code: bytes = b""
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSurroundings:
    """What the engine takes from outside, so that a test can give it another world.

    `idle_after_s` and `sends_read_receipts`: as in `ClientSettings`.
    """

    loop: asyncio.AbstractEventLoop
    now_ms: Callable[[], int]
    random_bytes: Callable[[int], bytes]
    crypto: Crypto
    idle_after_s: float = 0.0
    sends_read_receipts: bool = True


class ClientSurroundings(Protocol):
    """The world, as far as a client needs it."""

    @property
    def crypto(self) -> Crypto:
        """What encrypts."""
        ...

    def now_ms(self) -> int:
        """Return this machine's clock in Unix ms."""
        ...

    def random(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Return secret random bytes."""
        ...

    def login_name(self) -> str:
        """Return what to make a handle of if none is wished for."""
        ...

    async def find(self) -> HubChoice:
        """Choose the hub. Raises HubNotFound, SeveralHubs, LocalError."""
        ...

    async def find_again(self, hub: HubId, choice: HubChoice) -> Sequence[Address]:
        """Return where a hub that was lost may be now, likeliest first; never empty."""
        ...

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Open a link. Raises LinkLost."""
        ...

    def has_store(self, hub: HubId) -> bool:
        """Tell whether this home has a store for a hub."""
        ...

    def open_store(self, hub: HubId) -> Store:
        """Open or create the store for a hub. Raises StoreLocked, StoreFailed."""
        ...

    def set_store_aside(self, hub: HubId) -> None:
        """Rename the closed store of a hub whose database is gone; it stays readable."""

    def make_executor(self, store: Store) -> StoreExecutor:
        """Return what commits to this store."""
        ...

    def remember(self, challenge: Challenge, address: Address) -> None:
        """Note a hub we have logged in to: its key, its title, its address."""

    def shareable(self, address: str) -> tuple[str, ...]:
        """Return the addresses other machines can use for the hub that we reach at this one."""
        ...
