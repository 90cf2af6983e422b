"""Old copies, wrong clocks, used-up keys: what a client does when its state is not what it was."""

import asyncio

import pytest

from lanmsg.client import Alarm, AlarmKind, Client, ClientSettings, MessageState, Stopped
from lanmsg.client.errors import IdentityNotTrusted, MembersNotTrusted
from lanmsg.client.store.interface import StoreFailed
from lanmsg.hub.config import HubConfig
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire.errors import LinkLost, LocalError, Refusal
from lanmsg.wire.frames import Enrolled, Stock
from lanmsg.wire.ids import DatabaseId
from lanmsg.wire.invites import parse_invite
from lanmsg.wire.limits import INVITE_LIFETIME_S

from .world import NOWHERE, history, join, say, scenario, shows, taken, texts, unreadable, until

YEAR_MS = 365 * 24 * 3600 * 1000


async def reopen(clients, client, *, store=None):
    """Close a client, put an old copy of its disk back, and open it with a listener."""
    machine = clients.machines[client.handle]
    await clients.close(client)
    if store is not None:
        machine.restore(store)
    client = machine.client()
    stream = client.events()
    await client.__aenter__()
    clients._clients.append(client)
    await client.synced()
    return client, {event.kind for event in taken(stream, Alarm)}


# --- an old copy of a client's store -------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_an_old_store_is_noticed_and_no_key_is_used_twice(steps):
    @scenario
    async def roll_back(world, clients):
        ann, bob = await join(world, clients, "ann", "bob")
        await say(ann, "@bob", "start")
        await say(bob, "@ann", "start too")
        await until(lambda: len(texts(ann, "@bob")) == len(texts(bob, "@ann")) == 2)
        old = clients.machines["ann"].disk()
        for number in range(steps):
            await say(ann, "@bob", f"ann {number}")
            await say(bob, "@ann", f"bob {number}")
            await until(lambda: not ann.waiting and not bob.waiting)
        await asyncio.sleep(5)
        ann, alarms = await reopen(clients, ann, store=old)
        assert alarms == {AlarmKind.STORE_ROLLED_BACK}
        await say(ann, "@bob", "after the restore")
        await say(bob, "@ann", "and back")
        await until(lambda: {*texts(bob, "@ann")[-2:]} == {"after the restore", "and back"})
        await shows(ann, "@bob", texts(bob, "@ann"))
        await until(lambda: unreadable(ann) == [])
        assert unreadable(bob) == []
        log = bob._engine.state.log_of(bob.conversation("@ann"))
        stored = [m for m in bob._engine._store.messages(log, before=None, limit=500) if m.index >= 0]
        assert len({(m.session, m.index) for m in stored}) == len(stored)

    roll_back()


