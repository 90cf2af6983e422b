"""Pruning conversations: messages go, and nothing that anybody still needs."""

from lanmsg.hub.storage.conformance.bench import (
    INBOX,
    LAPTOP,
    OTHER_ROOM,
    PHONE,
    ROOM,
    Bench,
    Check,
    chain,
    is_a_broken_rule,
    message,
    messages,
    place,
    rule,
    undone,
)
from lanmsg.hub.storage.interface import PlacedEntry, Run, StoredLog
from lanmsg.wire.entries import Entry, EntryKind, LogKind
from lanmsg.wire.ids import ZERO_HASH, LogId

CHECKS: list[Check] = []

MEMBERS_ROOM = LogId(b"a room of people")


def _prune(bench: Bench, log: LogId, up_to: int) -> None:
    with bench.storage.transaction():
        bench.storage.prune(log, up_to)


def _room(bench: Bench, kinds: str) -> list[PlacedEntry]:
    """Fill a room: `c` is a change of its members, `m` a message."""
    with bench.storage.transaction():
        bench.storage.add_log(MEMBERS_ROOM, LogKind.ROOM)
    placed: list[PlacedEntry] = []
    for number, kind in enumerate(kinds, 1):
        counter = None if kind == "c" else number
        placed += bench.append(MEMBERS_ROOM, _entry(kind, number), counter=counter)
    return placed


def _entry(kind: str, number: int) -> Entry:
    made = message(number)
    if kind == "m":
        return made
    return Entry(EntryKind.MEMBERS, made.sender, made.message_id, made.at_ms, made.body)


@rule(CHECKS)
def _a_pruned_conversation_begins_later_and_goes_on(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(6), counter=1)
    _prune(bench, ROOM, 4)
    for _ in range(2):
        head = bench.head(ROOM)
        assert head == StoredLog(ROOM, LogKind.DIRECT, 6, chained[5].hash, 4, chained[3].hash)
        for after in range(5):
            assert bench.read(ROOM, after) == Run(5, chained[3].hash, messages(6)[4:])
        bench.reopen()
    bench.append(ROOM, message(7), counter=7)
    assert bench.read(ROOM, 5).entries == [message(6), message(7)]


@rule(CHECKS)
def _a_conversation_can_be_pruned_to_its_end_and_goes_on(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(3), counter=1)
    _prune(bench, ROOM, 3)
    bench.reopen()
    head = bench.head(ROOM)
    assert bench.read(ROOM) == Run(4, head.hash, [])
    bench.append(ROOM, message(4), counter=4)
    assert bench.read(ROOM) == Run(4, head.hash, [message(4)])


@rule(CHECKS)
def _pruning_in_many_steps_is_pruning_at_once(bench: Bench) -> None:
    bench.add_logs()
    for log in (ROOM, OTHER_ROOM):
        bench.append(log, *messages(9), counter=1)
    for up_to in (2, 3, 3, 1, 7):
        _prune(bench, ROOM, up_to)
    _prune(bench, OTHER_ROOM, 7)
    assert bench.read(ROOM).entries == bench.read(OTHER_ROOM).entries == messages(9)[7:]
    assert bench.head(ROOM).pruned_seq == bench.head(OTHER_ROOM).pruned_seq == 7


@rule(CHECKS)
def _counters_outlive_their_messages(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(3), counter=1)
    bench.append(ROOM, message(4, sender=PHONE), counter=1)
    bench.append(ROOM, message(5), counter=4)
    for up_to in (2, 5):
        _prune(bench, ROOM, up_to)
        for _ in range(2):
            assert [bench.storage.counter(ROOM, device) for device in (LAPTOP, PHONE)] == [4, 1]
            bench.reopen()


@rule(CHECKS)
def _a_pruned_message_is_known_to_be_pruned_and_not_found(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(4), counter=1)
    assert not any(bench.storage.is_pruned(ROOM, LAPTOP, counter) for counter in range(1, 6))
    _prune(bench, ROOM, 3)
    for _ in range(2):
        assert [bench.find(each) for each in chained] == [None, None, None, place(chained[3])]
        pruned = [bench.storage.is_pruned(ROOM, LAPTOP, counter) for counter in range(6)]
        assert pruned == [False, True, True, True, False, False]
        assert not bench.storage.is_pruned(ROOM, PHONE, 1)
        bench.reopen()


