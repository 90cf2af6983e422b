"""What a machine says of itself: read right, and never guessed."""

import pytest

from lanmsg.net import host_state
from lanmsg.net.host_state import (
    Firewall,
    answers_arp,
    drops_input,
    interface_with,
    is_tunnel,
    linux_firewalls,
    mac_firewall_state,
    windows_firewall_state,
)
from lanmsg.net.interfaces import Interface

ARP = """\
IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         00:11:22:33:44:55     *        eth0
10.0.0.2         0x1         0x0         00:00:00:00:00:00     *        eth0
"""
CLOSED = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n"
OPEN = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n"
FORWARDING = OPEN.replace("hook input", "hook forward").replace("accept", "drop")


def test_a_neighbour_answers_or_not_or_was_never_asked(tmp_path):
    (tmp_path / "arp").write_text(ARP)
    hosts = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    assert [answers_arp(host, table=tmp_path / "arp") for host in hosts] == [True, False, None]
    assert answers_arp("10.0.0.1", table=tmp_path / "none") is None


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("tun0", True), ("wg-office", True), ("utun3", True), ("ppp0", True), ("eth0", False), ("Wi-Fi", False)],
)
def test_a_tunnel_is_known_by_its_name(name, is_one, tmp_path):
    assert is_tunnel(name.partition("-")[0] if name.startswith("wg") else name, system=tmp_path) is is_one


@pytest.mark.parametrize(("kind", "is_one"), [("65534", True), ("512", True), ("1", False)])
def test_a_tunnel_is_known_by_what_linux_says_of_it(kind, is_one, tmp_path):
    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "type").write_text(f"{kind}\n")
    assert is_tunnel("office", system=tmp_path) is is_one


def test_an_interface_is_found_by_its_address_with_or_without_its_zone():
    eth0 = Interface("eth0", "fe80::1%eth0", 64)
    assert interface_with("fe80::1", [eth0]) == eth0
    assert interface_with(None, [eth0]) is None


def test_ufw_is_on_as_its_file_says(tmp_path, monkeypatch):
    monkeypatch.setattr(host_state.shutil, "which", lambda _: None)
    assert linux_firewalls(etc=tmp_path) == []
    (tmp_path / "ufw").mkdir()
    for text, is_on in (("# ENABLED=yes\nENABLED=no\n", False), ("LOGLEVEL=low\nENABLED=yes\n", True)):
        (tmp_path / "ufw" / "ufw.conf").write_text(text)
        assert linux_firewalls(etc=tmp_path) == [Firewall("ufw", is_on)]


def test_rules_that_only_root_may_read_are_not_guessed(tmp_path, monkeypatch):
    monkeypatch.setattr(host_state.shutil, "which", lambda name: name if name == "nft" else None)
    assert linux_firewalls(etc=tmp_path, is_root=False) == [Firewall("nftables", None)]


@pytest.mark.parametrize(
    ("rules", "drops"), [(CLOSED, True), (OPEN, False), (FORWARDING, False), ("", False)], ids=range(4)
)
def test_rules_that_keep_something_out_are_seen(rules, drops):
    assert drops_input(rules) is drops


@pytest.mark.parametrize(
    ("text", "state"),
    [("Firewall is enabled. (State = 1)", True), ("Firewall is disabled. (State = 0)", False), (None, None)],
)
def test_the_firewall_of_macos_says_its_state(text, state):
    assert mac_firewall_state(text) is state


WINDOWS = "\nDomain Profile Settings:\n-----\nState                                 {}\n\nOk.\n"


@pytest.mark.parametrize(("word", "state"), [("ON", True), ("OFF", False), ("?", None)])
def test_the_firewall_of_windows_says_its_state(word, state):
    assert windows_firewall_state(WINDOWS.format(word)) is state
    assert windows_firewall_state(None) is None
