"""What is sent again, counters, members, cursors."""

from dataclasses import replace

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
from lanmsg.wire.statements import Role

CHECKS: list[Check] = []


# --- what is sent again, and counters ------------------------------------------------------------


@rule(CHECKS)
def _a_message_is_found_by_log_sender_id_and_counter(bench: Bench) -> None:
    bench.add_logs()
    (first,) = bench.append(ROOM, message(1), counter=1)
    (second,) = bench.append(ROOM, message(1, sender=PHONE), counter=7)
    (third,) = bench.append(OTHER_ROOM, message(2), counter=1)
    for _ in range(2):
        assert [bench.find(new) for new in (first, second, third)] == [
            place(new) for new in (first, second, third)
        ]
        for log, sender, number, counter in (
            (OTHER_ROOM, LAPTOP, 1, 1),
            (ROOM, PHONE, 1, 1),
            (ROOM, LAPTOP, 2, 1),
            (ROOM, LAPTOP, 1, 2),
            (ROOM, LAPTOP, 1, None),
        ):
            assert bench.storage.find_message(log, sender, message_id(number), counter) is None
        bench.reopen()


@rule(CHECKS)
def _what_has_no_counter_is_found_by_log_sender_and_id(bench: Bench) -> None:
    bench.add_logs()
    (first,) = bench.append(INBOX, in_inbox(EntryKind.DEVICE_MESSAGE, 1))
    (second,) = bench.append(ROOM, message(1))
    for _ in range(2):
        assert bench.find(first) == place(first)
        assert bench.find(second) == place(second)
        for log, sender, number, counter in (
            (OTHER_ROOM, LAPTOP, 1, None),
            (INBOX, PHONE, 1, None),
            (INBOX, LAPTOP, 2, None),
            (INBOX, LAPTOP, 1, 1),
        ):
            assert bench.storage.find_message(log, sender, message_id(number), counter) is None
        bench.reopen()


@rule(CHECKS)
def _a_message_of_the_running_transaction_is_found(bench: Bench) -> None:
    bench.add_logs()
    new = [
        *chain(bench.head(ROOM), [message(1)], counter=1),
        *chain(bench.head(INBOX), [in_inbox(EntryKind.DEVICE_MESSAGE, 1)]),
    ]
    with bench.storage.transaction():
        assert [bench.find(one) for one in new] == [None, None]
        bench.storage.add_entries(new)
        assert [bench.find(one) for one in new] == [place(one) for one in new]


@rule(CHECKS)
def _shares_have_no_message_of_their_own(bench: Bench) -> None:
    bench.add_logs()
    shares = bench.append(INBOX, in_inbox(EntryKind.SHARE, 1), in_inbox(EntryKind.SHARE, 1))
    assert bench.find(shares[0]) is None
    (stored,) = bench.append(INBOX, in_inbox(EntryKind.DEVICE_MESSAGE, 1))
    bench.append(INBOX, in_inbox(EntryKind.SHARE, 1))
    assert bench.find(stored) == place(stored)


@rule(CHECKS)
def _messages_with_one_id_are_told_apart_by_their_counters(bench: Bench) -> None:
    bench.add_logs()
    stored = bench.append(ROOM, message(30), message(30), counter=1)
    stored += bench.append(OTHER_ROOM, message(30), counter=1)
    for _ in range(2):
        assert [bench.find(new) for new in stored] == [place(new) for new in stored]
        bench.append(ROOM, *(message(number) for number in range(40)), counter=3)
        bench.reopen()


@rule(CHECKS)
def _of_entries_with_one_id_and_no_counter_one_is_found(bench: Bench) -> None:
    bench.add_logs()
    stored = bench.append(INBOX, *[in_inbox(EntryKind.DEVICE_MESSAGE, 30)] * 2)
    for _ in range(2):
        assert bench.find(stored[0]) in [place(new) for new in stored]
        bench.reopen()


@rule(CHECKS)
def _every_message_of_many_transactions_is_found(bench: Bench) -> None:
    bench.add_logs()
    stored = [
        new
        for number in range(1, 100)
        for new in bench.append((ROOM, OTHER_ROOM)[number % 2], message(number), counter=number)
    ]
    for _ in range(2):
        assert [bench.find(new) for new in stored] == [place(new) for new in stored]
        bench.reopen()


@rule(CHECKS)
def _messages_are_found_through_restarts_between_additions(bench: Bench) -> None:
    bench.add_logs()
    stored = bench.append(OTHER_ROOM, message(1000), counter=1)
    for number in range(1, 41):
        stored += bench.append(ROOM, message(number), counter=number)
        if number % 10 == 9:
            bench.reopen()
    assert [bench.find(new) for new in stored] == [place(new) for new in stored]


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
def _what_a_member_is_and_was_survives(bench: Bench) -> None:
    bench.add_logs()
    comes = StoredMember(ROOM, ALICE, 3, b"3" * 32, Role.MEMBER, changed_seq=3, changed_hash=b"3" * 32)
    rises = replace(comes, role=Role.MODERATOR, changed_seq=7, changed_hash=b"7" * 32)
    goes = replace(rises, role=Role.BANNED, changed_seq=9, end_seq=9, end_hash=b"9" * 32)
    opener = StoredMember(OTHER_ROOM, BOB, 0, ZERO_HASH, is_opener=True)
    for now in (comes, rises, goes, replace(goes, role=Role.NONE, changed_seq=12)):
        with bench.storage.transaction():
            bench.storage.add_members([now, opener])
        for _ in range(2):
            assert set(bench.state().members) == {now, opener}
            assert len(bench.state().members) == 2
            bench.reopen()
    member = next(each for each in bench.state().members if each.user == ALICE)
    assert isinstance(member.role, Role)


@rule(CHECKS)
def _of_several_changes_of_a_member_in_one_transaction_the_last_counts(bench: Bench) -> None:
    bench.add_logs()
    comes = StoredMember(ROOM, ALICE, 1, b"1" * 32, Role.MEMBER, changed_seq=1)
    goes = replace(comes, role=Role.NONE, changed_seq=2, end_seq=2, end_hash=b"2" * 32)
    with bench.storage.transaction():
        bench.storage.add_members([comes, goes])
        bench.storage.add_members([comes])
        bench.storage.add_members([goes])
    for _ in range(2):
        assert list(bench.state().members) == [goes]
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
