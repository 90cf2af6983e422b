"""Rooms and groups in the log writer: who gets in, who is put out, and every way around it that fails."""

import msgspec
import pytest

from lanmsg.hub.jobs import AppendDone, AppendJob, MembersPage, OpenGroupJob, ReadMembersJob, StaleView
from lanmsg.hub.storage.interface import StoredMember
from lanmsg.wire import ids, limits
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.entries import EntryKind, LogKind, View
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import Append, Share
from lanmsg.wire.ids import ZERO_HASH, LogId
from lanmsg.wire.statements import MembersStatement, Role

from .lab import Device, message_id
from .test_log_writer import NOW_MS, Desk, enrol

NONE, MEMBER, MODERATOR, BANNED = Role.NONE, Role.MEMBER, Role.MODERATOR, Role.BANNED


class House:
    """A desk with Ann's open room, Ann and Bob in it, and Cid and Dot outside."""

    def __init__(self, **fields: object) -> None:
        self.desk = Desk()
        self.ann, self.bob, self.cid, self.dot = (Device(name) for name in ("ann", "bob", "cid", "dot"))
        self.desk.enrol(self.ann, self.bob, self.cid, self.dot)
        self.add(self.desk.room(self.ann, self.ann.room_statement("kitchen", **fields)))
        self.log: LogId = self.desk.room_log("kitchen")
        self.change(self.ann, (self.bob, MEMBER))

    def add(self, job: AppendJob) -> AppendDone:
        (done,) = self.desk.outcomes(job)
        assert isinstance(done, AppendDone), done
        return done

    def change(self, by: Device, *changes: tuple[Device, Role], view: View | None = None) -> AppendDone:
        return self.add(self.desk.members(by, self.log, *changes, view=view))

    def code(self, by: Device, *changes: tuple[Device, Role], view: View | None = None) -> str:
        (code,) = self.desk.codes(self.desk.members(by, self.log, *changes, view=view))
        return code

    def say(self, device: Device, counter: int = 1, **changes: object) -> AppendDone:
        return self.add(self.desk.message(device, self.log, counter, **changes))

    def member(self, device: Device) -> StoredMember:
        log = self.desk.logs[self.log]
        return log.members.get(device.user) or log.former[device.user]

    def restarted(self) -> "House":
        house = object.__new__(House)
        house.__dict__.update(self.__dict__)
        house.desk = self.desk.restarted()
        return house


@pytest.fixture
def house() -> House:
    return House()


# --- making rooms ----------------------------------------------------------------------------


def test_a_new_room_has_a_log_with_its_creator_in_it() -> None:
    desk, ann = Desk(), Device("ann")
    desk.enrol(ann)
    changes = desk.commit(desk.room(ann, ann.room_statement("kitchen"))).changes
    log = desk.room_log("kitchen")
    assert [each.entry.kind for each in changes.entries] == [EntryKind.ROOM]
    assert changes.logs == [(log, LogKind.ROOM)]
    assert changes.members == [StoredMember(log, ann.user, 0, ZERO_HASH)]


def test_a_later_version_makes_no_other_log(house: House) -> None:
    changes = house.desk.commit(house.desk.next_version(house.ann, "kitchen", is_open=False)).changes
    assert (changes.logs, changes.members) == ([], [])


def test_two_creators_of_one_name_meet_the_order_of_the_directory() -> None:
    desk, ann, bob = Desk(), Device("ann"), Device("bob")
    desk.enrol(ann, bob)
    first = desk.room(ann, ann.room_statement("kitchen"))
    second = desk.room(bob, bob.room_statement("kitchen", room=ids.RoomId(b"r" * 16)))
    assert desk.codes(first, second, first) == ["ok", Code.NAME_TAKEN, "ok"]


def test_nobody_takes_over_a_room_by_creating_it_again(house: House) -> None:
    """The room's id is no secret: everybody reads the directory."""
    again = house.cid.room_statement("kitchen")
    assert house.desk.codes(house.desk.room(house.cid, again)) == [Code.NOT_ALLOWED]


def test_a_person_does_not_enrol_under_a_rooms_name_in_the_same_batch() -> None:
    desk, ann = Desk(), Device("ann")
    desk.enrol(ann)
    jobs = [desk.room(ann, ann.room_statement("bill")), enrol(Device("bill")), enrol(Device("bi11"))]
    assert desk.codes(*jobs) == ["ok", Code.NAME_TAKEN, Code.NAME_LOOKS_LIKE]
    assert desk.restarted().codes(enrol(Device("bill"))) == [Code.NAME_TAKEN]


