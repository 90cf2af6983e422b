"""A hub that lies: what it may do is lose time. Each test is named as the attack."""

import asyncio

import msgspec
import pytest

from lanmsg.client import Alarm, AlarmKind, MessageState, Stopped
from lanmsg.client.errors import HubIdentityChanged
from lanmsg.client.identity import Identity
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry, decode_message_body, encode
from lanmsg.wire.entries import Entry, LogKind, entry_hash
from lanmsg.wire.errors import LinkLost, RemoteError
from lanmsg.wire.frames import Appended, Challenge, Enrolled, Entries, Heads

from .world import history, join, say, scenario, shows, taken, texts, unreadable, until

MALLORY = Identity(bytes(range(32)))


def rebuilt(frame: Entries, entries: list[Entry], **changes) -> Entries:
    """Return a run with other entries; its chain is whatever the hub says."""
    return msgspec.structs.replace(frame, items=[msgspec.Raw(encode(e)) for e in entries], **changes)


def entries_of(frame: Entries) -> list[Entry]:
    return [decode_entry(item) for item in frame.items]


def alter_messages(client, alter, target="@ann"):
    """Return an attack on each live message of a conversation: `alter` gets the entry and its seq."""

    def attack(frame):
        log = client._engine.state.log_of(client.conversation(target))
        if not isinstance(frame, Entries) or frame.log != log:
            return [frame]
        entries = [alter(entry) for entry in entries_of(frame)]
        return [rebuilt(frame, [entry for entry in entries if entry is not None])]

    return attack


def alarms(stream) -> set[AlarmKind]:
    return {event.kind for event in taken(stream, Alarm)}


async def pair(world, clients):
    """Two people who have talked; the attack is on bob."""
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "before")
    await shows(bob, "@ann", ["before"])
    await say(bob, "@ann", "back")
    await shows(ann, "@bob", ["before", "back"])
    return ann, bob, clients.machines["bob"], bob.events()


def replace_body(entry, **changes):
    body = decode_message_body(entry.body)
    return msgspec.structs.replace(entry, body=encode(msgspec.structs.replace(body, **changes)))


