"""What one message of an account log carries, and what is refused."""

import msgspec
import pytest

from lanmsg.wire import limits
from lanmsg.wire.account import (
    AccountChanges,
    Draft,
    Item,
    Preference,
    ReadMark,
    Verified,
    check_change,
    decode_account,
    decode_change,
    encode_account,
    take_batch,
)
from lanmsg.wire.codec import encode
from lanmsg.wire.content import Plaintext, Seen, seal
from lanmsg.wire.errors import Code, LocalError, RemoteError
from lanmsg.wire.limits import MAX_ACCOUNT_BYTES, MAX_ACCOUNT_CHANGES, MAX_TEXT_BYTES, PADDING_STEPS

MARK = ReadMark(3, b"p" * 16, 7)
SOME = [
    Item(MARK),
    Item(Preference("keyword:tea", "1"), since=9),
    Item(Draft(2, b"", "half a sentence")),
    Item(Verified(b"u" * 16, b"k" * 32)),
]
LARGEST_DRAFT = Draft(5, b"k" * limits.MAX_CONVERSATION_KEY_BYTES, "é" * (MAX_TEXT_BYTES // 2))


def test_items_come_back_as_they_were():
    assert decode_account(encode_account(SOME)) == SOME
    assert [decode_change(encode(item.change)) for item in SOME] == [item.change for item in SOME]


def test_an_item_of_a_newer_version_hides_no_other():
    newer = encode([[99, "what", 3], 0])
    data = encode(AccountChanges([encode(SOME[0]), newer, b"", b"\xff", encode(SOME[1])]))
    assert decode_account(data) == SOME[:2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        encode([1, "a text"]),
        encode([36, []]),
        encode([36, [b""] * (MAX_ACCOUNT_CHANGES + 1)]),
        encode([36, ["text"]]),
    ],
)
def test_what_is_no_account_message_is_refused(data):
    with pytest.raises(RemoteError) as caught:
        decode_account(data)
    assert caught.value.code is Code.MALFORMED


def test_a_message_that_is_too_large_is_refused():
    with pytest.raises(RemoteError) as caught:
        decode_account(bytes(MAX_ACCOUNT_BYTES + 1))
    assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize(
    "change",
    [
        ReadMark(3, b"k" * (limits.MAX_CONVERSATION_KEY_BYTES + 1), 1),
        ReadMark(3, b"", -1),
        ReadMark(3, b"", 2**53),
        Preference("n" * (limits.MAX_PREFERENCE_NAME_BYTES + 1), "x"),
        Preference("n", "é" * (limits.MAX_PREFERENCE_VALUE_BYTES // 2 + 1)),
        Preference("n", "\ud800"),
        Draft(3, b"", "é" * (MAX_TEXT_BYTES // 2 + 1)),
        Verified(b"short", b"k" * 32),
    ],
)
def test_what_is_larger_than_its_limit_is_not_said(change):
    with pytest.raises(LocalError):
        check_change(change)
    with pytest.raises(LocalError):
        encode_account([Item(change)])


def test_no_message_carries_nothing_or_too_much():
    for items in ([], [Item(MARK)] * (MAX_ACCOUNT_CHANGES + 1), [Item(LARGEST_DRAFT)] * 2):
        with pytest.raises(LocalError):
            encode_account(items)


def test_what_a_batch_takes_fits_in_a_message():
    marks = [Item(ReadMark(3, number.to_bytes(16, "big"), 2**40)) for number in range(3000)]
    texts = [Item(Preference(f"{number}", "v" * 1000)) for number in range(300)]
    for items in (marks, texts, [Item(LARGEST_DRAFT)] * 3, [Item(LARGEST_DRAFT, since=2**52), *marks]):
        rest = items
        while rest:
            batch = take_batch(rest)
            assert decode_account(encode_account(batch)) == batch
            assert batch == rest[: len(batch)]
            rest = rest[len(batch) :]
    assert take_batch([]) == []


def test_the_largest_account_message_fits_in_the_last_padding_step():
    largest = 2**53 - 1
    seen = Seen(largest, bytes(32))
    ids = bytes(16), bytes(16), bytes(16)
    plaintext = Plaintext(1, *ids, largest, largest, seen, seen, bytes(MAX_ACCOUNT_BYTES))
    assert len(seal(plaintext)) == PADDING_STEPS[-1]


def test_an_item_without_its_time_is_new():
    assert msgspec.msgpack.decode(encode([encode_change(MARK)]), type=Item) == Item(MARK, since=0)


def encode_change(change):
    return msgspec.Raw(encode(change))
