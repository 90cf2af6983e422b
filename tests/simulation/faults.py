"""What goes wrong in a simulation. `World.fired` counts what really did."""

from collections.abc import Callable
from functools import partial

from .machines import ClientMachine, Process
from .network import Path
from .schedule import Step
from .world import World

LONGEST_S = 60.0
"""Of what ends by itself: longer than it takes both sides to give a silent connection up."""


def strike(world: World, step: Step) -> None:
    """Let it happen to somebody, if there is somebody it can happen to."""
    machines = [machine for machine in world.all_machines if machine.starts]
    if machines:
        FAULTS[step.what](world, machines[step.who % len(machines)], step)


def _later(world: World, step: Step, callback: Callable[[], object]) -> None:
    """End what a step began; mostly soon, sometimes long after."""
    seconds = LONGEST_S * step.amount**3
    world.loop.call_later(seconds, callback, context=world.network.context)


# --- the network ---------------------------------------------------------------------------------


def _paths(world: World, machine: ClientMachine, ways: str) -> list[Path]:
    there = world.network.path(machine.name, "hub")
    back = world.network.path("hub", machine.name)
    return {"both": [there, back], "there": [there], "back": [back]}[ways]


def _cut(ways: str, world: World, machine: ClientMachine, step: Step) -> None:
    paths = _paths(world, machine, ways)
    for path in paths:
        path.is_cut = True
        _later(world, step, partial(world.network.heal, path))


def _live_link(world: World, machine: ClientMachine):
    for client_end, hub_end in reversed(world.network.live()):
        if client_end.name == machine.name and not client_end.is_over:
            return client_end, hub_end
    return None


def _reset(world: World, machine: ClientMachine, _step: Step) -> None:
    ends = _live_link(world, machine)
    if ends is not None:
        world.fired["reset"] += 1
        for end in ends:
            end.was_reset()


def _reset_one_end(world: World, machine: ClientMachine, step: Step) -> None:
    ends = _live_link(world, machine)
    if ends is not None:
        world.fired["reset one end"] += 1
        ends[step.whom % 2].was_reset()


def _black_hole(world: World, machine: ClientMachine, _step: Step) -> None:
    ends = _live_link(world, machine)
    if ends is not None:
        for end in ends:
            end.is_forgotten = True


def _delay(world: World, machine: ClientMachine, step: Step) -> None:
    world.fired["delay"] += 1
    for path in _paths(world, machine, "both"):
        path.delay_s = 0.5 + 2 * step.amount
        _later(world, step, partial(setattr, path, "delay_s", world.network.delay_s))


def _slow_reader(world: World, machine: ClientMachine, step: Step) -> None:
    [path] = _paths(world, machine, "back")
    path.bytes_per_s = 200 + 2000 * step.amount
    _later(world, step, partial(setattr, path, "bytes_per_s", 0.0))


# --- programs and machines -----------------------------------------------------------------------


def _start_hub(world: World) -> None:
    if world.hub.hub is None:
        world.hub.start()


def _kill_hub(world: World, _machine: ClientMachine, step: Step) -> None:
    if world.hub.hub is not None:
        world.fired["kill hub"] += 1
        world.hub.kill()
        _later(world, step, partial(_start_hub, world))


def _power_cut_hub(world: World, _machine: ClientMachine, step: Step) -> None:
    if world.hub.hub is not None:
        world.fired["power cut hub"] += 1
        world.hub.lose_power(world.network.chance)
        _later(world, step, partial(_start_hub, world))


def _stop_hub(world: World, _machine: ClientMachine, step: Step) -> None:
    async def stop() -> None:
        await world.hub.stop()
        _later(world, step, partial(_start_hub, world))

    if world.hub.hub is not None:
        world.fired["stop hub"] += 1
        world.ending(stop())


def _start_client(machine: ClientMachine, starts: int) -> None:
    if machine.starts == starts and not machine.is_wanted and not machine.is_cut_off:
        machine.start()


def _kill_client(world: World, machine: ClientMachine, step: Step) -> None:
    if machine.is_wanted:
        world.fired["kill client"] += 1
        machine.kill()
        _later(world, step, partial(_start_client, machine, machine.starts))


def _power_cut_client(world: World, machine: ClientMachine, step: Step) -> None:
    if machine.is_wanted:
        world.fired["power cut client"] += 1
        machine.lose_power()
        _later(world, step, partial(_start_client, machine, machine.starts))


def _close_client(world: World, machine: ClientMachine, step: Step) -> None:
    async def close() -> None:
        starts = machine.starts
        await machine.close()
        _later(world, step, partial(_start_client, machine, starts))

    if machine.client is not None:
        world.fired["close client"] += 1
        world.ending(close())


def _pause(world: World, machine: Process, step: Step) -> None:
    if machine.process and not machine.is_paused:
        world.fired[f"pause {'hub' if machine is world.hub else 'client'}"] += 1
        machine.pause()
        _later(world, step, machine.resume)


def _clock_jump(world: World, machine: Process, step: Step) -> None:
    world.fired[f"clock jump {'hub' if machine is world.hub else 'client'}"] += 1
    size_ms = int(1000 * 10 ** (6 * step.amount))  # from a second to twelve days
    machine.clock_error_ms += size_ms if step.whom % 2 else -size_ms


# --- disks ---------------------------------------------------------------------------------------


def _slow_disk(world: World, machine: ClientMachine, step: Step) -> None:
    weather = (world.hub if step.whom % 2 else machine).weather
    weather.slowness_s = 0.02 + step.amount
    _later(world, step, partial(setattr, weather, "slowness_s", 0.0))


def _disk_error(world: World, machine: Process, step: Step) -> None:
    machine.weather.is_broken = True

    def mend() -> None:
        machine.weather.is_broken = False
        if machine is world.hub:
            _start_hub(world)

    _later(world, step, mend)


FAULTS: dict[str, Callable[[World, ClientMachine, Step], None]] = {
    "partition": partial(_cut, "both"),
    "one way there": partial(_cut, "there"),
    "one way back": partial(_cut, "back"),
    "reset": _reset,
    "reset one end": _reset_one_end,
    "black hole": _black_hole,
    "delay": _delay,
    "slow reader": _slow_reader,
    "kill hub": _kill_hub,
    "power cut hub": _power_cut_hub,
    "stop hub": _stop_hub,
    "pause hub": lambda world, _machine, step: _pause(world, world.hub, step),
    "kill client": _kill_client,
    "power cut client": _power_cut_client,
    "close client": _close_client,
    "pause client": _pause,
    "clock jump hub": lambda world, _machine, step: _clock_jump(world, world.hub, step),
    "clock jump client": _clock_jump,
    "slow disk": _slow_disk,
    "disk error hub": lambda world, _machine, step: _disk_error(world, world.hub, step),
    "disk error client": _disk_error,
}