@scenario
async def test_a_replay_before_its_key_is_not_shown_twice_when_the_key_comes(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    held = []

    def withhold_keys(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.inbox and frame.items:
            held.append(frame)
            return []
        everyone = bob._engine.state.log_of(bob.conversation("#"))
        if isinstance(frame, Entries) and frame.log == everyone:
            return [rebuilt(frame, entries_of(frame) * 2)]
        return [frame]

    clients.machines["bob"].attack = withhold_keys
    await say(ann, "#", "once")
    await until(lambda: len(history(bob, "#")) == 2)
    assert sorted(unreadable(bob)) == ["misplaced", "missing_key"]
    clients.machines["bob"].attack = None
    bob._engine._sync.take_entries(held[0])
    bob._engine.flush()
    await until(lambda: texts(bob, "#") == ["once", ""])
    assert unreadable(bob) == ["misplaced"]


@scenario
async def test_a_message_moved_to_another_conversation_is_not_shown_there(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    everyone = bob._engine.state.log_of(bob.conversation("#"))
    direct = bob._engine.state.log_of(bob.conversation("@ann"))

    def move(frame):
        if isinstance(frame, Entries) and frame.log == direct:
            return [rebuilt(frame, entries_of(frame), log=everyone, first_seq=1, previous=bytes(32))]
        return [frame]

    machine.attack = move
    await say(ann, "@bob", "only for you")
    await until(lambda: len(history(bob, "#")) == 1)
    assert texts(bob, "#") == [""]
    assert unreadable(bob) == ["bad_signature"]


@scenario
async def test_a_forked_conversation_is_found_out_by_the_next_message(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    machine.attack = alter_messages(bob, lambda entry: msgspec.structs.replace(entry, at_ms=1))
    await say(ann, "@bob", "another time for you")
    await until(lambda: len(history(bob, "@ann")) == 3)
    machine.attack = None
    await until(lambda: len(texts(ann, "@bob")) == 3)
    stream_of_ann = ann.events()
    await say(bob, "@ann", "this carries what I saw")
    await until(lambda: AlarmKind.FORKED_LOG in alarms(stream_of_ann))


@scenario
async def test_a_rolled_back_hub_is_shown_and_nothing_is_deleted(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "one")
    await shows(bob, "@ann", ["one"])
    old = world.storage.copy_durable()
    await say(ann, "@bob", "two")
    await shows(bob, "@ann", ["one", "two"])
    stream = bob.events()
    world.crash_hub()
    world.storage = old
    world.start_hub()
    await until(lambda: AlarmKind.HUB_ROLLED_BACK in alarms(stream))
    assert texts(bob, "@ann") == ["one", "two"]
    await say(bob, "#", "other conversations go on")
    await shows(ann, "#", ["other conversations go on"])


@scenario
async def test_a_third_user_in_a_direct_chat_is_refused(world, clients):
    ann, bob, eve = await join(world, clients, "ann", "bob", "eve")
    stream = ann.events()
    users = [ann._engine.state.user, eve._engine.state.user, bob._engine.state.user]

    def widen(frame):
        if isinstance(frame, Heads):
            heads = [
                msgspec.structs.replace(h, users=users) if h.kind == LogKind.DIRECT else h
                for h in frame.heads
            ]
            return [Heads(heads)]
        return [frame]

    clients.machines["ann"].attack = widen
    await say(ann, "@bob", "for bob")
    await asyncio.sleep(5)
    assert not any(log.stored.kind is LogKind.DIRECT for log in ann._engine.state.logs.values())
    clients.machines["ann"].attack = None
    await shows(bob, "@ann", ["for bob"])
    assert eve._engine.state.logs.keys() & bob._engine.state.logs.keys() == {
        ids.directory_log(ann._engine.state.database),
        ids.everyone_log(ann._engine.state.database),
    }
    assert taken(stream, Stopped) == []


@scenario
async def test_an_acknowledgement_of_somebody_elses_making_hides_nothing_sent(world, clients):
    ann, _, _, _ = await pair(world, clients)
    clients.machines["ann"].attack = lambda frame: [] if isinstance(frame, Appended | Entries) else [frame]
    (message,) = await say(ann, "@bob", "did it arrive?")
    await asyncio.sleep(3)
    assert history(ann, "@bob")[-1].state is MessageState.WAITING
    with pytest.raises(TimeoutError):
        await ann.wait_sent(message.id, timeout_s=1)


@scenario
async def test_a_forged_copy_of_ours_does_not_end_its_way(world, clients):
    ann, _, _, _ = await pair(world, clients)
    forge = alter_messages(ann, lambda entry: replace_body(entry, signature=bytes(64)), "@bob")
    clients.machines["ann"].attack = lambda frame: [] if isinstance(frame, Appended) else forge(frame)
    await say(ann, "@bob", "mine")
    await until(lambda: len(history(ann, "@bob")) >= 3)
    assert ann.waiting == 1


@scenario
async def test_withheld_messages_are_found_out_by_what_others_saw(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(ann, "#", "one")
    await shows(bob, "#", ["one"])
    stream = bob.events()
    everyone = bob._engine.state.log_of(bob.conversation("#"))
    last = {}

    def drop_cid(frame):
        """Leave cid's messages out, and renumber the rest so that the chain holds."""
        if not isinstance(frame, Entries) or frame.log != everyone:
            return [frame]
        entries = [e for e in entries_of(frame) if e.sender != cid._engine.state.device]
        seq, previous = last.get("at", (bob._engine.state.logs[everyone].stored.seq, None))
        previous = previous or bob._engine.state.logs[everyone].stored.hash
        run = rebuilt(frame, entries, first_seq=seq + 1, previous=previous, head=seq + len(entries))
        for entry in entries:
            seq += 1
            previous = entry_hash(everyone, seq, previous, entry)
        last["at"] = seq, previous
        return [run] if entries else []

    clients.machines["bob"].attack = drop_cid
    await say(cid, "#", "withheld from bob")
    await shows(ann, "#", ["one", "withheld from bob"])
    await say(ann, "#", "two")
    await say(cid, "#", "three")
    await until(lambda: len(texts(ann, "#")) == 4)
    await say(ann, "#", "four")
    await until(lambda: AlarmKind.FORKED_LOG in alarms(stream))


# --- the hub itself ------------------------------------------------------------------------------


def on_challenge(**changes):
    return lambda frame: (
        [msgspec.structs.replace(frame, **changes)] if isinstance(frame, Challenge) else [frame]
    )


@scenario
async def test_a_certificate_the_hubs_key_did_not_sign_gets_no_byte(world, clients):
    machine = world.machine("ann")
    machine.attack = on_challenge(signature=bytes(64))
    with pytest.raises(RemoteError):
        await clients.open(machine)
    assert world.hub.statistics().users == 0


@pytest.mark.parametrize("name", ["", "ann\x1b[2J", "Ann", "a" * 100])
def test_a_name_that_nobody_can_have_is_not_taken_from_the_hub(name):
    @scenario
    async def play(world, clients):
        machine = world.machine("ann")
        machine.attack = lambda frame: [Enrolled(name)] if isinstance(frame, Enrolled) else [frame]
        with pytest.raises(RemoteError, match="nobody can have"):
            await clients.open(machine)

    play()


@scenario
async def test_another_hub_at_the_known_address_is_a_hard_stop(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(ann)
    clients.machines["ann"].expected_key = MALLORY.public_key
    with pytest.raises(HubIdentityChanged):
        await clients.open(clients.machines["ann"])
    assert bob.is_online


@scenario
async def test_an_older_protocol_than_we_speak_is_refused(world, clients):
    machine = world.machine("ann")
    machine.attack = on_challenge(version=0)
    with pytest.raises(RemoteError) as caught:
        await clients.open(machine)
    assert caught.value.code == "protocol_too_old"


@scenario
async def test_a_hub_that_says_nothing_is_left(world, clients):
    machine = world.machine("ann")
    machine.attack = lambda frame: []
    with pytest.raises((LinkLost, Exception)):
        await clients.open(machine)
