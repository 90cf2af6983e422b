"""The heads and members of all logs, in memory."""

import pytest

from lanmsg.hub.logs import Log, Logs, is_current
from lanmsg.hub.storage.interface import StoredLog, StoredMember, StoredState
from lanmsg.wire.entries import LogKind, View
from lanmsg.wire.ids import ZERO_HASH, DatabaseId, LogId, UserId
from lanmsg.wire.statements import Role

ROOM, HALL = LogId(b"room".ljust(16)), LogId(b"hall".ljust(16))
ANN, BOB = UserId(b"ann".ljust(16)), UserId(b"bob".ljust(16))


def test_logs_start_from_what_is_stored() -> None:
    member = StoredMember(ROOM, ANN, 3, b"base")
    stored = [StoredLog(ROOM, LogKind.DIRECT, 7, b"hash"), StoredLog(HALL, LogKind.EVERYONE, 0, ZERO_HASH)]
    logs = Logs.from_state(StoredState(DatabaseId(bytes(16)), stored, [member], [], {}))
    assert logs[ROOM] == Log(ROOM, LogKind.DIRECT, 7, b"hash", {ANN: member})
    assert [log.log for log in logs] == [ROOM, HALL]
    assert [log.log for log in logs.of_user(ANN)] == [ROOM]
    assert list(logs.of_user(BOB)) == []
    assert (len(logs), ROOM in logs, LogId(bytes(16)) in logs) == (2, True, False)
    assert logs.get(LogId(bytes(16))) is None


def test_adding_a_log_again_keeps_the_one_there_is() -> None:
    logs = Logs()
    log = logs.add(ROOM, LogKind.DIRECT)
    log.seq = 5
    assert logs.add(ROOM, LogKind.DIRECT) is log


def test_a_member_is_listed_once_and_may_get_another_base() -> None:
    logs = Logs()
    logs.add(ROOM, LogKind.DIRECT)
    for base in (0, 4):
        logs.add_members([StoredMember(ROOM, ANN, base, b"")])
    assert [log.members[ANN].base_seq for log in logs.of_user(ANN)] == [4]


@pytest.mark.parametrize(
    ("view", "expected"),
    [(View(2, 5), True), (View(3, 9), True), (View(1, 5), False), (View(2, 4), False), (View(0, 0), False)],
)
def test_a_view_is_current_from_the_last_change_of_readers_on(view: View, expected: bool) -> None:
    log = Log(ROOM, LogKind.DIRECT, membership_seq=2)
    assert is_current(view, log, devices_seq=5) is expected


def member(user: UserId, role: Role, changed_seq: int) -> StoredMember:
    return StoredMember(ROOM, user, 0, ZERO_HASH, role, changed_seq, bytes([changed_seq]) * 32)


def test_who_goes_is_former_and_who_comes_back_is_not() -> None:
    logs = Logs()
    room = logs.add(ROOM, LogKind.ROOM)
    logs.add_members([member(ANN, Role.MODERATOR, 1), member(BOB, Role.MEMBER, 1)])
    assert (set(room.members), set(room.former), room.membership_seq) == ({ANN, BOB}, set(), 1)
    logs.add_members([member(BOB, Role.BANNED, 4)])
    assert (set(room.members), set(room.former), room.membership_seq) == ({ANN}, {BOB}, 4)
    assert (list(logs.of_user(BOB)), list(logs.left_by(BOB))) == ([], [room])
    logs.add_members([member(BOB, Role.NONE, 6)])
    assert (room.former[BOB].role, list(logs.left_by(BOB)), room.membership_seq) == (Role.NONE, [room], 6)
    logs.add_members([member(BOB, Role.MEMBER, 7)])
    assert (list(logs.of_user(BOB)), list(logs.left_by(BOB)), room.former) == ([room], [], {})
    assert list(logs.left_by(ANN)) == []


def test_the_newest_change_is_known_after_a_restart() -> None:
    stored = [StoredLog(ROOM, LogKind.ROOM, 9, b"hash")]
    members = [member(ANN, Role.MEMBER, 8), member(BOB, Role.NONE, 3)]
    logs = Logs.from_state(StoredState(DatabaseId(bytes(16)), stored, members, [], {}))
    assert (logs[ROOM].membership_seq, logs[ROOM].membership_hash) == (8, b"\x08" * 32)
    assert (set(logs[ROOM].members), set(logs[ROOM].former)) == ({ANN}, {BOB})
