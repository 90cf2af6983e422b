"""Crashes and cuts at random moments: nothing acknowledged is lost, nothing comes twice, one order for all.

`LANMSG_SEEDS=1000` tries more seeds; a failing one is in the test's name.
"""

import asyncio
import os
import random

import pytest

from .recording import Recorder
from .world import AsyncClients, World, scenario, unreadable, until

SEEDS = range(int(os.environ.get("LANMSG_SEEDS", "30")))
NAMES = ("ann", "bob", "cid")


async def settle(world, recorder, clients):
    """Let all faults be over, then wait for the checker's last view."""
    if world.hub is None:
        world.start_hub()
    await until(
        lambda: all(client.is_online and not client.waiting for client in clients),
        seconds=120,
        why=lambda: str([(c.handle, c.is_online, c.waiting) for c in clients]),
    )
    await asyncio.sleep(1)
    assert recorder.verdict(*clients) == []
    assert [unreadable(client) for client in clients] == [[] for _ in clients]
    assert world.hub_failures == []


async def chatter(client, chance, *, messages):
    """Write to everybody and to somebody, at random moments."""
    for number in range(messages):
        await asyncio.sleep(chance.random() * 0.02)
        target = chance.choice(["#", "@ann", "@bob", "@cid"])
        await client.send(client.conversation(target), f"{client.handle} {number}")


async def crash_hub_now_and_then(world, chance, *, times):
    """Pull the plug, at moments that fall between any two steps of the path of a message."""
    for _ in range(times):
        await asyncio.sleep(chance.random() * 0.1)
        world.crash_hub()
        await asyncio.sleep(chance.random() * 0.5)
        world.start_hub()
        await asyncio.sleep(chance.random() * 1.5)


async def cut_links_now_and_then(world, chance, *, times):
    """Cut one link at a time."""
    for _ in range(times):
        await asyncio.sleep(chance.random() * 0.5)
        if world.links:
            chance.choice(world.links)[0].cut("cable")


async def people_with_recorder(world, clients):
    opened = [await clients.open(world.machine(name)) for name in NAMES]
    await until(lambda: all(len(client.people()) == len(NAMES) for client in opened))
    recorder = Recorder()
    recorder.people = set(NAMES)
    for client in opened:
        recorder.watch(client)
    return opened, recorder


@pytest.mark.parametrize("seed", SEEDS)
def test_hub_crashes_under_load(seed):
    @scenario
    async def crash(world, clients):
        chance = world.chance = random.Random(seed)
        world.delay_s = chance.choice([0.0, 0.001, 0.02])
        opened, recorder = await people_with_recorder(world, clients)
        await asyncio.gather(
            *(chatter(client, random.Random(f"{seed} {client.handle}"), messages=12) for client in opened),
            crash_hub_now_and_then(world, random.Random(f"{seed} hub"), times=3),
            cut_links_now_and_then(world, random.Random(f"{seed} links"), times=4),
        )
        await settle(world, recorder, opened)

    crash()


# --- a client dies at each of its commits --------------------------------------------------------


async def workload(world, clients, recorder, machine):
    """A fixed morning of ann, who may die in it, with bob, who does not. Returns ann."""
    bob = await clients.open(world.machine("bob"))
    recorder.people = {"ann", "bob"}
    recorder.watch(bob)
    ann = await clients.open(machine)
    recorder.watch(ann)
    await until(lambda: len(bob.people()) == 2)
    for number in range(3):
        await bob.send(bob.conversation("@ann"), f"bob {number}")
        await asyncio.sleep(0.002 * number)
        await ann.send(ann.conversation("@bob"), f"ann {number}")
        await asyncio.sleep(0.002 * number)
        await ann.send(ann.conversation("#"), f"all {number}")
        await asyncio.sleep(0.01 * number)
    await until(lambda: not ann.waiting and not bob.waiting)
    await asyncio.sleep(1)
    return ann, bob


def count_commits() -> int:
    counted = []

    @scenario
    async def dry_run(world, clients):
        machine = world.machine("ann")
        await workload(world, clients, Recorder(), machine)
        counted.append(machine.executor.commits)

    dry_run()
    return counted[0]


async def live_and_die(world, clients, recorder, machine):
    """Run the workload until ann is dead; return who is left."""
    living = asyncio.get_running_loop().create_task(workload(world, clients, recorder, machine))
    await until(lambda: machine.executor is not None or living.done())
    dying = asyncio.get_running_loop().create_task(machine.executor.died.wait())
    await asyncio.wait([living, dying], return_when=asyncio.FIRST_COMPLETED)
    for task in (living, dying):
        task.cancel()
    machine.die()
    await asyncio.wait([living, dying])
    for client in list(clients._clients):
        if client.handle == "ann":
            await clients.crash(machine, client)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_client_that_dies_at_any_commit_loses_repeats_and_garbles_nothing(moment):
    commits = count_commits()
    assert commits >= 15
    for number in range(1, commits + 1):
        _die_at(number, moment)


def _die_at(number, moment):
    @scenario
    async def die(world, clients):
        recorder = Recorder()
        machine = world.machine("ann")
        machine.dies_at_commit = number, moment
        await live_and_die(world, clients, recorder, machine)
        machine.dies_at_commit = None
        bob = next(client for client in clients._clients if client.handle == "bob")
        ann = await clients.open(machine)
        recorder.history = [event for event in recorder.history if not _told_ann(event)]
        recorder.watch(ann)
        await until(lambda: len(bob.people()) == len(ann.people()) == 2)
        await bob.send(bob.conversation("@ann"), "bob at the end")
        await ann.send(ann.conversation("@bob"), "ann at the end")
        await settle(world, recorder, [ann, bob])

    try:
        die()
    except BaseException as error:
        error.add_note(f"died {moment} commit {number}")
        raise


def _told_ann(event) -> bool:
    """What a dead process had shown may be shown again, or never: its screen is gone."""
    return type(event).__name__ == "Read" and event.device == "ann"


# --- links cut at each frame ---------------------------------------------------------------------


def _cut_after(frames_until_cut):
    """Run a fixed workload whose first link breaks behind the nth frame; return whether it broke."""
    was_cut = []

    @scenario
    async def cut(world: World, clients: AsyncClients):
        opened, recorder = await people_with_recorder(world, clients)
        machine = clients.machines["ann"]
        left = frames_until_cut

        def attack(frame):
            nonlocal left
            left -= 1
            if left == 0:
                was_cut.append(True)
                machine.link.cut("cable")
            return [frame]

        machine.attack = attack
        ann, bob, _ = opened
        for number in range(2):
            await ann.send(ann.conversation("@bob"), f"ann {number}")
            await bob.send(bob.conversation("@ann"), f"bob {number}")
            await ann.send(ann.conversation("#"), f"all {number}")
        await asyncio.sleep(0.2)
        await settle(world, recorder, opened)

    cut()
    return bool(was_cut)


def test_a_link_cut_behind_any_frame_loses_and_repeats_nothing():
    number = 1
    while _cut_after(number):
        number += 1
    assert number > 10
