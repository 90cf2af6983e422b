import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.errors import LocalError

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/invites.json").read_text("utf-8"))[
    "addresses"
]

NEARLY_ADDRESSES = st.text("0123456789abcdefz:.[]%/- \ud800é", max_size=40) | st.text()


@pytest.mark.parametrize("vector", VECTORS["parsed"], ids=lambda vector: ascii(vector["text"]))
def test_each_vector_parses_and_formats(vector):
    address = parse_address(vector["text"])
    assert address == Address(vector["host"], vector["port"])
    assert str(address) == format_address(address) == vector["formatted"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=ascii)
def test_each_refused_vector_is_refused(vector):
    with pytest.raises(LocalError):
        parse_address(vector)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("http://hub.local:7777", "is a link"),
        (":7777", "names no machine"),
        ("hub:0", "1 to 65535"),
        ("hub:65536", "1 to 65535"),
        ("hub:", "1 to 65535"),
        ("hub:\u0667\u0667", "1 to 65535"),
        ("192.168.1.300", "no IPv4 address"),
        ("192.168.1", "no IPv4 address"),
        ("fd00::5::7", r"needs brackets, as in \[fd00::5\]:7777"),
        ("fe80::1%", "network interface"),
        ("fe80::1%eth 0", "network interface"),
        ("[hub]:7777", "only IPv6"),
        ("hub_one!", "letters, digits"),
        ("a" * 64, "letters, digits"),
        (".".join(["a" * 60] * 5), "letters, digits"),
        ("-hub", "letters, digits"),
        ("hub local", "letters, digits"),
        ("müller.local", "use the number"),
    ],
)
def test_each_mistake_has_its_own_sentence(text, sentence):
    with pytest.raises(LocalError, match=sentence):
        parse_address(text)


def test_the_port_of_the_product_is_the_default_and_another_can_be():
    assert parse_address("hub").port == 7777
    assert parse_address("hub", 80).port == 80


@given(NEARLY_ADDRESSES)
def test_no_text_raises_anything_but_a_local_error(text):
    try:
        address = parse_address(text)
    except LocalError:
        return
    assert parse_address(format_address(address)) == address


@given(st.ip_addresses(), st.integers(1, 65535))
def test_each_ip_address_survives_formatting(ip, port):
    address = Address(str(ip), port)
    assert parse_address(format_address(address)) == address
    assert parse_address(str(ip)).host == str(ip)


def test_an_address_does_not_carry_a_terminal_sequence_into_its_error():
    with pytest.raises(LocalError) as refusal:
        parse_address("\x1b]0;title\x07" + "x" * 10_000)
    assert "\x1b" not in str(refusal.value)
    assert len(str(refusal.value)) < 200
