"""A world where people are there already: made once in a process, then copied for each simulation."""

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lanmsg.client.store.memory import MemoryStore
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire.ids import HubId

from .crypto import Nature
from .disk import MemoryDisk
from .loop import SimulatedLoop, run_in
from .schedule import Schedule

if TYPE_CHECKING:
    from .world import World


@dataclass(frozen=True)
class Snapshot:
    """The disks of a furnished world, and what its mathematics knows."""

    hub: MemoryStorage
    stores: dict[str, dict[HubId, MemoryStore]]
    expected_key: bytes
    nature: Nature


@cache
def furnished(crypto: str) -> Snapshot:
    """Return a world of three people and two rooms, in which nobody has said a word."""
    from .world import World, furnish

    async def make() -> Snapshot:
        world = World(loop, Schedule("furnish", (), crypto=crypto))
        world.hub.start()
        await furnish(world)
        await asyncio.sleep(30)
        disk = world.hub.disk
        assert isinstance(disk, MemoryDisk)
        snapshot = Snapshot(
            disk._storage.copy_durable(),
            {
                name: {hub: store.copy_durable() for hub, store in machine.stores.items()}
                for name, machine in world.machines.items()
            },
            world.hub.key.public_key().public_bytes_raw(),
            world.nature.copy(),
        )
        world.end()
        return snapshot

    loop = SimulatedLoop("furnish")
    snapshot = run_in(loop, make())
    assert not loop.bugs, loop.bugs
    return snapshot


def restore(world: "World") -> None:
    """Furnish a world with a copy."""
    snapshot = furnished(world.schedule.crypto)
    world.hub.disk = MemoryDisk(snapshot.hub.copy_durable())
    world.nature.secrets.update(snapshot.nature.secrets)
    world.nature.signed.update(snapshot.nature.signed)
    for name, stores in snapshot.stores.items():
        machine = world.machine(name)
        machine.stores = {hub: store.copy_durable() for hub, store in stores.items()}
        machine.expected_key = snapshot.expected_key
