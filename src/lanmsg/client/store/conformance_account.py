"""What every store must do with what our devices share, and with what is unread; see `conformance`."""

from dataclasses import replace
from typing import Final

from lanmsg.client.store.conformance import OpenStore
from lanmsg.client.store.conformance_records import (
    ANNA,
    BEN,
    DIRECT,
    EVERYONE,
    message_id,
    stored_log,
    stored_message,
    unreadable_message,
)
from lanmsg.client.store.interface import Store, StoredUnread, StoredValue, UnreadCount
from lanmsg.wire.content import ContentKind

LAST_SEQ: Final = 2**36 - 1


def check_account(open_store: OpenStore) -> None:
    """Check these promises of `Store`, each on a new store.

    Raises:
        AssertionError: a promise is broken.
    """
    for check in CHECKS:
        store = open_store(check.__name__)
        check(store)
        state = store.load()
        store.close()
        again = open_store(check.__name__)
        assert again.load() == state, "what was committed is there after a restart"
        again.close()


def _values_keep_the_order_of_their_first_use(store: Store) -> None:
    assert (list(store.load().values), list(store.load().unread)) == ([], [])
    values = [StoredValue(key, b"change", 0, is_waiting=True) for key in (b"z", b"a", b"m")]
    store.commit(values)
    changed = StoredValue(b"a", b"later", 7, is_waiting=False)
    store.commit([replace(changed, change=b"early"), changed])
    assert list(store.load().values) == [values[0], changed, values[2]]


def _what_is_unread_of_a_log_is_replaced(store: Store) -> None:
    rows = [StoredUnread(EVERYONE, 3, 5, 2, 4, (4, 5)), StoredUnread(DIRECT, 0, 0, 0, 0, ())]
    store.commit([rows[0], replace(rows[0], count=9), *rows])
    assert list(store.load().unread) == sorted(rows, key=lambda row: row.log)
    read = StoredUnread(EVERYONE, 5, 5, 0, 0, ())
    store.commit([read])
    assert read in store.load().unread


def _unread_messages_are_counted(store: Store) -> None:
    messages = [stored_message(EVERYONE, seq, sender=ANNA if seq % 3 else BEN) for seq in range(1, 10)]
    others = [stored_message(DIRECT, seq) for seq in (1, 5, 100)]
    store.commit([stored_log(DIRECT), stored_log(EVERYONE), *messages, *others])

    def count(after: int, up_to: int, *but_from: bytes) -> UnreadCount:
        return store.count_unread(EVERYONE, after=after, up_to=up_to, but_from=[*map(type(ANNA), but_from)])

    assert count(0, 9) == count(0, LAST_SEQ) == count(-1, 2**60) == UnreadCount(9, 1)
    assert count(4, 8) == UnreadCount(4, 5)
    assert count(0, 9, BEN) == UnreadCount(6, 1)
    assert count(2, 9, ANNA) == UnreadCount(3, 3)
    assert count(0, 9, ANNA, BEN) == count(9, 9) == count(9, 3) == UnreadCount(0, 0)
    assert store.count_unread(type(EVERYONE)(b"?" * 16), after=0, up_to=9, but_from=()) == UnreadCount(0, 0)


def _what_changes_a_message_or_was_deleted_does_not_count(store: Store) -> None:
    edit = replace(stored_message(EVERYONE, 1), kind=ContentKind.EDIT, target=message_id(EVERYONE, 2))
    deleted = replace(stored_message(EVERYONE, 3), content=b"")
    store.commit([stored_log(EVERYONE), edit, stored_message(EVERYONE, 2), deleted])
    assert store.count_unread(EVERYONE, after=0, up_to=9, but_from=()) == UnreadCount(1, 2)


def _what_nobody_will_ever_read_does_not_count(store: Store) -> None:
    reasons = ["missing_key", "before_you_joined", "misplaced", "bad_signature", "unknown_content"]
    messages = [unreadable_message(EVERYONE, seq, reason=reason) for seq, reason in enumerate(reasons, 1)]
    store.commit([stored_log(EVERYONE), *messages])
    assert store.count_unread(EVERYONE, after=0, up_to=9, but_from=()) == UnreadCount(2, 1)
    assert store.count_unread(EVERYONE, after=1, up_to=9, but_from=()) == UnreadCount(1, 5)


CHECKS: Final = (
    _values_keep_the_order_of_their_first_use,
    _what_is_unread_of_a_log_is_replaced,
    _unread_messages_are_counted,
    _what_changes_a_message_or_was_deleted_does_not_count,
    _what_nobody_will_ever_read_does_not_count,
)
