"""Rooms in the directory: whose they are, who may change them, and names that nobody else can take."""

import msgspec
import pytest

from lanmsg.wire.codec import encode
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.limits import MAX_ROOM_NAMES, MAX_ROOM_VERSIONS, MAX_ROOMS, MAX_ROOMS_PER_USER

from .people import Somebody, Town


@pytest.fixture
def town() -> Town:
    return Town("ann", "bob", "cid")


# --- creating --------------------------------------------------------------------------------


def test_a_room_is_found_by_id_and_by_name(town: Town) -> None:
    statement = town["ann"].room("kitchen")
    town.add(statement)
    room = town.directory.room(statement.room)
    assert room is not None
    assert town.directory.room_named("kitchen") is room
    assert (list(town.directory.rooms), room.statement, room.seq) == ([room], statement, town.directory.seq)
    assert (room.creator, room.name, room.room) == (town["ann"].user, "kitchen", statement.room)
    assert town.directory.named("kitchen") is None, "a room is nobody"
    assert town.directory.room_named("ann") is None, "nobody is a room"


def test_a_room_is_decoded_from_its_entry(town: Town) -> None:
    statement = town["ann"].room("kitchen")
    assert decode_statement(EntryKind.ROOM, encode(statement)) == statement


@pytest.mark.parametrize("count", [0, 9])
def test_a_room_has_one_to_eight_owners(town: Town, count: int) -> None:
    statement = msgspec.structs.replace(town["ann"].room("kitchen"), owners=[town["ann"].user] * count)
    with pytest.raises(RemoteError):
        decode_statement(EntryKind.ROOM, encode(statement))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 2}, Code.MALFORMED),
        ({"version": 0}, Code.MALFORMED),
        ({"is_archived": True}, Code.MALFORMED),
        ({"name": "Kitchen"}, Code.NAME_ILLEGAL),
        ({"name": "everyone"}, Code.NAME_ILLEGAL),
        ({"name": "two words"}, Code.NAME_ILLEGAL),
    ],
)
def test_a_room_that_begins_otherwise_is_refused(town: Town, fields: dict[str, object], code: Code) -> None:
    assert town.code(town["ann"].room("kitchen", **fields)) == code
    assert list(town.directory.rooms) == []


def test_nobody_makes_a_room_for_somebody_else(town: Town) -> None:
    ann, bob = town["ann"], town["bob"]
    for owners in ([bob.user], [ann.user, bob.user]):
        assert town.code(ann.room("kitchen", owners=owners)) == Code.NOT_ALLOWED


def test_a_room_with_another_ones_signature_is_refused(town: Town) -> None:
    forged = msgspec.structs.replace(town["ann"].room("kitchen"), signature=town["bob"].room("x").signature)
    assert town.code(forged) == Code.BAD_SIGNATURE
    stolen = msgspec.structs.replace(town["ann"].room("kitchen"), name="cellar")
    assert town.code(stolen) == Code.BAD_SIGNATURE


def test_a_device_that_was_cut_off_makes_and_changes_no_room(town: Town) -> None:
    room = town["ann"].room("kitchen")
    town.add(room)
    town.add(town["ann"].revoke())
    assert town.code(town["ann"].room("cellar")) == Code.UNKNOWN_DEVICE
    assert town.code(town.next_version(room.room, town["ann"])) == Code.UNKNOWN_DEVICE


def test_a_stranger_makes_no_room(town: Town) -> None:
    assert town.code(Somebody("stranger").room("kitchen")) == Code.UNKNOWN_DEVICE


# --- names -----------------------------------------------------------------------------------


def test_of_two_who_create_a_room_of_one_name_the_first_gets_it(town: Town) -> None:
    first, second = town["ann"].room("kitchen"), town["bob"].room("kitchen", room=b"r" * 16)
    assert (town.code(first), town.code(second)) == ("ok", Code.NAME_TAKEN)


def test_nobody_enrols_under_the_name_of_a_room_or_a_look_alike_of_it(town: Town) -> None:
    town.add(town["ann"].room("bill"))
    assert town.code(Somebody("bill").claim()) == Code.NAME_TAKEN
    assert town.code(Somebody("bi11").claim()) == Code.NAME_LOOKS_LIKE


def test_no_room_has_the_name_of_a_person_or_a_look_alike_of_it(town: Town) -> None:
    town.enrol(Somebody("bill"))
    assert town.code(town["ann"].room("bill")) == Code.NAME_TAKEN
    assert town.code(town["ann"].room("bi11")) == Code.NAME_LOOKS_LIKE
    assert town.code(town["ann"].room("ann")) == Code.NAME_TAKEN, "not even their own"


def test_no_room_looks_like_another_one_archived_or_not(town: Town) -> None:
    room = town["ann"].room("hill")
    town.add(room)
    assert town.code(town["bob"].room("hi11")) == Code.NAME_LOOKS_LIKE
    town.add(town.next_version(room.room, town["ann"], is_archived=True))
    assert town.code(town["bob"].room("hi11")) == Code.NAME_LOOKS_LIKE
    assert town.code(town["bob"].room("hill2", name="hill")) == Code.NAME_TAKEN


def test_a_name_stays_the_rooms_own_after_it_was_renamed(town: Town) -> None:
    """Who types the old name must not reach another room that took it over."""
    room = town["ann"].room("kitchen")
    town.add(room)
    town.add(town.next_version(room.room, town["ann"], name="cellar"))
    assert town.directory.room_named("kitchen") is None
    assert town.code(town["bob"].room("kitchen2", name="kitchen")) == Code.NAME_TAKEN
    assert town.code(Somebody("kitchen").claim()) == Code.NAME_TAKEN
    assert town.code(town.next_version(room.room, town["ann"], name="kitchen")) == "ok"
    assert town.directory.room_named("kitchen") is town.directory.room(room.room)


