"""Who may change who is in a room: the table, and that every judgement is the same at any time."""

from dataclasses import replace
from itertools import product

import msgspec
import pytest

from lanmsg.wire import ids, rooms
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.entries import View
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.limits import MAX_MEMBER_CHANGES
from lanmsg.wire.rooms import RULES, Deed, Membership, Standing, When, Whom, check_changes, deed_of
from lanmsg.wire.statements import MemberChange, MembersStatement, Role

from .people import DATABASE, MESSAGE_ID, Hall, Somebody, Town

NONE, MEMBER, MODERATOR, BANNED = Role.NONE, Role.MEMBER, Role.MODERATOR, Role.BANNED
HANDLES = ("ann", "bob", "cid", "dot", "eve")


@pytest.fixture
def town() -> Town:
    return Town(*HANDLES)


@pytest.fixture
def hall(town: Town) -> Hall:
    """An open room of Ann's: Bob is a moderator, Cid a member, Dot banned, Eve an outsider."""
    hall = Hall(town, "ann")
    assert hall.change("ann", ("bob", MODERATOR), ("cid", MEMBER), ("dot", BANNED)) == "ok"
    return hall


def set_record(hall: Hall, **fields: object) -> None:
    hall.town.add(hall.town.next_version(hall.room.room, hall.town["ann"], **fields))


# --- the table -------------------------------------------------------------------------------


def test_the_creator_is_the_first_member(town: Town) -> None:
    hall = Hall(town, "ann")
    assert hall.membership == Membership({town["ann"].user: MEMBER}, seq=0, version=1)
    assert hall.membership.readers == [town["ann"].user]


@pytest.mark.parametrize(
    ("who", "whom", "role"),
    [
        ("eve", "eve", MEMBER),  # joins
        *((name, name, NONE) for name in ("ann", "bob", "cid")),  # leaves
        *((name, "eve", MEMBER) for name in ("ann", "bob", "cid")),  # invites
        *((name, "cid", role) for name in ("ann", "bob") for role in (NONE, BANNED)),
        *((name, "dot", role) for name in ("ann", "bob") for role in (NONE, MEMBER)),
        *((name, "eve", BANNED) for name in ("ann", "bob")),
        ("ann", "cid", MODERATOR),
        ("ann", "bob", MEMBER),
        ("ann", "bob", NONE),
        ("ann", "bob", BANNED),
        ("ann", "dot", MODERATOR),
        ("ann", "eve", MODERATOR),
    ],
)
def test_what_may_be_done(hall: Hall, who: str, whom: str, role: Role) -> None:
    assert hall.change(who, (whom, role)) == "ok"
    assert hall.role(whom) is role


def test_everything_else_may_not(hall: Hall) -> None:
    """All actors, all targets, all roles, but for what the test above allows."""
    allowed = {
        mark
        for mark in product(HANDLES, HANDLES, Role)
        if _is_allowed_by_the_words_of_the_specification(*mark)
    }
    for who, whom, role in product(HANDLES, HANDLES, Role):
        before = dict(hall.membership.roles), hall.membership.seq, hall.membership.hash
        code = hall.change(who, (whom, role))
        assert (code == "ok") is ((who, whom, role) in allowed), (who, whom, role, code)
        if code != "ok":
            assert code == Code.NOT_ALLOWED
            assert (hall.membership.roles, hall.membership.seq, hall.membership.hash) == before
        hall.membership.roles, hall.membership.seq, hall.membership.hash = before


def _is_allowed_by_the_words_of_the_specification(who: str, whom: str, role: Role) -> bool:
    before = {"ann": MEMBER, "bob": MODERATOR, "cid": MEMBER, "dot": BANNED, "eve": NONE}[whom]
    if before is role or who == "dot":
        return False
    if who == whom:
        return (who, role) in {("eve", MEMBER), ("ann", NONE), ("bob", NONE), ("cid", NONE)}
    match who:
        case "ann":
            return True
        case "bob":
            return whom not in {"ann", "bob"} and role is not MODERATOR
        case "cid":
            return (whom, role) == ("eve", MEMBER)
        case _:
            return False


def test_no_rule_stands_there_twice_and_none_changes_nothing() -> None:
    keys = [(rule.actor, rule.whom, rule.before, rule.after) for rule in RULES]
    assert len(set(keys)) == len(keys)
    assert all(rule.before is not rule.after for rule in RULES)
    assert not [rule for rule in RULES if rule.actor is Standing.BANNED]


