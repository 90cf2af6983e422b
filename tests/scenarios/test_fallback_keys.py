"""The key for who finds no other: replaced, so that what it has opened is soon out of a thief's reach."""

import asyncio

import pytest

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.key_supply import FALLBACK_LIFETIME_MS, FALLBACK_USED_MS

from .world import join, say, scenario, shows, until


def at_hub(world, client):
    """The fallback key that the hub hands out for a client."""
    return world.storage._tables.fallback_keys[client._engine.state.device].key


def drain(world, client):
    """Somebody claims all one-time keys."""
    with world.storage.transaction():
        while not world.storage.take_key(client._engine.state.device)[1]:
            pass


@scenario
async def test_a_fallback_key_is_replaced_an_hour_after_its_first_use(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    first = at_hub(world, bob)
    await asyncio.sleep(2 * FALLBACK_USED_MS / 1000)
    assert at_hub(world, bob) == first, "nobody has used it"
    drain(world, bob)
    await say(ann, "@bob", "hello")
    await shows(bob, "@ann", ["hello"])
    assert at_hub(world, bob) == first
    await asyncio.sleep(FALLBACK_USED_MS / 1000 + 1)
    await until(lambda: at_hub(world, bob) != first)
    second = at_hub(world, bob)
    await asyncio.sleep(3 * FALLBACK_USED_MS / 1000)
    assert at_hub(world, bob) == second, "once for each use"


@scenario
async def test_it_is_replaced_after_a_week_at_the_next_login(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    keys = [at_hub(world, each) for each in (ann, bob)]
    await clients.close(bob)
    world.skipped_ms += FALLBACK_LIFETIME_MS - 60_000
    bob = await clients.open(clients.machines["bob"])
    assert [at_hub(world, each) for each in (ann, bob)] == keys
    await clients.close(bob)
    world.skipped_ms += 120_000
    bob = await clients.open(clients.machines["bob"])
    await until(lambda: at_hub(world, bob) != keys[1])
    world.cut_links()
    await until(lambda: at_hub(world, ann) != keys[0])


@scenario
async def test_who_claimed_the_one_before_is_understood(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    drain(world, bob)
    await clients.close(bob)
    await say(ann, "@bob", "from ann")
    await until(lambda: not ann.waiting)
    world.skipped_ms += FALLBACK_LIFETIME_MS
    first = at_hub(world, bob)
    bob = await clients.open(clients.machines["bob"])
    await until(lambda: at_hub(world, bob) != first)
    await shows(bob, "@ann", ["from ann"])


@scenario
async def test_a_crash_before_the_hub_answered_publishes_the_same_new_key(world, clients):
    [bob] = await join(world, clients, "bob")
    machine, first = clients.machines["bob"], at_hub(world, bob)
    await clients.close(bob)
    world.skipped_ms += FALLBACK_LIFETIME_MS
    machine.attack = lambda frame: [] if type(frame).__name__ == "Stock" else [frame]
    bob = await clients.open(machine)
    await until(lambda: at_hub(world, bob) != first)
    second = at_hub(world, bob)
    await clients.crash(machine, bob)
    machine.attack = None
    bob = await clients.open(machine)
    await asyncio.sleep(5)
    assert at_hub(world, bob) == second


def test_the_present_key_and_the_one_before_open_sessions_and_older_ones_do_not():
    crypto = OlmCrypto()
    ours, theirs = crypto.new_account(), crypto.new_account()
    openers = []
    for _ in range(3):
        session = theirs.open_outbound(ours.agreement_key, ours.fallback_key())
        openers.append(session.encrypt(b"hello"))
        ours.mark_published()
    with pytest.raises(CannotDecrypt):
        ours.open_inbound(theirs.agreement_key, openers[0])
    for opener in openers[1:]:
        assert ours.open_inbound(theirs.agreement_key, opener)[1] == b"hello"
        assert ours.has_key_of(theirs.agreement_key, opener)


def test_a_one_time_key_that_was_used_is_gone():
    crypto = OlmCrypto()
    ours, theirs = crypto.new_account(), crypto.new_account()
    opener = theirs.open_outbound(ours.agreement_key, ours.unpublished_keys(1)[0]).encrypt(b"hello")
    assert ours.has_key_of(theirs.agreement_key, ours_opener(ours, theirs))
    ours.open_inbound(theirs.agreement_key, opener)
    assert not ours.has_key_of(theirs.agreement_key, opener)


def ours_opener(ours, theirs):
    """A first message to our fallback key."""
    return theirs.open_outbound(ours.agreement_key, ours.fallback_key()).encrypt(b"hello")
