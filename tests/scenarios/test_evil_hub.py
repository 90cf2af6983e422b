"""A hub that lies: what it may do is lose time. Each test is named as the attack."""

import asyncio

import msgspec
import pytest

from lanmsg.client import Alarm, AlarmKind, MessageState, Stopped
from lanmsg.client.errors import HubIdentityChanged
from lanmsg.client.identity import Identity
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry, decode_message_body, encode
from lanmsg.wire.entries import Entry, EntryKind, LogKind, entry_hash
from lanmsg.wire.errors import LinkLost, RemoteError
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.frames import Appended, Challenge, ClaimedKeys, Entries, Head, Heads, Stock, Welcome
from lanmsg.wire.statements import PublishedKey

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


ALTERATIONS = {
    "altered_ciphertext": lambda e, _: replace_body(
        e, ciphertext=decode_message_body(e.body).ciphertext[::-1]
    ),
    "altered_counter": lambda e, _: replace_body(e, counter=77),
    "altered_session": lambda e, _: replace_body(e, session=bytes(32)),
    "altered_view": lambda e, _: replace_body(
        e, view=msgspec.structs.replace(decode_message_body(e.body).view)
    ),
    "no_signature": lambda e, _: replace_body(e, signature=b""),
    "another_author": lambda e, bob: msgspec.structs.replace(e, sender=bob._engine.state.device),
    "an_unknown_author": lambda e, _: msgspec.structs.replace(e, sender=ids.DeviceId(bytes(16))),
    "another_message_id": lambda e, _: msgspec.structs.replace(e, message_id=ids.MessageId(bytes(16))),
    "garbage_for_a_body": lambda e, _: msgspec.structs.replace(e, body=b"garbage"),
    "an_unknown_kind": lambda e, _: msgspec.structs.replace(e, kind=12),
}


@pytest.mark.parametrize("name", [name for name in ALTERATIONS if name != "altered_view"])
def test_a_message_with_is_shown_as_what_it_is(name):
    @scenario
    async def attack(world, clients):
        ann, bob, machine, _ = await pair(world, clients)
        machine.attack = alter_messages(bob, lambda entry: ALTERATIONS[name](entry, bob))
        await say(ann, "@bob", "the true text")
        await until(lambda: len(history(bob, "@ann")) == 3)
        message = history(bob, "@ann")[-1]
        assert message.state is MessageState.UNREADABLE
        assert message.text == ""
        assert message.reason

    attack()


