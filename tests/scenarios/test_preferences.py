"""What a person prefers, and their drafts: through the verbs, on two devices."""

import asyncio

import pytest

from lanmsg.client import (
    EVERYONE,
    Attention,
    Bell,
    DraftChanged,
    Level,
    MessageAdded,
    MessageChanged,
    PreferencesChanged,
    QuietHours,
)
from lanmsg.client.account import SAY_AFTER_S
from lanmsg.wire.errors import LanmsgError, LocalError

from .world import join, say, scenario, second_machine, shows, taken, texts, until


async def heard(client, stream) -> list[Attention]:
    """Return what the new messages called for."""
    await until(lambda: bool(taken(stream, MessageAdded)))
    return [client.attention(event) for event in taken(stream, MessageAdded)]


@scenario
async def test_what_is_preferred_on_one_device_holds_on_all_and_after_a_restart(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    machine = clients.machines["ann"]
    other = await clients.open(second_machine(world, machine))
    stream = other.events()
    bob = ann.conversation("@bob")
    await ann.set_level(bob, Level.MENTIONS)
    await ann.mute(EVERYONE, for_s=3600)
    await ann.add_keyword("Tea")
    await ann.set_quiet_hours(QuietHours(0, 60))
    await ann.set_read_receipts(is_on=False)
    await other.set_bell(Bell.OFF)
    await until(lambda: ann.preferences == other.preferences and ann.preferences.bell is Bell.OFF)
    preferences = other.preferences
    assert taken(stream, PreferencesChanged)
    assert (preferences.level(bob), preferences.keywords) == (Level.MENTIONS, {"tea"})
    assert preferences.is_muted(EVERYONE, machine.now_ms() + 3000_000)
    assert not preferences.is_muted(EVERYONE, machine.now_ms() + 3700_000)
    assert not preferences.sends_read_receipts
    await ann.remove_keyword("tea")
    await ann.unmute(EVERYONE)
    await ann.set_level(bob, None)
    await clients.crash(machine, ann)
    ann = await clients.open(machine)
    await until(lambda: ann.preferences == other.preferences)
    assert (ann.preferences.keywords, ann.preferences.level(bob)) == (frozenset(), Level.ALL)


@scenario
async def test_what_calls_for_attention_follows_what_is_preferred(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(bob, "@ann", "first")
    await until(lambda: texts(ann, "@bob") == ["first"])
    stream = ann.events()
    await say(bob, "@ann", "rings")
    assert await heard(ann, stream) == [Attention.RING]
    await ann.mute(ann.conversation("@bob"))
    assert await heard(ann, stream) == [Attention.NONE]
    await ann.unmute(ann.conversation("@bob"))
    await ann.set_level(ann.conversation("@bob"), Level.NOTHING)
    assert await heard(ann, stream) == [Attention.NONE]


@scenario
async def test_an_edit_never_notifies(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    (message,) = await say(bob, "@ann", "hello")
    await until(lambda: texts(ann, "@bob") == ["hello"])
    stream = ann.events()
    await bob.edit(message.id, "hello @ann")
    await bob.react(message.id, "👍")
    await until(lambda: len(taken(stream, MessageChanged)) >= 2)
    assert taken(stream, MessageAdded) == []


@scenario
async def test_what_was_said_before_we_came_does_not_ring(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine = clients.machines["ann"]
    await clients.close(ann)
    (message,) = await say(bob, "@ann", "while you were away")
    await bob.wait_sent(message.id)
    ann = machine.client()
    stream = ann.events()
    async with ann:
        assert await heard(ann, stream) == [Attention.NONE]


@scenario
async def test_a_draft_goes_from_device_to_device(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    stream = other.events()
    bob = ann.conversation("@bob")
    ann.set_draft(bob, "half a")
    ann.set_draft(bob, "half a sentence")
    await until(lambda: other.draft(bob) == "half a sentence")
    assert (other.draft(EVERYONE), ann.draft(bob)) == ("", "half a sentence")
    other.set_draft(bob, "")
    await until(lambda: ann.draft(bob) == "")
    assert [event.text for event in taken(stream, DraftChanged)] == ["half a sentence", ""]


@scenario
async def test_a_draft_that_was_sent_is_emptied_with_the_message_that_it_became(world, clients):
    (ann,) = await join(world, clients, "ann")
    machine = clients.machines["ann"]
    ann.set_draft(EVERYONE, "soup?")
    await asyncio.sleep(SAY_AFTER_S * 2)
    ann.set_draft(EVERYONE, "")
    await ann.send(EVERYONE, "soup?")
    await clients.crash(machine, ann)
    again = await clients.open(machine)
    assert again.draft(EVERYONE) == ""
    assert [message.text for message in again.history(EVERYONE)] == ["soup?"]


@scenario
async def test_what_cannot_be_is_refused(world, clients):
    (ann,) = await join(world, clients, "ann")
    for call in (
        lambda: ann.mute(EVERYONE, for_s=0),
        lambda: ann.add_keyword(" "),
        lambda: ann.ignore("ann"),
        lambda: ann.ignore("nobody"),
    ):
        with pytest.raises(LanmsgError):
            await call()
    with pytest.raises(LocalError):
        ann.set_draft(EVERYONE, "x" * 70_000)


@scenario
async def test_do_not_disturb_quiets_the_bell(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    events = bob.events()
    bob.do_not_disturb()
    await say(ann, "@bob", "psst")
    await shows(bob, "@ann", ["psst"])
    (event,) = taken(events, MessageAdded)
    assert (bob.attention(event), bob.rings(event)) == (Attention.QUIET, False)
    bob.back()
    assert (bob.attention(event), bob.rings(event)) == (Attention.RING, True)
