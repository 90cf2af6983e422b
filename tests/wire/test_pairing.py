import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.wire import pairing
from lanmsg.wire.errors import LocalError
from lanmsg.wire.invites import Invite, format_invite, parse_invite
from lanmsg.wire.limits import PAIRING_CODE_BYTES
from lanmsg.wire.pairing import format_code, pairing_keys, parse_code

codes = st.binary(min_size=PAIRING_CODE_BYTES, max_size=PAIRING_CODE_BYTES)


@given(codes)
def test_a_code_is_read_as_it_was_shown(code):
    text = format_code(code)
    assert [len(group) for group in text.split("-")] == [4, 4, 4, 4]
    assert parse_code(text) == code
    assert parse_code(f" {text.replace('-', ' ').lower()} ") == code


@given(codes)
def test_letters_that_look_like_digits_are_read_as_these(code):
    text = format_code(code).replace("0", "o").replace("1", "l")
    assert parse_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "K7QM", "K7QM-0XWD-9RTA-3FE", "K7QM-0XWD-9RTA-3FEHX", "K7QM-0XWD-9RTA-3FE!", "ü" * 16]
)
def test_what_is_no_code_is_refused_in_words(text):
    with pytest.raises(LocalError, match="code for a device"):
        parse_code(text)


@settings(max_examples=3, deadline=None)
@given(codes, st.integers(0, 8 * PAIRING_CODE_BYTES - 1))
def test_one_other_bit_gives_another_name_and_another_key(code, bit):
    other = (int.from_bytes(code, "big") ^ 1 << bit).to_bytes(PAIRING_CODE_BYTES, "big")
    one, two = pairing_keys(code), pairing_keys(other)
    assert len({one.name, one.key, two.name, two.key}) == 4
    assert pairing_keys(code) == one


def test_a_guess_costs_what_the_threat_model_says():
    assert (pairing.SCRYPT_N, pairing.SCRYPT_R, pairing.SCRYPT_P) == (2**15, 8, 1)
    assert PAIRING_CODE_BYTES * 8 == 80


@given(codes)
def test_a_link_of_a_pairing_is_no_invite(code):
    invite = Invite(("192.168.1.7:7777",), bytes(range(32)), code, is_pairing=True)
    assert parse_invite(format_invite(invite)) == invite
    assert not parse_invite(format_invite(Invite(("a:1",), bytes(32), bytes(16)))).is_pairing
