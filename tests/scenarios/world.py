"""A whole system in one process: a real hub and real clients, with memory for a network.

Time, chance, links and disks are the world's; everything else is the product's own code. A crash of
the hub or of a client keeps what was committed and nothing else.
"""

import asyncio
import functools
import inspect
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client import Client, ClientSettings, Message, MessageState
from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.event_stream import EventStream
from lanmsg.client.identity import Identity
from lanmsg.client.store.executor import InlineStoreExecutor
from lanmsg.client.store.interface import Change, Profile, Store, StoreFailed
from lanmsg.client.store.memory import MemoryStore
from lanmsg.client.surroundings import HubChoice
from lanmsg.client.vouchers import make_grant, use_grant
from lanmsg.hub.commit_queue import InlineExecutor
from lanmsg.hub.config import HubConfig
from lanmsg.hub.hub import Hub, HubProof, Surroundings
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.net.link import Link, LinkHandler
from lanmsg.net.memory import MemoryLink, memory_link_pair
from lanmsg.wire import ids
from lanmsg.wire.addresses import Address
from lanmsg.wire.codec import decode_hub_frame, encode
from lanmsg.wire.errors import LinkLost
from lanmsg.wire.frames import Challenge, Frame, HubFrame
from lanmsg.wire.ids import HubId
from lanmsg.wire.statements import hub_certificate_bytes

from .virtual_loop import run

E = TypeVar("E")

NOWHERE = Path("nowhere")
CERTIFICATE_HASH = bytes(range(32))
HUB_ADDRESS = Address("hub.test", 7777)
START_MS = 1_800_000_000_000
NO_RATE_LIMIT = HubConfig(messages_per_second=0)


@dataclass
class World:
    """The network, the clock, chance, and the machines on it."""

    loop: asyncio.AbstractEventLoop
    seed: int = 1
    config: HubConfig = NO_RATE_LIMIT
    delay_s: float = 0.001
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    hub: Hub | None = None
    links: list[tuple[MemoryLink, MemoryLink]] = field(default_factory=list)
    clock_error_ms: int = 0
    skipped_ms: int = 0
    """What all clocks have been put forward by, so that days need not pass second by second."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.hub_key = Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))
        self.hub_failures: list[BaseException] = []

    def now_ms(self) -> int:
        """The time everybody would agree on."""
        return START_MS + self.skipped_ms + int(self.loop.time() * 1000)

    # --- the hub -----------------------------------------------------------------------------

    @property
    def hub_identity_key(self) -> bytes:
        """What the hub shows."""
        return self.hub_key.public_key().public_bytes_raw()

    def start_hub(self) -> Hub:
        """Start the hub on what its disk holds."""
        proof = HubProof(
            identity_key=self.hub_identity_key,
            signature_of=lambda shown: self.hub_key.sign(hub_certificate_bytes(shown)),
        )
        surroundings = Surroundings(
            loop=self.loop,
            now_ms=self.now_ms,
            random_bytes=self.chance.randbytes,
            executor=InlineExecutor(self.loop),
        )
        self.hub = Hub(self.storage, proof, self.config, surroundings, on_failure=self.hub_failures.append)
        return self.hub

    async def stop_hub(self) -> None:
        """Stop it as an operator does."""
        assert self.hub is not None
        await self.hub.close()
        self.hub = None

    def crash_hub(self) -> None:
        """Pull the plug: every link is cut, and only what was committed is left."""
        self.storage = self.storage.copy_durable()
        self.hub = None
        self.cut_links("connection reset")

    def cut_links(self, reason: str = "connection reset") -> None:
        """Cut every link there is."""
        links, self.links = self.links, []
        for client_end, _ in links:
            client_end.cut(reason)

    # --- the network -------------------------------------------------------------------------

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Connect to the hub, if it runs."""
        await asyncio.sleep(self.delay_s)
        if self.hub is None or address != HUB_ADDRESS:
            raise LinkLost(f"nobody answers at {address} (connection refused)")
        ends = memory_link_pair(self.loop, certificate_hash=CERTIFICATE_HASH, delay_s=self.delay_s)
        self.links.append(ends)
        client_end, hub_end = ends
        client_end.attach(handler)
        hub_end.attach(self.hub.make_session())
        return client_end

    # --- people ------------------------------------------------------------------------------

    def machine(self, name: str) -> "Machine":
        """Return a new machine for somebody."""
        return Machine(self, name)

    @asynccontextmanager
    async def people(self, *names: str) -> AsyncIterator[list[Client]]:
        """Let these people join, one after the other, and wait until each knows all of them."""
        async with AsyncClients() as clients:
            opened = [await clients.open(self.machine(name)) for name in names]
            for client in opened:
                await until(lambda client=client: len(client.people()) >= len(names))
            yield opened