@scenario
async def test_a_replayed_message_is_not_shown_twice(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    kept = []

    def replay(frame):
        log = bob._engine.state.log_of(bob.conversation("@ann"))
        if isinstance(frame, Entries) and frame.log == log:
            kept.extend(entries_of(frame))
            return [rebuilt(frame, [*entries_of(frame), kept[0]])]
        return [frame]

    machine.attack = replay
    await say(ann, "@bob", "pay 10")
    await until(lambda: len(history(bob, "@ann")) == 4)
    assert texts(bob, "@ann").count("pay 10") == 1
    assert unreadable(bob) == ["misplaced"]


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
async def test_reordered_messages_are_not_shown_in_the_wrong_order(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    await clients.close(bob)
    await say(ann, "@bob", "first", "second")
    await until(lambda: not ann.waiting)
    log = ann._engine.state.log_of(ann.conversation("@bob"))

    def swap(frame):
        if isinstance(frame, Entries) and frame.log == log:
            return [rebuilt(frame, entries_of(frame)[::-1])]
        return [frame]

    machine.attack = swap
    bob = await clients.open(machine)
    assert texts(bob, "@ann") == ["before", "back", "second", ""]
    assert unreadable(bob) == ["misplaced"]


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
async def test_a_changed_past_stops_the_conversation(world, clients):
    ann, bob, machine, stream = await pair(world, clients)

    def change_past(frame):
        if isinstance(frame, Entries) and frame.first_seq == 3:
            return [msgspec.structs.replace(frame, previous=bytes(32))]
        return [frame]

    machine.attack = change_past
    await say(ann, "@bob", "after another past")
    await until(lambda: AlarmKind.FORKED_LOG in alarms(stream))
    assert texts(bob, "@ann") == ["before", "back"]


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
async def test_a_false_user_in_the_directory_is_ignored_and_shown(world, clients):
    _, bob, machine, stream = await pair(world, clients)
    claim = msgspec.structs.replace(MALLORY.claim("carol"), signature=bytes(64))

    def insert(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.directory_log:
            return [rebuilt(frame, [msgspec.structs.replace(entries_of(frame)[0], body=encode(claim))])]
        return [frame]

    machine.attack = insert
    await clients.open(world.machine("dora"))
    await until(lambda: AlarmKind.FALSE_STATEMENT in alarms(stream))
    assert [person.handle for person in bob.people()] == ["ann", "bob"]


@scenario
async def test_a_ghost_device_of_ann_is_ignored_and_gets_no_key(world, clients):
    ann, bob, machine, stream = await pair(world, clients)
    real = ann._engine.state.directory.device(ann._engine.state.device)
    ghost = msgspec.structs.replace(real, signing_key=MALLORY.public_key)

    def insert(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.directory_log:
            entry = msgspec.structs.replace(entries_of(frame)[0], kind=EntryKind.DEVICE, body=encode(ghost))
            return [rebuilt(frame, [entry])]
        return [frame]

    machine.attack = insert
    await clients.open(world.machine("dora"))
    await until(lambda: AlarmKind.FALSE_STATEMENT in alarms(stream))
    assert bob.person("ann").devices == 1


@scenario
async def test_a_device_of_mallory_under_anns_name_is_refused(world, clients):
    ann, bob, machine, stream = await pair(world, clients)
    statement = MALLORY.bind(signing_key=bytes(32), agreement_key=bytes(32), device_name="")
    stolen = msgspec.structs.replace(statement, user=ann._engine.state.user)

    def insert(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.directory_log:
            entry = msgspec.structs.replace(entries_of(frame)[0], kind=EntryKind.DEVICE, body=encode(stolen))
            return [rebuilt(frame, [entry])]
        return [frame]

    machine.attack = insert
    await clients.open(world.machine("dora"))
    await until(lambda: AlarmKind.FALSE_STATEMENT in alarms(stream))
    assert bob.person("ann").devices == 1


@scenario
async def test_a_revocation_the_owner_did_not_sign_is_ignored(world, clients):
    ann, bob, machine, stream = await pair(world, clients)
    device = ann._engine.state.device
    account = ann._engine.state.account
    signed_by_mallory = MALLORY.revoke(device, by=device, account=account)
    false = msgspec.structs.replace(signed_by_mallory, user=ann._engine.state.user)

    def insert(frame):
        if isinstance(frame, Entries) and frame.log == bob._engine.state.directory_log:
            entry = msgspec.structs.replace(entries_of(frame)[0], kind=EntryKind.REVOKE, body=encode(false))
            return [rebuilt(frame, [entry])]
        return [frame]

    machine.attack = insert
    await clients.open(world.machine("dora"))
    await until(lambda: AlarmKind.FALSE_STATEMENT in alarms(stream))
    assert bob.person("ann").devices == 1


@pytest.mark.parametrize("swap", ["key", "nobody's key", "label"])
def test_a_swapped_one_time_key_is_never_encrypted_to(swap):
    @scenario
    async def attack(world, clients):
        ann, bob = await join(world, clients, "ann", "bob")

        def forge(frame):
            if not isinstance(frame, ClaimedKeys):
                return [frame]
            (claimed,) = frame.keys
            forged = {
                "key": ClaimedKey(claimed.device, PublishedKey(bytes(31) + b"\1", claimed.key.signature)),
                "nobody's key": ClaimedKey(claimed.device, PublishedKey(claimed.key.key, bytes(64))),
                "label": ClaimedKey(claimed.device, claimed.key, is_fallback=True),
            }[swap]
            return [ClaimedKeys(frame.request, [forged])]

        clients.machines["ann"].attack = forge
        await say(ann, "@bob", "for bob only")
        await until(lambda: not ann.waiting)
        assert ann._engine._claims._keyless == {bob._engine.state.device}
        await shows(bob, "@ann", ["for bob only"])  # bob asked for the key, on a session of his own

    attack()


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
async def test_a_log_that_is_not_what_its_id_says_is_refused(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    log = ids.LogId(bytes(16))
    head = Head(log, LogKind.EVERYONE, 0, bytes(32), 1, bytes(32))
    machine.attack = lambda frame: [frame, Heads([head])]
    await say(ann, "@bob", "hi")
    await asyncio.sleep(1)
    assert log not in bob._engine.state.logs


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


@scenario
async def test_another_hub_at_the_known_address_is_a_hard_stop(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(ann)
    clients.machines["ann"].expected_key = MALLORY.public_key
    with pytest.raises(HubIdentityChanged):
        await clients.open(clients.machines["ann"])
    assert bob.is_online


@scenario
async def test_another_database_is_a_hub_set_up_anew(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    stream = ann.events()
    clients.machines["ann"].attack = on_challenge(database=bytes(16))
    clients.machines["ann"].link.cut("cable")
    await until(lambda: bool(taken(stream, Stopped)))
    assert taken(stream, Stopped)[0].code == "HubReplaced"


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


@scenario
async def test_endless_heads_and_empty_pages_do_not_stop_the_program(world, clients):
    ann, bob, machine, _ = await pair(world, clients)

    def inflate(frame):
        if isinstance(frame, Heads):
            return [Heads([msgspec.structs.replace(h, seq=h.seq + 5) for h in frame.heads])]
        return [frame]

    machine.attack = inflate
    machine.link.cut("cable")
    await asyncio.sleep(2)
    machine.attack = None
    machine.link.cut("cable")
    await say(ann, "@bob", "still here")
    await until(lambda: texts(bob, "@ann")[-1] == "still here")


@scenario
async def test_a_false_stock_and_welcome_harm_nobody(world, clients):
    ann, bob, machine, _ = await pair(world, clients)
    machine.attack = lambda frame: (
        [msgspec.structs.replace(frame, stock=0, now_ms=0)]
        if isinstance(frame, Welcome)
        else [frame, Stock(0)]
    )
    machine.link.cut("cable")
    await asyncio.sleep(2)
    machine.attack = None
    await say(ann, "@bob", "still here")
    await until(lambda: texts(bob, "@ann")[-1] == "still here")
