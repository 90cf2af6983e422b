"""Rooms and groups through real sessions: what reaches whom, and what does not after somebody is put out."""

from collections.abc import Callable

import pytest

from lanmsg.hub.config import HubConfig
from lanmsg.hub.fan_out import SLICE_CONNECTIONS
from lanmsg.wire import limits
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import Entry, EntryKind, LogKind, View, chain, entry_hash
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import (
    Ack,
    Append,
    Appended,
    Entries,
    Fetch,
    FetchMembers,
    Head,
    Heads,
    Members,
    OpenGroup,
    Receipts,
    Refused,
    Share,
    Welcome,
)
from lanmsg.wire.ids import ZERO_HASH, LogId
from lanmsg.wire.statements import Role

from .lab import Device, Lab, Peer, settle, virtual

NONE, MEMBER, MODERATOR, BANNED = Role.NONE, Role.MEMBER, Role.MODERATOR, Role.BANNED


async def a_room(lab: Lab, **fields: object) -> tuple[Peer, Peer, Peer, LogId]:
    """Ann's open room with Bob in it, and Cid outside."""
    ann, bob, cid = await lab.join("ann"), await lab.join("bob"), await lab.join("cid")
    await ann.ask(ann.room(ann.device.room_statement("kitchen", **fields)))
    log = lab.room("kitchen")
    await bob.ask(bob.members(log, (bob.device, MEMBER)))
    for peer in (ann, bob, cid):
        peer.take(Appended)
    return ann, bob, cid, log


def seqs(peer: Peer, log: LogId) -> list[int]:
    return sorted(peer.entries(log))


# --- coming in -------------------------------------------------------------------------------


@virtual
async def test_a_room_is_told_to_everybody_and_its_log_to_its_creator() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        log = lab.room("kitchen")
        assert ann.all(Appended)[0].log == lab.directory
        for peer in (ann, bob):
            assert EntryKind.ROOM in {entry.kind for entry in peer.entries(lab.directory).values()}
        assert ann.head(log) == Head(log, LogKind.ROOM, 0, ZERO_HASH, 0, ZERO_HASH)
        assert [head for frame in bob.all(Heads) for head in frame.heads if head.log == log] == []


@virtual
async def test_the_directory_tells_of_a_room_before_its_log_does() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        ann.take(Appended)
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        kinds = [type(frame) for frame in ann.frames if isinstance(frame, Entries | Heads)]
        assert kinds == [Entries, Heads]


@virtual
async def test_who_joins_gets_the_head_and_what_comes_after_it() -> None:
    async with Lab() as lab:
        ann, bob, cid, log = await a_room(lab)
        await ann.ask(ann.message(log))
        cid.send(cid.members(log, (cid.device, MEMBER)))
        await settle()
        await ann.ask(ann.message(log))
        head = cid.head(log)
        assert (head.base, head.seq, head.base_hash, head.users) == (3, 3, head.hash, [])
        assert seqs(cid, log) == [4]
        assert seqs(bob, log) == [2, 3, 4], "who was in before gets the entry itself"
        assert ann.entries(log)[3].kind == EntryKind.MEMBERS


@virtual
async def test_everything_in_one_batch_reaches_whom_it_is_for() -> None:
    """One write to the disk has a message, somebody coming in, a message, somebody put out, a message."""
    async with Lab() as lab:
        ann, bob, cid, log = await a_room(lab)
        directory_seq = lab.hub.published.directory.seq

        def view(membership_seq: int) -> View:
            return View(membership_seq, directory_seq)

        def say(counter: int, membership_seq: int) -> Append:
            message = ann.message(log, counter=counter)
            lab.hub.published.logs[log].membership_seq = membership_seq  # what the next message will say
            return message

        published = lab.hub.published.logs[log]
        frames = [say(1, 3), ann.members(log, (cid.device, MEMBER), view=view(1)), say(2, 5)]
        at_ms = lab.now_ms()
        placed = [Entry(each.kind, ann.device.id, each.message_id, at_ms, each.body) for each in frames]
        third = chain(log, 2, published.hash, placed)[1].hash  # nobody could know it; the batch is the point
        put_out = ann.members(log, (bob.device, NONE), view=view(3), membership_hash=third)
        frames += [put_out, say(3, 1)]
        published.membership_seq = 1
        await ann.ask(*frames)
        assert ann.refusals == []
        assert seqs(ann, log) == [2, 3, 4, 5, 6]
        assert seqs(bob, log) == [2, 3, 4, 5], "his own removal, and nothing after it"
        assert (cid.head(log).base, cid.head(log).seq, seqs(cid, log)) == (3, 3, [4, 5, 6])
        assert published.membership_seq == 5


