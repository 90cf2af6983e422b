"""Runs one schedule, and says what was broken.

liveness  at the end of the schedule all faults end; within `LIVENESS_S` everybody has everything,
          each writes a probe that all others read, and the whole history is judged
safety    the power goes out everywhere at the end; what was acknowledged must be on the hub's disk,
          and nothing may ever have been shown, stored or promised that is not so
"""

import asyncio
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import structlog

from lanmsg.client import EVERYONE
from lanmsg.hub.session import Session
from lanmsg.wire import limits
from tests import checker
from tests.checker import Violation

from . import faults, work
from .loop import SimulatedLoop, run_in
from .machines import ClientMachine
from .schedule import Schedule
from .snapshot import furnished, restore
from .world import World, furnish

LIVENESS_S = 120.0
"""Of which a dead connection takes 45 s to be noticed, and the longest wait to dial again 30 s."""
QUIET_S = 10.0
SAMPLE_S = 1.0
WINDOW_OF_A_SIMULATION = 4096
"""What makes a hub call a reader behind: small, so that small worlds have such readers."""


@dataclass
class Outcome:
    """What came of a schedule. `settled_s` is how long it took to converge after the last fault."""

    schedule: Schedule
    violations: list[Violation]
    fired: Counter[str]
    done: Counter[str]
    trace: str
    simulated_s: float
    settled_s: float = 0.0
    callbacks: int = 0
    events: int = 0
    messages: int = 0
    recovered: int = 0
    took_s: float = 0.0
    notes: list[str] = field(default_factory=list)


def run(schedule: Schedule) -> Outcome:
    """Run a schedule from beginning to end."""
    if schedule.start == "warm":  # and once a process, so before a bug is planted or time is taken
        with _quiet_logs([]):
            furnished(schedule.crypto)  # in a loop of its own, so before ours
    started_s = time.perf_counter()
    loop = SimulatedLoop(f"{schedule.seed} turns")
    logged: list[str] = []
    with _quiet_logs(logged), _small_limits():
        outcome = run_in(loop, _run(loop, schedule))
    outcome.violations += [Violation("bug", text) for text in [*loop.bugs, *logged]]
    outcome.took_s = time.perf_counter() - started_s
    return outcome