def test_a_banned_member_does_not_come_back_by_leaving(hall: Hall) -> None:
    assert hall.change("dot", ("dot", NONE)) == Code.NOT_ALLOWED
    assert hall.change("dot", ("dot", MEMBER)) == Code.NOT_ALLOWED


@pytest.mark.parametrize("role", [NONE, MODERATOR, BANNED])
def test_nobody_removes_an_owner_but_themselves(hall: Hall, role: Role) -> None:
    set_record(hall, owners=[hall.user("ann"), hall.user("cid")])
    for who in ("ann", "bob", "eve"):
        assert hall.change(who, ("cid", role)) == Code.NOT_ALLOWED
    assert hall.change("cid", ("cid", NONE)) == "ok"


def test_an_owner_comes_back_by_themselves_and_may_be_invited(hall: Hall) -> None:
    set_record(hall, is_open=False)
    hall.change("ann", ("ann", NONE))
    assert hall.change("ann", ("ann", MEMBER)) == "ok"
    hall.change("ann", ("ann", NONE))
    assert hall.change("cid", ("ann", MEMBER)) == "ok"


def test_who_became_an_owner_may_lift_their_own_ban(hall: Hall) -> None:
    set_record(hall, owners=[hall.user("ann"), hall.user("dot")])
    assert hall.change("dot", ("dot", MEMBER)) == "ok"


def test_who_is_no_owner_any_more_has_no_more_than_their_role(hall: Hall) -> None:
    set_record(hall, owners=[hall.user("cid")])
    assert hall.change("ann", ("bob", NONE)) == Code.NOT_ALLOWED
    assert hall.change("cid", ("ann", NONE)) == "ok"


# --- open, closed, archived ------------------------------------------------------------------


def test_nobody_walks_into_a_room_that_is_not_open(hall: Hall) -> None:
    set_record(hall, is_open=False)
    assert hall.change("eve", ("eve", MEMBER)) == Code.NOT_ALLOWED
    assert hall.change("cid", ("eve", MEMBER)) == "ok"


def test_an_archived_room_takes_nobody_in_but_lets_people_go(hall: Hall) -> None:
    set_record(hall, is_archived=True)
    assert hall.change("eve", ("eve", MEMBER)) == Code.ARCHIVED
    assert hall.change("cid", ("eve", MEMBER)) == Code.ARCHIVED
    assert hall.change("bob", ("dot", MEMBER)) == Code.ARCHIVED
    assert hall.change("bob", ("cid", NONE)) == "ok"
    assert hall.change("bob", ("bob", NONE)) == "ok"
    assert hall.change("ann", ("eve", MEMBER)) == "ok"


# --- several at once -------------------------------------------------------------------------


def test_several_changes_happen_together_or_not_at_all(hall: Hall) -> None:
    before = dict(hall.membership.roles)
    assert hall.change("bob", ("eve", MEMBER), ("cid", NONE), ("ann", NONE)) == Code.NOT_ALLOWED
    assert hall.membership.roles == before
    assert hall.change("bob", ("eve", MEMBER), ("cid", NONE)) == "ok"
    assert (hall.role("eve"), hall.role("cid")) == (MEMBER, NONE)


def test_one_person_is_not_changed_twice_in_one_entry(hall: Hall) -> None:
    assert hall.change("ann", ("cid", BANNED), ("cid", NONE)) == Code.MALFORMED


@pytest.mark.parametrize("count", [0, MAX_MEMBER_CHANGES + 1])
def test_an_entry_has_a_limited_number_of_changes(count: int) -> None:
    changes = [MemberChange(ids.UserId(bytes(16)), MEMBER)] * count
    with pytest.raises(RemoteError):
        decode_as(MembersStatement, encode(MembersStatement(View(0, 0), ids.ZERO_HASH, changes)), "members")


def test_a_role_that_does_not_exist_is_malformed() -> None:
    encoded = encode([[0, 0], bytes(32), [[bytes(16), 4]], b""])
    with pytest.raises(RemoteError):
        decode_as(MembersStatement, encoded, "members")


