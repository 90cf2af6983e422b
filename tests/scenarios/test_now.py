"""Statuses, reasons and typing, from one person's keys to another's screen, past a hub that may lie."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from lanmsg.client import Client, PersonStatus, QuietHours, StatusChanged, Typing
from lanmsg.wire.codec import encode
from lanmsg.wire.errors import LocalError
from lanmsg.wire.frames import Ping, Presence, Signal
from lanmsg.wire.limits import (
    MAX_AWAY_REASON_CODE_POINTS,
    SIGNAL_MAX_AGE_S,
    SIGNAL_PADDING_STEPS,
    TYPING_INTERVAL_S,
    TYPING_LASTS_S,
)
from lanmsg.wire.signals import decode_signal_body
from lanmsg.wire.statements import verify

from .world import AsyncClients, World, join, say, scenario, shows, taken, texts, until


async def talked(world: World, clients: AsyncClients, *names: str) -> list[Client]:
    """Let these people join and say something to everyone, so that each has the others' keys."""
    opened = await join(world, clients, *names)
    for client in opened:
        await say(client, "#", f"hello from {client.handle}")
    await until(lambda: all(len(texts(client, "#")) == len(names) for client in opened))
    await pause(1)
    return opened


async def pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


def types(client: Client, target: str, *, is_typing: bool = True) -> None:
    client.typing(client.conversation(target), is_typing=is_typing)


def typing(stream) -> list[tuple[str, bool]]:
    return [(event.handle, event.is_typing) for event in taken(stream, Typing)]


class Wire:
    """Records the signals that reach a machine; may replace them, as an evil hub would."""

    def __init__(self, clients: AsyncClients, client: Client, replace=lambda signal: [signal]):
        self.signals: list[Signal] = []
        self.replace = replace
        clients.machines[client.handle].attack = self.take

    def take(self, frame):
        if not isinstance(frame, Signal):
            return [frame]
        self.signals.append(frame)
        return self.replace(frame)


# --- typing ----------------------------------------------------------------------------------


@scenario
async def test_typing_is_seen_by_the_others_and_stops_by_itself(world, clients):
    ann, bob, cid = await talked(world, clients, "ann", "bob", "cid")
    streams = [client.events() for client in (ann, bob, cid)]
    types(ann, "#")
    await pause(TYPING_LASTS_S - 1)
    assert [typing(stream) for stream in streams] == [[], [("ann", True)], [("ann", True)]]
    await pause(2)
    assert [typing(stream) for stream in streams] == [[], *[[("ann", True), ("ann", False)]] * 2]


