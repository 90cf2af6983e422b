"""A second device of a person: let in by a code, given the past, cut off again; and who tries to get in."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from lanmsg.client import (
    Alarm,
    AlarmKind,
    Client,
    DeviceAdded,
    DeviceRevoked,
    HistoryProgress,
    MessageChanged,
    MessageState,
    Stopped,
)
from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.device_messages import PastRequest
from lanmsg.client.errors import UnknownDevice
from lanmsg.client.events import ChangeKind
from lanmsg.wire.codec import decode_entry, decode_message_body, encode
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import LinkLost, LocalError, Refusal, RemoteError
from lanmsg.wire.frames import Entries
from lanmsg.wire.invites import parse_invite
from lanmsg.wire.limits import PAIRING_LIFETIME_S
from lanmsg.wire.pairing import parse_code

from .test_readers import sessions_of
from .test_state_lost import reopen
from .world import (
    history,
    join,
    say,
    scenario,
    second_device,
    second_machine,
    shows,
    taken,
    texts,
    unreadable,
    until,
)


async def link(world, clients, client: Client) -> Client:
    """Let a fresh machine in with a code that a client of ours shows."""
    machine = world.machine("whatever")
    machine.pairing_code = parse_code((await client.link_device()).code)
    return await open_other(clients, machine)


async def open_other(clients, machine) -> Client:
    """Open another device of somebody, whose first one stays the one with their name."""
    machines = dict(clients.machines)
    new = await clients.open(machine)
    clients.machines.update(machines)
    return new


async def talked(world, clients, *, lines: int = 3):
    """Ann, bob and cid have talked: to each other, to everyone, and in several sessions."""
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    for number in range(lines):
        await say(ann, "@bob", f"ann {number}")
        await say(bob, "@ann", f"bob {number}")
        await say(cid, "#", f"cid {number}")
        await say(ann, "@ann", f"note {number}")
        await until(lambda: not any(client.waiting for client in (ann, bob, cid)))
        await until(lambda number=number: len(texts(ann, "#")) == number + 1)
        for client in (ann, bob, cid):  # the next line needs a new session
            for log in list(client._engine._keys._sending):
                client._engine._keys.drop_sending(log)
    return ann, bob, cid


# --- letting one in --------------------------------------------------------------------------


@scenario
async def test_a_second_device_is_the_same_person_and_gets_the_past(world, clients):
    ann, bob, _ = await talked(world, clients)
    stream = ann.events()
    machine = world.machine("whatever")
    machine.pairing_code = parse_code((await ann.link_device()).code)
    client = machine.client(name="somebody else")
    events = client.events()
    await client.__aenter__()
    clients._clients.append(client)
    assert client.handle == "ann"
    for target in ("@bob", "#", "@ann"):
        await shows(client, target, texts(ann, target))
    assert unreadable(client) == []
    progress = taken(events, HistoryProgress)
    assert progress[0].done == 0
    assert [each.done for each in progress] == sorted(each.done for each in progress)
    assert progress[-1].done == progress[-1].total > 0
    [added] = taken(stream, DeviceAdded)
    assert added.device.device == client._engine.state.device
    assert [each.is_this for each in client.devices()] == [False, True]
    await say(bob, "@ann", "to both of you")
    await say(client, "@bob", "from the new one")
    for each in (ann, client):
        await until(lambda each=each: {"to both of you", "from the new one"} <= {*texts(each, "@bob")})
    await until(lambda: texts(bob, "@ann")[-1] == "from the new one")


@scenario
async def test_a_second_device_that_died_before_it_was_enrolled_gets_in_when_it_is_started_again(
    world, clients
):
    ann, _ = await join(world, clients, "ann", "bob")
    machine = world.machine("whatever")
    machine.pairing_code = parse_code((await ann.link_device()).code)
    machine.dies_at_commit = 1, "after"
    opening = asyncio.get_running_loop().create_task(machine.client().__aenter__())
    await until(lambda: machine.executor is not None and machine.executor.is_dead)
    machine.die()
    await asyncio.wait([opening])
    assert opening.exception() is not None
    machine.dies_at_commit, machine.pairing_code = None, b""
    again = await open_other(clients, machine)
    assert again.handle == "ann"
    assert [each.is_this for each in again.devices()] == [False, True]


@scenario
async def test_nothing_of_the_past_that_comes_over_is_news(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for client, target in ((ann, "@bob"), (bob, "@ann")):
        await say(client, target, f"by {client.handle}")
        await until(lambda: len(texts(ann, "@bob")) == len(texts(bob, "@ann")) and not ann.waiting)
        [last] = history(client, target)[-1:]
        await client.edit(last.id, f"edited by {client.handle}")
        await (bob if client is ann else ann).react(last.id, "👍")
    await until(lambda: texts(ann, "@bob") == texts(bob, "@ann") == ["edited by ann", "edited by bob"])
    machine = world.machine("whatever")
    machine.pairing_code = parse_code((await ann.link_device()).code)
    new = machine.client()
    events = new.events()
    await new.__aenter__()
    clients._clients.append(new)
    await shows(new, "@bob", texts(ann, "@bob"))
    await until(lambda: not new.is_past_coming)
    changes = [each for each in taken(events, MessageChanged) if each.change is not ChangeKind.STATE]
    assert {each.change for each in changes} > {ChangeKind.READABLE}
    assert [each for each in changes if not each.is_backlog] == []


@scenario
async def test_the_past_of_thousands_of_messages_comes_over(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for number in range(1500):
        await ann.send(ann.conversation("@bob"), f"line {number}")
    await until(lambda: len(texts(bob, "@ann")) == 1500, seconds=600)
    new = await link(world, clients, ann)
    await shows(new, "@bob", texts(ann, "@bob"), seconds=600)


@scenario
async def test_the_link_says_the_same_as_the_code_and_where_the_hub_is(world, clients):
    (ann,) = await join(world, clients, "ann")
    code = await ann.link_device()
    invite = parse_invite(code.link)
    assert invite.is_pairing
    assert invite.secret == parse_code(code.code) == parse_code(code.code.replace("-", " ").lower())
    assert invite.identity_key == ann.hub_identity_key
    assert abs(code.ends_at_ms - world.now_ms() - int(PAIRING_LIFETIME_S * 1000)) < 1000


@pytest.mark.parametrize("moment_s", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("who", ["old", "new", "hub"])
def test_the_past_comes_over_although_somebody_starts_again(who, moment_s):
    @scenario
    async def interrupted(world, clients):
        ann, _, _ = await talked(world, clients, lines=10)
        world.delay_s = 0.05
        machine = world.machine("whatever")
        machine.pairing_code = parse_code((await ann.link_device()).code)
        new = machine.client()
        await new.__aenter__()
        clients._clients.append(new)
        await asyncio.sleep(moment_s)
        machine.pairing_code = b""
        if who == "old":
            await clients.crash(clients.machines["ann"], ann)
            ann = await clients.open(clients.machines["ann"])
        elif who == "new":
            await clients.crash(machine, new)
            new = await open_other(clients, machine)
        else:
            world.crash_hub()
            world.start_hub()
        for target in ("@bob", "#", "@ann"):
            await shows(new, target, texts(ann, target), seconds=300)

    interrupted()


@scenario
async def test_the_past_waits_for_the_other_device(world, clients):
    ann, _, _ = await talked(world, clients)
    expected = texts(ann, "@bob")
    machine = world.machine("whatever")
    machine.pairing_code = parse_code((await ann.link_device()).code)
    await clients.close(ann)
    new = await open_other(clients, machine)
    await asyncio.sleep(60)
    assert texts(new, "@bob") == [""] * len(expected)
    await clients.open(clients.machines["ann"])
    await shows(new, "@bob", expected)


# --- the code --------------------------------------------------------------------------------


async def refused(world, code: bytes) -> Refusal:
    """Try to get in with a code."""
    machine = world.machine("mallory")
    machine.pairing_code = code
    with pytest.raises(Refusal) as caught:
        await machine.client().__aenter__()
    return caught.value


@scenario
async def test_a_code_is_good_once_for_ten_minutes_and_until_the_next(world, clients):
    (ann,) = await join(world, clients, "ann")
    machine = world.machine("second")
    machine.pairing_code = code = parse_code((await ann.link_device()).code)
    await clients.open(machine)
    assert (await refused(world, code)).code == "pairing_unknown"
    late = parse_code((await ann.link_device()).code)
    await asyncio.sleep(PAIRING_LIFETIME_S + 1)
    assert (await refused(world, late)).code == "pairing_unknown"
    first = parse_code((await ann.link_device()).code)
    await ann.link_device()
    assert (await refused(world, first)).code == "pairing_unknown"
    assert (await refused(world, bytes(10))).code == "pairing_unknown"
    assert len(ann.devices()) == 2


@scenario
async def test_a_home_that_is_somebody_is_not_overwritten(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    machine = clients.machines["bob"]
    await clients.close(bob)
    machine.pairing_code = parse_code((await ann.link_device()).code)
    with pytest.raises(LocalError, match="is bob at this hub already"):
        await machine.client().__aenter__()
    machine.pairing_code = b""
    assert (await clients.open(machine)).handle == "bob"


@scenario
async def test_without_a_connection_there_is_no_code(world, clients):
    (ann,) = await join(world, clients, "ann")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    with pytest.raises(LinkLost):
        await ann.link_device()


@scenario
async def test_the_hub_holds_nothing_that_it_can_read(world, clients):
    (ann,) = await join(world, clients, "ann")
    await ann.link_device()
    [parcel] = world.hub.pairings._parcels.values()
    secret = ann._engine.state.identity.secret
    assert secret not in parcel.sealed
    assert ann.handle.encode() not in parcel.sealed


@scenario
async def test_a_hub_that_is_not_the_one_of_the_other_device_gets_nothing(world, clients):
    """It passes on what the true hub keeps: the parcel inside names another key."""
    (ann,) = await join(world, clients, "ann")
    machine = world.machine("second")
    machine.pairing_code = parse_code((await ann.link_device()).code)

    def another_database(frame):
        if type(frame).__name__ == "Challenge":
            return [msgspec.structs.replace(frame, database=bytes(16))]
        return [frame]

    machine.attack = another_database
    with pytest.raises(RemoteError, match="not the hub of your other device"):
        await machine.client().__aenter__()
    assert machine.disk().load().profile is None


@scenario
async def test_an_altered_parcel_is_refused(world, clients):
    (ann,) = await join(world, clients, "ann")
    machine = world.machine("second")
    machine.pairing_code = parse_code((await ann.link_device()).code)
    pairings = world.hub.pairings._parcels
    [(name, parcel)] = pairings.items()
    pairings[name] = replace(parcel, sealed=parcel.sealed[:-1] + bytes([parcel.sealed[-1] ^ 1]))
    with pytest.raises(RemoteError, match="not what your other device has left"):
        await machine.client().__aenter__()


@scenario
async def test_who_stole_the_identity_gets_nothing_of_the_past(world, clients):
    ann, _, _ = await talked(world, clients)
    thief = await second_device(world, clients, "ann")
    assert thief.handle == "ann"
    log = thief._engine.state.log_of(thief.conversation("@bob"))
    wanted = thief._engine._store.missing_sessions(log, reason="before_you_joined", limit=5)
    assert wanted
    for token in (bytes(16), b"guessed" * 2 + b"!!"):
        request = PastRequest(token, log, list(wanted))
        thief._engine.device_outbox.deliver(ann._engine.state.device, request)
    thief._engine.flush()
    await asyncio.sleep(60)
    assert set(texts(thief, "@bob")) == {""}


@scenario
async def test_a_token_serves_one_device_only(world, clients):
    ann, _, _ = await talked(world, clients)
    new = await link(world, clients, ann)
    await shows(new, "@bob", texts(ann, "@bob"))
    [pairing] = ann._engine.state.pairings.values()
    thief = await second_device(world, clients, "ann")
    log = thief._engine.state.log_of(thief.conversation("@bob"))
    wanted = thief._engine._store.missing_sessions(log, reason="before_you_joined", limit=5)
    request = PastRequest(pairing.token, log, list(wanted))
    thief._engine.device_outbox.deliver(ann._engine.state.device, request)
    thief._engine.flush()
    await asyncio.sleep(60)
    assert ann._engine.state.pairings[pairing.token].device == new._engine.state.device
    assert ann._engine.device_outbox.under_way == 0
    assert set(texts(thief, "@bob")) == {""}


async def stolen(world, clients, ann: Client):
    """Let a second device in and cut it off; return its machine, and one with all of its keys."""
    machines = dict(clients.machines)
    second = await link(world, clients, ann)
    lost = second._surroundings
    clients.machines.update(machines)
    await ann.revoke_device(second._engine.state.device)
    return lost, second_machine(world, lost)


@scenario
async def test_a_revoked_device_does_not_come_back_as_a_new_one(world, clients):
    (ann,) = await join(world, clients, "ann")
    lost, thief = await stolen(world, clients, ann)
    attempts = [
        (thief.disk().load().profile.voucher, "not_vouched_for"),  # by the device that was cut off
        (lost.disk().load().profile.voucher, "bad_signature"),  # the one that let it in at first
        (b"", "not_vouched_for"),
    ]
    for voucher, code in attempts:
        machine = second_machine(world, lost)
        store = next(iter(machine.stores.values()))
        store.commit([replace(store.load().profile, voucher=voucher)])
        with pytest.raises(Refusal) as caught:
            await machine.client().__aenter__()
        assert caught.value.code == code
    assert len(ann.devices()) == 1


@scenario
async def test_a_hub_that_lets_a_revoked_device_come_back_is_found_out(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    _, thief = await stolen(world, clients, ann)
    await until(lambda: bob.person("ann").devices == 1)
    events = [ann.events(), bob.events()]
    world.hub.queue._writer._directory.check_enrolment = lambda *_: None
    intruder = await open_other(clients, thief)
    for stream in events:
        await until(lambda stream=stream: bool(taken(stream, Alarm)))
        assert {alarm.kind for alarm in taken(stream, Alarm)} == {AlarmKind.FALSE_STATEMENT}
    await say(bob, "@ann", "for ann alone")
    await shows(ann, "@bob", ["for ann alone"])
    await until(lambda: len(texts(intruder, "@bob")) == 1)
    assert texts(intruder, "@bob") == [""]
    assert [each.is_this for each in ann.devices()] == [True]
    assert bob.person("ann").devices == 1


@scenario
async def test_a_hub_that_lets_a_revoked_device_cut_off_others_is_found_out(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    second = await link(world, clients, ann)
    state = second._engine.state
    await ann.revoke_device(state.device)
    stream = bob.events()
    false = state.identity.revoke(ann._engine.state.device, by=state.device, account=state.account)

    def insert(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.directory_log:
            entry = msgspec.structs.replace(
                decode_entry(frame.items[0]), kind=EntryKind.REVOKE, body=encode(false)
            )
            return [msgspec.structs.replace(frame, items=[msgspec.Raw(encode(entry))])]
        return [frame]

    clients.machines["bob"].attack = insert
    await clients.open(world.machine("dora"))
    await until(lambda: bool(taken(stream, Alarm)))
    assert bob.person("ann").devices == 1


# --- cutting one off -------------------------------------------------------------------------


@scenario
async def test_a_revoked_device_is_cut_off_within_a_second_and_everybody_takes_new_sessions(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    new = await link(world, clients, ann)
    for client in (ann, bob, cid, new):
        await say(client, "#", "before")
    await say(bob, "@ann", "before")
    await until(lambda: all(len(texts(client, "#")) == 4 for client in (ann, bob, cid, new)))
    before = {*sessions_of(bob, "#"), *sessions_of(bob, "@ann")}
    events, others = new.events(), ann.events()
    device = new._engine.state.device
    started_s = world.loop.time()
    await ann.revoke_device(device)
    await until(lambda: bool(taken(events, Stopped)))
    assert world.loop.time() - started_s < 1
    assert [event.code for event in taken(events, Stopped)] == ["revoked_device"]
    await until(lambda: bool(taken(others, DeviceRevoked)))
    assert [each.is_this for each in ann.devices()] == [True]
    for client in (ann, bob, cid):
        await say(client, "#", "after")
    await say(bob, "@ann", "after")
    await until(lambda: all(len(texts(client, "#")) == 7 for client in (ann, bob, cid)))
    await until(lambda: texts(ann, "@bob")[-1] == "after")
    after = sessions_of(bob, "#")[-3:] + sessions_of(bob, "@ann")[-1:]
    assert before.isdisjoint(after)
    _cannot_read(new, bob, "#", 3)
    _cannot_read(new, bob, "@ann", 1)


def _cannot_read(revoked: Client, reader: Client, target: str, count: int) -> None:
    """Try every key the revoked device has on the newest entries."""
    state = reader._engine.state
    log = state.log_of(reader.conversation(target))
    entries = reader._engine._store.messages(log, before=None, limit=count)
    inbound = revoked._engine._store._tables.inbound.values()
    sessions = [revoked._engine._keys._crypto.receiving_session(each.pickle) for each in inbound]
    assert sessions
    for stored in entries:
        entry = world_entry(reader, log, stored.seq)
        for session in sessions:
            with pytest.raises(CannotDecrypt):
                session.decrypt(decode_message_body(entry.body).ciphertext)


def world_entry(reader: Client, log, seq):
    """Return the ciphertext as the hub keeps it: a thief may have that too."""
    storage = reader._surroundings._world.storage
    return storage._tables.entries[log, seq].entry


@scenario
async def test_the_last_state_of_devices_is_there_after_a_restart(world, clients):
    (ann,) = await join(world, clients, "ann")
    await link(world, clients, ann)
    devices = ann.devices()
    assert [each.added_at_ms > 0 for each in devices] == [True, True]
    ann, _ = await reopen(clients, ann)
    assert ann.devices() == devices


@scenario
async def test_a_device_is_named_by_the_start_of_its_id(world, clients):
    (ann,) = await join(world, clients, "ann")
    new = await link(world, clients, ann)
    await until(lambda: len(ann.devices()) == 2)
    device = new._engine.state.device
    assert ann.device(device.hex()[:8]).device == device
    assert ann.device(f" {device.hex()[:12].upper()} ").device == device
    for wrong in ("", "zz", "nothing"):
        with pytest.raises(UnknownDevice):
            ann.device(wrong)


@scenario
async def test_a_message_of_our_other_device_is_read_as_ours_and_not_as_a_strangers(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    new = await link(world, clients, ann)
    await say(new, "@bob", "from there")
    await shows(ann, "@bob", ["from there"])
    [message] = history(ann, "@bob")
    assert (message.sender, message.is_own) == ("ann", True)
    assert message.state is not MessageState.RECEIVED
