"""Discovery on small networks of its own: a bridge and two machines, made of network namespaces."""

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.network, pytest.mark.timeout(60)]

PEER = Path(__file__).with_name("discovery_peer.py")
HUB = "0123456789abcdef0123456789abcdef"
OTHER_HUB = "fedcba9876543210fedcba9876543210"
PATIENT = ("6", "0.15")
"""Timeout and settling time for what may have to load zeroconf on a busy machine."""

needs_nft = pytest.mark.skipif(shutil.which("nft") is None, reason="needs the command nft (nftables)")
numbers = itertools.count()


def run(*command):
    subprocess.run(command, check=True, timeout=20, capture_output=True)


class Machine:
    """A network namespace with one cable (eth0) to the bridge."""

    def __init__(self, name):
        self.name = name

    def run(self, *command):
        run("ip", "netns", "exec", self.name, *command)

    def start(self, *arguments):
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, PEER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextlib.contextmanager
    def hub(self, hub=HUB, port=7777):
        """A hub that advertises itself; gives its warnings."""
        with self.start("advertise", hub, str(port)) as process:
            try:
                yield json.loads(process.stdout.readline())
            finally:
                process.stdin.close()
                process.wait(timeout=20)

    def find(self, timeout_s="2", settle_s="0.15"):
        with self.start("find", timeout_s, settle_s) as process:
            output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        return json.loads(output)


class Lan:
    """A bridge and the machines on it."""

    def __init__(self):
        self.prefix = f"lanmsg{os.getpid() % 10000}x{next(numbers)}"
        self.bridge = f"{self.prefix}b"
        self.machines = []
        run("ip", "netns", "add", self.bridge)
        run("ip", "-n", self.bridge, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.bridge, "link", "set", "br0", "up")

    def machine(self, *addresses, has_link_local=False):
        machine = Machine(f"{self.prefix}m{len(self.machines)}")
        port = f"p{len(self.machines)}"
        self.machines.append(machine)
        run("ip", "netns", "add", machine.name)
        run(
            "ip",
            "-n",
            self.bridge,
            "link",
            "add",
            port,
            "type",
            "veth",
            "peer",
            "eth0",
            "netns",
            machine.name,
        )
        run("ip", "-n", self.bridge, "link", "set", port, "master", "br0", "up")
        run("ip", "-n", machine.name, "link", "set", "lo", "up")
        mode = "eui64" if has_link_local else "none"
        run("ip", "-n", machine.name, "link", "set", "eth0", "addrgenmode", mode, "up")
        for address in addresses:
            self.give(machine, address)
        return machine

    def give(self, machine, address):
        no_check = ("nodad",) if ":" in address else ()
        run("ip", "-n", machine.name, "address", "add", address, "dev", "eth0", *no_check)

    def remove(self):
        for name in (*(machine.name for machine in self.machines), self.bridge):
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=20)


@pytest.fixture
def lan():
    lan = Lan()
    try:
        yield lan
    finally:
        lan.remove()


@pytest.fixture
def anna(lan):
    return lan.machine("10.77.0.1/24")


@pytest.fixture
def ben(lan):
    return lan.machine("10.77.0.2/24")


def drop(machine, *rule):
    """Let a machine neither send nor receive what the rule describes."""
    machine.run("nft", "add", "table", "inet", "t")
    for hook in ("input", "output"):
        chain = f"{{ type filter hook {hook} priority 0; }}"
        machine.run("nft", "add", "chain", "inet", "t", hook, chain)
        machine.run("nft", "add", "rule", "inet", "t", hook, *rule, "drop")


def test_a_hub_on_the_network_answers_a_broadcast(anna, ben):
    with anna.hub(port=4321) as warnings:
        found = ben.find()
    assert warnings == []
    assert found["hubs"] == [[HUB, 4321, ["10.77.0.1"], "it answered a search by UDP"]]
    assert not found["has_loaded_zeroconf"]