@virtual
async def test_with_history_who_joins_reads_from_the_start() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab, keeps_history=True)
        await ann.ask(ann.message(log))
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        assert (cid.head(log).base, cid.head(log).seq) == (0, 3)
        await cid.fetch(log)
        assert seqs(cid, log) == [1, 2, 3]


@virtual
async def test_without_history_who_joins_reads_nothing_from_before() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab)
        await ann.ask(ann.message(log))
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        page = await cid.fetch(log)
        assert (page.first_seq, page.items) == (4, [])


@virtual
async def test_all_devices_of_who_is_invited_hear_of_it() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab)
        tablet = await lab.join("tablet", owner=cid.device)
        await ann.ask(ann.members(log, (cid.device, MEMBER)))
        assert cid.head(log) == tablet.head(log)


@virtual
async def test_an_outsider_hears_nothing_and_may_fetch_nothing() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab)
        await ann.ask(ann.message(log))
        assert seqs(cid, log) == []
        await cid.ask(Fetch(log, 0), FetchMembers(log, 1), Ack(log, 1))
        assert cid.refusals == [Code.UNKNOWN_LOG] * 3
        assert cid.all(Entries) == []


# --- the members of before -------------------------------------------------------------------


@virtual
async def test_a_newcomer_reads_who_is_in_the_room_from_its_own_base_on() -> None:
    async with Lab() as lab:
        ann, bob, cid, log = await a_room(lab)
        await ann.ask(ann.message(log), ann.members(log, (bob.device, MODERATOR)))
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        head = cid.head(log)
        await cid.ask(FetchMembers(log, head.base))
        answer = cid.last(Members)
        assert (answer.log, answer.seq, [item.seq for item in answer.items]) == (log, 4, [4, 3, 1])
        first = answer.items[0]
        assert entry_hash(log, first.seq, first.previous, first.entry) == head.base_hash


@virtual
async def test_who_is_out_does_not_read_who_came_later() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.members(log, (bob.device, NONE)))
        out = lab.hub.published.logs[log].former[bob.device.user].end_seq
        await ann.ask(ann.members(log, (bob.device, BANNED)))
        await bob.ask(FetchMembers(log, out + 1))
        assert bob.refusals == [Code.NOT_A_MEMBER]
        assert bob.all(Members) == []
        await bob.ask(FetchMembers(log, out))
        assert bob.last(Members).items[0].seq == out


@virtual
async def test_who_was_never_in_reads_nothing_of_who_is_in() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab)
        await ann.ask(ann.members(log, (cid.device, BANNED)))
        await cid.ask(FetchMembers(log, 1))
        assert cid.refusals == [Code.UNKNOWN_LOG]
        assert cid.all(Members) == []


# --- being put out ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [NONE, BANNED])
@virtual
async def test_a_removed_member_reads_and_writes_nothing_more(role: Role) -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        tablet = await lab.join("tablet", owner=bob.device)
        await ann.ask(ann.members(log, (bob.device, role)))
        await ann.ask(ann.message(log, b"secret"))
        for peer in (bob, tablet):
            assert seqs(peer, log)[-1] == 2, "the removal is the last they get"
            peer.take(Entries)
            await peer.ask(*(Fetch(log, after) for after in (2, 3, 99)))
            assert peer.refusals == [Code.NOT_A_MEMBER] * 3
            assert peer.all(Entries) == []
            await peer.ask(peer.message(log), peer.members(log, (ann.device, NONE)))
            assert peer.refusals[3:] == [Code.NOT_A_MEMBER, Code.NOT_ALLOWED]


@virtual
async def test_a_removed_member_who_asks_from_further_back_reads_up_to_the_removal() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.message(log), ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log), ann.message(log))
        bob.take(Entries)
        page = await bob.fetch(log)
        assert (page.first_seq, len(page.items), page.head) == (2, 2, 3)
        assert seqs(bob, log) == [2, 3]


