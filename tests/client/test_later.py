import asyncio

from tests.scenarios.virtual_loop import run

from lanmsg.client.effects import Effects
from lanmsg.client.later import SHORTEST_WAIT_S, Later


class Lab:
    """Records what ran, when, and each flush after it."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.effects = Effects()
        self.flushes = 0
        self.later = Later(self.loop, self.effects, flush=self.flush)
        self.ran = []

    def flush(self):
        self.flushes += 1

    def step(self, name):
        return lambda: self.ran.append((name, self.loop.time(), self.flushes))


def in_virtual_time(body):
    async def main():
        await body(Lab())

    return lambda: run(main())


@in_virtual_time
async def test_a_step_runs_at_its_time_and_is_flushed_after_it(lab):
    lab.later.call_later(2.0, lab.step("second"))
    lab.later.call_later(1.0, lab.step("first"))
    await asyncio.sleep(5)
    assert lab.ran == [("first", 1.0, 0), ("second", 2.0, 1)]
    assert lab.flushes == 2


@in_virtual_time
async def test_a_cancelled_step_does_not_run(lab):
    lab.later.call_later(1.0, lab.step("never")).cancel()
    await asyncio.sleep(5)
    assert (lab.ran, lab.flushes) == ([], 0)


@in_virtual_time
async def test_of_all_who_ask_to_pump_the_earliest_sets_the_time(lab):
    for delay_s in (3.0, 1.0, 2.0):
        lab.later.pump_later(delay_s, lab.step("pump"))
    await asyncio.sleep(5)
    assert lab.ran == [("pump", 1.0, 0)]


@in_virtual_time
async def test_a_pump_may_ask_for_the_next_one(lab):
    def pump():
        lab.step("pump")()
        if len(lab.ran) < 3:
            lab.later.pump_later(1.0, pump)

    lab.later.pump_later(1.0, pump)
    await asyncio.sleep(5)
    assert [at_s for _, at_s, _ in lab.ran] == [1.0, 2.0, 3.0]


@in_virtual_time
async def test_a_wait_too_short_for_the_clock_does_not_spin(lab):
    def pump():
        lab.step("pump")()
        lab.later.pump_later(0.0, pump)

    lab.later.pump_later(0.0, pump)
    await asyncio.sleep(10.5 * SHORTEST_WAIT_S)
    assert len(lab.ran) == 10


@in_virtual_time
async def test_a_step_for_when_it_is_stored_waits_for_the_commit(lab):
    lab.later.when_stored(lab.step("stored"))
    taken = lab.effects.take()
    assert lab.ran == []
    for callback in taken.callbacks:
        callback()
    assert [name for name, _, _ in lab.ran] == ["stored"]
    assert lab.flushes == 1


@in_virtual_time
async def test_who_waits_for_the_next_step_is_woken_by_it_once(lab):
    waiter = lab.later.next_step()
    given_up = lab.later.next_step()
    given_up.cancel()
    lab.later.step_ended()
    assert waiter.done()
    lab.later.step_ended()  # nobody waits: nothing happens


@in_virtual_time
async def test_nothing_runs_after_it_was_closed(lab):
    lab.later.call_later(1.0, lab.step("step"))
    lab.later.pump_later(1.0, lab.step("pump"))
    lab.later.close()
    await asyncio.sleep(5)
    assert lab.ran == []
