"""Read receipts: who has read how far, told rarely, among few, and the same after any history."""

import asyncio

import pytest

from lanmsg.client import EVERYONE, Client, MessageChanged, MessageState
from lanmsg.wire.content import ContentKind, ReadUpTo, encode_content
from lanmsg.wire.frames import Refused
from lanmsg.wire.ids import MessageId
from lanmsg.wire.limits import READ_RECEIPT_INTERVAL_S

from .world import history, join, say, scenario, second_device, shows, taken, texts, until


async def two(world, clients, *lines: str) -> tuple[Client, Client]:
    """Let ann write these lines to bob."""
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", *lines)
    await until(lambda: "ann" in {person.handle for person in bob.people()})
    await shows(bob, "@ann", list(lines))
    return ann, bob


def read(client: Client, target: str, up_to: int | None = None) -> None:
    client.mark_read(client.conversation(target), up_to)


def states(client: Client, target: str) -> list[str]:
    return [message.state.value for message in history(client, target)]


def receipts(client: Client, target: str) -> list[int]:
    """Return the seqs of the read receipts in a conversation, as a client has stored them."""
    log = client._engine.state.log_of(client.conversation(target))
    stored = client._engine._store.messages_after(log, after=0, limit=10_000)
    return [each.seq for each in stored if each.kind == ContentKind.READ_UP_TO]


@scenario
async def test_the_author_sees_who_has_read_up_to_where(world, clients):
    ann, bob = await two(world, clients, "one", "two", "three")
    stream = ann.events()
    read(bob, "@ann", 2)
    await until(lambda: states(ann, "@bob") == ["read", "read", "delivered"])
    assert [message.read_by for message in history(ann, "@bob")] == [("bob",), ("bob",), ()]
    changed = [event.message for event in taken(stream, MessageChanged)]
    assert {each.text for each in changed if each.state is MessageState.READ} == {"one", "two"}
    assert texts(ann, "@bob") == texts(bob, "@ann") == ["one", "two", "three"]


@scenario
async def test_a_receipt_is_no_message_and_calls_for_no_receipt(world, clients):
    ann, bob = await two(world, clients, "one")
    read(bob, "@ann")
    await until(lambda: states(ann, "@bob") == ["read"])
    read(ann, "@bob")
    await asyncio.sleep(60)
    assert len(receipts(ann, "@bob")) == len(receipts(bob, "@ann")) == 1


@scenario
async def test_receipts_are_told_at_most_every_five_seconds_and_only_grow(world, clients):
    ann, bob = await two(world, clients, *map(str, range(40)))
    for seq in range(1, 41):
        read(bob, "@ann", seq)
        read(bob, "@ann", max(seq - 5, 1))
        await asyncio.sleep(0.5)
    await asyncio.sleep(10)
    assert len(receipts(ann, "@bob")) <= 20 / READ_RECEIPT_INTERVAL_S + 2
    assert states(ann, "@bob") == ["read"] * 40


@scenario
async def test_nothing_is_told_for_our_own_messages_or_twice(world, clients):
    ann, bob = await two(world, clients, "one")
    read(ann, "@bob")
    read(bob, "@ann")
    await until(lambda: states(ann, "@bob") == ["read"])
    await say(bob, "@ann", "mine")
    await until(lambda: len(texts(ann, "@bob")) == 2)
    await asyncio.sleep(10)
    read(bob, "@ann")
    await asyncio.sleep(10)
    assert len(receipts(ann, "@bob")) == 1


@scenario
async def test_everyone_is_never_told(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "#", "hello")
    await shows(bob, "#", ["hello"])
    bob.mark_read(EVERYONE)
    await asyncio.sleep(10)
    assert receipts(ann, "#") == []
    assert states(ann, "#") == ["delivered"]


@scenario
async def test_notes_to_ourselves_are_read_by_nobody_else(world, clients):
    [ann] = await join(world, clients, "ann")
    await say(ann, "@ann", "buy milk")
    await until(lambda: [message.seq for message in history(ann, "@ann")] == [1])
    read(ann, "@ann")
    await asyncio.sleep(10)
    assert receipts(ann, "@ann") == []


@scenario
async def test_who_has_turned_receipts_off_tells_nothing_and_sees_the_others(world, clients):
    ann, bob = await two(world, clients, "one")
    bob._engine.deliveries.reads.wants_it = lambda: False
    read(bob, "@ann")
    await say(bob, "@ann", "answer")
    await until(lambda: len(texts(ann, "@bob")) == 2)
    read(ann, "@bob")
    await until(lambda: states(bob, "@ann")[-1] == "read")
    await asyncio.sleep(10)
    assert states(ann, "@bob")[0] == "delivered"
    bob._engine.deliveries.reads.wants_it = lambda: True
    read(bob, "@ann")
    await until(lambda: states(ann, "@bob")[0] == "read")


