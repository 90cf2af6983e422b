"""The hub and its clients as processes on machines of their own: started, killed, paused."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client import Alarm, Client, ClientSettings, Stopped
from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.store.interface import Store
from lanmsg.client.store.memory import MemoryStore
from lanmsg.client.surroundings import HubChoice
from lanmsg.hub.config import HubConfig
from lanmsg.hub.hub import Hub, HubProof, Surroundings
from lanmsg.net.link import Link, LinkHandler
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LanmsgError, Refusal
from lanmsg.wire.frames import Challenge
from lanmsg.wire.ids import HubId
from lanmsg.wire.statements import hub_certificate_bytes

from .disk import DiskWeather, HubExecutor, MemoryDisk, SqliteDisk, StoreExecutor
from .loop import SimulatedLoop, context_of
from .network import Network

if TYPE_CHECKING:
    from .recorder import Recorder

NOWHERE = Path("nowhere")
HUB_ADDRESS = Address("hub.test", 7777)
START_MS = 1_800_000_000_000
CONFIG = HubConfig(messages_per_second=0)
TRY_AGAIN_S = 2.0
"""When a person starts a program again that could not begin, or has stopped."""


class Process:
    """What a machine runs: one program at a time, each start a process of its own."""

    def __init__(self, loop: SimulatedLoop, name: str) -> None:
        self.loop = loop
        self.name = name
        self.starts = 0
        self.process = ""
        self.context = contextvars.copy_context()
        self.clock_error_ms = 0
        self.is_paused = False

    def begin(self) -> None:
        """Make a new process."""
        self.starts += 1
        self.process = f"{self.name}#{self.starts}"
        self.context = context_of(self.process)
        if self.is_paused:
            self.loop.pause(self.process)

    def run(self, job: Awaitable[object]) -> "asyncio.Task[object]":
        """Run something in it."""
        return self.loop.create_task(job, context=self.context)  # type: ignore[arg-type]

    def pause(self) -> None:
        """Stop it, as by SIGSTOP."""
        self.is_paused = True
        self.loop.pause(self.process)

    def resume(self) -> None:
        """Let it go on."""
        self.is_paused = False
        self.loop.resume(self.process)

    def now_ms(self) -> int:
        """Return this machine's clock."""
        return START_MS + self.clock_error_ms + int(self.loop.time() * 1000)


class HubMachine(Process):
    """The hub, its disk and its power."""

    def __init__(
        self, loop: SimulatedLoop, network: Network, disk: MemoryDisk | SqliteDisk, seed: str
    ) -> None:
        super().__init__(loop, "hub")
        self._network = network
        self.disk = disk
        self.chance = Random(f"{seed} hub")
        self.key = Ed25519PrivateKey.from_private_bytes(Random("the hub's key").randbytes(32))
        self.weather = DiskWeather(Random(f"{seed} hub's disk"), network.fired, network.commit_s)
        self.hub: Hub | None = None
        self.executor: HubExecutor | None = None
        self.failures: list[BaseException] = []

    def start(self) -> None:
        """Start the hub on what its disk holds."""
        assert self.hub is None
        self._network.without_power.discard("hub")
        self.begin()
        self.context.run(self._start)

    def _start(self) -> None:
        self.executor = HubExecutor(self.loop, self.weather)
        public = self.key.public_key().public_bytes_raw()
        proof = HubProof(
            identity_key=public, signature_of=lambda shown: self.key.sign(hub_certificate_bytes(shown))
        )
        surroundings = Surroundings(
            loop=self.loop, now_ms=self.now_ms, random_bytes=self.chance.randbytes, executor=self.executor
        )
        self.hub = Hub(self.disk.open(), proof, CONFIG, surroundings, on_failure=self._failed)
        self._network.listen(self.context, self.hub.make_session)

    def _failed(self, error: BaseException) -> None:
        """The disk failed: the real program ends with the reason."""
        self.failures.append(error)
        self.loop.call_soon(self.kill, context=self._network.context)

    def kill(self) -> None:
        """End the process at once; the machine goes on."""
        self._end(is_powered=True)

    def lose_power(self, chance: Random) -> None:
        """End it, and whatever the disk has not synced is lost."""
        if self._end(is_powered=False):
            self._network.without_power.add("hub")
            self.disk.lose_power(chance)

    def _end(self, *, is_powered: bool) -> bool:
        if self.hub is None:
            return False
        if self.executor is not None and self.executor.is_busy:
            self._network.fired["commit of the hub lost or untold"] += 1
        self.hub = None
        self.loop.kill(self.process)
        self._network.close_server(is_powered=is_powered)
        return True

    async def stop(self) -> None:
        """Stop it as an operator does."""
        if self.hub is not None:
            hub = self.hub
            closing = self.run(hub.close())
            while not closing.done() and self.hub is hub:  # noqa: ASYNC110 - the dead say nothing
                await asyncio.sleep(0.05)
            if self.hub is hub:
                self.kill()