@virtual
async def test_fetches_that_wait_give_nothing_to_who_was_removed_meanwhile() -> None:
    """Bob asks ahead, for what is not there yet, on a link that takes nothing, and is removed then."""
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        bob.link.stall()
        while not lab.hub.session_of(bob.device.id).outgoing.is_behind:
            await ann.ask(*(ann.message(log, bytes(60_000)) for _ in range(4)))
        head = lab.hub.published.logs[log].seq
        bob.send(*(Fetch(log, head + number) for number in range(3)))
        await settle()
        await ann.ask(ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log, b"secret"))
        removal = lab.hub.published.logs[log].former[bob.device.user].end_seq
        bob.link.resume()
        await settle(1)
        assert max(seqs(bob, log)) <= removal
        assert removal < lab.hub.published.logs[log].seq
        assert bob.head(log).seq == removal, "what it missed ends with the removal"


@virtual
async def test_fetches_that_wait_give_nothing_from_while_one_was_out() -> None:
    """Bob's fetch was fine when he asked; before it was answered he was put out and let in again."""
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await bob.ask(Ack(log, 1))
        bob.link.stall()
        while not lab.hub.session_of(bob.device.id).outgoing.is_behind:
            await ann.ask(*(ann.message(lab.everyone, bytes(60_000)) for _ in range(4)))
        bob.send(Fetch(log, 1))
        await settle()
        await ann.ask(ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log, b"secret"))
        await ann.ask(ann.members(log, (bob.device, MEMBER)))
        bob.link.resume()
        await settle(1)
        assert bob.head(log).base == 4
        assert bob.refusals == [Code.NOT_A_MEMBER]
        assert seqs(bob, log) == []


@virtual
async def test_who_was_away_learns_of_the_removal_at_the_next_login_once() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.message(log))
        await bob.ask(Ack(log, 2))
        bob.link.close()
        await settle()
        await ann.ask(ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log))
        await settle(2)
        await lab.restart()
        bob = await lab.log_in(bob.device)
        head = bob.head(log)
        assert (head.seq, head.base) == (3, 1)
        assert bob.last(Welcome).log_count == sum(len(frame.heads) for frame in bob.all(Heads))
        page = await bob.fetch(log, 2)
        assert (page.first_seq, len(page.items), page.head) == (3, 1, 3)
        (entry,) = bob.entries(log).values()
        assert entry.kind == EntryKind.MEMBERS
        assert entry_hash(log, 3, page.previous, entry) == head.hash
        await bob.ask(Ack(log, 99))
        bob = await lab.log_in(bob.device)
        assert log not in {head.log for frame in bob.all(Heads) for head in frame.heads}


@virtual
async def test_another_device_gets_the_room_as_far_as_its_person_read_it() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.message(log), ann.members(log, (bob.device, NONE)), ann.message(log))
        tablet = await lab.join("tablet", owner=bob.device)
        (head,) = (head for frame in tablet.all(Heads) for head in frame.heads if head.log == log)
        assert head.seq == lab.hub.published.logs[log].former[bob.device.user].end_seq
        await tablet.ask(Fetch(log, 0))
        assert max(tablet.entries(log)) == head.seq


@virtual
async def test_who_comes_back_gets_a_new_base_and_not_what_was_said_between() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log, b"between"))
        await ann.ask(ann.members(log, (bob.device, MEMBER)))
        head = bob.head(log)
        assert (head.base, head.seq) == (4, 4)
        bob.take(Entries)
        page = await bob.fetch(log, 1)
        assert (page.first_seq, page.items) == (5, [])
        bob = await lab.log_in(bob.device)
        assert (bob.head(log).base, bob.head(log).seq) == (4, 4)


@virtual
async def test_who_is_in_and_out_survives_a_restart_of_the_hub() -> None:
    async with Lab() as lab:
        ann, bob, cid, log = await a_room(lab)
        await ann.ask(ann.members(log, (cid.device, MEMBER)))
        await ann.ask(ann.members(log, (bob.device, BANNED)))
        await lab.restart()
        ann, bob, cid = [await lab.log_in(peer.device) for peer in (ann, bob, cid)]
        await ann.ask(ann.message(log))
        assert (seqs(cid, log), seqs(bob, log)) == ([4], [])
        await bob.ask(bob.members(log, (bob.device, MEMBER)), Fetch(log, 3))
        assert sorted(bob.refusals) == sorted([Code.NOT_ALLOWED, Code.NOT_A_MEMBER])