def test_a_room_is_not_named_like_the_look_alike_of_a_person_in_the_same_batch() -> None:
    desk, ann = Desk(), Device("ann")
    desk.enrol(ann)
    jobs = [enrol(Device("bill")), desk.room(ann, ann.room_statement("bi11"))]
    assert desk.codes(*jobs) == ["ok", Code.NAME_LOOKS_LIKE]


def test_somebody_elses_room_is_not_changed_by_playing_a_version_again(house: House) -> None:
    ann, bob, desk = house.ann, house.bob, house.desk
    both = desk.next_version(ann, "kitchen", owners=[ann.user, bob.user])
    house.add(both)
    house.add(desk.next_version(ann, "kitchen", owners=[ann.user]))
    replayed = AppendJob(
        ann.id,
        ann.user,
        msgspec.structs.replace(both.frame, message_id=message_id(9)),
        NOW_MS,
        statement=both.statement,
    )
    (refusal,) = desk.outcomes(replayed)
    assert isinstance(refusal, StaleView)
    assert refusal.view == View(0, desk.people.seq)
    assert desk.codes(desk.next_version(bob, "kitchen", owners=[bob.user])) == [Code.NOT_ALLOWED]


# --- coming in -------------------------------------------------------------------------------


def test_who_becomes_a_member_reads_from_there_on(house: House) -> None:
    house.say(house.ann)
    done = house.change(house.cid, (house.cid, MEMBER))
    assert house.member(house.cid) == StoredMember(
        house.log, house.cid.user, done.seq, done.hash, MEMBER, done.seq, done.hash
    )
    assert house.desk.codes(house.desk.message(house.cid, house.log, 1)) == ["ok"]


def test_with_history_a_new_member_reads_everything() -> None:
    house = House(keeps_history=True)
    house.say(house.ann)
    done = house.change(house.bob, (house.cid, MEMBER))
    assert house.member(house.cid) == StoredMember(
        house.log, house.cid.user, 0, ZERO_HASH, MEMBER, done.seq, done.hash
    )


def test_another_role_changes_nothing_of_what_is_read(house: House) -> None:
    before = house.member(house.bob)
    done = house.change(house.ann, (house.bob, MODERATOR))
    after = house.member(house.bob)
    assert (after.role, after.changed_seq) == (MODERATOR, done.seq)
    assert (after.base_seq, after.base_hash) == (before.base_seq, before.base_hash)


def test_everybody_joins_in_one_batch_one_after_the_other(house: House) -> None:
    view = View(house.desk.logs[house.log].membership_seq, house.desk.people.seq)
    jobs = [house.desk.members(who, house.log, (who, MEMBER), view=view) for who in (house.cid, house.dot)]
    first, second = house.desk.outcomes(*jobs)
    assert isinstance(first, AppendDone)
    assert isinstance(second, StaleView)
    assert (second.view.membership_seq, second.membership_hash) == (first.seq, first.hash)
    assert house.code(house.dot, (house.dot, MEMBER), view=second.view) == "ok"


def test_nobody_joins_a_room_that_is_not_open_nor_learns_of_it() -> None:
    house = House(is_open=False)
    for view in (None, View(0, 0)):
        assert house.code(house.cid, (house.cid, MEMBER), view=view) == Code.NOT_A_MEMBER
    assert house.code(house.bob, (house.cid, MEMBER)) == "ok"


def test_an_invite_sent_twice_is_stored_once(house: House) -> None:
    job = house.desk.members(house.bob, house.log, (house.cid, MEMBER))
    one, two = house.desk.outcomes(job, job)
    assert isinstance(one, AppendDone)
    assert one == two
    assert house.restarted().desk.outcomes(job) == [one]


