"""The hub as a whole: one connection a device, slow readers, broken disks, stopping and starting."""

import asyncio
from pathlib import Path

import pytest

from lanmsg.hub import fan_out
from lanmsg.hub.hub import FAREWELL_TIMEOUT_S, HubStatistics
from lanmsg.hub.jobs import BookkeepingJob, InviteJob
from lanmsg.hub.storage.interface import StorageFailed
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.wire import limits
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import (
    Ack,
    Appended,
    Bye,
    Challenge,
    Entries,
    Fetch,
    Heads,
    Hello,
    OpenDirect,
    Ping,
    Pong,
    Presence,
    Welcome,
)
from lanmsg.wire.token_bucket import TokenBucket

from .lab import CERTIFICATE_HASH, Device, Lab, Peer, invite, settle, virtual

LARGE = bytes(limits.MAX_BODY_BYTES - 200)


# --- crowds ----------------------------------------------------------------------------------


@virtual
async def test_what_gathers_while_a_crowd_is_served_goes_out_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fan_out, "SLICE_CONNECTIONS", 1)  # six are a crowd, and take six ticks
    async with Lab() as lab:
        people = [await lab.join(name) for name in ("ann", "bob", "cid", "dan", "eve", "fay")]
        for person in people:
            person.send(person.message(lab.everyone))
            await asyncio.sleep(0)
        await settle()
        assert lab.hub.published.logs[lab.everyone].seq == len(people)
        assert [len(person.entries(lab.everyone)) for person in people] == [len(people)] * len(people)


# --- one connection a device -----------------------------------------------------------------


@virtual
async def test_a_new_login_displaces_the_older_connection() -> None:
    async with Lab() as lab:
        old = await lab.join("ann")
        new = await lab.log_in(old.device)
        assert (old.bye, old.last(Bye).retry_after_ms) == (Code.DISPLACED, -1)
        assert old.lost
        await settle(60 - limits.DEAD_AFTER_S)
        assert new.lost is None
        assert lab.hub.statistics().logged_in == 1
        await new.ask(new.message(lab.everyone))
        assert new.all(Appended)


@virtual
async def test_nobody_is_displaced_before_the_login_is_proved() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        mallory = await lab.greet(ann.device)
        await mallory.login(certificate_hash=bytes(32))
        assert mallory.bye == Code.BAD_SIGNATURE
        await ann.ask(Ping())
        assert ann.all(Pong)


@virtual
async def test_of_two_logins_of_one_device_at_once_one_stays() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        one, two = await lab.greet(Device("ann")), await lab.greet(Device("ann"))
        for peer in (one, two):
            peer.send(peer.device.login(peer.last(Challenge), peer.nonce))
        await settle()
        assert [peer.lost is None for peer in (one, two)].count(True) == 1
        assert lab.hub.statistics().logged_in == 1


@virtual
async def test_messages_of_the_displaced_connection_are_counted_by_the_new_one() -> None:
    async with Lab() as lab:
        old = await lab.join("ann")
        new = await lab.greet(old.device)
        old.send(*(old.message(lab.everyone) for _ in range(5)))
        new.send(new.device.login(new.last(Challenge), new.nonce))
        await settle()
        head = new.head(lab.everyone)
        seqs = set(range(1, head.seq + 1)) | set(new.entries(lab.everyone))
        assert head.counter == 5
        assert seqs == {1, 2, 3, 4, 5}


@virtual
async def test_the_older_connection_writes_nothing_once_the_new_one_has_proved_itself() -> None:
    """Or the new one would be told a counter that is used already."""
    async with Lab() as lab:
        old = await lab.join("ann")
        new = await lab.greet(old.device)
        new.send(new.device.login(new.last(Challenge), new.nonce))
        old.send(*(old.message(lab.everyone) for _ in range(5)))
        await settle()
        assert new.head(lab.everyone).counter == lab.hub.published.logs[lab.everyone].seq == 0


@virtual
async def test_displacing_does_not_flicker() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await settle(1)
        bob.take(Presence)
        await lab.log_in(ann.device)
        await settle(10)
        assert bob.all(Presence) == []