@rule(CHECKS)
def _changes_of_members_stay_with_the_hash_before_them(bench: Bench) -> None:
    placed = _room(bench, "cmmcccmmmc")
    for up_to in (0, 1, 2, 4, 8, 10):
        _prune(bench, MEMBERS_ROOM, up_to)
        for seq in (1, 4, 5, 6, 10):
            assert bench.storage.members_entry(MEMBERS_ROOM, seq) == placed[seq - 1]
    bench.reopen()
    assert bench.storage.members_entry(MEMBERS_ROOM, 6) == placed[5]
    assert bench.find(placed[3]) == place(placed[3])


@rule(CHECKS)
def _where_only_changes_of_members_are_left_the_newest_before_is_found(bench: Bench) -> None:
    placed = _room(bench, "mcmmcmm")
    assert [bench.storage.members_entry(MEMBERS_ROOM, seq) for seq in (1, 3, 7, 8, 99)] == [None] * 5
    _prune(bench, MEMBERS_ROOM, 6)
    found = [bench.storage.members_entry(MEMBERS_ROOM, seq) for seq in range(9)]
    second, fifth = placed[1], placed[4]
    assert found == [None, None, second, second, second, fifth, fifth, None, None]


@rule(CHECKS)
def _the_oldest_entries_are_those_that_are_not_pruned(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(5), counter=1)
    _prune(bench, ROOM, 2)
    expected = [(each.entry.at_ms, each.hash) for each in chained]
    assert list(bench.storage.oldest_entries(ROOM, limit=2)) == expected[2:4]
    assert list(bench.storage.oldest_entries(ROOM, limit=9)) == expected[2:]
    assert list(bench.storage.oldest_entries(OTHER_ROOM, limit=9)) == []
    with bench.storage.transaction():
        bench.storage.prune(ROOM, 4)
        assert list(bench.storage.oldest_entries(ROOM, limit=9)) == expected[4:]


@rule(CHECKS)
def _pruning_makes_room(bench: Bench) -> None:
    bench.add_logs()
    before = bench.storage.disk_use().used_bytes
    bench.append(ROOM, *(message(number, size_bytes=500) for number in range(1, 401)), counter=1)
    full = bench.storage.disk_use().used_bytes
    assert full > before + 150_000
    _prune(bench, ROOM, 399)
    assert bench.storage.disk_use().used_bytes < before + (full - before) / 4


@rule(CHECKS)
def _a_conversation_can_be_pruned_in_the_block_that_fills_it(bench: Bench) -> None:
    bench.add_logs()
    with bench.storage.transaction():
        chained = chain(StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH), messages(4), counter=1)
        bench.storage.add_entries(chained)
        bench.storage.prune(ROOM, 3)
    bench.reopen()
    assert bench.read(ROOM) == Run(4, chained[2].hash, messages(4)[3:])
    assert bench.storage.counter(ROOM, LAPTOP) == 4


@rule(CHECKS)
def _undone_pruning_leaves_everything(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(4), counter=1)
    with undone(bench.storage):
        bench.storage.prune(ROOM, 4)
    assert bench.read(ROOM) == Run(1, ZERO_HASH, messages(4))
    assert [bench.find(each) for each in chained] == [place(each) for each in chained]


@rule(CHECKS)
def _what_everybody_needs_for_ever_is_not_pruned(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, message(1), counter=1)
    bench.append(INBOX, message(2))
    for log, kind in ((LogId(b"d" * 16), LogKind.DIRECTORY), (LogId(b"a" * 16), LogKind.ACCOUNT)):
        with bench.storage.transaction():
            bench.storage.add_log(log, kind)
        bench.append(log, message(3))
        with is_a_broken_rule(), bench.storage.transaction():
            bench.storage.prune(log, 1)
    for log in (ROOM, INBOX):
        with is_a_broken_rule(), bench.storage.transaction():
            bench.storage.prune(log, 2)
