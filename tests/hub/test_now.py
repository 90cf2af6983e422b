"""Statuses and signals: passed on to whom they concern, kept nowhere, never more than somebody can take."""

import pytest

from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire.frames import (
    Frame,
    OpenDirect,
    PersonPresence,
    Ping,
    Pong,
    Presence,
    Refused,
    SetStatus,
    Signal,
)
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import (
    MAX_SIGNAL_BYTES,
    MAX_SIGNAL_PEOPLE,
    PRESENCE_INTERVAL_S,
    SIGNAL_QUEUE_BYTES,
    SIGNALS_BURST,
    SIGNALS_PER_SECOND,
    STATUSES_BURST,
)
from lanmsg.wire.status import Status
from lanmsg.wire.token_bucket import TokenBucket

from .lab import START_MS, Device, Lab, Peer, settle, virtual

BODY = b"sealed"


async def three(lab: Lab) -> tuple[Peer, Peer, Peer]:
    """Let ann, bob and cid join; ann and bob have a direct chat."""
    ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
    await ann.ask(OpenDirect(bob.device.user))
    await settle(1)
    for peer in (ann, bob, cid):
        peer.take(Frame)
    return ann, bob, cid


def last_presence(peer: Peer) -> PersonPresence:
    return peer.all(Presence)[-1].people[-1]


# --- signals ---------------------------------------------------------------------------------


@virtual
async def test_a_signal_reaches_the_other_readers_as_it_came() -> None:
    async with Lab() as lab:
        ann, bob, cid = await three(lab)
        signal = Signal(lab.everyone, BODY)
        await ann.ask(signal)
        assert (ann.take(Signal), bob.take(Signal), cid.take(Signal)) == ([], [signal], [signal])
        signal = Signal(lab.direct(ann.device, bob.device), BODY)
        await ann.ask(signal)
        assert (bob.take(Signal), cid.take(Signal)) == ([signal], [])


@virtual
async def test_a_signal_reaches_the_senders_other_devices() -> None:
    async with Lab() as lab:
        ann, _, _ = await three(lab)
        second = await lab.join("laptop", owner=ann.device)
        await ann.ask(Signal(lab.everyone, BODY))
        assert len(second.all(Signal)) == 1
        assert ann.all(Signal) == []


@pytest.mark.parametrize("log", ["direct of others", "inbox of others", "own inbox", "directory", "none"])
@virtual
async def test_a_signal_for_what_is_no_conversation_of_ours_reaches_nobody(log: str) -> None:
    async with Lab() as lab:
        ann, bob, cid = await three(lab)
        target = {
            "direct of others": lab.direct(ann.device, bob.device),
            "inbox of others": lab.inbox(ann.device.id),
            "own inbox": lab.inbox(cid.device.id),
            "directory": lab.directory,
            "none": LogId(bytes(16)),
        }[log]
        await cid.ask(Signal(target, BODY), Ping())
        assert [peer.all(Signal) for peer in (ann, bob, cid)] == [[], [], []]
        assert cid.all(Refused) == []
        assert cid.all(Pong)


@virtual
async def test_nothing_of_a_signal_or_a_status_is_stored() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        assert isinstance(lab.storage, MemoryStorage)
        before, entries = lab.hub.statistics().jobs, lab.hub.statistics().entries
        await ann.ask(Signal(lab.everyone, BODY), SetStatus(Status.AWAY, BODY))
        await settle(30)
        assert bob.all(Signal)
        assert (lab.hub.statistics().jobs, lab.hub.statistics().entries) == (before, entries)


@virtual
async def test_signals_beyond_the_rate_are_dropped_without_a_word() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(*[Signal(lab.everyone, BODY)] * (3 * SIGNALS_BURST))
        assert len(bob.take(Signal)) == SIGNALS_BURST
        assert ann.all(Refused) == []
        await settle(1 / SIGNALS_PER_SECOND)
        await ann.ask(*[Signal(lab.everyone, BODY)] * 2)
        assert len(bob.take(Signal)) == 1


@virtual
async def test_a_new_connection_is_no_way_around_the_rate() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(*[Signal(lab.everyone, BODY)] * SIGNALS_BURST)
        bob.take(Signal)
        again = await lab.log_in(ann.device)
        await again.ask(Signal(lab.everyone, BODY))
        assert bob.all(Signal) == []