# --- being put out ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [NONE, BANNED])
def test_who_is_put_out_writes_nothing_more_in_the_same_batch(house: House, role: Role) -> None:
    view = View(house.desk.logs[house.log].seq + 1, house.desk.people.seq)
    jobs = [
        house.desk.members(house.ann, house.log, (house.bob, role)),
        house.desk.message(house.bob, house.log, 1, view=view),
        house.desk.members(house.bob, house.log, (house.cid, MEMBER), view=view),
    ]
    outcome = house.desk.codes(*jobs)
    assert outcome == ["ok", Code.NOT_A_MEMBER, Code.STALE_VIEW]
    assert house.code(house.bob, (house.cid, MEMBER)) == Code.NOT_ALLOWED
    assert house.restarted().desk.codes(jobs[1]) == [Code.NOT_A_MEMBER]


def test_who_is_put_out_gets_no_share_any_more(house: House) -> None:
    house.change(house.ann, (house.bob, NONE))
    job = house.desk.message(house.ann, house.log, 1, shares=[Share(house.bob.id, b"key")])
    assert house.desk.codes(job) == [Code.NOT_A_MEMBER]
    assert house.desk.seq(house.desk.inbox(house.bob)) == 0


def test_a_message_that_races_a_removal_is_told_to_look_again(house: House) -> None:
    """It was encrypted for somebody who is gone by then."""
    message = house.desk.message(house.ann, house.log, 1, shares=[Share(house.bob.id, b"key")])
    kick = house.desk.members(house.ann, house.log, (house.bob, NONE))
    done, refusal = house.desk.outcomes(kick, message)
    assert isinstance(done, AppendDone)
    assert isinstance(refusal, StaleView)
    assert refusal.view == View(done.seq, house.desk.people.seq)


def test_a_message_that_races_somebody_coming_in_is_told_to_look_again(house: House) -> None:
    message = house.desk.message(house.ann, house.log, 1)
    invite = house.desk.members(house.bob, house.log, (house.cid, MEMBER))
    assert house.desk.codes(invite, message) == ["ok", Code.STALE_VIEW]


def test_who_is_put_out_keeps_their_part_of_the_log_and_no_more(house: House) -> None:
    base = house.member(house.bob)
    said, gone = house.say(house.ann), house.change(house.ann, (house.bob, NONE))
    house.say(house.ann, 2)
    after = house.member(house.bob)
    assert (after.base_seq, after.end_seq, after.end_hash) == (base.base_seq, gone.seq, gone.hash)
    assert after.base_seq < said.seq < after.end_seq


def test_a_pardon_opens_nothing_that_came_after_the_ban(house: House) -> None:
    gone = house.change(house.ann, (house.bob, BANNED))
    house.say(house.ann)
    pardon = house.change(house.ann, (house.bob, NONE))
    after = house.member(house.bob)
    assert (after.end_seq, after.changed_seq, after.role) == (gone.seq, pardon.seq, NONE)


def test_who_comes_back_reads_from_there_on(house: House) -> None:
    house.change(house.bob, (house.bob, NONE))
    house.say(house.ann)
    back = house.change(house.bob, (house.bob, MEMBER))
    assert house.member(house.bob) == StoredMember(
        house.log, house.bob.user, back.seq, back.hash, MEMBER, back.seq, back.hash
    )


def test_who_was_never_in_and_is_banned_reads_nothing(house: House) -> None:
    house.change(house.ann, (house.cid, BANNED))
    assert (house.member(house.cid).end_seq, house.member(house.cid).role) == (0, BANNED)
    assert house.code(house.cid, (house.cid, MEMBER)) == Code.NOT_ALLOWED


def test_who_is_in_and_out_survives_a_restart(house: House) -> None:
    house.change(house.ann, (house.bob, MODERATOR), (house.cid, BANNED))
    house.change(house.ann, (house.dot, MEMBER))
    house.change(house.dot, (house.dot, NONE))
    after = house.restarted()
    for device in (house.ann, house.bob, house.cid, house.dot):
        assert after.member(device) == house.member(device)
    assert after.desk.logs[house.log].membership_seq == house.desk.logs[house.log].membership_seq > 0
    assert after.code(house.cid, (house.cid, MEMBER)) == Code.NOT_ALLOWED
    assert after.code(house.bob, (house.cid, NONE)) == "ok", "still a moderator"
    assert after.desk.codes(after.desk.message(after.dot, house.log, 1)) == [Code.NOT_A_MEMBER]


# --- attacks on membership -------------------------------------------------------------------


