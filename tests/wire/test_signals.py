"""Signals: padded alike, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.codec import encode
from lanmsg.wire.errors import LocalError, RemoteError
from lanmsg.wire.limits import MAX_AWAY_REASON_CODE_POINTS, MAX_SIGNAL_BYTES, SIGNAL_PADDING_STEPS
from lanmsg.wire.signals import (
    AwayReason,
    SignalBody,
    SignalPlaintext,
    TypingNotice,
    decode_signal_body,
    seal_signal,
    unseal_signal,
)
from lanmsg.wire.status import Status, rank, status_of

LATE_MS = 2**53 - 1
WIDEST = chr(0x10FFFF)


def body(**fields):
    usual = {"sender": bytes(16), "session": bytes(32), "index": 0, "nonce": bytes(12), "ciphertext": b""}
    return SignalBody(**{**usual, "signature": bytes(64), **fields})


@pytest.mark.parametrize("notice", [TypingNotice(), TypingNotice(is_typing=False)])
def test_a_typing_notice_always_has_the_first_size(notice):
    assert len(seal_signal(SignalPlaintext(LATE_MS, notice))) == SIGNAL_PADDING_STEPS[0]


@given(st.text(max_size=MAX_AWAY_REASON_CODE_POINTS), st.integers(0, LATE_MS))
def test_a_reason_comes_back_and_its_size_is_one_of_three(text, made_at_ms):
    plaintext = SignalPlaintext(made_at_ms, AwayReason(text))
    try:
        sealed = seal_signal(plaintext)
    except LocalError:
        assert any(0xD800 <= ord(character) < 0xE000 for character in text)
        return
    assert len(sealed) in SIGNAL_PADDING_STEPS
    assert unseal_signal(sealed) == plaintext


def test_the_longest_reason_fits_and_so_does_its_body():
    sealed = seal_signal(SignalPlaintext(LATE_MS, AwayReason(WIDEST * MAX_AWAY_REASON_CODE_POINTS)))
    widest = body(index=2**32 - 1, ciphertext=sealed + bytes(16))
    assert len(encode(widest)) <= MAX_SIGNAL_BYTES
    assert decode_signal_body(encode(widest)) == widest


def test_what_is_longer_than_the_last_step_is_refused_before_it_leaves():
    with pytest.raises(LocalError, match="638 fit"):
        seal_signal(SignalPlaintext(0, AwayReason(WIDEST * 200)))


@pytest.mark.parametrize(
    "sealed",
    [
        b"",
        bytes(63),
        bytes(64),
        (63).to_bytes(2, "big") + bytes(62),
        seal_signal(SignalPlaintext(1, TypingNotice()))[:-1] + b"\1",
        seal_signal(SignalPlaintext(1, TypingNotice())) + bytes(64),
        len(b"\x92\x01\x91\x63").to_bytes(2, "big") + b"\x92\x01\x91\x63" + bytes(58),
    ],
    ids=["nothing", "no size", "empty", "behind the end", "no zeros", "no such size", "unknown kind"],
)
def test_what_is_not_sealed_as_it_must_be_is_refused(sealed):
    with pytest.raises(RemoteError):
        unseal_signal(sealed)


@pytest.mark.parametrize(
    "fields",
    [{"nonce": bytes(11)}, {"index": 2**32}, {"index": -1}, {"session": bytes(31)}, {"sender": b""}],
    ids=str,
)
def test_a_body_with_a_field_out_of_bounds_is_refused(fields):
    with pytest.raises(RemoteError):
        decode_signal_body(encode(body(**fields)))


# --- statuses --------------------------------------------------------------------------------


def test_a_wish_comes_first_then_the_most_present():
    assert sorted(Status, key=rank) == [Status.DO_NOT_DISTURB, Status.ONLINE, Status.IDLE, Status.AWAY]


@pytest.mark.parametrize("number", [4, 99, 2**53 - 1])
def test_a_status_of_a_later_version_counts_as_online(number):
    assert status_of(number) is Status.ONLINE


@pytest.mark.parametrize("status", Status)
def test_each_status_keeps_its_number(status):
    assert status_of(int(status)) is status
