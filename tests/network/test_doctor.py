"""`lanmsg doctor` on networks that are broken in one way each: it names that one."""

import json
import time

import pytest
from tests.network.lan import ROUTER, Lan, needs_nft, run
from tests.network.test_namespaces import MULTICAST, running

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(120)]

LONGEST_S = 10 + 2
"""What is promised, and starting Python on a busy machine."""


@pytest.fixture
def lan(tmp_path):
    lan = Lan(tmp_path)
    try:
        yield lan.open()
    finally:
        lan.remove()


@pytest.fixture
def host(lan):
    """A machine with a hub."""
    host = lan.machine("host")
    with running(host.start_hub()):
        yield host


def examined(machine, *options):
    """Run the doctor; return its findings by their ids, and its exit code."""
    started_s = time.monotonic()
    done = machine.lanmsg("doctor", "--json", *options)
    assert time.monotonic() - started_s < LONGEST_S
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(findings) >= 11, done.stderr
    return {each["id"]: each for each in findings}, done.returncode


def results(findings, *names):
    return {name: findings[name]["result"] for name in names}


def test_on_a_network_that_works_all_is_well(lan, host):
    anna = lan.machine("anna")
    with lan.tap() as tap:
        found, code = examined(anna)
    wanted = (
        "network",
        "vpn",
        "multicast",
        "broadcast",
        "hub",
        "isolation",
        "clock",
        "port",
        "name",
        "store",
    )
    assert results(found, *wanted) == dict.fromkeys(wanted, "ok")
    assert code == 0
    assert host.address in found["hub"]["text"]
    assert tap.outside == set()


def test_the_hubs_own_machine_says_that_it_hosts(lan, host):
    host.home = host.home.with_name("host talks")
    found, code = examined(host)
    assert results(found, "hub", "network") == {"hub": "ok", "network": "ok"}
    assert found["broadcast"]["result"] == "unknown"  # its own answer proves nothing of the network
    assert code == 0


@needs_nft
def test_a_machine_whose_firewall_drops_multicast_says_so_and_the_hub_is_found(lan, host):
    anna = lan.machine("anna")
    anna.drop(*MULTICAST)
    found, code = examined(anna)
    assert results(found, "multicast", "broadcast", "hub") == {
        "multicast": "warn",
        "broadcast": "ok",
        "hub": "ok",
    }
    assert "its firewall keeps it" in found["multicast"]["text"]
    assert code == 0
    assert found["firewall"]["result"] == "ok"
    assert "nftables is on" in found["firewall"]["text"]


@needs_nft
def test_a_hub_whose_machine_drops_tcp_is_heard_and_its_firewall_is_named(lan, host):
    host.drop("tcp dport 7777")
    found, code = examined(lan.machine("anna"))
    assert results(found, "broadcast", "hub", "isolation") == {
        "broadcast": "ok",
        "hub": "fail",
        "isolation": "fail",
    }
    assert f"{host.address} answers by UDP but takes no connection" in found["isolation"]["text"]
    assert code == 4


@needs_nft
def test_an_access_point_that_keeps_its_guests_apart_is_named(lan, host):
    """Frames for all pass, frames for one do not: what most access points do with `client isolation`."""
    anna = lan.machine("anna")
    bridge = ("ip", "netns", "exec", lan.bridge, "nft", "add")
    run(*bridge, "table", "bridge", "t")
    run(*bridge, "chain", "bridge", "t", "f", "{ type filter hook forward priority 0; }")
    to_one = ("ether", "daddr", "&", "01:00:00:00:00:00", "==", "00:00:00:00:00:00")
    run(*bridge, "rule", "bridge", "t", "f", *to_one, "drop")
    found, code = examined(anna)
    assert results(found, "multicast", "isolation") == {"multicast": "ok", "isolation": "fail"}
    assert "the access point keeps its guests apart" in found["isolation"]["text"]
    assert code == 4


@needs_nft
def test_a_machine_that_may_send_no_broadcast_says_so(lan, host):
    anna = lan.machine("anna")
    anna.drop("udp dport 7777", *MULTICAST)
    found, code = examined(anna)
    assert results(found, "broadcast", "multicast") == {"broadcast": "fail", "multicast": "fail"}
    assert "not permitted" in found["broadcast"]["text"]
    assert code == 4
    found, code = examined(anna, "--hub", host.address)
    assert results(found, "hub", "broadcast", "isolation") == {
        "hub": "ok",
        "broadcast": "warn",
        "isolation": "ok",
    }
    assert code == 0


def test_a_machine_without_a_network_says_so(lan):
    anna = lan.machine("anna")
    anna.run("ip", "address", "flush", "dev", "eth0")
    found, code = examined(anna)
    assert found["network"]["result"] == "fail"
    assert code == 4


def test_a_vpn_that_takes_the_way_out_is_named(lan, host):
    anna = lan.machine("anna")
    anna.run("ip", "link", "add", "tun0", "type", "veth", "peer", "tunpeer")
    anna.run("ip", "address", "add", "10.99.0.2/24", "dev", "tun0")
    for link in ("tun0", "tunpeer"):
        anna.run("ip", "link", "set", link, "up")
    assert examined(anna)[0]["vpn"]["result"] == "ok"
    anna.run("ip", "route", "replace", "default", "via", "10.99.0.1")
    found, _ = examined(anna)
    assert found["vpn"]["result"] == "warn"
    assert "(tun0)" in found["vpn"]["text"]
    assert found["hub"]["result"] == "ok"


def test_a_hub_behind_no_route_has_its_own_words(lan):
    anna = lan.machine("anna")
    anna.run("ip", "route", "del", "default", "via", ROUTER)
    found, code = examined(anna, "--hub", "10.200.0.1:7777")
    assert "no way to it from here" in found["hub"]["text"]
    assert code == 4
