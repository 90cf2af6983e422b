"""What the hub removes, in which order, and what who comes back is told."""

import asyncio

import pytest
from structlog.testing import capture_logs

from lanmsg.hub import pruner
from lanmsg.hub.jobs import AppendDone, PruneDone, PruneJob
from lanmsg.hub.pruner import SLICE_ENTRIES, STEP_MS
from lanmsg.hub.retention import DAY_MS, PRUNE_INTERVAL_S
from lanmsg.hub.settings import HubSettings
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import Entries, Fetch, FetchMembers, Heads, Members
from lanmsg.wire.ids import LogId
from lanmsg.wire.statements import Role

from .lab import Device, Lab, Peer, settle, virtual
from .test_log_writer import NOW_MS, Desk
from .test_rooms import House


def aged(desk: Desk, device: Device, log: LogId, counter: int, at_ms: int):
    """Make a message that comes at a time."""
    job = desk.message(device, log, counter)
    return type(job)(job.device, job.user, job.frame, at_ms, job.body)


def prune(
    desk: Desk, *, before_ms: int = 0, keep_bytes: int = 0, now_ms: int = 10 * NOW_MS
) -> list[PruneDone]:
    """Prune until nothing more is to go."""
    slices: list[PruneDone] = []
    while not slices or not slices[-1].is_finished:
        (done,) = desk.outcomes(PruneJob(before_ms, keep_bytes, now_ms))
        assert isinstance(done, PruneDone)
        slices.append(done)
        assert len(slices) < 1000
    return slices