class Machine:
    """Somebody's machine: its disk survives the client. Implements `ClientSurroundings`."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.name = name
        self.stores: dict[HubId, MemoryStore] = {}
        self.aside: list[MemoryStore] = []
        self.crypto: Crypto = OlmCrypto()
        self.invite_secret = b""
        self.pairing_code = b""
        self.clock_error_ms = 0
        self.expected_key: bytes | None = None
        self.link: MemoryLink | None = None
        self.attack: Attack | None = None
        self.executor: MortalExecutor | None = None
        self.dies_at_commit: tuple[int, str] | None = None

    def client(self, *, name: str | None = None) -> Client:
        """Return a client of this machine's owner, not yet open."""
        settings = ClientSettings(home=NOWHERE, name=name if name is not None else self.name)
        return Client(settings, self)

    def now_ms(self) -> int:
        """Return this machine's clock."""
        return self._world.now_ms() + self.clock_error_ms

    def random(self) -> float:
        """Return the world's chance."""
        return self._world.chance.random()

    def random_bytes(self, count: int) -> bytes:
        """Return the world's chance."""
        return self._world.chance.randbytes(count)

    def login_name(self) -> str:
        """Return the owner's name."""
        return self.name

    async def find(self) -> HubChoice:
        """There is one hub."""
        known = next(iter(self.stores), None)
        return HubChoice(
            addresses=(HUB_ADDRESS,),
            expected_key=self.expected_key,
            known_hub=known,
            invite_secret=self.invite_secret,
            pairing_code=self.pairing_code,
        )

    async def find_again(self, hub: HubId, choice: HubChoice) -> Sequence[Address]:
        """It stays where it is."""
        return choice.addresses

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Connect over the world's network."""
        link = await self._world.dial(address, Tap(handler, self))
        self.link = cast("MemoryLink", link)
        return link

    def has_store(self, hub: HubId) -> bool:
        """Tell whether we have been there."""
        return hub in self.stores

    def open_store(self, hub: HubId) -> Store:
        """Open what the disk holds."""
        store = self.stores.get(hub)
        self.stores[hub] = store.copy_durable() if store is not None else MemoryStore()
        return self.stores[hub]

    def set_store_aside(self, hub: HubId) -> None:
        """Keep it, but not as ours."""
        self.aside.append(self.stores.pop(hub))

    def make_executor(self, store: Store) -> "MortalExecutor":
        """Commit at once, until the machine dies."""
        self.executor = MortalExecutor(store, asyncio.get_running_loop(), self.dies_at_commit)
        return self.executor

    async def crash(self, client: Client) -> None:
        """Kill a client: its link and its memory are gone, only what was committed is left."""
        self.die()
        await bury(client)

    def die(self) -> None:
        """Cut the power: whoever still waits inside the dead program is let go."""
        if self.link is not None:
            self.link.cut("the machine died")
        if self.executor is not None:
            self.executor.is_dead = True
            self.executor.release()

    def restore(self, store: MemoryStore) -> None:
        """Put an older copy of the disk back."""
        self.stores = {hub: store.copy_durable() for hub in self.stores}

    def disk(self) -> MemoryStore:
        """Return a copy of what the disk holds."""
        return next(iter(self.stores.values())).copy_durable()

    def remember(self, challenge: Challenge, address: Address) -> None:
        """Pin the hub."""
        self.expected_key = challenge.identity_key
        assert ids.hub_id(challenge.identity_key) in self.stores

    def shareable(self, address: str) -> tuple[str, ...]:
        """Return the one address."""
        return (address,)


Attack = Callable[[HubFrame], list[Frame]]
"""What an evil hub makes of one of its frames."""


class Tap:
    """Sits between a link and a client and lets an evil hub's lies in. Implements `LinkHandler`."""

    def __init__(self, handler: LinkHandler, machine: Machine) -> None:
        self._handler = handler
        self._machine = machine
        self.link_opened = handler.link_opened
        self.link_broken = handler.link_broken
        self.link_drained = handler.link_drained
        self.link_lost = handler.link_lost

    def frames_received(self, payloads: list[bytes]) -> None:
        """Hand on, altered or not."""
        if self._machine.attack is None:
            self._handler.frames_received(payloads)
            return
        altered: list[bytes] = []
        for payload in payloads:
            frame = decode_hub_frame(payload)
            assert frame is not None
            altered += [encode(each) for each in self._machine.attack(frame)]
        if altered:
            self._handler.frames_received(altered)