@virtual
async def test_a_share_for_who_was_removed_is_refused_and_nothing_of_the_message_stored() -> None:
    async with Lab() as lab:
        ann, bob, _, log = await a_room(lab)
        await ann.ask(ann.members(log, (bob.device, NONE)))
        await ann.ask(ann.message(log, shares=[Share(bob.device.id, b"key")]))
        assert ann.refusals == [Code.NOT_A_MEMBER]
        assert bob.entries(lab.inbox(bob.device.id)) == {}


# --- refusals --------------------------------------------------------------------------------


@virtual
async def test_a_refused_change_names_the_append_and_what_to_catch_up_to() -> None:
    async with Lab() as lab:
        ann, _, cid, log = await a_room(lab)
        late = cid.members(log, (cid.device, MEMBER), view=View(0, lab.hub.published.directory.seq))
        await cid.ask(late)
        refused = cid.last(Refused)
        assert (refused.code, refused.message_id) == (Code.STALE_VIEW, late.message_id)
        assert refused.view == View(1, lab.hub.published.directory.seq)
        again = ann.room(ann.device.room_statement("kitchen"))
        await ann.ask(again)
        refused = ann.last(Refused)
        assert (refused.code, refused.message_id) == (Code.STALE_VIEW, again.message_id)
        assert refused.view == View(0, lab.hub.published.directory.seq)


@virtual
async def test_a_members_entry_takes_no_shares() -> None:
    async with Lab() as lab:
        _, _, cid, log = await a_room(lab)
        append = cid.members(log, (cid.device, MEMBER))
        await cid.ask(Append(append.message_id, log, append.kind, append.body, [Share(cid.device.id, b"")]))
        assert cid.refusals == [Code.MALFORMED]


@virtual
async def test_what_is_no_change_of_members_costs_the_connection() -> None:
    async with Lab() as lab:
        _, bob, _, log = await a_room(lab)
        await bob.ask(Append(bob.new_id(), log, EntryKind.MEMBERS, encode([[0, 0], [], b""])))
        assert bob.bye == Code.MALFORMED


@virtual
async def test_a_room_signed_by_another_device_is_not_passed_on() -> None:
    """A record that its owner never sent, or that was refused, is nothing for others to keep and use."""
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await bob.ask(bob.room(ann.device.room_statement("kitchen")))
        assert bob.refusals == [Code.NOT_A_MEMBER]
        assert list(lab.hub.published.directory.rooms) == []


# --- floods ----------------------------------------------------------------------------------


@virtual
async def test_a_device_changes_rooms_no_faster_than_allowed() -> None:
    async with Lab(HubConfig(messages_per_second=0)) as lab:
        _, _, cid, log = await a_room(lab)
        for _ in range(limits.STATEMENTS_BURST // 2):
            await cid.ask(cid.members(log, (cid.device, MEMBER)))
            await cid.ask(cid.members(log, (cid.device, NONE)))
        assert cid.refusals == []
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        assert cid.refusals == [Code.THROTTLED]
        assert cid.last(Refused).retry_after_ms > 0
        await cid.ask(OpenGroup(7, [peer.device.user for peer in lab.peers[-3:]]))
        assert (cid.last(Refused).code, cid.last(Refused).request) == (Code.THROTTLED, 7)
        await settle(cid.last(Refused).retry_after_ms / 1000)
        cid = await lab.log_in(cid.device)
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        assert cid.refusals == []


@virtual
async def test_what_is_refused_does_not_count() -> None:
    """Many who join a room at once refuse each other: each must get in for all that."""
    async with Lab(HubConfig(messages_per_second=0)) as lab:
        _, _, cid, log = await a_room(lab)
        old = View(0, lab.hub.published.directory.seq)
        for _ in range(limits.STATEMENTS_BURST + 1):
            await cid.ask(cid.members(log, (cid.device, MEMBER), view=old))
        assert set(cid.refusals) == {Code.STALE_VIEW}
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        assert cid.all(Appended)


@virtual
async def test_many_who_join_at_once_all_get_in() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        log = lab.room("kitchen")
        crowd = [await lab.join(f"guest-{number}x") for number in range(30)]
        waiting = list(crowd)
        while waiting:
            appends = {id(peer): peer.members(log, (peer.device, MEMBER)) for peer in waiting}
            for peer in waiting:
                peer.take(Appended)
                peer.send(appends[id(peer)])
            await settle()
            waiting = [peer for peer in waiting if not peer.all(Appended)]
        assert len(lab.hub.published.logs[log].members) == 31
        await ann.ask(ann.message(log))
        last = lab.hub.published.logs[log].seq
        assert all(last in peer.entries(log) for peer in crowd)


# --- a large room ----------------------------------------------------------------------------


@virtual
async def test_a_large_room_is_served_as_a_crowd_and_in_order() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.room(ann.device.room_statement("hall")))
        log = lab.room("hall")
        devices = [Device(f"guest-{number}x") for number in range(SLICE_CONNECTIONS + 1)]
        lab.hub.pace.enrolments = lab.hub.pace._bucket(0, 1)
        for device in devices:
            await lab.enrol(device)
        for start in range(0, len(devices), limits.MAX_MEMBER_CHANGES):
            chosen = devices[start : start + limits.MAX_MEMBER_CHANGES]
            await ann.ask(ann.members(log, *((device, MEMBER) for device in chosen)))
        assert len(lab.hub.published.logs[log].members) == SLICE_CONNECTIONS + 2
        guest = await lab.log_in(devices[0])
        queued: list[int] = []
        put = lab.hub.queue.put_for_crowd
        lab.hub.queue.put_for_crowd = _counting(put, queued)  # type: ignore[method-assign]
        await ann.ask(*(ann.message(log) for _ in range(5)))
        assert queued == [SLICE_CONNECTIONS + 2] * 5
        assert len(ann.all(Appended)) == 8
        assert len(guest.entries(log)) == 5


