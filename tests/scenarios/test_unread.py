"""What is unread: counted once, the same on all devices of a person, and right after every restart."""

import asyncio
import random

import pytest

from lanmsg.client import EVERYONE, Client, MessageAdded, Unread, UnreadChanged
from lanmsg.client.account import SAY_AFTER_S
from lanmsg.client.store.interface import COUNTED_REASONS

from .world import join, say, scenario, second_machine, shows, taken, texts, until


def expected(client: Client, target: str) -> Unread:
    """Count what is unread by going through all of a conversation, as nobody should."""
    state, store = client._engine.state, client._engine._store
    log = state.logs.get(state.log_of(client.conversation(target)))
    if log is None:
        return Unread()
    tally = client._engine.personal.unread._tallies.get(log.stored.log)
    read_seq = tally.read_seq if tally is not None else 0
    messages = [
        each
        for each in store.messages(log.stored.log, before=None, limit=100_000)
        if each.seq > read_seq
        and each.reason in COUNTED_REASONS
        and (each.content or each.reason)
        and state.directory.owner(each.sender).user not in {state.user, *state.ignored}
    ]
    shown = [client._engine.conversations.of_stored(log, each) for each in messages]
    return Unread(len(shown), sum(m.mentions_me for m in shown), shown[0].seq if shown else 0)


async def counts(client: Client, target: str, count: int, mentions: int = 0, first: int = 0) -> None:
    """Wait until a client shows this count."""
    conversation = client.conversation(target)
    await until(
        lambda: client.unread(conversation) == Unread(count, mentions, first),
        why=lambda: f"{client.handle} counts {client.unread(conversation)} in {target}",
    )