class MortalExecutor(InlineStoreExecutor):
    """Commits at once; may die for good before or after its nth commit, before anybody is told."""

    def __init__(
        self, store: Store, loop: asyncio.AbstractEventLoop, dies_at: tuple[int, str] | None = None
    ) -> None:
        super().__init__(store, loop)
        self._dies_at = dies_at
        self.commits = 0
        self.is_dead = False
        self.died = asyncio.Event()
        self._unanswered: list[Callable[[BaseException], None]] = []

    def release(self) -> None:
        """Let go who waits for an answer."""
        for failed in self._unanswered:
            failed(StoreFailed("the machine died"))

    def submit(
        self, changes: Sequence[Change], done: Callable[[], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Commit, unless dead."""
        if self.is_dead:
            self._unanswered.append(failed)
            return
        self.commits += 1
        if self._dies_at is not None and self.commits == self._dies_at[0]:
            self.is_dead = True
            self.died.set()
            if self._dies_at[1] == "after":
                self._store.commit(changes)
            self._unanswered.append(failed)
            return
        super().submit(changes, lambda: self.is_dead or done(), failed)

    async def drain(self) -> None:
        """The dead wait for nothing."""
        if not self.is_dead:
            await super().drain()


async def bury(client: Client) -> None:
    """End a dead client's task and timers; it says nothing more."""
    if client._task is not None:
        client._task.cancel()
        await asyncio.wait([client._task])
    client._engine.close()


def second_machine(world: World, machine: Machine) -> Machine:
    """Return another machine of the same person: what linking will do."""
    hub, store = next(iter(machine.stores.items()))
    old = store.load().profile
    other = world.machine(old.handle)
    other.stores[hub] = MemoryStore()
    account, identity = OlmCrypto().new_account(), Identity(old.identity_secret)
    first = OlmCrypto().account(old.account)
    by = ids.device_id(first.signing_key, first.agreement_key)
    grant = make_grant(identity.user, by, first, world.chance.randbytes)
    bare = identity.bind(
        signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="second"
    )
    profile = Profile(
        hub_identity_key=old.hub_identity_key,
        hub_title="",
        database=old.database,
        identity_secret=old.identity_secret,
        account=account.pickle(),
        handle="",
        device_name="second",
        device_seq=0,
        voucher=encode(use_grant(grant, bare)),
    )
    other.stores[hub].commit([profile])
    return other


class AsyncClients:
    """Opens clients and closes all of them at the end."""

    def __init__(self) -> None:
        self._clients: list[Client] = []
        self.machines: dict[str, Machine] = {}

    async def __aenter__(self) -> "AsyncClients":
        """Start with none."""
        return self

    async def open(self, machine: Machine, *, name: str | None = None) -> Client:
        """Open a client of this machine and wait until it has everything."""
        client = await machine.client(name=name).__aenter__()
        self._clients.append(client)
        self.machines[client.handle] = machine
        async with asyncio.timeout(600):
            await client.synced()
        return client

    async def crash(self, machine: Machine, client: Client) -> None:
        """Let one die."""
        self._clients.remove(client)
        await machine.crash(client)

    async def close(self, client: Client) -> None:
        """Close one early."""
        self._clients.remove(client)
        await client.__aexit__(None, None, None)

    async def __aexit__(self, *_: object) -> None:
        """Close all."""
        for client in self._clients:
            await client.__aexit__(None, None, None)


async def until(condition, *, seconds: float = 60.0, why=lambda: "it never came to be") -> None:
    """Let virtual time pass until something is so."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, why()
        await asyncio.sleep(0.01)


def texts(client: Client, target: str) -> list[str]:
    """Return what a client shows of a conversation, oldest first."""
    return [message.text for message in client.history(client.conversation(target), limit=100_000)]


def scenario(function):
    """Turn an async function of a world into a test in virtual time; other arguments pass through."""

    @functools.wraps(function)
    def test(*arguments, **named):
        async def main() -> None:
            world = World(asyncio.get_running_loop())
            world.start_hub()
            async with AsyncClients() as clients:
                await function(world, clients, *arguments, **named)

        run(main())

    signature = inspect.signature(function)
    test.__signature__ = signature.replace(parameters=list(signature.parameters.values())[2:])
    del test.__wrapped__
    return test


async def join(world: World, clients: AsyncClients, *names: str) -> list[Client]:
    """Let these people join, one after the other, and wait until each knows all of them."""
    opened = [await clients.open(world.machine(name)) for name in names]
    for client in opened:
        await until(lambda client=client: {*names} <= {person.handle for person in client.people()})
    return opened


async def say(client: Client, target: str, *lines: str) -> list[Message]:
    """Queue these lines, in order."""
    return [await client.send(client.conversation(target), line) for line in lines]


async def shows(client: Client, target: str, expected: list[str], *, seconds: float = 60.0) -> None:
    """Wait until a client shows exactly these texts, and none of them waits."""
    await until(
        lambda: (
            target_known(client, target)
            and texts(client, target) == expected
            and not any(m.state is MessageState.WAITING for m in history(client, target))
        ),
        seconds=seconds,
        why=lambda: f"{client.handle} shows {texts(client, target)} in {target}, not {expected}",
    )


def target_known(client: Client, target: str) -> bool:
    """Tell whether the person, the room, or all of the group are in our directory yet."""
    try:
        client.conversation(target)
    except UnknownPerson:
        return False
    return True


def history(client: Client, target: str) -> list[Message]:
    """Return all of a conversation."""
    return client.history(client.conversation(target), limit=100_000)


def unreadable(client: Client) -> list[str]:
    """Return the reasons of all messages a client can't read."""
    return [stored.reason for stored in client._engine._store.unreadable()]


def taken(stream: EventStream, kind: type[E]) -> list[E]:
    """Return the events of one kind that wait in a stream."""
    return [event for event in stream._waiting if isinstance(event, kind)]


async def second_device(world: World, clients: AsyncClients, name: str) -> Client:
    """Open another device of somebody who is here, with their identity on its own disk."""
    first = clients.machines[name]
    client = await clients.open(second_machine(world, first))
    clients.machines[name] = first
    return client
