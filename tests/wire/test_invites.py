import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lanmsg.wire.errors import LocalError
from lanmsg.wire.invites import MAX_ADDRESSES, Invite, format_invite, format_web_invite, parse_invite

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/invites.json").read_text("utf-8"))["invites"]

KEY = bytes(range(32))
SECRET = bytes(range(100, 116))
INVITE = Invite(("192.168.1.5:7777", "[fd00::5]:7777", "hub.local:7000"), KEY, SECRET)
LINK = format_invite(INVITE)
HOSTS = st.sampled_from(["10.0.0.1:7777", "[2001:db8::1]:1", "hub.local:65535", "a:7777"])
INVITES = st.builds(
    Invite,
    st.lists(HOSTS, min_size=1, max_size=MAX_ADDRESSES).map(tuple),
    st.binary(min_size=32, max_size=32),
    st.just(b"") | st.binary(min_size=16, max_size=16),
)


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["link"][:40])
def test_each_vector_reads_and_writes(vector):
    key, secret = bytes.fromhex(vector["identity_key"]), bytes.fromhex(vector["secret"])
    invite = Invite(tuple(vector["addresses"]), key, secret)
    assert format_invite(invite) == vector["link"]
    assert parse_invite(vector["link"]) == invite
    assert all(parse_invite(text) == invite for text in vector["also"])


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_each_refused_vector_is_refused(vector):
    with pytest.raises(LocalError):
        parse_invite(vector["link"])


def test_a_link_for_browsers_is_the_same_at_the_best_address():
    link = format_web_invite(INVITE)
    assert link.startswith("https://192.168.1.5:7777/#")
    assert parse_invite(link) == Invite(INVITE.addresses[:1], KEY, SECRET)


@given(INVITES)
def test_an_invite_survives_its_link(invite):
    assert parse_invite(format_invite(invite)) == invite


@given(st.text() | st.text("lanmsg:/#,.[]0123456789%a \n").map(lambda text: LINK[:30] + text + LINK[40:]))
def test_no_text_raises_anything_but_a_local_error(text):
    try:
        parse_invite(text)
    except LocalError as error:
        assert str(error)  # noqa: PT017  - whether it raises is the input's affair


@given(st.integers(9, len(LINK) - 1), st.characters(codec="ascii"))
def test_one_wrong_character_never_gives_another_invite(position, char):
    assume(char.lower() != LINK[position] and not char.isspace())
    damaged = LINK[:position] + char + LINK[position + 1 :]
    try:
        result = parse_invite(damaged)
    except LocalError:
        return
    assert result == INVITE  # the separators before and after `#` may be missing


@given(st.integers(0, len(LINK) - 1))
def test_a_link_that_was_cut_off_is_refused(end):
    with pytest.raises(LocalError):
        parse_invite(LINK[:end])


@pytest.mark.parametrize(
    "wrapped",
    [
        f"  {LINK}\n",
        f"<{LINK}>",
        f"({LINK}).",
        f'"{LINK}"',
        LINK.upper(),
        "\n  ".join(LINK[at : at + 40] for at in range(0, len(LINK), 40)),
        LINK.replace("/#", "/"),
        f"{LINK}/",
    ],
)
def test_a_link_survives_chat_programs_mail_and_paper(wrapped):
    assert parse_invite(wrapped) == INVITE


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no join link"),
        ("192.168.1.5:7777", "no join link"),
        ("lanmsg://192.168.1.5:7777", "cut off"),
        ("lanmsg://192.168.1.5:7777/#", "cut off"),
        ("lanmsg://192.168.1.5:7777/#a", "cut off"),
        (LINK[:-1], "lost or doubled|typing error|cut off"),
        (LINK[:-8], "lost or doubled"),
        (LINK + "aaaaaaaa", "lost or doubled"),
        (LINK.replace("aeaac", "aeabc"), "typing error"),
        (LINK.replace("1.5", "1.6"), "typing error"),
        (LINK.replace("aeaac", "aea1c"), r"none has \('1'\)"),
        (LINK.replace("1.5", "1.555"), "no IPv4 address"),
        (LINK.replace("/#", f"{',a:1' * 8}/#"), "1 to 8 addresses"),
        ("lanmsg:///#aaaa", "address is empty"),
        ("lanmsg://" + "a" * 5000, "too long"),
    ],
)
def test_each_kind_of_damage_has_its_own_sentence(text, sentence):
    with pytest.raises(LocalError, match=sentence):
        parse_invite(text)


def test_only_one_spelling_of_the_last_character_is_right():
    link = format_invite(Invite(("a:1",), KEY, SECRET))
    others = [link[:-1] + char for char in "abcdefghijklmnopqrstuvwxyz234567" if char != link[-1]]
    for other in others:
        with pytest.raises(LocalError, match="typing error"):
            parse_invite(other)


def test_a_link_of_a_newer_version_says_so(monkeypatch):
    monkeypatch.setattr("lanmsg.wire.invites.VERSION", 3)
    monkeypatch.setattr("lanmsg.wire.invites._SECRET_LENGTHS", {3: {len(INVITE.secret)}})
    newer = format_invite(INVITE)
    monkeypatch.undo()
    with pytest.raises(LocalError, match="newer"):
        parse_invite(newer)


@pytest.mark.parametrize("addresses", [(), ("a:1",) * 9, ("[fe80::1%eth0]:7777",), ("no one:1",)])
def test_addresses_that_mean_nothing_elsewhere_cannot_be_in_a_link(addresses):
    with pytest.raises(LocalError):
        format_invite(Invite(addresses, KEY, SECRET))


def test_a_link_fits_in_a_small_qr_code():
    link = format_invite(Invite(("192.168.100.200:7777",), KEY, SECRET))
    assert len(link) <= 134  # bytes of a version 6 code with 41 x 41 modules
