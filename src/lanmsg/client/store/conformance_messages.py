"""What every store must do with messages; part of `conformance.check_store`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lanmsg.client.store.conformance_records import (
    ANNA,
    BEN,
    DIRECT,
    DIRECTORY,
    EVERYONE,
    SESSION,
    amendment,
    message_id,
    stored_log,
    stored_message,
    unreadable_message,
)
from lanmsg.client.store.interface import ExpirySpan, ForgetEntries, Store
from lanmsg.wire.content import ContentKind
from lanmsg.wire.ids import ID_BYTES, KEY_BYTES, DeviceId


def _messages_are_read_in_pages(store: Store) -> None:
    seqs = [1, 2, 3, 5, 8, 13]
    others = [stored_message(log, seq) for log in (DIRECTORY, DIRECT) for seq in (1, 4, 100)]
    messages = [stored_message(EVERYONE, seq) for seq in reversed(seqs)]
    store.commit([stored_log(DIRECTORY), *messages, stored_log(EVERYONE), stored_log(DIRECT), *others])

    def newest(before: int | None, limit: int) -> list[int]:
        return [message.seq for message in store.messages(EVERYONE, before=before, limit=limit)]

    def oldest(after: int, limit: int) -> list[int]:
        return [message.seq for message in store.messages_after(EVERYONE, after=after, limit=limit)]

    assert newest(None, 3) == [5, 8, 13]
    assert newest(13, 2) == [5, 8]
    assert newest(2, 50) == newest(2, 1) == [1]
    assert newest(1, 50) == newest(None, 0) == newest(0, 9) == []
    assert newest(2**60, 50) == newest(None, 50) == oldest(0, 50) == seqs
    assert oldest(3, 2) == [5, 8]
    assert oldest(13, 50) == oldest(2**60, 9) == oldest(0, 0) == []


def _a_message_is_found_by_place_and_by_id(store: Store) -> None:
    messages = [stored_message(EVERYONE, seq) for seq in range(1, 50)]
    store.commit([stored_log(EVERYONE), *messages])
    assert store.message(EVERYONE, 7) == messages[6]
    assert store.find_message(message_id(EVERYONE, 7)) == messages[6]
    assert store.entry_hash(EVERYONE, 7) == messages[6].hash
    for seq in (-1, 0, 50, 2**36 + 1):
        assert store.message(EVERYONE, seq) is None
        assert store.entry_hash(EVERYONE, seq) is None
    assert store.find_message(message_id(EVERYONE, 50)) is None


def _what_changes_messages_is_not_shown_among_them(store: Store) -> None:
    target = message_id(EVERYONE, 1)
    shown = [stored_message(EVERYONE, 1), unreadable_message(EVERYONE, 4, reason="missing_key")]
    others = [amendment(EVERYONE, seq, target=target) for seq in (2, 3, 5)]
    store.commit([stored_log(EVERYONE), *others, *shown])
    assert store.messages(EVERYONE, before=None, limit=2) == shown
    assert store.messages(EVERYONE, before=4, limit=1) == shown[:1]
    assert [each.seq for each in store.messages_after(EVERYONE, after=0, limit=9)] == [1, 2, 3, 4, 5]


def _texts_expire_by_the_span_that_was_noted_last(store: Store) -> None:
    texts = [stored_message(EVERYONE, seq) for seq in (1, 2, 3, 4)]
    others = [
        amendment(EVERYONE, 5, target=message_id(EVERYONE, 1)),
        unreadable_message(EVERYONE, 6, reason="missing_key"),
        stored_message(DIRECT, 3),
    ]
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *texts, *others, ExpirySpan(EVERYONE, 1, 9, 60)])
    assert store.next_expiry_ms() == min(each.at_ms for each in texts[1:]) + 60_000
    every_ms = max(each.at_ms for each in texts) + 60_000
    assert sorted(each.seq for each in store.expiring(until_ms=every_ms, limit=9)) == [2, 3, 4]
    assert len(store.expiring(until_ms=every_ms, limit=2)) == 2
    assert store.expiring(until_ms=texts[1].at_ms + 59_999, limit=9) == []
    store.commit([ExpirySpan(EVERYONE, 2, 3, 0), ExpirySpan(EVERYONE, 3, 4, 1)])
    assert store.next_expiry_ms() == texts[3].at_ms + 1000
    store.commit([replace(texts[1], kind=ContentKind.EXPIRED, content=b""), ExpirySpan(EVERYONE, 1, 4, 0)])
    assert (store.next_expiry_ms(), store.expiring(until_ms=every_ms, limit=9)) == (None, [])
    assert [each.seq for each in store.messages(EVERYONE, before=5, limit=9)] == [1, 3, 4]


def _old_entries_are_forgotten_but_for_those_that_can_not_be_read(store: Store) -> None:
    entries = [stored_message(EVERYONE, seq, counter=seq) for seq in (1, 2, 4, 5)]
    unread = unreadable_message(EVERYONE, 3, reason="missing_key")
    elsewhere = stored_message(DIRECT, 1)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *entries, unread, elsewhere])
    store.commit([ExpirySpan(EVERYONE, 0, 9, 1), ForgetEntries(EVERYONE, 5), ForgetEntries(DIRECT, -3)])
    assert [each.seq for each in store.messages_after(EVERYONE, after=0, limit=9)] == [3, 5]
    assert store.messages_after(DIRECT, after=0, limit=9) == [elsewhere]
    assert (store.find_message(entries[0].message_id), store.entry_hash(EVERYONE, 1)) == (None, None)
    assert not store.has_message(entries[1].sender, entries[1].message_id)
    assert max(store.counters(EVERYONE).values()) == 5
    assert [each.seq for each in store.expiring(until_ms=2**60, limit=9)] == [5]
    assert [each.message.seq for each in store.unindexed(limit=9)] == [3, 5, 1]


def _amendments_and_replies_are_found_by_their_targets(store: Store) -> None:
    one, two = message_id(EVERYONE, 1), message_id(EVERYONE, 2)
    amendments = [amendment(EVERYONE, seq, target=target) for seq, target in ((8, one), (3, two), (5, one))]
    replies = [amendment(EVERYONE, seq, target=one, kind=ContentKind.TEXT) for seq in (9, 4, 6)]
    elsewhere = amendment(DIRECT, 1, target=one)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *amendments, *replies, elsewhere])
    store.commit([stored_message(EVERYONE, 1)])
    assert [each.seq for each in store.amendments(EVERYONE, [one, two, one])] == [3, 5, 8]
    assert store.amendments(EVERYONE, [two]) == [amendments[1]]
    assert [each.seq for each in store.replies(EVERYONE, [one, two], limit=2)] == [4, 6]
    assert store.amendments(EVERYONE, []) == store.amendments(EVERYONE, [b""]) == []
    assert store.replies(EVERYONE, [b""], limit=9) == store.replies(DIRECT, [one], limit=9) == []
    store.commit([replace(amendments[1], target=one)])
    assert store.amendments(EVERYONE, [two]) == []


def _thousands_of_targets_are_asked_for_at_once(store: Store) -> None:
    targets = [message_id(EVERYONE, seq) for seq in range(1, 40_000)]
    found = [amendment(EVERYONE, 50_000 - seq, target=targets[seq]) for seq in (0, 700, 39_998)]
    store.commit([stored_log(EVERYONE), *found])
    assert store.amendments(EVERYONE, targets) == found[::-1]
    assert store.replies(EVERYONE, targets, limit=5) == []


def _messages_of_a_kind_are_found(store: Store) -> None:
    pins = [
        amendment(EVERYONE, seq, target=message_id(EVERYONE, 1), kind=ContentKind.PIN) for seq in (2, 4, 7)
    ]
    topic = amendment(EVERYONE, 5, target=b"", kind=ContentKind.TOPIC)
    elsewhere = amendment(DIRECT, 1, target=b"", kind=ContentKind.TOPIC)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *pins, topic, elsewhere])
    assert store.of_kind(EVERYONE, ContentKind.PIN, limit=2) == pins[1:]
    assert store.of_kind(EVERYONE, ContentKind.TOPIC, limit=9) == [topic]
    assert store.of_kind(EVERYONE, ContentKind.LIFETIME, limit=9) == []
    assert store.of_kind(DIRECTORY, ContentKind.PIN, limit=9) == []


def _two_devices_may_take_the_same_message_id(store: Store) -> None:
    first = stored_message(EVERYONE, 2)
    second = replace(stored_message(DIRECT, 1), message_id=first.message_id, sender=BEN)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), second, first])
    assert store.has_message(ANNA, first.message_id)
    assert store.has_message(BEN, first.message_id)
    assert not store.has_message(DeviceId(b"C" * ID_BYTES), first.message_id)
    assert store.find_message(first.message_id) == first
    assert store.find_in_log(DIRECT, first.message_id) == [second]
    twin = replace(stored_message(EVERYONE, 1), message_id=first.message_id, sender=BEN)
    store.commit([twin])
    assert store.find_in_log(EVERYONE, first.message_id) == [twin, first]
    assert store.find_in_log(DIRECTORY, first.message_id) == []


def _a_replaced_message_is_no_longer_found_by_its_old_id(store: Store) -> None:
    old = stored_message(EVERYONE, 1)
    new = replace(old, message_id=message_id(EVERYONE, 2), sender=BEN)
    store.commit([stored_log(EVERYONE), old])
    store.commit([new])
    assert store.find_message(old.message_id) is None
    assert not store.has_message(ANNA, old.message_id)
    assert store.has_message(BEN, new.message_id)


def _unreadable_messages_are_found_until_they_can_be_read(store: Store) -> None:
    other = b"o" * KEY_BYTES
    missing = [unreadable_message(DIRECT, seq, reason="missing_key") for seq in (3, 1)]
    elsewhere = unreadable_message(EVERYONE, 9, reason="missing_key", session=other)
    bad = unreadable_message(EVERYONE, 2, reason="bad_ciphertext")
    readable = stored_message(EVERYONE, 1)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *missing, elsewhere, bad, readable])
    assert store.unreadable() == [bad, elsewhere, missing[1], missing[0]]
    assert store.unreadable(session=SESSION) == [bad, missing[1], missing[0]]
    assert store.unreadable(reason="missing_key") == [elsewhere, missing[1], missing[0]]
    assert store.unreadable(session=SESSION, reason="bad_ciphertext") == [bad]
    store.commit([stored_message(EVERYONE, 2)])
    assert store.unreadable(session=SESSION) == [missing[1], missing[0]]
    assert store.unreadable(reason="bad_ciphertext") == []


def _counters_are_the_highest_ever_stored(store: Store) -> None:
    counters = [(1, ANNA, 4), (2, ANNA, 3), (3, BEN, 8), (4, ANNA, 1)]
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), stored_message(DIRECT, 1, counter=99)])
    store.commit(
        [stored_message(EVERYONE, seq, sender=sender, counter=counter) for seq, sender, counter in counters]
    )
    store.commit([stored_message(EVERYONE, 1, sender=ANNA, counter=2)])
    assert store.counters(EVERYONE) == {ANNA: 4, BEN: 8}
    assert store.counters(DIRECT) == {ANNA: 99}


MESSAGE_CHECKS: Final[list[Callable[[Store], None]]] = [
    _messages_are_read_in_pages,
    _a_message_is_found_by_place_and_by_id,
    _what_changes_messages_is_not_shown_among_them,
    _texts_expire_by_the_span_that_was_noted_last,
    _old_entries_are_forgotten_but_for_those_that_can_not_be_read,
    _amendments_and_replies_are_found_by_their_targets,
    _thousands_of_targets_are_asked_for_at_once,
    _messages_of_a_kind_are_found,
    _two_devices_may_take_the_same_message_id,
    _a_replaced_message_is_no_longer_found_by_its_old_id,
    _unreadable_messages_are_found_until_they_can_be_read,
    _counters_are_the_highest_ever_stored,
]
