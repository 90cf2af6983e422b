"""What the devices of one person tell each other: kept in step, whatever happens on the way."""

import asyncio
import random
from dataclasses import replace

import pytest

from lanmsg.client import Client
from lanmsg.client.account import SAY_AFTER_S, Account, key_of
from lanmsg.client.effects import Effects
from lanmsg.client.intake import ACCOUNT_ENTRIES_KEPT, FORGET_EVERY
from lanmsg.client.model import ACCOUNT
from lanmsg.client.state import Log
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire.account import Change, Draft, Preference, ReadMark, Verified
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import DatabaseId
from lanmsg.wire.limits import MAX_ACCOUNT_CHANGES

from .world import join, say, scenario, second_device, second_machine, shows, unreadable, until

TEA = Preference("keyword:tea", "1")
NO_TEA = Preference("keyword:tea", "")


def values(client: Client) -> dict[bytes, Change]:
    """Return what a device holds, by key."""
    return {key_of(change): change for change in client._engine.personal.account.changes}


def said(world) -> int:
    """Return how many entries all account logs have."""
    return sum(log.seq for log in world.hub.published.logs if log.kind is LogKind.ACCOUNT)


async def put(client: Client, *changes: Change, is_urgent: bool = True) -> None:
    for change in changes:
        client._engine.personal.account.put(change, is_urgent=is_urgent)
    await client._done()


async def agree(*clients: Client) -> None:
    await until(lambda: all(values(client) == values(clients[0]) for client in clients))


async def two_devices(world, clients):
    """Return two devices of ann, with their machines."""
    (one,) = await join(world, clients, "ann")
    machine = clients.machines["ann"]
    other_machine = second_machine(world, machine)
    other = await clients.open(other_machine)
    await until(lambda: one.person("ann").devices == 2)
    return one, other, machine, other_machine


@scenario
async def test_what_one_device_says_holds_on_the_other_and_after_restarts(world, clients):
    one, other, machine, other_machine = await two_devices(world, clients)
    changes = [TEA, Draft(2, b"", "half a"), Verified(b"u" * 16, b"k" * 32), ReadMark(2, b"", 7)]
    await put(one, *changes)
    await until(lambda: values(other) == {key_of(change): change for change in changes})
    await put(other, NO_TEA, Draft(2, b"", ""))
    await agree(one, other)
    assert values(one)[key_of(TEA)] == NO_TEA
    before = values(one)
    await clients.crash(machine, one)
    await clients.close(other)
    one, other = await clients.open(machine), await clients.open(other_machine)
    assert values(one) == values(other) == before


