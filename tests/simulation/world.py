"""A simulated world: one hub, some clients, the network between them, and what the steps of a schedule do."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from random import Random

import vodozemac

from lanmsg.client import EVERYONE, Client, Conversation
from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire.errors import LanmsgError
from tests.hub.storage.power_cut import Rules

from .crypto import Nature, SimulatedCrypto, index_in
from .disk import MemoryDisk, SqliteDisk
from .loop import SimulatedLoop
from .machines import ClientMachine, HubMachine
from .network import Network
from .recorder import Recorder
from .schedule import PEOPLE, Schedule

ROOMS = ("kitchen", "attic")


class World:
    """Everything of one simulation. `fired` counts what faults did, `done` what people did."""

    def __init__(self, loop: SimulatedLoop, schedule: Schedule) -> None:
        self.loop = loop
        self.seed = schedule.seed
        self.schedule = schedule
        index_of = index_in if schedule.crypto == "simulated" else _index_in_megolm
        self.recorder = Recorder(self.seed, index_of)
        self.network = Network(loop, Random(f"{self.seed} network"))
        self.network.delay_s = schedule.delay_s
        self.network.commit_s = schedule.commit_s
        self.fired = self.network.fired
        self.done: Counter[str] = Counter()
        self.nature = Nature()
        self.hub = HubMachine(loop, self.network, self._new_disk(), self.seed)
        self.machines: dict[str, ClientMachine] = {}
        self._said = 0
        self._background: list[asyncio.Task[None]] = []
        self._endings: list[asyncio.Task[None]] = []

    def _new_disk(self) -> MemoryDisk | SqliteDisk:
        if self.schedule.disk == "memory":
            return MemoryDisk(MemoryStorage())
        return SqliteDisk(Rules(self.schedule.disk))

    def machine(self, name: str) -> ClientMachine:
        """Return somebody's machine; a new one if there is none of that name."""
        if name not in self.machines:
            crypto = self._crypto(name)
            self.machines[name] = ClientMachine(self.loop, self.network, name, crypto, self.recorder)
        return self.machines[name]

    def _crypto(self, name: str) -> Crypto:
        if self.schedule.crypto == "real":
            return OlmCrypto()
        return SimulatedCrypto(self.nature, Random(f"{self.seed} {name}'s keys").randbytes)

    @property
    def all_machines(self) -> list[ClientMachine]:
        """All machines that are not cut off, in the order they came."""
        return [machine for machine in self.machines.values() if not machine.is_cut_off]

    @property
    def absent(self) -> list[str]:
        """The machines that are cut off, or never got in."""
        return [name for name, machine in self.machines.items() if machine.is_cut_off]

    @property
    def open_machines(self) -> list[ClientMachine]:
        """Those whose client is open."""
        return [machine for machine in self.all_machines if machine.client is not None]

    # --- doing things as a person ------------------------------------------------------------

    def as_person(
        self, machine: ClientMachine, name: str, job: Callable[[Client], Awaitable[object]]
    ) -> None:
        """Let somebody do something with their client; what is refused is refused."""
        client = machine.client
        if client is not None:
            machine.run(self._do(name, job, client))

    async def _do(self, name: str, job: Callable[[Client], Awaitable[object]], client: Client) -> None:
        try:
            await job(client)
        except LanmsgError as error:
            self.done[f"{name}: {type(error).__name__}"] += 1
        else:
            self.done[name] += 1

    def text(self, machine: ClientMachine) -> str:
        """Return a text that nobody has written yet."""
        self._said += 1
        return f"{machine.name} {self._said}"

    def place(self, client: Client, kind: str, number: int) -> Conversation | None:
        """Return a conversation that a client knows."""
        if kind == "all":
            return EVERYONE
        if kind == "room":
            rooms = [room for room in client.rooms() if room.is_mine]
            return rooms[number % len(rooms)].conversation if rooms else None
        people = client.people()
        return client.conversation(f"@{people[number % len(people)].handle}") if people else None

    # --- waiting -----------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], bool], *, seconds: float) -> bool:
        """Let time pass until something is so; False if it never was."""
        end_s = self.loop.time() + seconds
        while not is_so():
            if self.loop.time() > end_s:
                return False
            await asyncio.sleep(0.25)
        return True

    def is_settled(self) -> bool:
        """Whether everybody has all that the hub has for them, and nothing waits anywhere."""
        hub = self.hub.hub
        if hub is None or hub.queue.statistics().waiting_jobs:
            return False
        return all(machine.client is not None and _has_all(machine, hub) for machine in self.all_machines)

    def background(self, job: Coroutine[None, None, None]) -> None:
        """Do something beside everything else, to the end."""
        self._background.append(self.loop.create_task(job, context=self.network.context))

    def ending(self, job: Coroutine[None, None, None]) -> None:
        """Let a program end in its own time."""
        self._endings.append(self.loop.create_task(job, context=self.network.context))

    def end(self) -> None:
        """Let the power go out everywhere."""
        for task in [*self._background, *self._endings]:
            task.cancel()
        for machine in self.machines.values():
            machine.lose_power()
        self.hub.lose_power(self.network.chance)

    async def heal(self) -> None:
        """End all faults, and start again what was ended."""
        self._mend()
        await asyncio.gather(*self._endings)
        self._mend()
        if self.hub.hub is None:
            self.hub.start()
        for machine in self.all_machines:
            if not machine.is_wanted:
                machine.start()

    def _mend(self) -> None:
        self.network.heal_all()
        for machine in [self.hub, *self.machines.values()]:
            machine.weather.is_broken = False
            machine.weather.slowness_s = 0.0
            if machine.is_paused:
                machine.resume()


def _index_in_megolm(ciphertext: bytes) -> int:
    return vodozemac.MegolmMessage.from_bytes(ciphertext).message_index()


def _has_all(machine: ClientMachine, hub) -> bool:
    client = machine.client
    if not client.is_online or client.waiting or not client._engine.synced.is_set():
        return False
    if machine.executor is None or machine.executor.is_busy:
        return False
    state = client._engine.state
    for log in hub.published.logs._logs.values():
        if state.user in log.members or log.log == state.directory_log:
            ours = state.logs.get(log.log)
            if ours is None or ours.stored.seq < log.seq:
                return False
    return True


async def furnish(world: World) -> None:
    """Let people join, one after the other, and make two rooms."""
    for name in PEOPLE:
        world.machine(name).start()
        assert await world.until(lambda name=name: world.machine(name).client is not None, seconds=600)
    clients = [world.machine(name).client for name in PEOPLE]
    everybody = {*PEOPLE}
    assert await world.until(
        lambda: all(everybody <= {person.handle for person in each.people()} for each in clients), seconds=600
    )
    for name in ROOMS:
        machine = world.machine(PEOPLE[0])
        await machine.run(_make_room(machine.client, name))
    assert await world.until(lambda: all(len(each.rooms()) == len(ROOMS) for each in clients), seconds=600)
    assert await world.until(world.is_settled, seconds=600)


async def _make_room(client: Client, name: str) -> None:
    room = await client.create_room(name, is_open=name == "kitchen", keeps_history=name == "attic")
    await client.invite(room, [PEOPLE[1]])