class ClientMachine(Process):
    """Somebody's machine; its disk outlives the program. Implements `ClientSurroundings`."""

    def __init__(
        self, loop: SimulatedLoop, network: Network, name: str, crypto: Crypto, recorder: "Recorder"
    ) -> None:
        super().__init__(loop, name)
        self._network = network
        self._recorder = recorder
        self._seed = recorder.seed
        self.chance = Random(0)
        self.crypto = crypto
        self.weather = DiskWeather(Random(f"{self._seed} {name}'s disk"), network.fired, network.commit_s)
        self.stores: dict[HubId, MemoryStore] = {}
        self.expected_key: bytes | None = None
        self.pairing_code = b""
        self.client: Client | None = None
        """Open, and not stopped."""
        self.opening: asyncio.Task[object] | None = None
        self.executor: StoreExecutor | None = None
        self.is_wanted = False
        self.is_cut_off = False
        """Its owner has cut this device off, or it never got in: it stops, and that is right."""
        self.alarms: list[str] = []
        self.stops: Counter[str] = Counter()

    # --- the program -------------------------------------------------------------------------

    def start(self) -> None:
        """Start the program, and again for as long as it does not come up."""
        self.is_wanted = True
        self._network.without_power.discard(self.name)
        self.begin()
        self.chance = Random(f"{self._seed} {self.process}")
        if self._is_known():
            self.pairing_code = b""
        self.opening = self.run(self._open())

    async def _open(self) -> None:
        while True:
            client = Client(ClientSettings(home=NOWHERE, name=self.name), self)
            self._recorder.follow(self, client)
            try:
                await client.__aenter__()
            except LanmsgError as error:
                if self.is_cut_off:
                    return
                self._recorder.note_refusal(self, error)
                if self.pairing_code and not self._may_go_on(error):
                    return
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            self.client = client
            self.pairing_code = b""
            self._recorder.opened(self, client)
            return

    def _may_go_on(self, error: LanmsgError) -> bool:
        """A code is good once. Who has taken what it opened goes on without; else it was for nothing."""
        if self._is_known():
            self.pairing_code = b""
        elif isinstance(error, Refusal):
            self.is_cut_off = True
        return not self.is_cut_off

    def _is_known(self) -> bool:
        return any(store.copy_durable().load().profile is not None for store in self.stores.values())

    def stopped(self, event: Stopped) -> None:
        """The client has given up; its person starts it again if that can help."""
        self.stops[event.code] += 1
        self.loop.call_later(TRY_AGAIN_S, self._start_again, self.process, context=self._network.context)

    def _start_again(self, process: str) -> None:
        if process == self.process and self.is_wanted and not self.is_cut_off:
            self.kill()
            self.start()

    def alarmed(self, event: Alarm) -> None:
        """Something looks like an attack; nobody attacks here."""
        self.alarms.append(f"{event.kind}: {event.text}")

    def kill(self) -> None:
        """End the process at once; the machine goes on."""
        self._end(is_powered=True)

    def lose_power(self) -> None:
        """End it without a word to the network."""
        self._end(is_powered=False)
        self._network.without_power.add(self.name)

    def _end(self, *, is_powered: bool) -> None:
        if not self.process:
            return
        self.is_wanted = False
        if self.executor is not None and self.executor.is_busy:
            self._network.fired["commit of a client lost or untold"] += 1
        self.client = self.executor = self.opening = None
        self.loop.kill(self.process)
        self._network.client_died(self.name, is_powered=is_powered)

    async def close(self) -> None:
        """Close the program as a person does."""
        client = self.client
        if client is not None:
            self.is_wanted = False
            self.client = None
            process = self.process
            closing = self.run(client.__aexit__(None, None, None))
            while not closing.done() and self.process == process and process not in self.loop.killed:  # noqa: ASYNC110 - the dead say nothing
                await asyncio.sleep(0.05)
            if self.process == process:
                self.kill()

    # --- ClientSurroundings ------------------------------------------------------------------

    def random(self) -> float:
        """Return this process's chance."""
        return self.chance.random()

    def random_bytes(self, count: int) -> bytes:
        """Return this process's chance."""
        return self.chance.randbytes(count)

    def login_name(self) -> str:
        """Return the owner's name."""
        return self.name

    async def find(self) -> HubChoice:
        """There is one hub."""
        known = None if self.pairing_code else next(iter(self.stores), None)
        return HubChoice(
            addresses=(HUB_ADDRESS,),
            expected_key=self.expected_key,
            known_hub=known,
            pairing_code=self.pairing_code,
        )

    async def find_again(self, hub: HubId, choice: HubChoice) -> Sequence[Address]:
        """It stays where it is."""
        return choice.addresses

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Connect over the network."""
        return await self._network.dial(self.name, handler)

    def has_store(self, hub: HubId) -> bool:
        """Tell whether we have been there."""
        return hub in self.stores

    def open_store(self, hub: HubId) -> Store:
        """Open what the disk holds."""
        store = self.stores.get(hub)
        self.stores[hub] = store.copy_durable() if store is not None else MemoryStore()
        return self.stores[hub]

    def set_store_aside(self, hub: HubId) -> None:
        """The hub's database never changes here."""
        raise AssertionError("the hub was taken for another one")

    def make_executor(self, store: Store) -> StoreExecutor:
        """Commit to the simulated disk."""
        self.executor = StoreExecutor(self.loop, store, self.weather, self._committed)
        return self.executor

    def _committed(self, changes: Sequence[object]) -> None:
        self._recorder.committed(self, changes)

    def remember(self, challenge: Challenge, address: Address) -> None:
        """Pin the hub."""
        self.expected_key = challenge.identity_key

    def shareable(self, address: str) -> tuple[str, ...]:
        """Return the one address."""
        return (address,)


Job = Callable[[Client], Awaitable[object]]
