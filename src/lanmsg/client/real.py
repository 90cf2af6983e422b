"""The real world for a client: this machine's disk, network, clock and chance."""

import asyncio
import getpass
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path

from lanmsg.client.committer import StoreExecutor
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.finding import find_hub, find_hub_again
from lanmsg.client.known_hubs import load_known_hubs, remember_hub
from lanmsg.client.settings import ClientSettings
from lanmsg.client.store.executor import StoreThread
from lanmsg.client.store.interface import Store
from lanmsg.client.store.key import load_or_create_key
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.client.surroundings import HubChoice
from lanmsg.net.dialling import dial
from lanmsg.net.link import Link, LinkHandler
from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.frames import Challenge
from lanmsg.wire.ids import HubId

DIAL_TIMEOUT_S = 5.0
STORES = "hubs"
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


def system_login() -> str:
    """Return the system login; `guest` where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "guest"


class RealSurroundings:
    """Implements `ClientSurroundings`."""

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self.crypto = OlmCrypto()

    def now_ms(self) -> int:
        """Return this machine's clock."""
        return time.time_ns() // 1_000_000

    def random(self) -> float:
        """Return chance for waiting times; secrets come from `random_bytes`."""
        return random.random()  # noqa: S311 - jitter, no secret

    def random_bytes(self, count: int) -> bytes:
        """Return secret random bytes."""
        return os.urandom(count)

    def login_name(self) -> str:
        """Return the system login; `guest` where the system knows none."""
        return system_login()

    async def find(self) -> HubChoice:
        """Choose by link, address, memory, or search."""
        return await find_hub(self._settings, load_known_hubs(self._settings.home))

    async def find_again(self, hub: HubId, choice: HubChoice) -> Sequence[Address]:
        """Return where the hub was, then where it announces itself now."""
        return await find_hub_again(hub, choice.addresses)

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Open a TLS link."""
        return await dial(address, handler, timeout_s=DIAL_TIMEOUT_S)

    def _store_directory(self, hub: HubId) -> Path:
        return store_directory(self._settings.home, hub)

    def has_store(self, hub: HubId) -> bool:
        """Tell whether we have been at this hub."""
        return self._store_directory(hub).is_dir()

    def open_store(self, hub: HubId) -> Store:
        """Open the encrypted store."""
        directory = self._store_directory(hub)
        key = load_or_create_key(directory, use_keyring=not self._settings.is_home_given)
        return SqliteStore.open(directory, key)

    def set_store_aside(self, hub: HubId) -> None:
        """Rename the directory; its name says of which day it is."""
        directory = self._store_directory(hub)
        day = time.strftime("%Y-%m-%dT%H%M%S", time.gmtime())
        directory.rename(directory.with_name(f"{hub.hex()}.until-{day}"))

    def make_executor(self, store: Store) -> StoreExecutor:
        """Return a thread for commits."""
        return StoreThread(store, asyncio.get_running_loop())

    def remember(self, challenge: Challenge, address: Address) -> None:
        """Pin the hub and note its address."""
        remember_hub(
            self._settings.home,
            identity_key=challenge.identity_key,
            title=challenge.title,
            address=str(address),
            now_ms=self.now_ms(),
        )

    def shareable(self, address: str) -> tuple[str, ...]:
        """Return the address, or this machine's own on its networks if the hub runs here."""
        parsed = parse_address(address)
        if parsed.host not in _THIS_MACHINE:
            return (address,)
        from lanmsg.net.interfaces import list_interfaces  # 30 ms, for invites only

        hosts = [each.address for each in list_interfaces() if "%" not in each.address]
        shared = [format_address(Address(host, parsed.port)) for host in hosts]
        return (*shared, address)  # last, for a hub that this machine alone can reach


def store_directory(home: Path, hub: HubId) -> Path:
    """Return where a home keeps its store for a hub."""
    return home / STORES / hub.hex()