def _counting(put: Callable[..., None], queued: list[int]) -> Callable[..., None]:
    def put_and_count(job: object, done: object, *, readers: int) -> None:
        queued.append(readers)
        put(job, done, readers=readers)

    return put_and_count


# --- receipts --------------------------------------------------------------------------------


@virtual
async def test_in_a_room_the_author_hears_who_has_it_and_in_a_group_everybody_does() -> None:
    async with Lab() as lab:
        ann, bob, cid, log = await a_room(lab)
        await cid.ask(cid.members(log, (cid.device, MEMBER)))
        await bob.ask(Ack(log, 2))
        await settle(0.1)
        for peer in (ann, cid):
            peer.take(Receipts)
        await ann.ask(ann.message(log))
        await bob.ask(Ack(log, 3))
        await settle(0.1)
        assert [frame.log for frame in ann.all(Receipts)] == [log]
        assert cid.all(Receipts) == []
        await ann.ask(OpenGroup(1, [peer.device.user for peer in (ann, bob, cid)]))
        group = lab.group(ann.device, bob.device, cid.device)
        await ann.ask(ann.message(group))
        await bob.ask(Ack(group, 1))
        await settle(0.1)
        assert [frame.log for frame in cid.all(Receipts)] == [group]


# --- groups ----------------------------------------------------------------------------------


@virtual
async def test_a_group_is_told_to_all_of_its_people_with_their_names() -> None:
    async with Lab() as lab:
        ann, bob, cid = await lab.join("ann"), await lab.join("bob"), await lab.join("cid")
        dot = await lab.join("dot")
        users = [peer.device.user for peer in (ann, bob, cid)]
        await ann.ask(OpenGroup(1, users))
        log = lab.group(ann.device, bob.device, cid.device)
        for peer in (ann, bob, cid):
            assert peer.head(log) == Head(log, LogKind.GROUP, 0, ZERO_HASH, 0, ZERO_HASH, 0, sorted(users))
        await bob.ask(bob.message(log))
        assert (seqs(ann, log), seqs(cid, log), seqs(dot, log)) == ([1], [1], [])
        await dot.ask(Fetch(log, 0), dot.message(log))
        assert sorted(dot.refusals) == sorted([Code.UNKNOWN_LOG, Code.NOT_A_MEMBER])
        bob.take(Heads)
        await bob.ask(OpenGroup(2, users))
        assert bob.head(log).seq == 1, "it was there"


@virtual
async def test_a_refused_group_is_named_by_its_request() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await ann.ask(OpenGroup(9, [ann.device.user, bob.device.user, Device("x").user]))
        refused = ann.last(Refused)
        assert (refused.code, refused.request) == (Code.UNKNOWN_USER, 9)


@pytest.mark.parametrize("count", [2, limits.MAX_GROUP_USERS + 1])
@virtual
async def test_a_group_is_of_three_to_twenty(count: int) -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(OpenGroup(1, [ann.device.user] * count))
        assert ann.bye == Code.MALFORMED