def test_a_room_that_is_full_takes_nobody_and_lets_people_go(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MAX_ROOM_MEMBERS", 3)
    assert hall.change("eve", ("eve", MEMBER)) == Code.FULL
    assert hall.change("ann", ("eve", MEMBER), ("cid", NONE)) == "ok", "one for another"
    monkeypatch.setattr(rooms, "MAX_ROOM_MEMBERS", 1)
    assert hall.change("eve", ("eve", NONE)) == "ok", "never more than before"


# --- entries ---------------------------------------------------------------------------------


def test_a_forged_signature_is_refused(hall: Hall) -> None:
    statement = hall.statement("eve", ("cid", BANNED))
    assert hall.take(statement, sender="bob") == Code.BAD_SIGNATURE
    promoted = msgspec.structs.replace(
        hall.statement("bob", ("cid", NONE)), changes=[MemberChange(hall.user("cid"), BANNED)]
    )
    assert hall.take(promoted, sender="bob") == Code.BAD_SIGNATURE


def test_an_entry_of_one_room_does_not_fit_another(hall: Hall) -> None:
    other = ids.room_log(DATABASE, ids.RoomId(b"o" * 16))
    assert hall.take(hall.statement("ann", ("cid", NONE), log=other), sender="ann") == Code.BAD_SIGNATURE


def test_an_entry_played_again_is_refused(hall: Hall) -> None:
    kick = hall.statement("ann", ("cid", NONE))
    assert hall.take(kick, sender="ann") == "ok"
    assert hall.change("cid", ("cid", MEMBER)) == "ok"
    assert hall.take(kick, sender="ann") == Code.STALE_VIEW


def test_of_two_changes_of_one_state_the_second_is_told_to_look_again(hall: Hall) -> None:
    one, other = hall.statement("bob", ("cid", NONE)), hall.statement("cid", ("eve", MEMBER))
    assert hall.take(one, sender="bob", seq=5) == "ok"
    assert hall.take(other, sender="cid") == Code.STALE_VIEW
    assert hall.membership.seq == 5


def test_an_entry_that_follows_another_one_at_the_same_place_is_refused(hall: Hall) -> None:
    """It was made after what somebody put there instead: a story that only they were told."""
    forged = hall.statement("ann", ("cid", NONE), hash_=b"f" * 32)
    assert hall.take(forged, sender="ann") == Code.STALE_VIEW
    assert hall.change("ann", ("cid", NONE)) == "ok"


def test_which_entry_is_followed_is_signed(hall: Hall) -> None:
    made = hall.statement("ann", ("cid", NONE), hash_=b"f" * 32)
    moved = msgspec.structs.replace(made, membership_hash=hall.membership.hash)
    assert hall.take(moved, sender="ann") == Code.BAD_SIGNATURE


def test_a_view_that_is_ahead_is_refused(hall: Hall) -> None:
    """Else the same entry could be judged in one way today and in another tomorrow."""
    seq, directory_seq = hall.membership.seq, hall.town.directory.seq
    for view, code in (
        (View(seq + 1, directory_seq), Code.STALE_VIEW),
        (View(seq, directory_seq + 1), Code.MALFORMED),
        (View(seq, 0), Code.MALFORMED),
    ):
        assert hall.take(hall.statement("ann", ("cid", NONE), view=view), sender="ann") == code


def test_a_former_owner_gains_nothing_by_an_old_view(hall: Hall) -> None:
    before = hall.town.directory.seq
    set_record(hall, owners=[hall.user("cid")])
    assert hall.change("cid", ("eve", MEMBER)) == "ok", "judged by the new record"
    old = hall.statement("ann", ("bob", BANNED), view=View(hall.membership.seq, before))
    assert hall.take(old, sender="ann") == Code.STALE_VIEW


def test_a_judgement_is_the_same_when_the_directory_has_gone_on(hall: Hall) -> None:
    """A client that was away takes the room's newest record before the old entries of its log."""
    invite, ban = hall.statement("cid", ("eve", MEMBER)), hall.statement("ann", ("bob", BANNED))
    set_record(hall, owners=[hall.user("cid")], is_archived=True)
    hall.town.add(hall.town["ann"].revoke())
    fresh = replace(hall.membership, roles={**hall.membership.roles})
    assert hall.take(invite, sender="cid") == "ok"
    hall.membership = fresh
    assert hall.take(ban, sender="ann") == "ok"


def test_a_device_that_was_cut_off_changes_nothing_afterwards(hall: Hall) -> None:
    hall.town.add(hall.town["bob"].revoke())
    assert hall.change("bob", ("cid", NONE)) == Code.UNKNOWN_DEVICE


def test_a_device_from_after_the_view_changes_nothing(hall: Hall) -> None:
    view = View(hall.membership.seq, hall.town.directory.seq)
    hall.town.people["fay"] = Somebody("fay")
    hall.town.enrol(hall.town["fay"])
    assert hall.take(hall.statement("fay", ("fay", MEMBER), view=view), sender="fay") == Code.UNKNOWN_DEVICE
    assert hall.change("fay", ("fay", MEMBER)) == "ok"


def test_nobody_lets_in_who_was_not_there_in_their_view(hall: Hall) -> None:
    view = View(hall.membership.seq, hall.town.directory.seq)
    assert hall.change("ann", ("stranger", MEMBER)) == Code.UNKNOWN_USER
    hall.town.people["fay"] = Somebody("fay")
    hall.town.enrol(hall.town["fay"])
    early = hall.statement("ann", ("fay", MEMBER), view=view)
    assert hall.take(early, sender="ann") == Code.UNKNOWN_USER
    assert hall.change("ann", ("fay", MEMBER)) == "ok"


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "whom", "role", "words"),
    [
        ("cid", "bob", NONE, "only an owner of the room removes people"),
        ("cid", "eve", BANNED, "only a moderator or an owner of the room bans people"),
        ("cid", "dot", MEMBER, "only a moderator or an owner of the room lets banned people come back"),
        ("bob", "cid", MODERATOR, "only an owner of the room makes moderators"),
        ("eve", "dot", MEMBER, "only a moderator or an owner"),
        ("eve", "cid", NONE, "only a moderator or an owner of the room removes people"),
        ("bob", "ann", NONE, "an owner's place in the room is their own affair"),
        ("dot", "dot", MEMBER, "you are banned from this room: a moderator or an owner may let you in"),
        ("cid", "cid", MODERATOR, "nobody may do that to themselves: ask an owner"),
        ("cid", "cid", MEMBER, "this changes nothing"),
    ],
)
def test_every_refusal_says_who_may_do_it(hall: Hall, who: str, whom: str, role: Role, words: str) -> None:
    roles, changes = hall.membership.roles, [MemberChange(hall.user(whom), role)]
    with pytest.raises(Refusal) as caught:
        check_changes(hall.room.statement, roles, hall.user(who), changes)
    assert words in caught.value.text