@scenario
async def test_an_old_store_that_only_read_is_noticed_too(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    old = clients.machines["bob"].disk()
    await say(ann, "@bob", "one")
    await shows(bob, "@ann", ["one"])
    await asyncio.sleep(5)
    bob, alarms = await reopen(clients, bob, store=old)
    assert alarms == {AlarmKind.STORE_ROLLED_BACK}
    await shows(bob, "@ann", ["one"])
    await say(bob, "@ann", "two")
    await shows(ann, "@bob", ["one", "two"])
    assert unreadable(ann) == unreadable(bob) == []


@scenario
async def test_a_restart_is_no_rollback(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for number in range(3):
        await say(ann, "@bob", f"line {number}")
        ann, alarms = await reopen(clients, ann)
        assert alarms == set()
    await shows(bob, "@ann", ["line 0", "line 1", "line 2"])


@scenario
async def test_a_broken_disk_stops_the_client_and_says_so(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    stream = ann.events()
    next(iter(clients.machines["ann"].stores.values())).break_disk()
    with pytest.raises(StoreFailed):
        await say(ann, "@bob", "lost")
    with pytest.raises(StoreFailed):
        await say(ann, "@bob", "lost too")
    assert [event.code for event in taken(stream, Stopped)] == ["store_failed"]


# --- a hub set up anew ---------------------------------------------------------------------------


def set_up_anew(world):
    world.crash_hub()
    world.storage = MemoryStorage(DatabaseId(b"another database"))
    world.start_hub()


@scenario
async def test_after_a_hub_was_set_up_anew_people_keep_their_names_and_trust(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "before")
    await shows(bob, "@ann", ["before"])
    set_up_anew(world)
    ann, alarms = await reopen(clients, ann)
    bob, more = await reopen(clients, bob)
    assert alarms | more == set()
    await until(lambda: len(ann.people()) == 2)
    await say(ann, "@bob", "hello again")
    await shows(bob, "@ann", ["hello again"])


@scenario
async def test_a_changed_identity_blocks_sending_until_it_is_trusted(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    set_up_anew(world)
    await clients.open(world.machine("bob"))  # somebody else takes the name
    ann, alarms = await reopen(clients, ann)
    assert AlarmKind.IDENTITY_CHANGED in alarms
    with pytest.raises(IdentityNotTrusted):
        await say(ann, "@bob", "is it you?")
    ann, _ = await reopen(clients, ann)
    with pytest.raises(IdentityNotTrusted):
        await say(ann, "@bob", "is it you now?")
    await ann.trust("bob")
    (message,) = await say(ann, "@bob", "it is you")
    assert (await ann.wait_sent(message.id, timeout_s=10)).state is not MessageState.FAILED


@scenario
async def test_what_waited_for_a_person_goes_to_nobody_else_of_that_name(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    await say(ann, "@bob", "for bob alone")
    set_up_anew(world)
    other = await clients.open(world.machine("bob"))
    ann, _ = await reopen(clients, ann)
    await ann.trust("bob")
    await say(ann, "@bob", "for the other bob")
    await shows(other, "@ann", ["for the other bob"])
    await asyncio.sleep(60)
    assert (ann.waiting, texts(other, "@ann")) == (1, ["for the other bob"])


@scenario
async def test_a_changed_identity_in_a_room_is_asked_about_once_and_stays_changed_elsewhere(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    set_up_anew(world)
    bob = await clients.open(world.machine("bob"))
    cid = await clients.open(world.machine("cid"))
    ann, _ = await reopen(clients, ann)
    room = await ann.create_room("kitchen")
    await ann.invite(room, ["cid"])
    await say(ann, "@kitchen", "among us")
    await shows(cid, "@kitchen", ["among us"])
    await clients.close(ann)
    await cid.invite(room, ["bob"])
    ann = await clients.machines["ann"].client().__aenter__()
    clients._clients.append(ann)
    await say(ann, "@kitchen", "written before I knew")
    await ann.synced()
    assert ann.untrusted(room) == ["bob"]
    with pytest.raises(MembersNotTrusted, match=r"the room kitchen has people.*: bob\..*/trust kitchen"):
        await say(ann, "@kitchen", "and bob?")
    await say(cid, "@kitchen", "cid never met another bob")
    await shows(bob, "@kitchen", ["cid never met another bob"])
    await asyncio.sleep(60)
    assert ann.waiting == 1
    await ann.trust_room(room)
    await say(ann, "@kitchen", "welcome")
    await shows(bob, "@kitchen", ["cid never met another bob", "written before I knew", "welcome"])
    ann, _ = await reopen(clients, ann)
    await say(ann, "@kitchen", "still")
    with pytest.raises(IdentityNotTrusted):
        await say(ann, "@bob", "is it you?")
    with pytest.raises(LocalError, match="only rooms"):
        await ann.trust_room(ann.conversation("@bob"))


# --- names ---------------------------------------------------------------------------------------


@scenario
async def test_a_taken_login_name_is_numbered(world, clients):
    await join(world, clients, "ann")
    second = world.machine("ann")
    async with Client(ClientSettings(home=NOWHERE), second) as client:
        assert client.handle == "ann2"


@pytest.mark.parametrize(("name", "code"), [("ann", "name_taken"), ("ann ann", None), ("\u0430nn", None)])
def test_a_wished_name_that_can_not_be_had_is_refused(name, code):
    @scenario
    async def enrol(world, clients):
        await join(world, clients, "ann")
        with pytest.raises((Refusal, LocalError)) as caught:
            await clients.open(world.machine("x"), name=name)
        assert code is None or getattr(caught.value, "code", code) == code

    enrol()


@scenario
async def test_a_wished_name_is_written_as_handles_are(world, clients):
    client = await clients.open(world.machine("x"), name="\u00c4nnchen")
    assert client.handle == "\u00e4nnchen"


@scenario
async def test_an_enrolment_whose_answer_was_lost_is_the_same_one_again(world, clients):
    machine = world.machine("ann")

    def lose(frame):
        if isinstance(frame, Enrolled):
            machine.link.cut("cable")
            return []
        return [frame]

    machine.attack = lose
    with pytest.raises(LinkLost):
        await clients.open(machine)
    machine.attack = None
    ann = await clients.open(machine)
    assert ann.handle == "ann"
    assert world.hub.statistics().users == 1


# --- keys ----------------------------------------------------------------------------------------


@scenario
async def test_with_all_one_time_keys_used_up_the_fallback_key_serves(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await clients.close(bob)
    with world.storage.transaction():
        while not world.storage.take_key(bob._engine.state.device)[1]:
            pass
    await say(ann, "@bob", "from ann")
    await say(cid, "@bob", "from cid")
    await until(lambda: not ann.waiting and not cid.waiting)
    bob = await clients.open(clients.machines["bob"])
    assert (texts(bob, "@ann"), texts(bob, "@cid")) == (["from ann"], ["from cid"])
    await until(lambda: world.storage.stock(bob._engine.state.device) >= 50)


@scenario
async def test_keys_whose_publication_was_not_answered_are_published_again(world, clients):
    (ann,) = await join(world, clients, "ann")
    machine, device = clients.machines["ann"], ann._engine.state.device
    machine.attack = lambda frame: [] if isinstance(frame, Stock) else [frame]
    ann._engine.supply.take_stock(0)
    ann._engine.flush()
    await until(lambda: world.storage.stock(device) == 100)
    published = set(ann._engine.state.account.unpublished_keys(50))
    await clients.crash(machine, ann)
    machine.attack = None
    again = await clients.open(machine)
    assert set(again._engine.state.account.unpublished_keys(50)) == published
    again._engine.supply.take_stock(0)
    again._engine.flush()
    await asyncio.sleep(1)
    assert world.storage.stock(device) == 100


# --- clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("error_ms", [-YEAR_MS, YEAR_MS])
def test_a_wrong_clock_of_a_client_changes_nothing(error_ms):
    @scenario
    async def talk(world, clients):
        (bob,) = await join(world, clients, "bob")
        machine = world.machine("ann")
        machine.clock_error_ms = error_ms
        ann = await clients.open(machine)
        await say(ann, "@bob", "what time is it?")
        await shows(bob, "@ann", ["what time is it?"])
        assert abs(history(bob, "@ann")[0].sent_at_ms - world.now_ms()) < 1000
        assert abs(history(ann, "@bob")[0].sent_at_ms - world.now_ms()) < 1000
        assert parse_invite(await ann.create_invite())

    talk()


@scenario
async def test_a_clock_that_jumps_wears_the_session_out_and_nothing_else(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for number, error_ms in enumerate([0, YEAR_MS, -YEAR_MS, 0]):
        clients.machines["ann"].clock_error_ms = error_ms
        await say(ann, "@bob", f"line {number}")
    await shows(bob, "@ann", [f"line {number}" for number in range(4)])


# --- invites -------------------------------------------------------------------------------------


def invite_only(world):
    world.crash_hub()
    world.config = HubConfig(invite_only=True, messages_per_second=0)
    world.start_hub()


@scenario
async def test_an_invite_lets_one_person_in_once(world, clients):
    (ann,) = await join(world, clients, "ann")
    invite_only(world)
    await asyncio.sleep(5)
    await until(lambda: ann.is_online)
    secret = parse_invite(await ann.create_invite()).secret
    bob, cid = world.machine("bob"), world.machine("cid")
    with pytest.raises(Refusal) as caught:
        await clients.open(cid)
    assert caught.value.code == "invite_needed"
    bob.invite_secret = cid.invite_secret = secret
    await clients.open(bob)
    with pytest.raises(Refusal) as caught:
        await clients.open(cid)
    assert caught.value.code == "invite_unknown"


@scenario
async def test_an_invite_expires(world, clients):
    (ann,) = await join(world, clients, "ann")
    invite_only(world)
    await asyncio.sleep(5)
    await until(lambda: ann.is_online)
    bob = world.machine("bob")
    bob.invite_secret = parse_invite(await ann.create_invite()).secret
    await asyncio.sleep(INVITE_LIFETIME_S + 1)
    with pytest.raises(Refusal):
        await clients.open(bob)


@scenario
async def test_without_a_hub_there_are_no_invites(world, clients):
    (ann,) = await join(world, clients, "ann")
    world.crash_hub()
    await until(lambda: not ann.is_online)
    with pytest.raises(LinkLost):
        await ann.create_invite()


# --- waiting and taking back ---------------------------------------------------------------------


@scenario
async def test_a_message_that_waits_can_be_taken_back_and_one_that_was_sent_can_not(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    world.crash_hub()
    await until(lambda: not ann.is_online)
    (waits,) = await say(ann, "@bob", "better not")
    with pytest.raises(TimeoutError):
        await ann.wait_sent(waits.id, timeout_s=1)
    assert await ann.withdraw(waits.id)
    assert not await ann.withdraw(waits.id)
    world.start_hub()
    (sent,) = await say(ann, "@bob", "better")
    await ann.wait_sent(sent.id, timeout_s=120)
    assert not await ann.withdraw(sent.id)
    await shows(bob, "@ann", ["better"])


@pytest.mark.parametrize("text", ["", "  \n", "x" * 65537, "\udc80"])
def test_a_text_that_can_not_be_sent_is_refused_at_once(text):
    @scenario
    async def send(world, clients):
        ann, _ = await join(world, clients, "ann", "bob")
        with pytest.raises(LocalError):
            await say(ann, "@bob", text)
        assert ann.waiting == 0

    send()