@virtual
async def test_presence_of_people_who_come_and_go() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await settle(1)
        bob.take(Presence)
        ann.link.close()
        left_ms = lab.now_ms()
        await settle(limits.OFFLINE_GRACE_S + 1)
        (presence,) = bob.all(Presence)
        assert [(each.user, each.online) for each in presence.people] == [(ann.device.user, False)]
        assert abs(presence.people[0].last_seen_ms - left_ms) < 10
        await lab.restart()
        cid = await lab.join("cid")
        known = {each.user: each for each in cid.all(Presence)[0].people}
        assert known[ann.device.user] == presence.people[0]


# --- the gate --------------------------------------------------------------------------------


class FakeGate:
    def __init__(self) -> None:
        self.events: list[str] = []

    def authenticated(self, address: str) -> None:
        self.events.append("authenticated")

    def lost(self, address: str) -> None:
        self.events.append("lost")


@virtual
async def test_the_gate_hears_exactly_one_word_for_each_link() -> None:
    async with Lab() as lab:
        gate = lab.hub.gate = FakeGate()
        ann = await lab.join("ann")
        await lab.log_in(ann.device)
        assert gate.events == ["lost", "authenticated", "authenticated"]
        stranger = await lab.connect()
        stranger.link.send(b"\0\0\0\1\xc1")
        await settle(30)
        assert gate.events[3:] == ["lost"]


# --- slow readers ----------------------------------------------------------------------------


async def fall_behind(lab: Lab, writer: Peer, reader: Peer) -> None:
    reader.link.stall()
    for _ in range(limits.OUTBOUND_QUEUE_BYTES // len(LARGE) + 2):
        await writer.ask(writer.message(lab.everyone, LARGE))
    assert lab.hub.statistics().behind == 1


@virtual
async def test_a_slow_reader_gets_heads_when_it_catches_up_and_loses_nothing() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        await fall_behind(lab, ann, bob)
        await ann.ask(*(ann.message(lab.everyone, b"missed") for _ in range(10)))
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct), ann.device_message(bob.device.id))
        total = lab.hub.published.logs[lab.everyone].seq
        assert len(cid.entries(lab.everyone)) == total
        bob.link.resume()
        await settle()
        assert lab.hub.statistics().behind == 0
        assert bob.head(lab.everyone).seq == total
        assert (bob.head(direct).seq, bob.head(lab.inbox(bob.device.id)).seq) == (1, 1)
        seen = len(bob.entries(lab.everyone))
        assert seen < total
        for log, after in [(lab.everyone, seen), (direct, 0), (lab.inbox(bob.device.id), 0)]:
            await bob.fetch(log, after)
        assert set(bob.entries(lab.everyone)) == set(range(1, total + 1))
        await ann.ask(ann.message(lab.everyone, b"live again"))
        assert max(bob.entries(lab.everyone)) == total + 1


@virtual
async def test_fetches_wait_while_a_reader_is_behind() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await fall_behind(lab, ann, bob)
        await settle(1)
        await bob.ask(Fetch(lab.everyone, 3), Fetch(lab.directory, 0))
        session = lab.hub.session_of(bob.device.id)
        assert session is not None
        unsent = session.link.unsent_bytes
        await settle(5)
        assert session.link.unsent_bytes == unsent
        bob.link.resume()
        await settle(1)
        pages = [(page.log, page.first_seq) for page in bob.all(Entries)]
        assert pages[-2:] == [(lab.everyone, 4), (lab.directory, 1)]


@virtual
async def test_who_pings_but_never_reads_is_closed_as_stuck() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await fall_behind(lab, ann, bob)
        for _ in range(int(limits.STUCK_AFTER_S / 5) + 1):
            assert bob.lost is None
            await settle(5)
            bob.send(Ping())
            ann.send(Ping())
        assert bob.lost
        assert ann.lost is None
        assert lab.hub.statistics().logged_in == 1
        again = await lab.log_in(bob.device)
        page = await again.fetch(lab.everyone)
        assert page.first_seq == 1


@virtual
async def test_who_is_slow_but_reads_is_not_closed() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        for _ in range(5):
            await fall_behind(lab, ann, bob)
            await settle(30)
            ann.send(Ping())
            bob.send(Ping())
            bob.link.resume()
            await settle(10)
        assert bob.lost is None