@virtual
async def test_who_does_not_read_misses_signals_and_nothing_else() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        reader = lab.hub.fan_out.device(bob.device.id)
        assert reader is not None
        reader.outgoing.queued_bytes += SIGNAL_QUEUE_BYTES + 1
        await ann.ask(Signal(lab.everyone, BODY))
        assert bob.all(Signal) == []
        reader.outgoing.queued_bytes -= SIGNAL_QUEUE_BYTES + 1
        await ann.ask(Signal(lab.everyone, BODY))
        assert len(bob.all(Signal)) == 1


@virtual
async def test_in_a_hall_signals_are_not_passed_on() -> None:
    async with Lab() as lab:
        lab.hub.pace.enrolments = TokenBucket(per_second=0, burst=1, now_s=0)
        ann, bob = await lab.join("ann"), await lab.join("bob")
        peer = await lab.greet()
        await peer.ask(*(Device(f"p{number}").enrol() for number in range(MAX_SIGNAL_PEOPLE - 2)))
        await ann.ask(Signal(lab.everyone, BODY))
        assert len(bob.take(Signal)) == 1
        await peer.ask(Device("one more").enrol())
        await peer.ask(Device("onemore").enrol())
        await ann.ask(Signal(lab.everyone, BODY))
        assert bob.take(Signal) == []


@virtual
async def test_a_signal_that_is_too_large_costs_the_connection() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(Signal(lab.everyone, bytes(MAX_SIGNAL_BYTES + 1)))
        assert ann.bye == "malformed"
        assert bob.all(Signal) == []


# --- statuses --------------------------------------------------------------------------------


@virtual
async def test_everybody_hears_of_a_status_and_a_newcomer_too() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(SetStatus(Status.AWAY, BODY))
        at_ms = START_MS + int(lab.loop.time() * 1000)
        await settle(PRESENCE_INTERVAL_S + 0.01)
        away = last_presence(bob)
        assert (away.user, away.online, away.status, away.note) == (ann.device.user, True, Status.AWAY, BODY)
        assert abs(away.since_ms - at_ms) < 10
        dan = await lab.join("dan")
        told = {person.user: person for frame in dan.all(Presence) for person in frame.people}
        assert told[ann.device.user] == away
        await ann.ask(SetStatus(Status.ONLINE))
        await settle(1)
        back = last_presence(bob)
        assert (back.status, back.since_ms, back.note) == (Status.ONLINE, 0, b"")


@virtual
async def test_a_status_that_is_said_again_keeps_its_time() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(SetStatus(Status.AWAY))
        await settle(1)
        since_ms = last_presence(bob).since_ms
        await settle(10)
        await ann.ask(SetStatus(Status.AWAY, BODY))
        await settle(1)
        assert (last_presence(bob).since_ms, last_presence(bob).note) == (since_ms, BODY)


@virtual
async def test_a_status_ends_with_its_connection() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(SetStatus(Status.DO_NOT_DISTURB))
        await settle(1)
        await lab.log_in(ann.device)
        await settle(1)
        assert last_presence(bob).status == Status.ONLINE


@virtual
async def test_a_second_device_takes_over_and_hands_back() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(SetStatus(Status.IDLE))
        await settle(1)
        second = await lab.join("laptop", owner=ann.device)
        await settle(1)
        assert last_presence(bob).status == Status.ONLINE
        second.link.close()
        await settle(1)
        assert (last_presence(bob).online, last_presence(bob).status) == (True, Status.IDLE)


@virtual
async def test_who_changes_all_the_time_is_told_of_now_and_then_and_rightly_at_the_end() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        for number in range(100):
            await ann.ask(SetStatus(number % 4, b"%d" % number))
            await settle(PRESENCE_INTERVAL_S)
        heard = len(bob.all(Presence))
        await settle(10)
        assert heard <= STATUSES_BURST + 2 * 100 * PRESENCE_INTERVAL_S / 3 + 1
        assert last_presence(bob).note == b"99"
        assert ann.all(Refused) == []


@virtual
async def test_a_status_nobody_knows_counts_as_online() -> None:
    async with Lab() as lab:
        ann, bob, _ = await three(lab)
        await ann.ask(SetStatus(Status.AWAY))
        await settle(1)
        await ann.ask(SetStatus(77))
        await settle(1)
        assert last_presence(bob).status == Status.ONLINE