@scenario
async def test_messages_of_others_count_until_they_are_read(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    stream = bob.events()
    await say(ann, "@bob", "one", "two @bob", "three")
    await say(ann, "#", "hello @bob")
    await counts(bob, "@ann", 3, 1, first=1)
    await counts(bob, "#", 1, 1, first=1)
    assert bob.all_unread() == {
        bob.conversation("@ann"): Unread(3, 1, 1),
        EVERYONE: Unread(1, 1, 1),
    }
    bob.mark_read(bob.conversation("@ann"), up_to=1)
    await counts(bob, "@ann", 2, 1, first=2)
    bob.mark_read(bob.conversation("@ann"), up_to=2)
    await counts(bob, "@ann", 1, 0, first=3)
    bob.mark_read(bob.conversation("@ann"))
    await counts(bob, "@ann", 0)
    assert bob.all_unread() == {EVERYONE: Unread(1, 1, 1)}

    def told() -> list[int]:
        return [event.unread.count for event in taken(stream, UnreadChanged) if event.conversation.peer]

    await until(lambda: told()[-3:] == [2, 1, 0], why=lambda: f"told of {told()}")


@scenario
async def test_what_we_write_and_what_changes_a_message_never_counts(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    await until(lambda: bob.person("ann").devices == 2)
    (first,) = await say(ann, "@bob", "mine")
    await until(lambda: texts(other, "@bob") == ["mine"])
    await say(bob, "@ann", "theirs")
    await counts(ann, "@bob", 1, first=2)
    await counts(other, "@bob", 1, first=2)
    await bob.react(first.id, "👍")
    await bob.edit(bob.history(bob.conversation("@ann"))[-1].id, "theirs, edited @ann")
    await until(lambda: texts(ann, "@bob")[-1] == "theirs, edited @ann")
    await until(lambda: bool(other.history(other.conversation("@bob"))[0].reactions))
    assert ann.unread(ann.conversation("@bob")) == Unread(1, 0, 2)
    assert other.unread(other.conversation("@bob")) == Unread(1, 0, 2)


@scenario
async def test_a_message_that_was_deleted_does_not_count(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    first, _ = await say(bob, "@ann", "@ann never mind", "stays")
    await counts(ann, "@bob", 2, 1, first=1)
    await bob.delete(first.id)
    await counts(ann, "@bob", 1, 0, first=2)


@scenario
async def test_what_one_device_reads_is_read_on_the_others(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    await until(lambda: bob.person("ann").devices == 2)
    await say(bob, "@ann", "one", "two", "three")
    await counts(ann, "@bob", 3, first=1)
    await counts(other, "@bob", 3, first=1)
    ann.mark_read(ann.conversation("@bob"), up_to=2)
    await counts(other, "@bob", 1, first=3)
    other.mark_read(other.conversation("@bob"), up_to=1)  # a mark never goes back
    await asyncio.sleep(SAY_AFTER_S * 2)
    await counts(ann, "@bob", 1, first=3)
    other.mark_read(other.conversation("@bob"))
    await counts(ann, "@bob", 0)


@scenario
async def test_a_new_device_counts_nothing_that_was_read(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(bob, "@ann", "one", "two")
    await counts(ann, "@bob", 2, first=1)
    ann.mark_read(ann.conversation("@bob"))
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    await until(lambda: bob.person("ann").devices == 2)
    await say(bob, "@ann", "three")
    await until(lambda: other.unread(other.conversation("@bob")).count == 1)
    first_seq = other.unread(other.conversation("@bob")).first_unread_seq
    await until(lambda: texts(other, "@bob")[-1:] == ["three"])
    assert other.history(other.conversation("@bob"))[-1].seq == first_seq


@scenario
async def test_counts_are_right_after_a_restart_and_a_crash(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine = clients.machines["ann"]
    await say(bob, "@ann", "one", "two @ann", "three")
    await counts(ann, "@bob", 3, 1, first=1)
    await clients.crash(machine, ann)
    ann = await clients.open(machine)
    assert ann.unread(ann.conversation("@bob")) == Unread(3, 1, 1)
    ann.mark_read(ann.conversation("@bob"), up_to=2)
    await clients.close(ann)
    await say(bob, "@ann", "four")
    ann = await clients.open(machine)
    await counts(ann, "@bob", 2, 0, first=3)


@scenario
async def test_a_mark_that_a_crash_forgets_leaves_count_and_mark_in_step(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine = clients.machines["ann"]
    await say(bob, "@ann", "one", "two", "three")
    await counts(ann, "@bob", 3, first=1)
    ann.mark_read(ann.conversation("@bob"), up_to=2)
    await clients.crash(machine, ann)
    ann = await clients.open(machine)
    assert ann.unread(ann.conversation("@bob")) == expected(ann, "@bob")


@scenario
async def test_ignored_people_are_neither_shown_nor_told_nor_counted_until_they_are_back(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(bob, "#", "@ann before")
    await counts(ann, "#", 1, 1, first=1)
    await ann.ignore("@bob")
    await counts(ann, "#", 0)
    stream = ann.events()
    await say(bob, "#", "@ann ignored")
    await say(cid, "#", "heard")
    await counts(ann, "#", 1, first=3)
    assert [event.message.text for event in taken(stream, MessageAdded)] == ["heard"]
    assert texts(ann, "#") == ["heard"]
    assert ann.history(EVERYONE, limit=1)[0].text == "heard"
    assert ann.preferences.ignored == {"bob"}
    await ann.unignore("bob")
    await counts(ann, "#", 3, 2, first=1)
    assert texts(ann, "#") == ["@ann before", "@ann ignored", "heard"]


@scenario
async def test_a_page_of_history_is_full_although_many_are_ignored(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    for number in range(20):
        await say(cid if number % 5 == 0 else bob, "#", f"{number}")
        await asyncio.sleep(0.1)
    await until(lambda: len(texts(ann, "#")) == 20)
    await ann.ignore("bob")
    assert [m.text for m in ann.history(EVERYONE, limit=3)] == ["5", "10", "15"]
    assert [m.text for m in ann.history(EVERYONE, limit=3, before=12)] == ["0", "5", "10"]


@scenario
async def test_somebody_is_ignored_on_all_devices(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    await until(lambda: bob.person("ann").devices == 2)
    await ann.ignore("bob")
    await until(lambda: other.preferences.ignored == {"bob"})
    stream = other.events()
    await say(bob, "@ann", "hello")
    log = other._engine.state.log_of(other.conversation("@bob"))
    await until(lambda: log in other._engine.state.logs and other._engine.state.logs[log].stored.seq == 1)
    assert (taken(stream, MessageAdded), texts(other, "@bob")) == ([], [])


@scenario
async def test_what_another_device_of_ours_wrote_is_ours(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    other = await clients.open(second_machine(world, clients.machines["ann"]))
    await until(lambda: bob.person("ann").devices == 2)
    await say(ann, "@bob", "from the first")
    await shows(bob, "@ann", ["from the first"])
    await until(lambda: texts(other, "@bob") == ["from the first"])
    (message,) = other.history(other.conversation("@bob"))
    assert message.is_own
    assert message.state in {"sent", "delivered"}
    await until(lambda: other.history(other.conversation("@bob"))[0].state == "delivered")


@pytest.mark.parametrize("seed", range(10))
def test_all_devices_count_what_going_through_everything_counts(seed):
    """Whatever is said, read, deleted and ignored where, with drops, crashes and late devices."""

    @scenario
    async def race(world, clients):
        world.chance = random.Random(seed)
        chance = random.Random(f"{seed} moments")
        ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
        machines = [clients.machines["ann"], second_machine(world, clients.machines["ann"])]
        devices = [ann, await clients.open(machines[1])]
        await until(lambda: all(each.person("ann").devices == 2 for each in (bob, cid)))
        for step in range(40):
            writer = chance.choice([bob, bob, cid, devices[0]])
            target = chance.choice(["#", "@bob" if writer is devices[0] else "@ann"])
            sent = await say(writer, target, chance.choice(["hello", "@ann you", f"hello {step}"]))
            if chance.random() < 0.1:
                await writer.delete(sent[0].id)
            device = chance.choice(devices)
            conversation = device.conversation(chance.choice(["#", "@bob", "@cid"]))
            if chance.random() < 0.4:
                device.mark_read(conversation, chance.choice([None, chance.randrange(1, 30)]))
            if chance.random() < 0.1:
                await (device.ignore if chance.random() < 0.5 else device.unignore)("cid")
            await asyncio.sleep(chance.random() * 2)
            if chance.random() < 0.1:
                world.cut_links()
            if chance.random() < 0.1:
                await clients.crash(machines[1], devices[1])
                devices[1] = await clients.open(machines[1])
            for each in devices:
                await each._done()
                for name in ("#", "@bob", "@cid"):
                    assert each.unread(each.conversation(name)) == expected(each, name), (step, name)
        await until(lambda: all(client.is_online for client in (*devices, bob, cid)))
        await asyncio.sleep(60)
        assert devices[0].all_unread() == devices[1].all_unread()
        assert devices[0].preferences == devices[1].preferences

    race()