def test_a_forged_change_of_a_role_is_refused(house: House) -> None:
    """Bob sends what only Ann may, with a signature of his own, of Ann's for something else, and of none."""
    ann, bob = house.ann, house.bob
    right = house.desk.members(ann, house.log, (bob, MODERATOR)).members
    assert right is not None
    view = right.view
    mine = house.desk.members(bob, house.log, (bob, MODERATOR))
    assert house.desk.codes(mine) == [Code.NOT_ALLOWED]
    for statement in (right, msgspec.structs.replace(right, signature=b"")):
        frame = Append(message_id(7), house.log, EntryKind.MEMBERS, encode(statement))
        assert house.desk.codes(AppendJob(bob.id, bob.user, frame, NOW_MS, members=statement)) == [
            Code.BAD_SIGNATURE
        ]
    stolen = bob.members_statement(
        house.log, message_id(8), view, (bob, MODERATOR), membership_hash=right.membership_hash
    )
    frame = Append(message_id(8), house.log, EntryKind.MEMBERS, encode(stolen))
    assert house.desk.codes(AppendJob(ann.id, ann.user, frame, NOW_MS, members=stolen)) == [
        Code.BAD_SIGNATURE
    ]


def test_a_stale_view_of_the_members_or_of_the_record_is_refused(house: House) -> None:
    newest = View(house.desk.logs[house.log].membership_seq, house.desk.people.seq)
    house.add(house.desk.next_version(house.ann, "kitchen", is_open=False))
    for view in (newest, View(0, house.desk.people.seq), View(newest.membership_seq + 1, 99)):
        (refusal,) = house.desk.outcomes(
            house.desk.members(house.bob, house.log, (house.cid, MEMBER), view=view)
        )
        assert isinstance(refusal, StaleView)
        assert refusal.view == View(newest.membership_seq, house.desk.people.seq)


def test_a_change_that_follows_another_entry_at_that_place_is_refused(house: House) -> None:
    """Its sender was told another story; what it is told now is what stands here, after a restart too."""
    newest = house.desk.logs[house.log].membership_hash
    for desk in (house.desk, house.restarted().desk):
        job = desk.members(house.bob, house.log, (house.cid, MEMBER), membership_hash=b"f" * 32)
        (refusal,) = desk.outcomes(job)
        assert isinstance(refusal, StaleView)
        assert refusal.membership_hash == newest


def test_a_directory_nobody_has_seen_yet_is_no_view(house: House) -> None:
    view = View(house.desk.logs[house.log].membership_seq, house.desk.people.seq + 1)
    assert house.code(house.bob, (house.cid, MEMBER), view=view) == Code.MALFORMED


def test_a_device_cut_off_changes_nothing_in_the_same_batch(house: House) -> None:
    kick = house.desk.members(house.bob, house.log, (house.cid, MEMBER))
    assert house.desk.codes(house.desk.revoke(house.bob, house.bob.id), kick) == ["ok", Code.REVOKED_DEVICE]


def test_a_refused_change_leaves_everything_as_it_was(house: House) -> None:
    before = house.desk.storage.copy_durable()._tables
    assert house.code(house.bob, (house.cid, MEMBER), (house.ann, NONE)) == Code.NOT_ALLOWED
    assert house.desk.storage.copy_durable()._tables == before
    assert house.desk.logs[house.log].members.keys() == {house.ann.user, house.bob.user}


def test_nothing_is_said_in_an_archived_room_until_it_is_opened_again(house: House) -> None:
    archive = house.desk.next_version(house.ann, "kitchen", is_archived=True)
    message = house.desk.message(house.bob, house.log, 1)
    assert house.desk.codes(archive, message) == ["ok", Code.ARCHIVED]
    assert house.desk.codes(house.desk.next_version(house.ann, "kitchen", is_archived=False), message) == [
        "ok",
        "ok",
    ]


def test_who_is_not_in_a_room_is_told_how_to_get_in(house: House) -> None:
    (refusal,) = house.desk.outcomes(house.desk.message(house.cid, house.log, 1))
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.NOT_A_MEMBER
    assert "ask a member to invite you" in refusal.text


def test_a_new_device_of_a_member_makes_views_of_the_room_stale(house: House) -> None:
    view = View(house.desk.logs[house.log].membership_seq, house.desk.people.seq)
    house.desk.enrol(Device("eve"))
    assert house.desk.codes(house.desk.message(house.ann, house.log, 1, view=view)) == ["ok"]
    house.desk.enrol(Device("tablet", owner=house.bob))
    assert house.desk.codes(house.desk.message(house.ann, house.log, 2, view=view)) == [Code.STALE_VIEW]