@virtual
async def test_who_asks_and_never_reads_the_answers_is_closed() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        bob.link.stall()
        for _ in range(20):
            bob.send(*[Fetch(bytes(16), 0)] * 5000)  # each refused with a sentence
            await settle()
        await settle(1)
        assert bob.lost
        await ann.ask(Ping())
        assert ann.all(Pong)


@virtual
async def test_a_batch_larger_than_a_queue_reaches_even_fast_readers_by_fetching() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        ann.send(OpenDirect(bob.device.user), *(ann.message(lab.everyone, LARGE) for _ in range(30)))
        await settle()
        live = len(bob.entries(lab.everyone))
        assert live < 30
        assert bob.head(lab.everyone).seq == 30
        while live < 30:
            await bob.fetch(lab.everyone, live)
            live = len(bob.entries(lab.everyone))
        await ann.ask(ann.message(lab.everyone))
        assert 31 in bob.entries(lab.everyone)


@virtual
async def test_many_heads_are_cut_into_frames() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        count = limits.MAX_HEADS_PER_FRAME + 5
        lab.hub.pace.enrolments = TokenBucket(per_second=0, burst=1, now_s=0)  # no limit
        peer = await lab.greet()
        devices = [Device(f"p{number}") for number in range(count)]
        for start in range(0, count, 100):
            await peer.ask(*(device.enrol() for device in devices[start : start + 100]))
        bob = await lab.join("bob")
        for start in range(0, count, 100):
            await ann.ask(*(OpenDirect(device.user) for device in devices[start : start + 100]))
        again = await lab.log_in(ann.device)
        assert [len(frame.heads) for frame in again.all(Heads)] == [limits.MAX_HEADS_PER_FRAME, 9]
        assert again.last(Welcome).log_count == limits.MAX_HEADS_PER_FRAME + 9
        await fall_behind(lab, bob, again)
        again.take(Heads)
        for device in devices:
            lab.hub.session_of(ann.device.id).outgoing.missed.add(lab.direct(ann.device, device))
        again.link.resume()
        await settle()
        assert [len(frame.heads) for frame in again.all(Heads)] == [limits.MAX_HEADS_PER_FRAME, 6]


# --- broken disks ----------------------------------------------------------------------------


class BreakingStorage(MemoryStorage):
    is_broken = False

    def add_entries(self, entries: object) -> None:
        if self.is_broken:
            raise StorageFailed("disk on fire")
        super().add_entries(entries)


@virtual
async def test_after_a_disk_failure_nothing_is_acknowledged_or_sent() -> None:
    storage = BreakingStorage()
    async with Lab(storage=storage) as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        ann.take(Entries)
        bob.take(Entries)
        storage.is_broken = True
        await ann.ask(*(ann.message(lab.everyone) for _ in range(3)))
        await ann.ask(ann.message(lab.everyone), Fetch(lab.everyone, 0), Ack(lab.everyone, 1))
        await settle(5)
        assert [str(error) for error in lab.failures] == ["disk on fire"]
        assert ann.all(Appended) == bob.all(Entries) == ann.all(Entries) == []
        lab.failures.clear()


# --- stopping and starting -------------------------------------------------------------------


@virtual
async def test_stopping_says_goodbye_finishes_and_saves() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        stranger = await lab.connect()
        await ann.ask(ann.message(lab.everyone))
        bob.send(Ack(lab.everyone, 1))
        ann.send(ann.message(lab.everyone))
        await settle()
        await lab.hub.close()
        for peer in (ann, bob, stranger):
            assert peer.bye == Code.SHUTTING_DOWN
            assert peer.last(Bye).retry_after_ms > 0
            assert peer.lost
        state = lab.storage.load()
        assert [(cursor.device, cursor.seq) for cursor in state.cursors] == [(bob.device.id, 1)]
        assert set(state.last_seen_ms) == {ann.device.user, bob.device.user}
        assert lab.hub.statistics().connections == 0
        lab.start()


