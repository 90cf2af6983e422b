"""Two people compare seven emoji over a real hub: it works, survives what goes wrong, and fools nobody."""

import asyncio

import msgspec
import pytest

from lanmsg.client import (
    Alarm,
    AlarmKind,
    CancelReason,
    Client,
    MessageState,
    Trust,
    VerificationCancelled,
    VerificationDone,
    VerificationEmoji,
    VerificationRequested,
    VerificationStage,
)
from lanmsg.client.device_messages import (
    VerificationAccept,
    VerificationCancel,
    VerificationKey,
    VerificationMac,
    VerificationRequest,
)
from lanmsg.client.errors import PersonAway
from lanmsg.client.store.interface import StoredPerson
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.limits import VERIFICATION_TIMEOUT_S

from .test_state_lost import reopen, set_up_anew
from .world import join, say, scenario, second_device, taken, until

EVENTS = VerificationRequested | VerificationEmoji | VerificationDone | VerificationCancelled


class Watched:
    """A client, and what it tells about verifications."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.stream = client.events()

    @property
    def events(self):
        return [event for event in self.stream._waiting if isinstance(event, EVENTS)]

    async def sees(self, kind):
        """Wait for an event and return the newest of its kind."""
        await until(lambda: bool(taken(self.stream, kind)), why=lambda: f"{self.events}")
        return taken(self.stream, kind)[-1]

    def trust_in(self, name):
        return self.client.person(name).trust

    def reasons(self):
        return [event.reason for event in taken(self.stream, VerificationCancelled)]


async def two(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await here(ann, "bob")
    await here(bob, "ann")
    return Watched(ann), Watched(bob)


async def here(client, name):
    """Wait until the hub has said that somebody is here."""
    await until(lambda: client.person(name).is_online)


async def compare(one: Watched, other: Watched) -> None:
    """Come as far as the emoji."""
    await here(one.client, other.client.handle)
    await one.client.verify(other.client.handle)
    assert (await other.sees(VerificationRequested)).handle == one.client.handle
    await other.client.accept_verification(one.client.handle)
    await same_emoji(one, other)


async def same_emoji(one: Watched, other: Watched) -> None:
    """Wait until both show emoji, the same ones."""
    shown = await one.sees(VerificationEmoji), await other.sees(VerificationEmoji)
    assert shown[0].emoji == shown[1].emoji
    assert shown[0].names == shown[1].names
    assert len(shown[0].emoji) == 7


async def confirm(one: Watched, other: Watched) -> None:
    """Say on both sides that they are the same."""
    await one.client.confirm_emoji(other.client.handle)
    await other.client.confirm_emoji(one.client.handle)
    await one.sees(VerificationDone)
    await other.sees(VerificationDone)
    assert one.trust_in(other.client.handle) is other.trust_in(one.client.handle) is Trust.VERIFIED
    assert one.client.verifications() == other.client.verifications() == []


# --- how it goes -----------------------------------------------------------------------------


@scenario
async def test_two_people_compare_emoji_and_are_verified_ever_after(world, clients):
    ann, bob = await two(world, clients)
    await compare(ann, bob)
    assert ann.trust_in("bob") is Trust.FIRST_SEEN
    await confirm(ann, bob)
    client, _ = await reopen(clients, ann.client)
    assert client.person("bob").trust is Trust.VERIFIED
    await client.trust("bob")
    assert client.person("bob").trust is Trust.VERIFIED


@scenario
async def test_nobody_is_verified_before_both_have_said_so(world, clients):
    ann, bob = await two(world, clients)
    await compare(ann, bob)
    await ann.client.confirm_emoji("bob")
    await asyncio.sleep(60)
    assert ann.trust_in("bob") is bob.trust_in("ann") is Trust.FIRST_SEEN
    assert [each.stage for each in ann.client.verifications()] == [VerificationStage.WAITING]
    assert [each.stage for each in bob.client.verifications()] == [VerificationStage.COMPARING]


@scenario
async def test_the_verb_verify_is_an_answer_too(world, clients):
    ann, bob = await two(world, clients)
    await ann.client.verify("bob")
    await bob.sees(VerificationRequested)
    await bob.client.verify("ann")
    await bob.sees(VerificationEmoji)
    await ann.sees(VerificationEmoji)
    await confirm(ann, bob)


@pytest.mark.parametrize("delay_s", [0.001, 0.2])
def test_both_may_start_at_once(delay_s):
    @scenario
    async def both(world, clients):
        ann, bob = await two(world, clients)
        world.delay_s = delay_s
        await asyncio.gather(ann.client.verify("bob"), bob.client.verify("ann"))
        await same_emoji(ann, bob)
        assert ann.reasons() == bob.reasons() == []
        await confirm(ann, bob)

    both()


@scenario
async def test_what_cannot_be_verified_is_refused_in_words(world, clients):
    ann, bob = await two(world, clients)
    with pytest.raises(LocalError, match="that is you"):
        await ann.client.verify("ann")
    with pytest.raises(LocalError, match="has not asked"):
        await ann.client.accept_verification("bob")
    with pytest.raises(LocalError, match="nothing to compare"):
        await ann.client.confirm_emoji("bob")
    with pytest.raises(LocalError, match="no verification with bob"):
        await ann.client.cancel_verification("bob")
    await ann.client.verify("bob")
    with pytest.raises(LocalError, match="under way already"):
        await ann.client.verify("bob")
    await clients.close(bob.client)
    await asyncio.sleep(30)
    await ann.client.cancel_verification("bob")
    with pytest.raises(PersonAway, match="not here now"):
        await ann.client.verify("bob")
    await world.stop_hub()
    await until(lambda: not ann.client.is_online)
    with pytest.raises(LinkLost):
        await ann.client.verify("bob")


# --- the ends without a result ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_different", "reason"), [(True, CancelReason.DIFFERENT), (False, CancelReason.CALLED_OFF)]
)
@pytest.mark.parametrize("who", [0, 1])
def test_either_may_end_it_and_both_are_told_why(who, is_different, reason):
    @scenario
    async def end(world, clients):
        ann, bob = people = await two(world, clients)
        await compare(ann, bob)
        one, other = people[who], people[1 - who]
        await one.client.cancel_verification(other.client.handle, is_different=is_different)
        assert (await one.sees(VerificationCancelled)).by_us
        told = await other.sees(VerificationCancelled)
        assert (told.reason, told.by_us) == (reason, False)
        assert one.client.handle in told.text
        assert ann.trust_in("bob") is bob.trust_in("ann") is Trust.FIRST_SEEN
        ann, bob = Watched(ann.client), Watched(bob.client)
        await compare(ann, bob)
        await confirm(ann, bob)

    end()


@scenario
async def test_a_request_may_be_declined_and_taken_back(world, clients):
    ann, bob = await two(world, clients)
    await ann.client.verify("bob")
    await bob.sees(VerificationRequested)
    await bob.client.cancel_verification("ann")
    assert (await ann.sees(VerificationCancelled)).reason is CancelReason.CALLED_OFF
    await bob.client.verify("ann")
    await ann.sees(VerificationRequested)
    await bob.client.cancel_verification("ann")
    await until(lambda: len(ann.reasons()) == 2)
    assert ann.client.verifications() == bob.client.verifications() == []


@scenario
async def test_it_ends_after_ten_minutes_on_both_sides(world, clients):
    ann, bob = await two(world, clients)
    await compare(ann, bob)
    await asyncio.sleep(VERIFICATION_TIMEOUT_S + 10)
    assert ann.reasons() == bob.reasons() == [CancelReason.TIMEOUT]
    assert ann.client.verifications() == bob.client.verifications() == []


@scenario
async def test_an_old_request_is_not_shown(world, clients):
    ann, bob = await two(world, clients)
    machine = clients.machines["bob"]
    await clients.close(bob.client)
    await ann.client.verify("bob")  # the hub still says that bob is here
    await asyncio.sleep(VERIFICATION_TIMEOUT_S + 10)
    bob = Watched(client := machine.client())
    await client.__aenter__()
    clients._clients.append(client)
    await client.synced()
    assert ann.reasons() == [CancelReason.TIMEOUT]
    assert taken(bob.stream, VerificationRequested) == []
    assert client.verifications() == []


# --- several devices -------------------------------------------------------------------------


@scenario
async def test_the_first_device_that_accepts_takes_it_and_the_others_are_told(world, clients):
    ann, bob = await two(world, clients)
    other = Watched(await second_device(world, clients, "bob"))
    await until(lambda: ann.client.person("bob").devices == 2)
    await ann.client.verify("bob")
    await bob.sees(VerificationRequested)
    await other.sees(VerificationRequested)
    await other.client.accept_verification("ann")
    await ann.sees(VerificationEmoji)
    assert (await bob.sees(VerificationCancelled)).reason is CancelReason.ANSWERED_ELSEWHERE
    await confirm(ann, other)


@scenario
async def test_one_device_declines_for_the_person(world, clients):
    ann, bob = await two(world, clients)
    other = Watched(await second_device(world, clients, "bob"))
    await until(lambda: ann.client.person("bob").devices == 2)
    await ann.client.verify("bob")
    await other.sees(VerificationRequested)
    await bob.sees(VerificationRequested)
    await bob.client.cancel_verification("ann")
    assert (await ann.sees(VerificationCancelled)).reason is CancelReason.CALLED_OFF
    assert (await other.sees(VerificationCancelled)).reason is CancelReason.ANSWERED_ELSEWHERE


@scenario
async def test_both_may_start_at_once_with_several_devices_each(world, clients):
    ann, bob = await two(world, clients)
    ann2 = Watched(await second_device(world, clients, "ann"))
    bob2 = Watched(await second_device(world, clients, "bob"))
    await until(lambda: bob.client.person("ann").devices == ann.client.person("bob").devices == 2)
    await asyncio.gather(ann.client.verify("bob"), bob2.client.verify("ann"))
    await same_emoji(ann, bob2)
    await confirm(ann, bob2)
    await until(lambda: not ann2.client.verifications() and not bob.client.verifications())


# --- what goes wrong on the way --------------------------------------------------------------


@pytest.mark.parametrize("cut_after_s", [0.0, 0.002, 0.004, 0.006, 0.008, 0.012, 0.02])
def test_a_lost_connection_loses_no_step(cut_after_s):
    @scenario
    async def cut(world, clients):
        ann, bob = await two(world, clients)
        world.loop.call_later(cut_after_s, world.cut_links)
        await ann.client.verify("bob")
        await bob.sees(VerificationRequested)
        world.loop.call_later(cut_after_s, world.cut_links)
        await bob.client.accept_verification("ann")
        await ann.sees(VerificationEmoji)
        await bob.sees(VerificationEmoji)
        world.loop.call_later(cut_after_s, world.cut_links)
        await confirm(ann, bob)
        await until(lambda: not ann.client._engine.device_outbox.under_way)

    cut()


@scenario
async def test_who_starts_again_meanwhile_is_told_to_start_anew(world, clients):
    ann, bob = await two(world, clients)
    await compare(ann, bob)
    bob = Watched((await reopen(clients, bob.client))[0])
    await ann.client.confirm_emoji("bob")
    told = await ann.sees(VerificationCancelled)
    assert told.reason is CancelReason.UNKNOWN
    assert "/verify bob" in told.text
    await compare(Watched(bob.client), Watched(ann.client))


# --- attacks ---------------------------------------------------------------------------------


def inbox_of(watched: Watched, sender: Watched, content) -> None:
    """Let a device say something to another one, on a session of its own."""
    sender.client._engine.device_outbox.deliver(watched.client._engine.state.device, content)
    sender.client._engine.flush()


def transaction_of(watched: Watched):
    [verification] = watched.client._engine.between_devices.verifications._by_user.values()
    return verification.transaction


STRANGE = {
    "accept": lambda transaction: VerificationAccept(transaction, bytes(32)),
    "key": lambda transaction: VerificationKey(transaction, bytes(range(32))),
    "mac": lambda transaction: VerificationMac(transaction, bytes(32)),
    "cancel": lambda transaction: VerificationCancel(transaction, "different"),
}


@pytest.mark.parametrize("step", STRANGE)
@pytest.mark.parametrize("sender", ["eve", "bob"])
def test_a_step_of_a_stranger_or_of_another_device_of_theirs_changes_nothing(step, sender):
    @scenario
    async def attack(world, clients):
        ann, bob = await two(world, clients)
        if sender == "eve":
            stranger = Watched(await clients.open(world.machine("eve")))
        else:
            stranger = Watched(await second_device(world, clients, "bob"))
        await until(lambda: ann.client._engine.state.directory.size == len(stranger.client.people()))
        await ann.client.verify("bob")
        await bob.sees(VerificationRequested)
        await bob.client.accept_verification("ann")
        await same_emoji(ann, bob)
        inbox_of(ann, stranger, STRANGE[step](transaction_of(ann)))
        await asyncio.sleep(5)
        assert ann.reasons() == bob.reasons() == []
        await confirm(ann, bob)

    attack()


@pytest.mark.parametrize("step", ["accept", "key", "mac", "cancel"])
def test_steps_of_nothing_are_answered_once_and_change_nothing(step):
    @scenario
    async def attack(world, clients):
        ann, bob = await two(world, clients)
        inbox_of(ann, bob, STRANGE[step](bytes(16)))
        await asyncio.sleep(5)
        assert ann.events == bob.events == []
        assert ann.client._engine.device_outbox.under_way == 0

    attack()


def altering(watched: Watched, kind: type, change) -> None:
    """Let a device send other steps than it made: what a program that lies, or a man in the middle, sends."""
    outbox = watched.client._engine.device_outbox
    original = outbox.deliver

    def deliver(device, content):
        original(device, change(content) if isinstance(content, kind) else content)

    outbox.deliver = deliver


ALTERED = {
    "the key that was committed to": (VerificationKey, {"key": bytes(range(32))}),
    "a key that gives everybody the same secret": (VerificationKey, {"key": bytes(32)}),
    "the commitment": (VerificationAccept, {"commitment": bytes(32)}),
    "the mac": (VerificationMac, {"mac": bytes(32)}),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_step_ends_it_on_both_sides(what):
    kind, fields = ALTERED[what]

    @scenario
    async def attack(world, clients):
        ann, bob = await two(world, clients)
        altering(bob, kind, lambda step: msgspec.structs.replace(step, **fields))
        await ann.client.verify("bob")
        await bob.sees(VerificationRequested)
        await bob.client.accept_verification("ann")
        if kind is VerificationMac:
            await same_emoji(ann, bob)
            await bob.client.confirm_emoji("ann")
        told = await ann.sees(VerificationCancelled), await bob.sees(VerificationCancelled)
        assert [each.reason for each in told] == [CancelReason.FALSE_STEP] * 2
        assert ann.trust_in("bob") is bob.trust_in("ann") is Trust.FIRST_SEEN

    attack()


@scenario
async def test_the_requesters_altered_key_gives_other_emoji(world, clients):
    ann, bob = await two(world, clients)
    altering(ann, VerificationKey, lambda step: msgspec.structs.replace(step, key=bytes(range(32))))
    await ann.client.verify("bob")
    await bob.sees(VerificationRequested)
    await bob.client.accept_verification("ann")
    shown = await ann.sees(VerificationEmoji), await bob.sees(VerificationEmoji)
    assert shown[0].emoji != shown[1].emoji
    await ann.client.confirm_emoji("bob")  # a careless person: the macs do not fit either
    assert (await bob.sees(VerificationCancelled)).reason is CancelReason.FALSE_STEP
    assert bob.trust_in("ann") is Trust.FIRST_SEEN


@pytest.mark.parametrize("kind", [VerificationAccept, VerificationKey, VerificationMac])
def test_a_repeated_step_ends_it(kind):
    @scenario
    async def attack(world, clients):
        ann, bob = await two(world, clients)
        outbox = bob.client._engine.device_outbox
        original = outbox.deliver

        def twice(device, content):
            original(device, content)
            if isinstance(content, kind):
                original(device, content)

        outbox.deliver = twice
        await ann.client.verify("bob")
        await bob.sees(VerificationRequested)
        await bob.client.accept_verification("ann")
        if kind is VerificationMac:
            await same_emoji(ann, bob)
            await bob.client.confirm_emoji("ann")
        assert (await ann.sees(VerificationCancelled)).reason is CancelReason.FALSE_STEP
        assert ann.trust_in("bob") is Trust.FIRST_SEEN

    attack()


@scenario
async def test_many_requests_of_one_person_are_one_question(world, clients):
    ann, bob = await two(world, clients)
    for number in range(20):
        inbox_of(bob, ann, VerificationRequest(number.to_bytes(16, "big")))
    await bob.sees(VerificationRequested)
    await asyncio.sleep(5)
    assert len(bob.events) == 1
    assert len(bob.client.verifications()) == 1


@scenario
async def test_too_many_people_at_once_are_told_to_wait(world, clients):
    names = [f"guest{number}" for number in range(11)]
    bob, *guests = await join(world, clients, "bob", *names)
    bob, *guests = map(Watched, (bob, *guests))
    for guest in guests:
        await here(guest.client, "bob")
        await guest.client.verify("bob")
    await until(lambda: any(guest.reasons() for guest in guests))
    assert [reason for guest in guests for reason in guest.reasons()] == [CancelReason.BUSY]
    assert len(bob.client.verifications()) == 10


# --- a changed identity ----------------------------------------------------------------------


@scenario
async def test_a_changed_identity_of_a_verified_name_blocks_sending_until_verified_again(world, clients):
    ann, bob = await two(world, clients)
    await compare(ann, bob)
    await confirm(ann, bob)
    await clients.close(bob.client)
    set_up_anew(world)
    bob = Watched(await clients.open(world.machine("bob")))  # a new device after a loss, or somebody else
    client, _ = await reopen(clients, ann.client)
    ann = Watched(client)
    assert ann.trust_in("bob") is Trust.CHANGED
    with pytest.raises(LocalError, match="has changed"):
        await say(ann.client, "@bob", "is it you?")
    await compare(ann, bob)
    with pytest.raises(LocalError, match="has changed"):
        await say(ann.client, "@bob", "is it you?")
    await confirm(ann, bob)
    (message,) = await say(ann.client, "@bob", "it is you")
    assert (await ann.client.wait_sent(message.id, timeout_s=10)).state is not MessageState.FAILED


# --- our other devices -----------------------------------------------------------------------


@scenario
async def test_who_was_verified_on_one_device_is_verified_on_all_also_on_later_ones(world, clients):
    ann, bob = await two(world, clients)
    tablet = Watched(await second_device(world, clients, "ann"))
    await compare(ann, bob)
    await confirm(ann, bob)
    assert (await tablet.sees(VerificationDone)).handle == "bob"
    assert tablet.trust_in("bob") is Trust.VERIFIED
    later = await second_device(world, clients, "ann")
    await until(lambda: later.person("bob").trust is Trust.VERIFIED)


@scenario
async def test_a_verified_key_that_this_device_does_not_hold_is_an_alarm_and_stops_sending(world, clients):
    ann, bob = await two(world, clients)
    tablet = Watched(await second_device(world, clients, "ann"))
    pin = tablet.client._engine.state.pins["bob"]
    other = StoredPerson("bob", b"k" * 32, Trust.FIRST_SEEN)  # as if the hub had once shown another
    tablet.client._engine.state.pins["bob"] = other
    await compare(ann, bob)
    await confirm(ann, bob)
    alarm = await tablet.sees(Alarm)
    assert (alarm.kind, "Another device of yours has verified bob" in alarm.text) == (
        AlarmKind.IDENTITY_CHANGED,
        True,
    )
    assert tablet.trust_in("bob") is Trust.CHANGED
    assert pin.identity_key != other.identity_key
    with pytest.raises(LocalError, match="has changed"):
        await say(tablet.client, "@bob", "is it you?")
