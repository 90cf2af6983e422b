"""What a hub says of people and devices that the directory does not name: nothing, and within bounds."""

from lanmsg.client import EVERYONE, MessageChanged, MessageState, PresenceChanged
from lanmsg.client.deliveries import MAX_EARLY_RECEIPTS
from lanmsg.wire.content import ReadUpTo, encode_content
from lanmsg.wire.frames import Entries, PersonPresence, Presence, Receipt, Receipts
from lanmsg.wire.ids import MessageId
from lanmsg.wire.limits import MAX_USERS

from .world import history, join, say, scenario, second_machine, shows, taken, until

MANY = 12_000


def stranger(number: int) -> bytes:
    return b"stranger" + number.to_bytes(8, "big")


def hears(client, *frames) -> None:
    """Let the hub say this to a client."""
    for frame in frames:
        client._engine.take_frame(frame)
    client._engine.flush()


@scenario
async def test_receipts_of_strangers_are_not_kept(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for target in ("@bob", "#"):
        await say(ann, target, "hello")
        await until(lambda target=target: history(ann, target)[0].state is MessageState.DELIVERED)
    before = len(ann._engine._store.load().receipts)
    for target in ("@bob", "#"):
        log = ann._engine.state.log_of(ann.conversation(target))
        hears(ann, Receipts(log, [Receipt(stranger(each), 2**50) for each in range(MANY)]))
        assert len(ann._engine.state.receipts[log]) <= 2
    assert len(ann._engine._store.load().receipts) == before
    assert len(ann._engine.deliveries._early) == MAX_EARLY_RECEIPTS
    await say(bob, "@ann", "hello to you")
    await shows(ann, "@bob", ["hello", "hello to you"])


@scenario
async def test_receipts_of_people_who_do_not_read_a_chat_are_not_kept(world, clients):
    ann, _, cid = await join(world, clients, "ann", "bob", "cid")
    await say(ann, "@bob", "hello")
    await until(lambda: history(ann, "@bob")[0].delivered_to == 1)
    log = ann._engine.state.log_of(ann.conversation("@bob"))
    hears(ann, Receipts(log, [Receipt(cid._engine.state.device, 1)]))
    assert history(ann, "@bob")[0].delivered_to == 1
    assert cid._engine.state.device not in ann._engine.state.receipts[log]


@scenario
async def test_a_receipt_that_comes_before_its_device_is_in_the_directory_counts(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine, bobs_tablet = clients.machines["ann"], second_machine(world, clients.machines["bob"])
    await clients.close(bob)
    await say(ann, "@bob", "hello")
    await until(lambda: history(ann, "@bob")[0].state is MessageState.SENT)
    await clients.close(ann)
    tablet = await clients.open(bobs_tablet)
    await until(lambda: len(history(tablet, "@ann")) == 1)
    ann = await clients.open(machine)
    await until(lambda: history(ann, "@bob")[0].state is MessageState.DELIVERED)


@scenario
async def test_presence_of_strangers_is_neither_told_nor_kept(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    events = ann.events()
    hears(ann, Presence([PersonPresence(stranger(each), online=True) for each in range(MANY)]))
    assert set(ann._engine.state.presence) <= {client._engine.state.user for client in (ann, bob)}
    assert len(ann._engine.people._early) == MAX_USERS
    assert taken(events, PresenceChanged) == []
    await clients.open(world.machine("zoe"))
    await until(lambda: {each.handle for each in ann.people() if each.is_online} == {"ann", "bob", "zoe"})
    assert {each.handle for each in taken(events, PresenceChanged)} <= {"bob", "zoe"}


@scenario
async def test_presence_that_comes_before_its_person_is_told_when_they_are_known(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine = world.machine("cid")
    held: list = []

    def directory_last(frame):
        if isinstance(frame, Entries) and frame.log == ann._engine.state.directory_log:
            held.append(frame)
            return []
        return [frame]

    machine.attack = directory_last
    cid = await machine.client().__aenter__()
    clients._clients.append(cid)
    await until(lambda: held and len(cid._engine.people._early) == 3)
    assert cid._engine.state.presence == {}
    machine.attack = None
    hears(cid, *held)
    await until(lambda: {each.handle for each in cid.people() if each.is_online} == {"ann", "bob", "cid"})
    assert len(cid._engine.people._early) == 0
    assert bob.is_online


@scenario
async def test_a_member_says_they_have_read_everyone(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "#", "hello")
    await until(lambda: [each.state for each in history(ann, "#")] == [MessageState.DELIVERED])
    events = ann.events()
    bob._engine.outbox.add(EVERYONE, MessageId(b"r" * 16), encode_content(ReadUpTo(1)))
    bob._engine.flush()
    await say(bob, "#", "and more")
    await until(lambda: len(history(ann, "#")) == 2)
    assert taken(events, MessageChanged) == []
    assert history(ann, "#")[0].read_by == ()