@scenario
async def test_somebody_with_one_device_tells_the_hub_nothing(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    await put(ann, TEA, ReadMark(2, b"", 7))
    await asyncio.sleep(SAY_AFTER_S * 2)
    assert said(world) == 0
    assert ann.waiting == 0


@scenario
async def test_a_new_device_hears_all_that_held_before_it_came(world, clients):
    (one,) = await join(world, clients, "ann")
    machine = clients.machines["ann"]
    marks = [ReadMark(3, number.to_bytes(16, "big"), number) for number in range(MAX_ACCOUNT_CHANGES * 2)]
    await put(one, TEA, Draft(2, b"", "half a"), *marks)
    other = await clients.open(second_machine(world, machine))
    await agree(one, other)
    assert len(values(other)) == len(marks) + 2
    assert said(world) == 3  # as many as fit in each
    third = await clients.open(second_machine(world, machine))
    await agree(one, other, third)


@scenario
async def test_what_is_said_again_outranks_nothing_newer(world, clients):
    one, other, machine, _ = await two_devices(world, clients)
    await put(one, TEA)
    await agree(one, other)
    one_link = machine.link
    one_link.stall()  # from here on it hears nothing
    await put(other, NO_TEA)
    await until(lambda: not other._engine.outbox.book.rows_of(ACCOUNT))
    one._engine.personal.account.device_added()
    one._engine.personal.account.say()  # as for a new device: it still holds the old value
    await one._done()
    one_link.resume()
    await until(lambda: not one._engine.outbox.book.rows_of(ACCOUNT))
    await agree(one, other)
    assert values(one)[key_of(TEA)] == NO_TEA


@scenario
async def test_read_marks_only_grow(world, clients):
    one, other, *_ = await two_devices(world, clients)
    for client, seq in ((one, 9), (other, 5), (one, 3), (other, 8)):
        await put(client, ReadMark(2, b"", seq))
    await until(lambda: said(world) and not one._engine.outbox.book.rows_of(ACCOUNT))
    await agree(one, other)
    assert values(one) == {key_of(ReadMark(2, b"", 0)): ReadMark(2, b"", 9)}


@scenario
async def test_marks_of_a_busy_minute_cost_an_entry_every_few_seconds(world, clients):
    one, other, *_ = await two_devices(world, clients)
    for seq in range(1, 601):
        await put(one, ReadMark(2, b"", seq), is_urgent=False)
        await asyncio.sleep(0.1)
    await asyncio.sleep(SAY_AFTER_S * 2)
    assert 2 <= said(world) <= 60 / SAY_AFTER_S + 1
    assert values(other) == {key_of(ReadMark(2, b"", 0)): ReadMark(2, b"", 600)}


@scenario
async def test_what_was_gathered_is_said_when_the_client_closes(world, clients):
    one, other, machine, _ = await two_devices(world, clients)
    await put(one, TEA)
    await agree(one, other)  # they have each other's keys now
    await put(one, ReadMark(2, b"", 7), is_urgent=False)
    await clients.close(one)
    await until(lambda: len(values(other)) == 2)
    one = await clients.open(machine)
    await agree(one, other)


@scenario
async def test_what_was_said_offline_is_said_when_the_hub_is_back(world, clients):
    one, other, *_ = await two_devices(world, clients)
    world.crash_hub()
    await until(lambda: not one.is_online and not other.is_online)
    await put(one, *(Draft(2, b"", f"{number}") for number in range(50)), TEA)
    assert one._engine.outbox.book.rows_of(ACCOUNT) == []  # nothing piles up
    world.start_hub()
    await until(lambda: len(values(other)) == 2)
    await agree(one, other)
    assert said(world) == 1


@scenario
async def test_a_message_the_hub_refuses_for_good_waits_for_the_next_chance(world, clients):
    one, other, *_ = await two_devices(world, clients)
    log = world.hub.queue._writer._logs[one._engine.state.account_log]
    members, log.members = log.members, {}
    await put(one, TEA)
    await until(lambda: not one._engine.outbox.book.rows_of(ACCOUNT))
    assert (values(other), one.waiting) == ({}, 0)
    log.members = members
    await put(one, Draft(2, b"", "next"))
    await until(lambda: len(values(other)) == 2)


@scenario
async def test_an_account_message_of_somebody_else_is_not_taken(world, clients):
    """A hub and a member who work together, against the marks and preferences of a third."""
    ann, bob = await join(world, clients, "ann", "bob")
    account = ann._engine.state.account_log
    for logs in (world.hub.published.logs, world.hub.queue._writer._logs):
        (member,) = logs[account].members.values()
        logs[account].members[bob._engine.state.user] = replace(member, user=bob._engine.state.user)
    state = bob._engine.state
    own, state.account_log = state.logs[state.account_log], account
    state.logs[account] = Log(replace(own.stored, log=account))
    state.readers = lambda _: dict.fromkeys([ann._engine.state.device], state.directory.named("ann"))
    await put(bob, TEA)
    await until(lambda: ann._engine.state.logs[account].stored.seq == 1)
    assert values(ann) == {}
    assert unreadable(ann) == ["misplaced"]


@scenario
async def test_an_account_is_no_conversation(world, clients):
    one, other, *_ = await two_devices(world, clients)
    (bob,) = await join(world, clients, "bob")
    stream = other.events()
    await put(one, TEA)
    await until(lambda: bool(values(other)))
    assert not [event for event in stream._waiting if "Message" in type(event).__name__]
    (stored,) = other._engine._store.messages_after(other._engine.state.account_log, after=0, limit=9)
    assert other._engine.message(stored.message_id) is None
    await say(one, "@bob", "hello")
    await shows(bob, "@ann", ["hello"])


@scenario
async def test_a_hub_that_was_set_up_anew_takes_marks_and_leaves_the_rest(world, clients):
    (ann,) = await join(world, clients, "ann")
    machine = clients.machines["ann"]
    await put(ann, TEA, Draft(2, b"", "half a"), ReadMark(2, b"", 7))
    await clients.close(ann)
    world.crash_hub()
    world.storage = MemoryStorage(DatabaseId(b"another database"))
    world.start_hub()
    ann = await clients.open(machine)
    assert sorted(values(ann).values(), key=str) == [Draft(2, b"", "half a"), TEA]


def replayed(client: Client) -> dict[bytes, Change]:
    """Return what a device holds that starts with nothing and reads the log of this one."""
    engine = client._engine
    fresh = Account(
        engine.state,
        Effects(),
        engine.outbox,
        new_message_id=None,
        call_later=None,
        changed=lambda _: None,
        saving=lambda: None,
    )
    for message in engine._store.messages_after(engine.state.account_log, after=0, limit=100_000):
        fresh.take(replace(message, sender=b"somebody"))
    return {key_of(change): change for change in fresh.changes}


@pytest.mark.parametrize("seed", range(12))
def test_all_devices_hold_what_a_replay_of_the_log_holds(seed):
    """Whatever is changed where, with drops, crashes of hub and devices, and devices that come late."""

    @scenario
    async def race(world, clients):
        world.chance = random.Random(seed)
        chance = random.Random(f"{seed} moments")
        one, other, *machines = await two_devices(world, clients)
        first = one
        devices = [one, other]

        def change() -> Change:
            number = chance.randrange(3)
            return chance.choice(
                [
                    ReadMark(3, bytes([number]) * 16, chance.randrange(1, 50)),
                    Preference(f"keyword:{number}", chance.choice(["", "1"])),
                    Draft(3, bytes([number]) * 16, chance.choice(["", "a", "b", "c"])),
                ]
            )

        for step in range(40):
            for device in devices:
                if chance.random() < 0.5:
                    await put(device, change(), is_urgent=chance.random() < 0.5)
            await asyncio.sleep(chance.random() * 2)
            if chance.random() < 0.1:
                world.cut_links()
            if chance.random() < 0.05:
                world.crash_hub()
                await asyncio.sleep(chance.random())
                world.start_hub()
            if chance.random() < 0.1:
                await clients.crash(machines[1], devices[1])
                devices[1] = await clients.open(machines[1])
            if step in (10, 25):
                machines.append(second_machine(world, machines[0]))
                devices.append(await clients.open(machines[-1]))
        await until(lambda: all(device.is_online for device in devices))
        await asyncio.sleep(60)
        await agree(*devices)
        assert values(first) == replayed(first)
        assert not [each for each in devices if each._engine.outbox.book.rows_of(ACCOUNT)]

    race()


@scenario
async def test_what_our_devices_told_each_other_long_ago_takes_no_room(world, clients):
    (ann,) = await join(world, clients, "ann")
    other = await second_device(world, clients, "ann")
    account = ann._engine.personal.account
    for number in range(320):
        account.put(Preference("keyword/tea", str(number)))
        await ann._done()
        await until(lambda number=number: value_of(other) == str(number))
    for client in (ann, other):
        log = client._engine.state.account_log
        kept = client._engine._store.messages_after(log, after=0, limit=1000)
        assert len(kept) < ACCOUNT_ENTRIES_KEPT + FORGET_EVERY < client._engine.state.logs[log].stored.seq
    third = await second_device(world, clients, "ann")
    await until(lambda: value_of(third) == "319")


def value_of(client):
    held = client._engine.personal.account.value(Preference("keyword/tea", ""))
    return held.value if held is not None else None
