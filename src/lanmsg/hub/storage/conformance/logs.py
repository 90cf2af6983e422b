"""Logs, their entries, runs and pruning."""

from dataclasses import replace

from lanmsg.hub.storage.conformance.bench import (
    ALICE,
    INBOX,
    LAPTOP,
    OTHER_ROOM,
    ROOM,
    Bench,
    Check,
    chain,
    in_inbox,
    is_a_broken_rule,
    message,
    messages,
    place,
    rule,
)
from lanmsg.hub.storage.interface import Run, StoredCursor, StoredLog, StoredMember
from lanmsg.wire.entries import Entry, EntryKind, LogKind, entry_hash
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, MessageId

CHECKS: list[Check] = []


# --- logs ----------------------------------------------------------------------------------------


@rule(CHECKS)
def _a_log_starts_empty_and_is_made_once(bench: Bench) -> None:
    bench.add_logs()
    assert bench.head(ROOM) == StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH)
    assert bench.read(ROOM) == Run(1, ZERO_HASH, [])
    with is_a_broken_rule(), bench.storage.transaction():
        bench.storage.add_log(ROOM, LogKind.DIRECT)
    with is_a_broken_rule(), bench.storage.transaction():
        bench.storage.add_log(LogId(b"twice in a block"), LogKind.DIRECT)
        bench.storage.add_log(LogId(b"twice in a block"), LogKind.DIRECT)


@rule(CHECKS)
def _a_log_can_be_filled_in_the_block_that_makes_it(bench: Bench) -> None:
    chained = chain(StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH), messages(2))
    with bench.storage.transaction():
        bench.storage.add_log(ROOM, LogKind.DIRECT)
        bench.storage.add_members([StoredMember(ROOM, ALICE, 0, ZERO_HASH)])
        bench.storage.add_entries(chained[:1])
        bench.storage.add_entries(chained[1:])
        bench.storage.set_cursors([StoredCursor(ROOM, LAPTOP, 2)])
    bench.reopen()
    assert bench.head(ROOM) == StoredLog(ROOM, LogKind.DIRECT, 2, chained[1].hash)
    assert bench.read(ROOM) == Run(1, ZERO_HASH, messages(2))


@rule(CHECKS)
def _logs_that_do_not_exist_take_and_give_nothing(bench: Bench) -> None:
    nowhere = LogId(b"a log never made")
    storage = bench.storage
    for write in (
        lambda: storage.add_members([StoredMember(nowhere, ALICE, 0, ZERO_HASH)]),
        lambda: storage.add_entries(chain(StoredLog(nowhere, LogKind.DIRECT, 0, ZERO_HASH), [message(1)])),
        lambda: storage.set_cursors([StoredCursor(nowhere, LAPTOP, 0)]),
        lambda: storage.prune(nowhere, 0),
    ):
        with is_a_broken_rule(), storage.transaction():
            write()
    with is_a_broken_rule():
        bench.read(nowhere)


@rule(CHECKS)
def _seqs_follow_the_head_without_a_gap(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(2))
    chained = chain(bench.head(ROOM), [message(3), message(4)])
    for wrong in (
        [chained[1]],
        [chained[0], chained[0]],
        chain(StoredLog(ROOM, LogKind.DIRECT, 1, b""), [message(5)]),
    ):
        with is_a_broken_rule(), bench.storage.transaction():
            bench.storage.add_entries(wrong)
    with bench.storage.transaction():
        bench.storage.add_entries(chained)
    assert bench.head(ROOM).seq == 4


@rule(CHECKS)
def _logs_are_independent(bench: Bench) -> None:
    bench.add_logs()
    for number in range(1, 20):
        bench.append(ROOM if number % 3 else OTHER_ROOM, message(number))
    bench.reopen()
    assert bench.read(ROOM).entries == [message(number) for number in range(1, 20) if number % 3]
    assert bench.read(OTHER_ROOM).entries == [message(number) for number in range(3, 20, 3)]


@rule(CHECKS)
def _entries_come_back_byte_for_byte(bench: Bench) -> None:
    bench.add_logs()
    odd = [
        Entry(EntryKind.MESSAGE, DeviceId(bytes(16)), MessageId(b"\xff" * 16), 0, b""),
        Entry(EntryKind.MESSAGE, DeviceId(b"\xff" * 16), MessageId(bytes(16)), 2**53 - 1, bytes(range(256))),
        message(3, size_bytes=80 * 1024),
    ]
    bench.append(ROOM, *odd)
    bench.reopen()
    assert bench.read(ROOM).entries == odd


# --- runs ----------------------------------------------------------------------------------------


@rule(CHECKS)
def _a_run_starts_after_the_seq_and_names_the_hash_before_it(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(10))
    for after in range(10):
        run = bench.read(ROOM, after)
        assert run.first_seq == after + 1
        assert run.previous == (chained[after - 1].hash if after else ZERO_HASH)
        assert run.entries == messages(10)[after:]