@virtual
async def test_what_is_queued_is_committed_before_the_hub_has_closed() -> None:
    async with Lab() as lab:
        done: list[object] = []
        count = 3 * limits.COMMIT_BATCH_ENTRIES
        for number in range(count):
            job = BookkeepingJob([], {}, {Device("ann").user: number})
            lab.hub.queue.put(job, done.append)
        await lab.hub.close()
        assert len(done) == count
        assert lab.storage.load().last_seen_ms == {Device("ann").user: count - 1}
        lab.start()


@virtual
async def test_a_stuck_reader_does_not_hold_up_the_stop() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        ann.link.stall()
        start_s = lab.loop.time()
        await lab.hub.close()
        assert lab.loop.time() - start_s <= FAREWELL_TIMEOUT_S + 0.01
        await settle(10)
        lab.start()


@virtual
async def test_stopping_with_a_broken_disk_ends() -> None:
    storage = BreakingStorage()
    async with Lab(storage=storage) as lab:
        ann = await lab.join("ann")
        storage.is_broken = True
        await ann.ask(ann.message(lab.everyone))
        await lab.hub.close()
        assert len(lab.failures) == 1
        lab.failures.clear()
        lab.storage = storage.copy_durable()
        lab.storage.is_broken = False
        lab.start()


@virtual
async def test_a_restart_changes_nothing_for_a_client() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann", keys=3), await lab.join("bob")
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct), ann.message(lab.everyone), ann.device_message(bob.device.id))
        await bob.ask(Ack(direct, 1))
        await settle(2)
        before = await lab.log_in(ann.device)
        await lab.restart()
        after = await lab.log_in(ann.device)
        assert after.all(Heads) == before.all(Heads)
        assert after.frames[1].stock == before.frames[1].stock
        assert (await after.fetch(lab.directory)).items == (await after.fetch(lab.directory)).items
        await after.ask(after.message(direct))
        assert after.last(Appended).seq == 2


@virtual
async def test_the_hub_runs_on_sqlite(tmp_path: Path) -> None:
    storage = SqliteStorage.open(tmp_path)
    async with Lab(storage=storage) as lab:
        ann, bob = await lab.join("ann", keys=3), await lab.join("bob")
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        messages = [ann.message(direct), ann.message(lab.everyone)]
        await ann.ask(*messages, *messages)
        assert len(ann.all(Appended)) == 4
        await bob.ask(Ack(direct, 1))
        await lab.hub.close()
        storage.close()
        lab.storage = storage = SqliteStorage.open(tmp_path)
        lab.start()
        bob = await lab.log_in(bob.device)
        heads = [(head.kind, head.seq) for head in bob.all(Heads)[0].heads]
        assert heads == [(4, 0), (1, 4), (2, 1), (7, 0), (3, 1)]
        assert (await bob.fetch(direct)).first_seq == 1
        ann = await lab.log_in(ann.device)
        await ann.ask(*messages)
        assert [done.seq for done in ann.all(Appended)] == [1, 1]
        await lab.hub.close()
        storage.close()
        lab.storage = SqliteStorage.open(tmp_path)
        lab.start()


@virtual
async def test_figures() -> None:
    async with Lab() as lab:
        ann, _ = await lab.join("ann"), await lab.join("bob")
        await lab.connect()
        await ann.ask(ann.message(lab.everyone))
        figures = lab.hub.statistics()
        assert figures == HubStatistics(
            connections=3,
            logged_in=2,
            behind=0,
            users=2,
            logs=6,
            waiting_jobs=0,
            commits=figures.commits,
            jobs=figures.jobs,
            entries=5,
            deliveries=figures.deliveries,
        )
        assert figures.deliveries == 4  # two statements to ann, one message to both
        assert 5 <= figures.commits <= figures.jobs


@virtual
async def test_an_operator_puts_an_invite_into_the_queue() -> None:
    async with Lab() as lab:
        made = asyncio.get_running_loop().create_future()
        lab.hub.queue.put(InviteJob(invite(lab, b"s" * 16), lab.now_ms()), made.set_result)
        await made


@pytest.mark.parametrize("nonce", [bytes(32), CERTIFICATE_HASH])
@virtual
async def test_two_hellos_cost_the_link(nonce: bytes) -> None:
    async with Lab() as lab:
        peer = await lab.greet()
        await peer.ask(Hello(1, nonce))
        assert peer.bye == Code.PROTOCOL
