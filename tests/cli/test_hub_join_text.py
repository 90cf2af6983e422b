"""What a hub says about itself: which addresses, which words, which code."""

import pytest

from lanmsg.chat.join_qr import qr_code
from lanmsg.cli import join_text
from lanmsg.cli.join_text import (
    MAX_LINK_ADDRESSES,
    find_lan_addresses,
    is_loopback_only,
    join_link,
    reachable_addresses,
    render_join_text,
)
from lanmsg.hub.join_page import JoinFacts
from lanmsg.net.interfaces import Interface
from lanmsg.wire.addresses import Address
from lanmsg.wire.invites import parse_invite

LAN = ["192.168.1.7", "10.0.0.2", "fd00::2"]
KEY = bytes(range(32))
FACTS = JoinFacts(
    title="kitchen",
    addresses=("192.168.1.7:7777",),
    link="lanmsg://192.168.1.7:7777/#abc",
    check_words=("otter", "violin", "maple", "tundra"),
)


def facts(**changes):
    from dataclasses import replace

    return replace(FACTS, **changes)


@pytest.mark.parametrize(
    ("bound", "reachable"),
    [
        ([("0.0.0.0", 1), ("::", 1)], ["192.168.1.7:1", "10.0.0.2:1", "[fd00::2]:1"]),  # noqa: S104
        ([("0.0.0.0", 1)], ["192.168.1.7:1", "10.0.0.2:1"]),  # noqa: S104
        ([("127.0.0.1", 1), ("::1", 1)], ["127.0.0.1:1", "[::1]:1"]),
        ([("192.168.1.7", 1), ("192.168.1.7", 2)], ["192.168.1.7:1", "192.168.1.7:2"]),
        ([("fe80::1%eth0", 1)], ["127.0.0.1:1"]),
        ([("10.0.0.2", 1), ("0.0.0.0", 1)], ["10.0.0.2:1", "192.168.1.7:1"]),  # noqa: S104
    ],
)
def test_where_people_can_reach_it(bound, reachable):
    assert list(reachable_addresses([Address(*each) for each in bound], LAN)) == reachable


def test_real_networks_come_before_virtual_ones_and_ipv4_first(monkeypatch):
    found = [
        Interface("docker0", "172.17.0.1", 16),
        Interface("eth0", "fd00::2", 64),
        Interface("eth0", "fe80::1%eth0", 64),
        Interface("wlan0", "192.168.1.7", 24),
    ]
    monkeypatch.setattr(join_text, "list_interfaces", lambda: found)
    assert find_lan_addresses() == ["192.168.1.7", "fd00::2", "172.17.0.1"]
    monkeypatch.setattr(join_text, "list_interfaces", list)
    assert find_lan_addresses() == ["127.0.0.1"]


def test_the_link_has_the_best_addresses_the_key_and_the_secret():
    addresses = [f"10.0.0.{number}:7777" for number in range(1, 9)]
    invite = parse_invite(join_link(addresses, KEY, bytes(16)))
    assert invite.addresses == tuple(addresses[:MAX_LINK_ADDRESSES])
    assert (invite.identity_key, invite.secret) == (KEY, bytes(16))


def test_the_text_names_every_way_to_join():
    text = render_join_text(FACTS, invite_link="")
    assert 'Hub "kitchen" is up. Nothing leaves this network.' in text
    assert "lanmsg  (finds this hub by itself)" in text
    assert f'lanmsg join "{FACTS.link}"' in text
    assert "https://192.168.1.7:7777" in text
    assert "otter violin maple tundra" in text


def test_the_text_promises_nothing_that_is_not_so():
    assert "by itself" not in render_join_text(facts(is_advertised=False), invite_link="")
    lonely = render_join_text(facts(addresses=("127.0.0.1:7777",)), invite_link="")
    assert "Only this machine can reach it" in lonely


def test_with_invite_only_it_shows_the_invite_and_not_the_open_link():
    text = render_join_text(facts(invite_only=True), invite_link="lanmsg://10.0.0.2/#secret")
    assert 'lanmsg join "lanmsg://10.0.0.2/#secret"' in text
    assert "for one person, once, within 24 hours; `lanmsg invite` makes more" in text
    assert FACTS.link not in text
    full = render_join_text(facts(invite_only=True), invite_link="")
    assert "too many invites are open" in full


def test_loopback_is_told_from_other_addresses():
    assert is_loopback_only(["127.0.0.1:1", "[::1]:1"])
    assert not is_loopback_only(["127.0.0.1:1", "10.0.0.2:1"])


def test_the_code_is_drawn_dark_on_light_and_only_where_it_fits():
    link = join_link(["192.168.1.7:7777", "[fd00::2]:7777"], KEY, bytes(16))
    code = qr_code(link, columns=80)
    lines = code.splitlines()
    assert 10 < len(lines) < 30
    assert all(line.startswith("\x1b[38;5;231;48;5;16m") and line.endswith("\x1b[0m") for line in lines)
    assert qr_code(link, columns=40) == ""


def test_what_to_compare_before_a_device_trusts_the_hub_is_on_its_screen():
    text = render_join_text(facts(authority_fingerprint="3F:9A"), invite_link="")
    assert "https://192.168.1.7:7777/trust" in text
    assert "3F:9A" in text
    assert "/trust" not in render_join_text(FACTS, invite_link="")


def test_browsers_are_promised_only_what_they_get():
    assert "nothing to install" in render_join_text(FACTS, invite_link="")
    bare = render_join_text(facts(has_web_client=False), invite_link="")
    assert "nothing to install" not in bare
    assert "a page that says how to join" in bare
