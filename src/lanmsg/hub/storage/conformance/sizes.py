"""How large logs are, and what the storage takes."""

from lanmsg.hub.storage.conformance.bench import (
    INBOX,
    OTHER_ROOM,
    ROOM,
    Bench,
    Check,
    in_inbox,
    message,
    rule,
    undone,
)
from lanmsg.wire.entries import EntryKind

CHECKS: list[Check] = []


def _size(*numbers: int) -> int:
    return sum(len(message(number).body) for number in numbers)


@rule(CHECKS)
def _a_log_is_as_large_as_the_bodies_in_it(bench: Bench) -> None:
    bench.add_logs()
    assert bench.storage.log_sizes() == {ROOM: 0, OTHER_ROOM: 0, INBOX: 0}
    bench.append(ROOM, message(1), message(2))
    bench.append(OTHER_ROOM, message(3))
    for _ in range(2):
        assert bench.storage.log_sizes() == {ROOM: _size(1, 2), OTHER_ROOM: _size(3), INBOX: 0}
        bench.reopen()


@rule(CHECKS)
def _what_is_pruned_does_not_count(bench: Bench) -> None:
    bench.add_logs()
    kinds = EntryKind.SHARE, EntryKind.DEVICE_MESSAGE, EntryKind.SHARE
    entries = [in_inbox(kind, number) for number, kind in enumerate(kinds, 1)]
    bench.append(INBOX, *entries)
    for up_to in (1, 2, 2, 3):
        with bench.storage.transaction():
            bench.storage.prune(INBOX, up_to)
        left = sum(len(entry.body) for entry in entries[up_to:])
        for _ in range(2):
            assert bench.storage.log_sizes()[INBOX] == left
            bench.reopen()


@rule(CHECKS)
def _what_is_undone_does_not_count(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, message(1))
    with undone(bench.storage):
        bench.storage.set_last_seen({})
        assert bench.storage.log_sizes()[ROOM] == _size(1), "as of the last commit"
    assert bench.storage.log_sizes()[ROOM] == _size(1)


@rule(CHECKS)
def _what_the_storage_takes_grows_with_what_is_in_it(bench: Bench) -> None:
    bench.add_logs()
    before = bench.storage.disk_use()
    for number in range(1, 40):
        bench.append(ROOM, message(number))
    after = bench.storage.disk_use()
    assert after.database_bytes + after.journal_bytes > before.database_bytes + before.journal_bytes
    assert 0 <= after.reusable_bytes <= after.database_bytes
    assert after.disk_free_bytes >= 0