@needs_nft
def test_where_multicast_is_dropped_the_broadcast_finds_it(anna, ben):
    drop(anna, "ip", "daddr", "224.0.0.0/4")
    with anna.hub():
        found = ben.find(*PATIENT)
    assert [hub[0] for hub in found["hubs"]] == [HUB]


@needs_nft
def test_where_our_udp_is_dropped_dns_sd_finds_it(anna, ben):
    drop(anna, "udp", "dport", "7777")
    with anna.hub():
        found = ben.find(*PATIENT)
    assert found["hubs"] == [[HUB, 7777, ["10.77.0.1"], "it announces itself by DNS-SD"]]
    assert "DNS-SD (multicast): answered" in found["attempts"]


@needs_nft
def test_a_network_with_ipv6_alone_is_searched_by_dns_sd_too(lan):
    anna, ben = (lan.machine(f"fd00:77::{n}/64", has_link_local=True) for n in (1, 2))
    drop(anna, "udp", "dport", "7777")
    with anna.hub():
        found = ben.find(*PATIENT)
    assert [hub[0] for hub in found["hubs"]] == [HUB]
    assert found["hubs"][0][2] == ["fd00:77::1"]


def test_two_machines_with_a_cable_and_no_addresses_find_each_other(lan):
    anna, ben = lan.machine(has_link_local=True), lan.machine(has_link_local=True)
    with anna.hub():
        found = ben.find(*PATIENT)
    assert [hub[0] for hub in found["hubs"]] == [HUB]
    assert all(re.fullmatch(r"fe80::[0-9a-f:]+%eth0", address) for address in found["hubs"][0][2])


def test_two_hubs_on_one_machine_are_both_found(anna, ben):
    with anna.hub(HUB, 5001), anna.hub(OTHER_HUB, 5002):
        found = ben.find()
    assert {(hub, port) for hub, port, *_ in found["hubs"]} == {(HUB, 5001), (OTHER_HUB, 5002)}


def test_a_hub_on_the_same_machine_is_found_without_any_network(lan):
    anna = lan.machine()
    with anna.hub():
        found = anna.find()
    assert [hub[0] for hub in found["hubs"]] == [HUB]


def test_when_the_udp_port_is_taken_the_hub_says_so_and_dns_sd_finds_it(anna, ben):
    taker = "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
    taker += "; s.bind(('0.0.0.0', 7777)); print(flush=True); sys.stdin.read()"
    command = ["ip", "netns", "exec", anna.name, sys.executable, "-c", taker]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        with anna.hub(port=4321) as warnings:
            found = ben.find(*PATIENT)
        other.stdin.close()
    assert len(warnings) == 1
    assert "cannot answer searches at UDP port 7777" in warnings[0]
    assert [hub[:2] for hub in found["hubs"]] == [[HUB, 4321]]


def test_a_hub_that_gets_its_network_later_announces_itself_there(lan, ben):
    anna = lan.machine()
    drop_udp = shutil.which("nft") is not None
    if drop_udp:
        drop(anna, "udp", "dport", "7777")
    with anna.hub():
        lan.give(anna, "10.77.0.1/24")
        found = ben.find("10", "0.15")
    assert [hub[:3] for hub in found["hubs"]] == [[HUB, 7777, ["10.77.0.1"]]]


def test_when_there_is_none_the_search_says_what_it_tried(anna, ben):
    found = ben.find()
    assert found["hubs"] == []
    assert set(found["attempts"]) >= {
        "this machine 127.0.0.1:7777: connection refused",
        "UDP broadcast to 255.255.255.255: Network is unreachable",
        "UDP broadcast on eth0 to 10.77.0.255: no answer",
        "DNS-SD (multicast): no answer",
    }
    assert found["elapsed_s"] < 4


def test_a_machine_without_any_network_fails_in_words(lan):
    anna = lan.machine()
    anna.run("ip", "link", "set", "lo", "down")
    anna.run("ip", "link", "set", "eth0", "down")
    found = anna.find()
    assert found["hubs"] == []
    assert any(attempt.startswith("DNS-SD (multicast): ") for attempt in found["attempts"])