@scenario
async def test_who_goes_on_typing_is_seen_once_and_tells_it_now_and_then(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    stream, wire = bob.events(), Wire(clients, bob)
    for _ in range(300):
        types(ann, "#")
        await pause(0.1)
    assert typing(stream) == [("ann", True)]
    assert len(wire.signals) == pytest.approx(30 / TYPING_INTERVAL_S, abs=1)


@scenario
async def test_a_message_ends_typing_and_the_next_key_begins_it_again(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    stream = bob.events()
    types(ann, "#")
    await say(ann, "#", "done")
    await shows(bob, "#", ["hello from ann", "hello from bob", "done"])
    assert typing(stream) == [("ann", True), ("ann", False)]
    await pause(0.1)
    types(ann, "#")
    await pause(0.1)
    assert typing(stream)[2:] == [("ann", True)]


@scenario
async def test_who_empties_the_line_stops_typing_at_once(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    stream, wire = bob.events(), Wire(clients, bob)
    types(ann, "#")
    types(ann, "#", is_typing=False)
    types(ann, "#", is_typing=False)
    await pause(0.1)
    assert typing(stream) == [("ann", True), ("ann", False)]
    assert len(wire.signals) == 2


@scenario
async def test_typing_to_one_person_is_seen_by_nobody_else(world, clients):
    ann, bob, cid = await talked(world, clients, "ann", "bob", "cid")
    await say(ann, "@bob", "psst")
    await until(lambda: texts(bob, "@ann") == ["psst"])
    await pause(1)
    streams = [client.events() for client in (bob, cid)]
    types(ann, "@bob")
    await pause(0.1)
    [event] = taken(streams[0], Typing)
    assert (event.conversation, event.handle) == (bob.conversation("@ann"), "ann")
    assert typing(streams[1]) == []


@scenario
async def test_typing_never_shares_or_claims_a_key(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    asked = []
    session = world.hub.session_of(ann._engine.state.device)
    original = session._command
    session._command = lambda *arguments: (asked.append(arguments[1]), original(*arguments))
    for target in ("#", "@bob"):
        for _ in range(10):
            types(ann, target)
            await pause(TYPING_INTERVAL_S)
    assert {type(frame) for frame in asked} <= {Ping}
    assert ann._engine._keys.sending(ann._engine.state.everyone_log) is None


@scenario
async def test_typing_takes_no_place_in_the_ratchet(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    sending = ann._engine._keys.sending(ann._engine.state.everyone_log)
    before, pickle = sending.session.index, sending.record()
    types(ann, "#")
    assert (sending.session.index, sending.record()) == (before, pickle)
    await say(ann, "#", "and on")
    await shows(bob, "#", ["hello from ann", "hello from bob", "and on"])


@scenario
async def test_somebody_who_was_cut_off_ends_the_use_of_what_they_could_read(world, clients):
    ann, bob, cid = await talked(world, clients, "ann", "bob", "cid")
    await cid.revoke_device(cid._engine.state.device)
    await until(lambda: ann.person("cid").devices == 0)
    wire = Wire(clients, bob)
    types(ann, "#")
    await pause(1)
    assert wire.signals == []
    await say(ann, "#", "among us")
    await until(lambda: "among us" in texts(bob, "#"))
    await pause(1)
    types(ann, "#")
    await pause(1)
    assert len(wire.signals) == 1


@scenario
async def test_the_hub_sees_one_size_and_no_content(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    wire = Wire(clients, bob)
    types(ann, "#")
    types(ann, "#", is_typing=False)
    await pause(0.1)
    bodies = [decode_signal_body(signal.body) for signal in wire.signals]
    assert {len(body.ciphertext) for body in bodies} == {SIGNAL_PADDING_STEPS[0] + 16}
    assert len({body.nonce for body in bodies}) == 2
    device = bob._engine.state.directory.device(bodies[0].sender)
    verify(device.signing_key, bodies[0].signature, bodies[0].signed_bytes(wire.signals[0].log))


@scenario
async def test_when_the_hub_is_gone_nobody_types(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    stream = bob.events()
    types(ann, "#")
    await pause(0.1)
    world.cut_links()
    await pause(0.1)
    assert typing(stream) == [("ann", True), ("ann", False)]
    types(ann, "#")  # offline: nothing, and no error


# --- lies ------------------------------------------------------------------------------------


def altered(signal: Signal, **changes) -> Signal:
    body = msgspec.structs.replace(decode_signal_body(signal.body), **changes)
    return msgspec.structs.replace(signal, body=encode(body))


LIES = {
    "from_another_log": lambda signal, log: msgspec.structs.replace(signal, log=log),
    "with_another_ciphertext": lambda signal, log: altered(signal, ciphertext=bytes(80)),
    "with_another_nonce": lambda signal, log: altered(signal, nonce=bytes(12)),
    "with_another_index": lambda signal, log: altered(signal, index=0xFFFFFFFF),
    "with_another_session": lambda signal, log: altered(signal, session=bytes(32)),
    "of_an_unknown_device": lambda signal, log: altered(signal, sender=bytes(16)),
    "without_a_signature": lambda signal, log: altered(signal, signature=bytes(64)),
    "of_an_unknown_log": lambda signal, log: msgspec.structs.replace(signal, log=bytes(16)),
    "that_is_garbage": lambda signal, log: msgspec.structs.replace(signal, body=b"\xc1"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_hub_passes_off_a_signal(name):
    @scenario
    async def attack(world, clients):
        ann, bob = await talked(world, clients, "ann", "bob")
        await say(ann, "@bob", "psst")
        await until(lambda: texts(bob, "@ann") == ["psst"])
        log = bob._engine.state.log_of(bob.conversation("@ann"))
        wire = Wire(clients, bob, lambda signal: [LIES[name](signal, log)])
        stream = bob.events()
        types(ann, "#")
        await pause(1)
        assert wire.signals
        assert typing(stream) == []
        assert bob.is_online

    attack()


@scenario
async def test_a_hub_passes_off_a_member_as_another(world, clients):
    ann, bob, eve = await talked(world, clients, "ann", "bob", "eve")
    honest = eve._engine.now._signals._encrypted

    def forged(log, bare, key, plaintext):
        bare = msgspec.structs.replace(bare, sender=ann._engine.state.device)
        return honest(log, bare, key, plaintext)

    eve._engine.now._signals._encrypted = forged
    stream, wire = bob.events(), Wire(clients, bob)
    types(eve, "#")
    await pause(1)
    assert wire.signals
    assert typing(stream) == []


@scenario
async def test_a_hub_repeats_a_signal(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    wire = Wire(clients, bob)
    types(ann, "#")
    await pause(TYPING_LASTS_S + 1)
    stream = bob.events()
    wire.replace = lambda signal: [wire.signals[0], wire.signals[0]]
    types(ann, "#")
    await pause(1)
    assert typing(stream) == []


@scenario
async def test_a_hub_keeps_a_signal_for_later(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    wire = Wire(clients, bob, lambda signal: [])
    types(ann, "#")
    await pause(SIGNAL_MAX_AGE_S + 2)
    stream = bob.events()
    wire.replace = lambda signal: [wire.signals[0]]
    types(ann, "#")
    await pause(1)
    assert typing(stream) == []


@scenario
async def test_a_person_whose_key_has_changed_is_not_shown_typing(world, clients):
    from lanmsg.client.model import Trust
    from lanmsg.client.store.interface import StoredPerson

    ann, bob = await talked(world, clients, "ann", "bob")
    bob._engine.state.pins["ann"] = StoredPerson("ann", bytes(32), Trust.CHANGED)
    stream = bob.events()
    types(ann, "#")
    await pause(1)
    assert typing(stream) == []


# --- statuses --------------------------------------------------------------------------------


def status(client: Client, name: str) -> tuple[str, str]:
    person = client.person(name)
    return person.status.value, person.away_reason


@scenario
async def test_away_with_a_reason_is_seen_and_told_until_back(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    stream = bob.events()
    assert ann.away("  at lunch,\nback at 2 ") == 0
    assert status(ann, "ann") == ("away", "at lunch, back at 2")
    await pause(1)
    assert status(bob, "ann") == ("away", "at lunch, back at 2")
    assert bob.person("ann").is_online
    assert abs(bob.person("ann").since_ms - world.now_ms()) < 2000
    ann.back()
    await pause(1)
    assert status(bob, "ann") == status(ann, "ann") == ("online", "")
    told = [(event.handle, event.status, event.reason) for event in taken(stream, StatusChanged)]
    assert told == [
        ("ann", PersonStatus.AWAY, "at lunch, back at 2"),
        ("ann", PersonStatus.ONLINE, ""),
    ]


@scenario
async def test_who_comes_later_sees_the_status_and_with_the_key_the_reason(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    bobs = clients.machines["bob"]
    await clients.close(bob)
    ann.away("at lunch")
    await pause(1)
    bob = await clients.open(bobs)
    assert status(bob, "ann") == ("away", "at lunch")
    cid = await clients.open(world.machine("cid"))
    assert status(cid, "ann") == ("away", "")


@scenario
async def test_the_hub_can_not_read_a_reason(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    ann.away("at the dentist")
    await pause(1)
    [presence] = [each for each in bob._engine.state.presence.values() if each.note]
    assert b"dentist" not in presence.note
    body = decode_signal_body(presence.note)
    assert len(body.ciphertext) - 16 in SIGNAL_PADDING_STEPS


@scenario
async def test_a_reason_that_nobody_can_read_is_said_to_be_so(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    assert ann.away("at lunch") == 1
    await pause(1)
    assert status(bob, "ann") == ("away", "")
    await say(ann, "#", "this brings the key")
    await until(lambda: status(bob, "ann") == ("away", "at lunch"))
    assert ann.away("at tea") == 0


@scenario
async def test_quiet_hours_are_seen_by_others_unless_a_status_was_chosen(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    now = datetime.fromtimestamp(world.now_ms() / 1000, tz=UTC).astimezone()
    minute = now.hour * 60 + now.minute
    await ann.set_quiet_hours(QuietHours((minute + 2) % 1440, (minute + 10) % 1440))
    await pause(30)
    assert status(bob, "ann") == ("online", "")
    await pause(120)
    assert status(bob, "ann")[0] == status(ann, "ann")[0] == "do_not_disturb"
    ann.back()
    await pause(1)
    assert status(bob, "ann")[0] == "online"
    ann.away()
    await pause(600)
    assert status(bob, "ann")[0] == "away"
    ann.back()
    await ann.set_quiet_hours(QuietHours((minute + 5) % 1440, (minute + 60) % 1440))
    await pause(1)
    assert status(bob, "ann")[0] == "do_not_disturb"
    await ann.set_quiet_hours(None)
    await pause(1)
    assert status(bob, "ann")[0] == "online"


@scenario
async def test_somebody_who_is_ignored_is_not_shown_typing(world, clients):
    ann, bob, cid = await talked(world, clients, "ann", "bob", "cid")
    events = cid.events()
    await cid.ignore("ann")
    types(ann, "#")
    types(bob, "#")
    await pause(1)
    assert typing(events) == [("bob", True)]


@scenario
async def test_typing_is_seen_in_groups_and_rooms_by_their_members_alone(world, clients):
    ann, bob, cid, eve = await join(world, clients, "ann", "bob", "cid", "eve")
    await ann.create_room("kitchen")
    for member in (bob, cid):
        await member.join_room("kitchen")
    await until(lambda: len(ann.members(ann.conversation("@kitchen"))) == 3)
    for target in ("@kitchen", "@bob,@cid"):
        await say(ann, target, "hello")
        await until(lambda target=target: not ann.waiting)
        await pause(1)
        events = {each.handle: each.events() for each in (bob, cid, eve)}
        types(ann, target)
        await pause(1)
        seen = {name: typing(stream) for name, stream in events.items()}
        assert seen == {"bob": [("ann", True)], "cid": [("ann", True)], "eve": []}
        await pause(TYPING_LASTS_S)


@scenario
async def test_a_reason_that_is_too_long_changes_nothing(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    with pytest.raises(LocalError, match="at most"):
        ann.away("x" * (MAX_AWAY_REASON_CODE_POINTS + 1))
    await pause(1)
    assert status(bob, "ann") == status(ann, "ann") == ("online", "")
    assert ann.away("\U0010ffff" * MAX_AWAY_REASON_CODE_POINTS) == 0


@scenario
async def test_a_status_outlives_the_connection_and_the_hub(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    ann.away("at lunch")
    await pause(1)
    world.crash_hub()
    world.start_hub()
    await until(lambda: ann.is_online and bob.is_online)
    await until(lambda: status(bob, "ann") == ("away", "at lunch"))


@scenario
async def test_a_status_chosen_offline_is_told_once_the_hub_is_back(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    world.crash_hub()
    ann.do_not_disturb()
    world.start_hub()
    await until(lambda: bob.is_online and status(bob, "ann") == ("do_not_disturb", ""))


@scenario
async def test_who_touches_nothing_is_idle_until_the_next_key(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    idle_after_s = ann._settings.idle_after_s
    ann.touched()
    await pause(idle_after_s - 10)
    ann.touched()
    await pause(idle_after_s - 10)
    assert status(bob, "ann") == ("online", "")
    await pause(12)
    assert status(bob, "ann") == ("idle", "")
    ann.touched()
    await pause(1)
    assert status(bob, "ann") == ("online", "")
    assert status(ann, "bob") == ("online", "")  # no key was ever pressed there: a bot is never idle


@scenario
async def test_idle_hides_neither_away_nor_do_not_disturb(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    ann.touched()
    ann.away("at lunch")
    await pause(ann._settings.idle_after_s + 5)
    assert status(bob, "ann") == ("away", "at lunch")
    ann.back()
    await pause(1)
    assert status(bob, "ann") == ("idle", "")


@scenario
async def test_a_hub_passes_off_a_reason_as_somebody_elses(world, clients):
    ann, bob, cid = await talked(world, clients, "ann", "bob", "cid")
    notes = {}

    def swap(frame):
        if isinstance(frame, Presence):
            for person in frame.people:
                notes.setdefault(person.user, person.note)
            note = next((each for each in notes.values() if each), b"")
            people = [msgspec.structs.replace(each, status=2, note=note) for each in frame.people]
            return [Presence(people)]
        return [frame]

    clients.machines["bob"].attack = swap
    cid.away("at lunch")
    await pause(1)
    ann.do_not_disturb()
    await pause(1)
    assert status(bob, "cid") == ("away", "at lunch")
    assert status(bob, "ann") == ("away", "")


@scenario
async def test_a_hub_shows_an_older_reason_again(world, clients):
    ann, bob = await talked(world, clients, "ann", "bob")
    notes = []

    def repeat(frame):
        if isinstance(frame, Presence):
            notes.extend(person.note for person in frame.people if person.note)
            if len(notes) > 1:
                return [Presence([msgspec.structs.replace(each, note=notes[0]) for each in frame.people])]
        return [frame]

    clients.machines["bob"].attack = repeat
    ann.away("yesterday's reason")
    await pause(1)
    assert status(bob, "ann")[1] == "yesterday's reason"
    clients.machines["bob"].attack = None
    ann.away("today's reason")
    await pause(1)
    assert status(bob, "ann")[1] == "today's reason"
    clients.machines["bob"].attack = repeat
    notes.append(notes[0])
    ann.away("tomorrow's reason")
    await pause(1)
    assert status(bob, "ann")[1] == ""