def test_a_room_may_take_a_name_that_looks_like_its_own(town: Town) -> None:
    room = town["ann"].room("hill")
    town.add(room)
    assert town.code(town.next_version(room.room, town["ann"], name="hi11")) == "ok"


def test_a_room_is_not_renamed_to_what_is_taken(town: Town) -> None:
    for name in ("kitchen", "hill"):
        town.add(town["ann"].room(name))
    room = town.directory.room_named("kitchen")
    assert room is not None
    for name, code in (("bob", Code.NAME_TAKEN), ("hill", Code.NAME_TAKEN), ("hi11", Code.NAME_LOOKS_LIKE)):
        assert town.code(town.next_version(room.room, town["ann"], name=name)) == code


# --- versions --------------------------------------------------------------------------------


def test_each_version_is_kept_with_the_seq_it_counts_from(town: Town) -> None:
    first = town["ann"].room("kitchen")
    town.add(first)
    at_first = town.directory.seq
    second = town.next_version(first.room, town["ann"], is_open=False)
    town.add(second)
    room = town.directory.room(first.room)
    assert room is not None
    assert [room.at(seq) for seq in (at_first - 1, at_first, at_first + 1, 999)] == [
        None,
        first,
        second,
        second,
    ]


def test_somebody_elses_room_is_not_changed(town: Town) -> None:
    room = town["ann"].room("kitchen")
    town.add(room)
    assert town.code(town.next_version(room.room, town["bob"])) == Code.NOT_ALLOWED
    grab = town.next_version(room.room, town["bob"], owners=[town["bob"].user])
    assert town.code(grab) == Code.NOT_ALLOWED
    with pytest.raises(Refusal, match="ask ann"):
        town.directory.check(grab)


def test_an_older_version_played_again_changes_nothing(town: Town) -> None:
    """Who was an owner once holds a signed record that names them: it must not come back."""
    ann, bob = town["ann"], town["bob"]
    room = ann.room("kitchen")
    town.add(room)
    both = town.next_version(room.room, ann, owners=[ann.user, bob.user])
    town.add(both)
    town.add(town.next_version(room.room, ann, owners=[ann.user]))
    for old in (room, both):
        assert town.code(old) == Code.STALE_VIEW
    mine = town.next_version(room.room, bob, owners=[bob.user])
    assert town.code(mine) == Code.NOT_ALLOWED


def test_of_two_owners_who_change_a_room_at_once_the_second_is_told_to_look_again(town: Town) -> None:
    ann, bob = town["ann"], town["bob"]
    room = ann.room("kitchen")
    town.add(room)
    town.add(town.next_version(room.room, ann, owners=[bob.user, ann.user]))
    one = town.next_version(room.room, ann, is_open=False)
    other = town.next_version(room.room, bob, keeps_history=True)
    assert (town.code(one), town.code(other)) == ("ok", Code.STALE_VIEW)


def test_no_version_is_skipped(town: Town) -> None:
    room = town["ann"].room("kitchen")
    town.add(room)
    assert town.code(town.next_version(room.room, town["ann"], version=3)) == Code.STALE_VIEW


@pytest.mark.parametrize("who", ["twice", "stranger"])
def test_owners_are_known_people_each_once(town: Town, who: str) -> None:
    room = town["ann"].room("kitchen")
    town.add(room)
    owners = {
        "twice": [town["ann"].user, town["ann"].user],
        "stranger": [town["ann"].user, Somebody("x").user],
    }
    refusal = town.code(town.next_version(room.room, town["ann"], owners=owners[who]))
    assert refusal == {"twice": Code.MALFORMED, "stranger": Code.UNKNOWN_USER}[who]


# --- bounds ----------------------------------------------------------------------------------


def test_one_person_creates_so_many_rooms_and_archiving_makes_no_place(town: Town) -> None:
    for number in range(MAX_ROOMS_PER_USER):
        town.add(town["ann"].room(f"room-{number}x"))
    room = town.directory.room_named("room-0x")
    assert room is not None
    town.add(town.next_version(room.room, town["ann"], is_archived=True, owners=[town["bob"].user]))
    assert town.code(town["ann"].room("more")) == Code.FULL
    assert town.code(town["bob"].room("more")) == "ok"


def test_a_hub_has_so_many_rooms(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    monkeypatch.setattr("lanmsg.wire.directory.MAX_ROOMS", 2)
    assert MAX_ROOMS > MAX_ROOMS_PER_USER
    codes = [town.code(town[name].room(f"room-of-{name}")) for name in ("ann", "bob", "cid")]
    assert codes == ["ok", "ok", Code.FULL]


def test_a_room_is_changed_so_often_and_has_so_many_names(town: Town) -> None:
    room = town["ann"].room("name-0x")
    town.add(room)
    for number in range(1, MAX_ROOM_NAMES):
        town.add(town.next_version(room.room, town["ann"], name=f"name-{number}x"))
    assert town.code(town.next_version(room.room, town["ann"], name="one-more")) == Code.FULL
    for _ in range(MAX_ROOM_VERSIONS - MAX_ROOM_NAMES):
        town.add(town.next_version(room.room, town["ann"]))
    assert town.code(town.next_version(room.room, town["ann"])) == Code.FULL