def left(desk: Desk, log: LogId) -> list[int]:
    """Return the seqs of what can still be read."""
    run = desk.storage.read_run(log, 0, max_entries=10**6, max_bytes=10**9)
    return list(range(run.first_seq, run.first_seq + len(run.entries)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def people(desk: Desk) -> list[Device]:
    people = [Device(name) for name in ("ann", "bob", "cid")]
    desk.enrol(*people)
    return people


# --- what goes -------------------------------------------------------------------------------


def test_messages_older_than_a_time_go_and_the_rest_stays(desk: Desk, people: list[Device]) -> None:
    ann = people[0]
    for counter in range(1, 7):
        desk.commit(aged(desk, ann, desk.everyone, counter, 1000 * counter))
    head = desk.logs[desk.everyone].seq, desk.logs[desk.everyone].hash
    committed = desk.commit(PruneJob(4000, 0, 9000))
    assert left(desk, desk.everyone) == [4, 5, 6]
    assert (desk.logs[desk.everyone].seq, desk.logs[desk.everyone].hash) == head
    [pruned] = committed.changes.pruned
    assert (pruned.log, pruned.seq) == (desk.everyone, 3)
    assert pruned.hash == desk.storage.read_run(desk.everyone, 3, max_entries=1, max_bytes=1).previous


def test_directory_inboxes_and_accounts_stay(desk: Desk, people: list[Device]) -> None:
    ann, bob, _ = people
    account = desk.account(ann)
    desk.commit(desk.letter(ann, bob), desk.message(ann, account, 1), desk.message(ann, desk.everyone, 1))
    prune(desk, before_ms=10 * NOW_MS)
    assert left(desk, desk.inbox(bob)) == left(desk, account) == [1]
    assert left(desk, desk.directory) == list(range(1, desk.seq(desk.directory) + 1))
    assert left(desk, desk.everyone) == []


def test_by_size_the_oldest_of_all_conversations_go_first(desk: Desk, people: list[Device]) -> None:
    ann, bob, cid = people
    logs = [desk.everyone, desk.group(ann, bob, cid), desk.direct(ann, bob)]
    at_ms = NOW_MS
    for counter in range(1, 31):
        for log in logs:
            at_ms += STEP_MS
            desk.commit(aged(desk, ann, log, counter, at_ms))
    full = desk.storage.disk_use().used_bytes
    prune(desk, keep_bytes=full // 2, now_ms=at_ms + 1)
    assert full // 4 < desk.storage.disk_use().used_bytes <= full // 2
    gone = [30 - len(left(desk, log)) for log in logs]
    assert max(gone) - min(gone) <= 1
    assert min(gone) > 0


def test_a_hub_that_has_nothing_more_to_remove_stops_trying(desk: Desk, people: list[Device]) -> None:
    desk.commit(desk.message(people[0], desk.everyone, 1))
    slices = prune(desk, keep_bytes=1)
    assert left(desk, desk.everyone) == []
    assert slices[-1].is_finished
    assert prune(desk, keep_bytes=1)[-1].size_bytes > 1


def test_a_slice_is_small_and_another_follows(desk: Desk, people: list[Device]) -> None:
    count = 2 * SLICE_ENTRIES
    desk.commit(*(desk.message(people[0], desk.everyone, counter) for counter in range(1, count + 1)))
    slices = prune(desk, before_ms=NOW_MS + 1)
    assert max(each.entries for each in slices) <= SLICE_ENTRIES
    assert sum(each.entries for each in slices) == count
    assert left(desk, desk.everyone) == []


def test_looking_at_many_conversations_takes_several_slices(
    desk: Desk, people: list[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruner, "SLICE_ENTRIES", 2 * pruner.LOOK_COSTS)
    ann, bob, cid = people
    for counter, log in enumerate([desk.direct(ann, bob), desk.direct(ann, cid), desk.direct(bob, cid)], 1):
        sender = bob if counter == 3 else ann
        desk.commit(desk.message(sender, log, 1))
    assert len(prune(desk, before_ms=1)) > 1


def test_what_came_to_be_since_the_last_look_is_looked_at(desk: Desk, people: list[Device]) -> None:
    ann, bob, _ = people
    prune(desk, before_ms=1, now_ms=NOW_MS)
    log = desk.direct(ann, bob)
    desk.commit(desk.message(ann, log, 1), desk.message(ann, desk.everyone, 1))
    prune(desk, before_ms=NOW_MS + 1, now_ms=NOW_MS + 2)
    assert left(desk, log) == left(desk, desk.everyone) == []


# --- counters and resends --------------------------------------------------------------------


def test_a_message_sent_again_after_it_was_removed_is_not_stored_again(
    desk: Desk, people: list[Device]
) -> None:
    ann = people[0]
    jobs = [desk.message(ann, desk.everyone, counter) for counter in (1, 2, 3)]
    desk.commit(*jobs)
    prune(desk, before_ms=NOW_MS + 1)
    for each in (desk, desk.restarted()):
        for job in jobs:
            (refusal,) = each.outcomes(job)
            assert isinstance(refusal, Refusal)
            assert refusal.code is Code.PRUNED
        assert each.logs[desk.everyone].seq == 3
        (done,) = each.outcomes(each.message(ann, desk.everyone, 4))
        assert isinstance(done, AppendDone)


def test_a_used_counter_whose_message_is_here_is_out_of_order_not_removed(
    desk: Desk, people: list[Device]
) -> None:
    ann = people[0]
    desk.commit(aged(desk, ann, desk.everyone, 1, 1000), aged(desk, ann, desk.everyone, 2, 3000))
    prune(desk, before_ms=2000)
    assert desk.codes(desk.message(ann, desk.everyone, 1)) == [Code.PRUNED]
    assert desk.codes(desk.message(ann, desk.everyone, 2)) == [Code.OUT_OF_ORDER]


def test_a_message_sent_again_in_the_batch_that_removes_it_is_found(desk: Desk, people: list[Device]) -> None:
    job = desk.message(people[0], desk.everyone, 1)
    desk.commit(job)
    _, again, new = desk.outcomes(
        PruneJob(NOW_MS + 1, 0, NOW_MS + 2), job, desk.message(people[0], desk.everyone, 2)
    )
    assert isinstance(again, AppendDone | Refusal)
    assert isinstance(new, AppendDone)
    assert (again.seq if isinstance(again, AppendDone) else 1) == 1
    assert new.seq == 2


# --- rooms -----------------------------------------------------------------------------------


def test_who_is_in_a_room_can_be_read_when_its_messages_are_gone() -> None:
    house = House()
    house.say(house.ann)
    house.change(house.ann, (house.cid, Role.MEMBER))
    house.say(house.ann, 2)
    prune(house.desk, before_ms=NOW_MS + 1)
    after = house.restarted()
    assert left(after.desk, house.log) == []
    assert after.desk.storage.members_entry(house.log, 4) is not None
    assert after.code(house.bob, (house.dot, Role.MEMBER)) == "ok"


# --- over the wire ---------------------------------------------------------------------------


async def keep_days(lab: Lab, days: int) -> None:
    lab.hub.change_settings(HubSettings(keep_days=days))
    await settle()


async def three_days(lab: Lab) -> tuple[Peer, Device]:
    """Let Ann write one message a day; Bob was there before."""
    ann, bob = await lab.join("ann"), await lab.join("bob")
    bob.link.close()
    for _ in range(3):
        lab.skipped_ms += DAY_MS
        await ann.ask(ann.message(lab.everyone))
    return ann, bob.device


@virtual
async def test_who_comes_back_later_is_told_what_is_gone_and_gets_the_rest() -> None:
    async with Lab() as lab:
        _, bob = await three_days(lab)
        await keep_days(lab, 2)
        back = await lab.log_in(bob)
        head = back.head(lab.everyone)
        assert (head.base, head.pruned_seq, head.seq) == (0, 1, 3)
        run = await back.fetch(lab.everyone, head.pruned_seq)
        assert (run.first_seq, run.previous, len(run.items)) == (2, head.pruned_hash, 2)
        await lab.restart()
        assert (await lab.log_in(bob)).head(lab.everyone) == head


@virtual
async def test_a_page_that_begins_later_than_asked_comes_with_its_reason_before_it() -> None:
    async with Lab() as lab:
        ann, _ = await three_days(lab)
        await keep_days(lab, 2)
        ann.take(Heads)
        await ann.ask(Fetch(lab.everyone, 0))
        assert [type(frame) for frame in ann.frames] == [Heads, Entries]
        assert (ann.head(lab.everyone).pruned_seq, ann.last(Entries).first_seq) == (1, 2)
        ann.take(Heads)
        await ann.ask(Fetch(lab.everyone, 1))
        assert [type(frame) for frame in ann.frames] == [Entries]


@virtual
async def test_a_limit_holds_at_once_and_goes_on_to_hold() -> None:
    async with Lab() as lab:
        _, bob = await three_days(lab)
        log = lab.hub.published.logs[lab.everyone]
        await asyncio.sleep(2 * PRUNE_INTERVAL_S)
        assert log.pruned_seq == 0, "by itself a hub keeps everything"
        await keep_days(lab, 2)
        assert log.pruned_seq == 1
        lab.skipped_ms += DAY_MS
        await asyncio.sleep(2 * PRUNE_INTERVAL_S)
        assert log.pruned_seq == 2
        await lab.restart()
        lab.skipped_ms += DAY_MS
        await asyncio.sleep(2 * PRUNE_INTERVAL_S)
        assert (await lab.log_in(bob)).head(lab.everyone).pruned_seq == 3


@virtual
async def test_each_run_and_a_size_that_cannot_be_had_are_logged_once() -> None:
    async with Lab() as lab:
        await three_days(lab)
        with capture_logs() as lines:
            lab.hub.change_settings(HubSettings(keep_days=2))
            await settle()
            lab.hub.change_settings(HubSettings(keep_bytes=1))
            await asyncio.sleep(5 * PRUNE_INTERVAL_S)
        found = [line for line in lines if "prune" in line["event"]]
        assert [line["event"] for line in found] == ["pruned", "pruned", "cannot prune to size"]
        assert [line.get("entries") for line in found] == [1, 2, None]


@virtual
async def test_who_is_put_out_reads_who_was_in_until_then_and_no_more() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        log = lab.room("kitchen")
        await ann.ask(ann.members(log, (bob.device, Role.MEMBER)))
        await ann.ask(ann.message(log))
        await ann.ask(ann.members(log, (bob.device, Role.NONE)))
        await ann.ask(ann.members(log, (cid.device, Role.MEMBER)))
        await ann.ask(ann.message(log))
        lab.skipped_ms += 2 * DAY_MS
        await keep_days(lab, 1)
        assert lab.hub.published.logs[log].pruned_seq == 5
        await bob.ask(FetchMembers(log, 3), FetchMembers(log, 4))
        assert [item.seq for item in bob.last(Members).items] == [3, 1]
        assert bob.refusals == [Code.NOT_A_MEMBER]
        head = lab.hub.published.head(lab.hub.fan_out.device(bob.device.id), log)
        assert (head.seq, head.pruned_seq, head.pruned_hash) == (3, 3, head.hash)
