"""Opening, closing and transactions."""

from collections.abc import Callable, Sequence

from lanmsg.hub.storage.conformance.bench import (
    ALICE,
    BOB,
    INBOX,
    LAPTOP,
    OTHER_ROOM,
    PHONE,
    ROOM,
    Bench,
    Check,
    chain,
    head_in,
    in_inbox,
    is_a_broken_rule,
    key,
    message,
    message_id,
    messages,
    place,
    rule,
    undone,
)
from lanmsg.hub.storage.interface import Run, Storage, StoredCursor, StoredLog, StoredMember
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.ids import ZERO_HASH, LogId

CHECKS: list[Check] = []


# --- the life of a storage -----------------------------------------------------------------------


@rule(CHECKS)
def _a_new_storage_is_empty_and_names_its_database_once(bench: Bench) -> None:
    first = bench.state()
    assert len(first.database) == 16
    assert not first.logs
    assert not first.members
    assert not first.cursors
    assert not first.last_seen_ms
    assert bench.state().database == first.database
    bench.reopen()
    assert bench.state().database == first.database


@rule(CHECKS)
def _close_may_be_called_twice_and_then_nothing_else(bench: Bench) -> None:
    bench.storage.close()
    bench.storage.close()
    with is_a_broken_rule():
        bench.storage.load()
    with is_a_broken_rule(), bench.storage.transaction():
        pass
    with is_a_broken_rule():
        bench.storage.find_message(ROOM, LAPTOP, message_id(1), None)


@rule(CHECKS)
def _everything_committed_is_there_after_reopening(bench: Bench) -> None:
    bench.add_logs()
    member = StoredMember(ROOM, ALICE, 0, ZERO_HASH)
    (stored,) = bench.append(ROOM, message(1), counter=9)
    with bench.storage.transaction():
        bench.storage.add_members([member])
        bench.storage.set_cursors([StoredCursor(ROOM, PHONE, 1)])
        bench.storage.set_last_seen({ALICE: 77})
        bench.storage.add_one_time_keys(PHONE, [key(1)], at_most=5)
        bench.storage.set_fallback_key(PHONE, key(2))
        bench.storage.add_invite(b"invite", 100)
    bench.reopen()
    state = bench.state()
    assert {head.log for head in state.logs} == {ROOM, OTHER_ROOM, INBOX}
    assert bench.head(ROOM) == StoredLog(ROOM, LogKind.DIRECT, 1, stored.hash)
    assert list(state.members) == [member]
    assert list(state.cursors) == [StoredCursor(ROOM, PHONE, 1)]
    assert state.last_seen_ms == {ALICE: 77}
    assert bench.read(ROOM) == Run(1, ZERO_HASH, [message(1)])
    assert bench.find(stored) == place(stored)
    assert bench.storage.counter(ROOM, LAPTOP) == 9
    assert bench.storage.stock(PHONE) == 1
    assert bench.storage.has_fallback_key(PHONE)
    assert bench.storage.open_invites(0) == 1


# --- transactions --------------------------------------------------------------------------------


@rule(CHECKS)
def _an_exception_undoes_every_write_of_its_block(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, message(1))
    bench.append(INBOX, in_inbox(EntryKind.DEVICE_MESSAGE, 2))
    before, run, inbox = bench.state(), bench.read(ROOM), bench.read(INBOX)
    new_log = LogId(b"a log never made")
    with undone(bench.storage):
        bench.storage.add_log(new_log, LogKind.DIRECT)
        bench.storage.add_members([StoredMember(ROOM, BOB, 0, ZERO_HASH)])
        bench.storage.add_entries(chain(head_in(before, ROOM), [message(3)]))
        bench.storage.prune(INBOX, 1)
        bench.storage.set_cursors([StoredCursor(ROOM, PHONE, 1)])
        bench.storage.set_last_seen({BOB: 5})
    for _ in range(2):
        assert bench.state() == before
        assert bench.read(ROOM) == run
        assert bench.read(INBOX) == inbox
        bench.reopen()