@rule(CHECKS)
def _the_hashes_of_a_run_lead_to_the_head(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(10))
    run = bench.read(ROOM, 4)
    previous = run.previous
    for seq, entry in enumerate(run.entries, run.first_seq):
        previous = entry_hash(ROOM, seq, previous, entry)
    assert previous == bench.head(ROOM).hash


@rule(CHECKS)
def _a_run_holds_at_most_so_many_entries(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(10))
    for limit in range(1, 12):
        assert bench.read(ROOM, 2, max_entries=limit).entries == messages(10)[2 : 2 + limit]


@rule(CHECKS)
def _a_run_holds_at_most_so_many_bytes_but_at_least_one_entry(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *(message(number, size_bytes=100) for number in range(1, 6)))
    for limit, count in ((1, 1), (99, 1), (100, 1), (199, 1), (200, 2), (399, 3), (500, 5), (501, 5)):
        assert len(bench.read(ROOM, max_bytes=limit).entries) == count


@rule(CHECKS)
def _a_run_at_or_beyond_the_head_is_empty(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(ROOM, *messages(3))
    for after in (3, 4, 1000, 2**53 - 1):
        assert bench.read(ROOM, after) == Run(4, chained[2].hash, [])


@rule(CHECKS)
def _pages_put_together_are_the_log(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *(message(number, size_bytes=number * 7) for number in range(1, 60)))
    entries: list[Entry] = []
    while page := bench.read(ROOM, len(entries), max_entries=7, max_bytes=1500).entries:
        entries += page
    assert entries == [message(number, size_bytes=number * 7) for number in range(1, 60)]


# --- pruning -------------------------------------------------------------------------------------


def _mixed_inbox(count: int) -> list[Entry]:
    """Shares and device messages in turn."""
    kinds = (EntryKind.DEVICE_MESSAGE, EntryKind.SHARE)
    return [in_inbox(kinds[number % 2], number) for number in range(1, count + 1)]


@rule(CHECKS)
def _pruning_deletes_up_to_the_seq_and_keeps_the_head(bench: Bench) -> None:
    bench.add_logs()
    chained = bench.append(INBOX, *_mixed_inbox(6))
    head = bench.head(INBOX)
    with bench.storage.transaction():
        bench.storage.prune(INBOX, 4)
    for _ in range(2):
        assert bench.head(INBOX) == replace(head, pruned_seq=4, pruned_hash=chained[3].hash)
        for after in range(5):
            assert bench.read(INBOX, after) == Run(5, chained[3].hash, _mixed_inbox(6)[4:])
        assert bench.read(INBOX, 5) == Run(6, chained[4].hash, _mixed_inbox(6)[5:])
        bench.reopen()


@rule(CHECKS)
def _a_wholly_pruned_log_goes_on(bench: Bench) -> None:
    bench.add_logs()
    bench.append(INBOX, *_mixed_inbox(3))
    head = bench.head(INBOX)
    with bench.storage.transaction():
        bench.storage.prune(INBOX, 3)
    assert bench.read(INBOX) == Run(4, head.hash, [])
    bench.reopen()
    assert bench.read(INBOX) == Run(4, head.hash, [])
    bench.append(INBOX, in_inbox(EntryKind.SHARE, 9))
    assert bench.read(INBOX) == Run(4, head.hash, [in_inbox(EntryKind.SHARE, 9)])


@rule(CHECKS)
def _pruning_again_or_less_changes_nothing(bench: Bench) -> None:
    bench.add_logs()
    bench.append(INBOX, *_mixed_inbox(5))
    for up_to in (3, 3, 1, 0):
        with bench.storage.transaction():
            bench.storage.prune(INBOX, up_to)
        assert bench.read(INBOX).first_seq == 4


@rule(CHECKS)
def _entries_can_be_pruned_in_the_block_that_adds_them(bench: Bench) -> None:
    bench.add_logs()
    with bench.storage.transaction():
        chained = chain(StoredLog(INBOX, LogKind.INBOX, 0, ZERO_HASH), _mixed_inbox(4))
        bench.storage.add_entries(chained)
        bench.storage.prune(INBOX, 3)
    bench.reopen()
    assert bench.read(INBOX) == Run(4, chained[2].hash, _mixed_inbox(4)[3:])


@rule(CHECKS)
def _a_pruned_device_message_is_found_for_ever(bench: Bench) -> None:
    bench.add_logs()
    (stored,) = bench.append(INBOX, in_inbox(EntryKind.DEVICE_MESSAGE, 1))
    with bench.storage.transaction():
        bench.storage.prune(INBOX, 1)
        assert bench.find(stored) == place(stored)
    bench.reopen()
    assert bench.find(stored) == place(stored)