# --- the members of before -------------------------------------------------------------------


def test_the_members_entries_are_read_from_one_to_that_before_it(house: House) -> None:
    house.say(house.ann)
    last = house.change(house.bob, (house.cid, MEMBER))
    (page,) = house.desk.writer.read([ReadMembersJob(house.log, last.seq)])
    assert isinstance(page, MembersPage)
    assert (page.log, page.seq, [item.seq for item in page.items]) == (house.log, last.seq, [last.seq, 1])
    first = decode_as(MembersStatement, page.items[-1].entry.body, "members")
    assert first.view.membership_seq == 0
    assert page.items[-1].previous == ZERO_HASH


@pytest.mark.parametrize("seq", [0, 2, 99])
def test_where_no_members_entry_stands_none_is_read(house: House, seq: int) -> None:
    house.say(house.ann)
    (page,) = house.desk.writer.read([ReadMembersJob(house.log, seq)])
    assert isinstance(page, MembersPage)
    assert page.items == []


def test_members_entries_come_in_pages(house: House) -> None:
    for _ in range(limits.MEMBERS_PAGE_ENTRIES // 2):
        house.change(house.cid, (house.cid, MEMBER))
        last = house.change(house.cid, (house.cid, NONE))
    (page,) = house.desk.writer.read([ReadMembersJob(house.log, last.seq)])
    assert isinstance(page, MembersPage)
    assert [item.seq for item in page.items] == list(range(last.seq, 1, -1))


# --- groups ----------------------------------------------------------------------------------


def test_a_group_is_one_log_whoever_opens_it_and_in_any_order(house: House) -> None:
    ann, bob, cid = house.ann.user, house.bob.user, house.cid.user
    committed = house.desk.commit(OpenGroupJob(ann, [ann, bob, cid]), OpenGroupJob(cid, [cid, bob, ann]))
    log = ids.group_log(house.desk.database, [ann, bob, cid])
    assert committed.changes.logs == [(log, LogKind.GROUP)]
    assert [(each.user, each.base_seq) for each in committed.changes.members] == [
        (user, 0) for user in sorted((ann, bob, cid))
    ]
    assert [each.user for each in committed.changes.members if each.is_opener] == [ann]


def test_the_people_of_a_group_write_in_it_and_nobody_else(house: House) -> None:
    log = house.desk.group(house.ann, house.bob, house.cid)
    codes = [
        house.desk.codes(house.desk.message(who, log, 1))[0]
        for who in (house.ann, house.bob, house.cid, house.dot)
    ]
    assert codes == ["ok", "ok", "ok", Code.NOT_A_MEMBER]
    assert house.desk.codes(house.desk.members(house.ann, log, (house.dot, MEMBER))) == [Code.MALFORMED]


@pytest.mark.parametrize("wrong", ["without oneself", "twice", "stranger"])
def test_a_group_is_of_known_people_each_once_and_of_who_opens_it(house: House, wrong: str) -> None:
    ann, bob, cid, dot = (device.user for device in (house.ann, house.bob, house.cid, house.dot))
    users = {
        "without oneself": [bob, cid, dot],
        "twice": [ann, bob, bob],
        "stranger": [ann, bob, Device("x").user],
    }[wrong]
    code = Code.UNKNOWN_USER if wrong == "stranger" else Code.MALFORMED
    assert house.desk.codes(OpenGroupJob(ann, users)) == [code]


def test_one_person_opens_so_many_groups_and_others_still_can(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody fills a hub with groups, nor takes others' right to open some by putting them into theirs."""
    monkeypatch.setattr("lanmsg.hub.log_writer.MAX_GROUPS_PER_USER", 2)
    ann, bob, cid, dot = (device.user for device in (house.ann, house.bob, house.cid, house.dot))
    jobs = [OpenGroupJob(ann, users) for users in ([ann, bob, cid], [ann, bob, dot], [ann, cid, dot])]
    assert house.desk.codes(*jobs) == ["ok", "ok", Code.FULL]
    assert house.restarted().desk.codes(jobs[2], jobs[0]) == [Code.FULL, "ok"]
    assert house.desk.codes(OpenGroupJob(bob, [bob, cid, dot])) == ["ok"]
