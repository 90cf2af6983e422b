"""Message ids, counters, members, cursors."""

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
    in_inbox,
    is_a_broken_rule,
    message,
    message_id,
    messages,
    place,
    rule,
)
from lanmsg.hub.storage.interface import StoredCursor, StoredMember
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.ids import ZERO_HASH

CHECKS: list[Check] = []


# --- message ids and counters --------------------------------------------------------------------


@rule(CHECKS)
def _a_message_is_found_by_sender_and_id(bench: Bench) -> None:
    bench.add_logs()
    first, second = bench.append(ROOM, message(1), message(1, sender=PHONE))
    (third,) = bench.append(OTHER_ROOM, message(2))
    for _ in range(2):
        assert bench.storage.find_message(LAPTOP, message_id(1)) == place(first)
        assert bench.storage.find_message(PHONE, message_id(1)) == place(second)
        assert bench.storage.find_message(LAPTOP, message_id(2)) == place(third)
        assert bench.storage.find_message(PHONE, message_id(2)) is None
        bench.reopen()


@rule(CHECKS)
def _a_message_of_the_running_transaction_is_found(bench: Bench) -> None:
    bench.add_logs()
    (new,) = chain(bench.head(ROOM), [message(1)])
    with bench.storage.transaction():
        assert bench.storage.find_message(LAPTOP, message_id(1)) is None
        bench.storage.add_entries([new])
        assert bench.storage.find_message(LAPTOP, message_id(1)) == place(new)


@rule(CHECKS)
def _shares_have_no_message_of_their_own(bench: Bench) -> None:
    bench.add_logs()
    bench.append(INBOX, in_inbox(EntryKind.SHARE, 1), in_inbox(EntryKind.SHARE, 1))
    assert bench.storage.find_message(LAPTOP, message_id(1)) is None
    (stored,) = bench.append(ROOM, message(1))
    bench.append(INBOX, in_inbox(EntryKind.SHARE, 1))
    assert bench.storage.find_message(LAPTOP, message_id(1)) == place(stored)


@rule(CHECKS)
def _of_messages_with_one_id_one_is_found(bench: Bench) -> None:
    bench.add_logs()
    stored = bench.append(ROOM, message(30), message(30))
    for log in (OTHER_ROOM, ROOM):
        stored += bench.append(log, message(30))
        assert bench.storage.find_message(LAPTOP, message_id(30)) in [place(new) for new in stored]
        bench.append(ROOM, *(message(100 + bench.head(ROOM).seq + number) for number in range(40)))
        bench.reopen()
        assert bench.storage.find_message(LAPTOP, message_id(30)) in [place(new) for new in stored]


@rule(CHECKS)
def _every_message_of_many_transactions_is_found(bench: Bench) -> None:
    bench.add_logs()
    stored = [
        new for number in range(100) for new in bench.append((ROOM, OTHER_ROOM)[number % 2], message(number))
    ]
    for _ in range(2):
        for new in stored:
            assert bench.storage.find_message(LAPTOP, new.entry.message_id) == place(new)
        bench.reopen()


@rule(CHECKS)
def _messages_are_found_through_restarts_between_additions(bench: Bench) -> None:
    bench.add_logs()
    stored = bench.append(OTHER_ROOM, message(1000))
    for number in range(40):
        stored += bench.append(ROOM, message(number))
        if number % 10 == 9:
            bench.reopen()
    assert all(bench.storage.find_message(LAPTOP, new.entry.message_id) == place(new) for new in stored)


@rule(CHECKS)
def _a_counter_is_kept_per_log_and_device(bench: Bench) -> None:
    bench.add_logs()
    empty = bench.head(ROOM)
    with bench.storage.transaction():
        assert bench.storage.counter(ROOM, LAPTOP) == 0
        bench.storage.add_entries(chain(empty, [message(1)], counter=1))
        assert bench.storage.counter(ROOM, LAPTOP) == 1
    bench.append(ROOM, message(2), counter=2)
    bench.append(ROOM, message(3, sender=PHONE), counter=7)
    bench.append(OTHER_ROOM, message(4), counter=2**53 - 1)
    bench.append(ROOM, message(5))
    for _ in range(2):
        assert bench.storage.counter(ROOM, LAPTOP) == 2
        assert bench.storage.counter(ROOM, PHONE) == 7
        assert bench.storage.counter(OTHER_ROOM, LAPTOP) == 2**53 - 1
        assert bench.storage.counter(OTHER_ROOM, PHONE) == 0
        bench.reopen()


# --- members, cursors, last seen -----------------------------------------------------------------


@rule(CHECKS)
def _members_are_added_and_their_bases_replaced(bench: Bench) -> None:
    bench.add_logs()
    before, after = StoredMember(ROOM, ALICE, 0, ZERO_HASH), StoredMember(ROOM, ALICE, 3, b"3" * 32)
    others = [StoredMember(ROOM, BOB, 0, ZERO_HASH), StoredMember(OTHER_ROOM, ALICE, 0, ZERO_HASH)]
    with bench.storage.transaction():
        bench.storage.add_members([before, *others])
    with bench.storage.transaction():
        bench.storage.add_members([after])
    for _ in range(2):
        assert set(bench.state().members) == {after, *others}
        assert len(bench.state().members) == 3
        bench.reopen()


@rule(CHECKS)
def _a_cursor_never_goes_back_and_never_beyond_the_head(bench: Bench) -> None:
    bench.add_logs()
    bench.append(ROOM, *messages(5))
    for seq in (3, 1, 4, 2):
        with bench.storage.transaction():
            bench.storage.set_cursors([StoredCursor(ROOM, PHONE, seq), StoredCursor(ROOM, PHONE, seq - 1)])
    with is_a_broken_rule(), bench.storage.transaction():
        bench.storage.set_cursors([StoredCursor(ROOM, PHONE, 6)])
    for _ in range(2):
        assert list(bench.state().cursors) == [StoredCursor(ROOM, PHONE, 4)]
        bench.reopen()


@rule(CHECKS)
def _last_seen_is_what_was_set_last(bench: Bench) -> None:
    for last_seen_ms in ({ALICE: 5, BOB: 6}, {ALICE: 4}):
        with bench.storage.transaction():
            bench.storage.set_last_seen(last_seen_ms)
    for _ in range(2):
        assert bench.state().last_seen_ms == {ALICE: 4, BOB: 6}
        bench.reopen()