@scenario
async def test_what_was_read_without_the_hub_is_told_when_it_is_back(world, clients):
    ann, bob = await two(world, clients, "one", "two")
    world.crash_hub()
    await asyncio.sleep(0.1)
    read(bob, "@ann", 1)
    read(bob, "@ann", 2)
    assert bob.waiting == 0
    world.start_hub()
    await until(lambda: states(ann, "@bob") == ["read", "read"])
    assert len(receipts(ann, "@bob")) == 1


@scenario
async def test_receipts_survive_a_restart_on_both_sides(world, clients):
    ann, bob = await two(world, clients, "one")
    read(bob, "@ann")
    await until(lambda: states(ann, "@bob") == ["read"])
    machines = clients.machines["ann"], clients.machines["bob"]
    await clients.close(ann)
    await clients.close(bob)
    ann, bob = [await clients.open(machine) for machine in machines]
    assert history(ann, "@bob")[0].read_by == ("bob",)
    read(bob, "@ann")
    await asyncio.sleep(10)
    assert len(receipts(bob, "@ann")) == 1


@scenario
async def test_who_was_away_learns_it_with_the_backlog(world, clients):
    ann, bob = await two(world, clients, "one")
    machine = clients.machines["ann"]
    await clients.close(ann)
    read(bob, "@ann")
    await asyncio.sleep(5)
    ann = await clients.open(machine)
    assert states(ann, "@bob") == ["read"]


@scenario
async def test_delivery_receipts_take_nothing_back(world, clients):
    ann, bob = await two(world, clients, "one")
    read(bob, "@ann")
    await until(lambda: states(ann, "@bob") == ["read"])
    await say(ann, "@bob", "two")
    await until(lambda: states(ann, "@bob") == ["read", "delivered"])
    machine = clients.machines["ann"]
    await clients.close(ann)
    ann = await clients.open(machine)
    assert states(ann, "@bob") == ["read", "delivered"]


@pytest.mark.parametrize("seq", [3, 2**53 - 1])
def test_a_member_says_they_have_read_what_is_not_written_yet(seq):
    @scenario
    async def attack(world, clients):
        ann, bob = await two(world, clients, "one")
        bob._engine.outbox.add(bob.conversation("@ann"), MessageId(b"r" * 16), encode_content(ReadUpTo(seq)))
        bob._engine.flush()
        await until(lambda: states(ann, "@bob") == ["read"])
        await say(ann, "@bob", "two")
        await until(lambda: states(ann, "@bob")[-1] == "delivered")
        assert [message.read_by for message in history(ann, "@bob")] == [("bob",), ()]

    attack()


@scenario
async def test_a_receipt_that_the_hub_refuses_is_forgotten(world, clients):
    _, bob = await two(world, clients, "one")
    stream = bob.events()
    reads = bob._engine.outbox
    row = reads.add(bob.conversation("@ann"), MessageId(b"r" * 16), encode_content(ReadUpTo(1)))
    reads.refused(Refused("too_large", "no", message_id=row.message_id))
    bob._engine.flush()
    assert taken(stream, MessageChanged) == []
    assert reads.book.row(row.message_id) is None
    assert texts(bob, "@ann") == ["one"]


@scenario
async def test_a_receipt_that_waits_is_no_message_that_waits(world, clients):
    ann, bob = await two(world, clients, "hello")
    await world.stop_hub()
    await until(lambda: not bob.is_online)
    bob._engine.outbox.add(bob.conversation("@ann"), bytes(16), encode_content(ReadUpTo(1)))
    assert bob.waiting == 0
    await say(bob, "@ann", "yes")
    assert bob.waiting == 1
    await bob._done()
    world.start_hub()
    await until(lambda: bob.is_online and bob.waiting == 0)
    await until(lambda: states(ann, "@bob") == ["read", "received"])


@scenario
async def test_in_groups_and_rooms_the_author_sees_each_who_has_read(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await ann.create_room("kitchen")
    for member in (bob, cid):
        await member.join_room("kitchen")
    for target, theirs in (("@kitchen", "@kitchen"), ("@bob,@cid", "@ann,@cid")):
        await say(ann, target, "hello")
        await shows(bob, theirs, ["hello"])
        await until(lambda target=target: states(ann, target) == ["delivered"])
        read(bob, theirs)
        await until(lambda target=target: history(ann, target)[0].read_by == ("bob",))
        assert states(ann, target) == ["read"]
        read(cid, theirs.replace("cid", "bob"))
        await until(lambda target=target: history(ann, target)[0].read_by == ("bob", "cid"))


@scenario
async def test_a_reader_is_told_on_every_device_of_the_author(world, clients):
    ann, bob = await two(world, clients, "hello")
    tablet = await second_device(world, clients, "ann")
    await say(ann, "@bob", "and hello")
    await until(lambda: len(texts(tablet, "@bob")) == 2)
    events = tablet.events()
    read(bob, "@ann")

    def read_texts():
        told = [event.message for event in taken(events, MessageChanged)]
        return {message.text for message in told if message.state is MessageState.READ}

    await until(lambda: "and hello" in read_texts())