@contextmanager
def _quiet_logs(logged: list[str]):
    """Write no logs; keep what is a bug."""

    def keep(_logger, method, event):
        if method in {"exception", "error", "critical"} or event.get("exc_info"):
            logged.append(f"{event.get('event')}: {event.get('exc_info')!r}"[:500])
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def _small_limits():
    """Let queues be full, and readers be a crowd, that in a small world never would be."""
    with (
        patch("lanmsg.hub.fan_out.OUTBOUND_QUEUE_BYTES", WINDOW_OF_A_SIMULATION),
        patch("tests.simulation.network.HIGH_MARK_BYTES", WINDOW_OF_A_SIMULATION),
        patch("tests.simulation.network.LOW_MARK_BYTES", WINDOW_OF_A_SIMULATION // 4),
        patch("tests.simulation.network.WINDOW_BYTES", WINDOW_OF_A_SIMULATION),
        patch("lanmsg.hub.fan_out.SLICE_CONNECTIONS", 1),
        patch("lanmsg.hub.commands.SLICE_CONNECTIONS", 1),
        patch("lanmsg.wire.pairing.SCRYPT_N", 2),
    ):
        yield


async def _run(loop: SimulatedLoop, schedule: Schedule) -> Outcome:
    world = World(loop, schedule)
    try:
        violations, settled_s = await _play(world)
    finally:
        world.end()
        world.hub.disk.close()
    violations += [
        Violation("false alarm", f"{machine.name}: {text}")
        for machine in world.machines.values()
        for text in machine.alarms
    ]
    return Outcome(
        schedule,
        violations,
        world.fired,
        world.done,
        loop.trace,
        simulated_s=loop.time(),
        settled_s=settled_s,
        callbacks=loop.callbacks.total(),
        events=len(world.recorder.history),
        messages=len(world.recorder._invoked),
        recovered=checker.recovered(world.recorder.history),
    )


async def _play(world: World) -> tuple[list[Violation], float]:
    if world.schedule.start == "warm":
        restore(world)
        world.hub.start()
        for machine in world.all_machines:
            machine.start()
    else:
        world.hub.start()
        await furnish(world)
    world.background(_sample(world))
    await _follow(world)
    if world.schedule.mode == "safety":
        world.end()
        return _judge_safety(world), 0.0
    return await _judge_liveness(world)


async def _follow(world: World) -> None:
    """Do the steps, each at its time."""
    start_s = world.loop.time()
    for step in world.schedule.steps:
        await asyncio.sleep(start_s + step.at_s - world.loop.time())
        world.loop.note(step)
        if step.what in work.WORK:
            work.do(world, step)
        else:
            faults.strike(world, step)


async def _sample(world: World) -> None:
    """Measure now and then what has a limit."""
    cut_off: set[Session] = set()
    without_link: set[Session] = set()
    """As of the look before: it takes a moment."""
    while True:
        await asyncio.sleep(SAMPLE_S)
        measured = world.recorder.measured
        hub = world.hub.hub
        if hub is not None:
            measured("jobs that wait", hub.queue.statistics().waiting_jobs, limits.WRITER_QUEUE_ENTRIES)
            without_link_now = {session for session in hub._sessions if session.link.is_over}
            measured("sessions without a link", len(without_link & without_link_now), 0)
            without_link = without_link_now
            revoked = hub.published.directory.revoked_devices
            cut_off_now = {session for session in hub._sessions if session.device in revoked}
            measured("devices that were cut off and are connected", len(cut_off & cut_off_now), 0)
            cut_off = cut_off_now
        for client_end, hub_end in world.network.live():
            for end in (client_end, hub_end):
                measured("unsent bytes", end.unsent_bytes, limits.MAX_UNSENT_BYTES + limits.MAX_FRAME_BYTES)
        for machine in world.open_machines:
            _measure_client(world, machine)
        measured("timers", len(world.loop._scheduled), 4000)


def _measure_client(world: World, machine: ClientMachine) -> None:
    assert machine.client is not None
    engine = machine.client._engine
    for log in engine.state.logs.values():
        buffered = sum(len(frame.items) for frame in log.buffered.values())
        world.recorder.measured("entries behind a gap", buffered, limits.GAP_BUFFER_ENTRIES)
    for queue in engine.outbox._queues.values():
        world.recorder.measured("messages in flight", len(queue.in_flight), 64)


# --- judging -------------------------------------------------------------------------------------

AT_REST = {"P1", "P9", "P13", "P16"}
"""What holds when all is over, and cannot be asked of a world in the middle of things."""


def _judge_safety(world: World) -> list[Violation]:
    truth = world.recorder.look_at_hub(world.hub.disk.look(), absent=world.absent)
    seen = checker.Seen.of(world.recorder.history)
    broken = [each for name, find in checker.PROPERTIES.items() if name not in AT_REST for each in find(seen)]
    logged = {entry.message_id for place in truth.places.values() for _, _, entry in place.entries}
    return broken + [
        Violation("lost", f"{seen.invoked[message].text!r} was acknowledged and is not on the disk")
        for message in seen.acknowledged_at
        if message not in logged
    ]


async def _judge_liveness(world: World) -> tuple[list[Violation], float]:
    await world.heal()
    healed_s = world.loop.time()
    if not await world.until(world.is_settled, seconds=LIVENESS_S):
        return [Violation("convergence", f"not settled within {LIVENESS_S:.0f} s: {_why(world)}")], LIVENESS_S
    settled_s = world.loop.time() - healed_s
    await asyncio.sleep(QUIET_S)
    await _probe(world)
    if not await world.until(world.is_settled, seconds=LIVENESS_S):
        return [Violation("convergence", f"probes do not settle: {_why(world)}")], LIVENESS_S
    await asyncio.sleep(QUIET_S)
    truth = world.recorder.look_at_hub(world.hub.disk.look(), absent=world.absent)
    for machine in world.all_machines:
        world.recorder.finish(machine, truth)
        world.recorder.try_keys(machine, truth)
    world.recorder.history += [view for view in truth.views() if _is_known(world, view.conversation)]
    return checker.check(world.recorder.history), settled_s


def _is_known(world: World, log: object) -> bool:
    """Tell whether anybody who is there is in this conversation."""
    clients = [machine.client for machine in world.all_machines]
    return any(client is not None and log in client._engine.state.logs for client in clients)


async def _probe(world: World) -> None:
    for machine in world.all_machines:
        client = machine.client
        assert client is not None
        sending = machine.run(client.send(EVERYONE, f"probe of {machine.name}"))
        message = await sending
        world.recorder.probe(machine, message.id)


def _why(world: World) -> str:
    rows = []
    for machine in world.all_machines:
        client = machine.client
        state = "not open" if client is None else f"online {client.is_online}, {client.waiting} wait"
        rows.append(f"{machine.name}: {state} (starts {machine.starts}, stops {dict(machine.stops)})")
    refusals = world.recorder.refusals[-3:]
    return f"{'; '.join(rows)}; hub {'up' if world.hub.hub else 'down'}; {refusals}"