@rule(CHECKS)
def _an_exception_undoes_messages_counters_keys_and_invites(bench: Bench) -> None:
    bench.add_logs()
    with bench.storage.transaction():
        bench.storage.add_one_time_keys(PHONE, [key(1)], at_most=5)
        bench.storage.add_invite(b"kept", 100)
    with undone(bench.storage):
        assert bench.storage.counter(ROOM, LAPTOP) == 0
        gone = chain(StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH), [message(1)], counter=1)
        bench.storage.add_entries(gone)
        assert bench.storage.take_key(PHONE) == (key(1), False)
        assert bench.storage.add_one_time_keys(PHONE, [key(2)], at_most=5) == 1
        bench.storage.set_fallback_key(PHONE, key(3))
        assert bench.storage.take_invite(b"kept", 0)
        bench.storage.add_invite(b"new", 100)
    for _ in range(2):
        assert bench.find(gone[0]) is None
        assert bench.storage.counter(ROOM, LAPTOP) == 0
        assert bench.storage.stock(PHONE) == 1
        assert not bench.storage.has_fallback_key(PHONE)
        assert bench.storage.open_invites(0) == 1
        bench.reopen()


@rule(CHECKS)
def _a_storage_goes_on_after_an_undone_block(bench: Bench) -> None:
    bench.add_logs()
    with undone(bench.storage):
        bench.storage.add_log(LogId(b"a log never made"), LogKind.DIRECT)
        empty = StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH)
        bench.storage.add_entries(chain(empty, messages(3), counter=3))
    with bench.storage.transaction():
        bench.storage.add_log(LogId(b"a log that is so"), LogKind.EVERYONE)
    (stored,) = bench.append(LogId(b"a log that is so"), message(2))
    bench.append(ROOM, message(1), counter=1)
    bench.reopen()
    assert bench.storage.counter(ROOM, LAPTOP) == 1
    assert bench.storage.counter(LogId(b"a log that is so"), LAPTOP) == 0
    assert bench.find(stored) == place(stored)
    assert bench.read(ROOM).entries == [message(1)]


@rule(CHECKS)
def _a_broken_rule_undoes_its_block(bench: Bench) -> None:
    bench.add_logs()
    with is_a_broken_rule(), bench.storage.transaction():
        bench.storage.add_entries(chain(StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH), [message(1)]))
        bench.storage.add_log(ROOM, LogKind.DIRECT)
    assert bench.head(ROOM).seq == 0
    bench.append(ROOM, message(1))
    assert bench.head(ROOM).seq == 1


@rule(CHECKS)
def _writing_needs_a_transaction_and_reading_runs_none(bench: Bench) -> None:
    bench.add_logs()
    storage = bench.storage
    for write in _writes(storage):
        with is_a_broken_rule():
            write()
    with is_a_broken_rule(), storage.transaction(), storage.transaction():
        pass
    for outside in (storage.load, storage.close, lambda: bench.read(ROOM)):
        with is_a_broken_rule(), storage.transaction():
            outside()
    assert bench.state().logs


def _writes(storage: Storage) -> Sequence[Callable[[], object]]:
    return (
        lambda: storage.add_log(LogId(b"a log never made"), LogKind.DIRECT),
        lambda: storage.add_members([StoredMember(ROOM, ALICE, 0, ZERO_HASH)]),
        lambda: storage.add_entries(chain(StoredLog(ROOM, LogKind.DIRECT, 0, ZERO_HASH), [message(1)])),
        lambda: storage.set_cursors([StoredCursor(ROOM, LAPTOP, 0)]),
        lambda: storage.prune(INBOX, 0),
        lambda: storage.set_last_seen({ALICE: 1}),
        lambda: storage.add_one_time_keys(PHONE, [key(1)], at_most=1),
        lambda: storage.set_fallback_key(PHONE, key(1)),
        lambda: storage.take_key(PHONE),
        lambda: storage.add_invite(b"invite", 1),
        lambda: storage.take_invite(b"invite", 1),
    )