def test_an_outsider_is_told_that_members_invite(hall: Hall) -> None:
    set_record(hall, is_open=False)
    with pytest.raises(Refusal, match="a member may invite you"):
        check_changes(
            hall.room.statement,
            hall.membership.roles,
            hall.user("eve"),
            [MemberChange(hall.user("eve"), MEMBER)],
        )
    set_record(hall, is_archived=True)
    with pytest.raises(Refusal, match="an owner may open it again"):
        check_changes(
            hall.room.statement,
            hall.membership.roles,
            hall.user("cid"),
            [MemberChange(hall.user("eve"), MEMBER)],
        )


def test_every_change_has_a_name() -> None:
    changes = {(rule.whom, rule.before, rule.after) for rule in RULES}
    names = {change: deed_of(*change) for change in changes}
    assert set(names.values()) == set(Deed)
    assert names[Whom.SELF, NONE, MEMBER] is Deed.JOIN
    assert names[Whom.OTHER, NONE, MEMBER] is Deed.INVITE
    assert names[Whom.SELF, MEMBER, NONE] is Deed.LEAVE
    assert names[Whom.OTHER, MEMBER, NONE] is Deed.REMOVE
    assert names[Whom.OTHER, MEMBER, BANNED] is Deed.BAN
    assert names[Whom.OTHER, BANNED, NONE] is Deed.PARDON
    assert names[Whom.OTHER, MEMBER, MODERATOR] is Deed.SET_ROLE


def test_what_only_holds_in_open_rooms_is_to_join() -> None:
    rules = [rule for rule in RULES if rule.when is When.IF_OPEN]
    assert [(rule.actor, rule.whom, rule.after) for rule in rules] == [(Standing.OUTSIDER, Whom.SELF, MEMBER)]


def test_the_message_id_is_signed_too(hall: Hall) -> None:
    statement = hall.statement("ann", ("cid", NONE))
    log = hall.log
    assert statement.signed_bytes(log, MESSAGE_ID) != statement.signed_bytes(log, ids.MessageId(bytes(16)))
