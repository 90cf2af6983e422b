from types import SimpleNamespace

import ifaddr
import pytest

from lanmsg.net.interfaces import Interface, list_interfaces, with_zone


@pytest.mark.parametrize(
    ("address", "prefix_bits", "everybody"),
    [
        ("10.0.0.5", 24, "10.0.0.255"),
        ("172.16.9.9", 12, "172.31.255.255"),
        ("10.0.0.5", 30, "10.0.0.7"),
        ("10.0.0.5", 31, None),
        ("10.0.0.5", 32, None),
        ("fd00::5", 64, None),
        ("fe80::5%eth0", 64, "ff02::1%eth0"),
    ],
)
def test_everybody_on_a_network_has_an_address(address, prefix_bits, everybody):
    assert Interface("eth0", address, prefix_bits).everybody == everybody


def adapter(name, *addresses):
    ips = [SimpleNamespace(ip=ip, network_prefix=bits) for ip, bits in addresses]
    return SimpleNamespace(nice_name=name, ips=ips)


def test_all_addresses_but_loopback_are_listed_in_a_stable_order(monkeypatch):
    adapters = [
        adapter("lo", ("127.0.0.1", 8), (("::1", 0, 0), 128)),
        adapter("eth0", (("fe80::5", 0, 2), 64), ("10.0.0.5", 24), ("10.0.0.5", 24)),
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)
    assert list_interfaces() == [
        Interface("eth0", "10.0.0.5", 24),
        Interface("eth0", "fe80::5%eth0", 64),
    ]


def test_this_machine_can_be_asked():
    assert all(interface.address for interface in list_interfaces())


def test_a_zone_is_written_with_its_name():
    assert with_zone("fe80::1", 1) == "fe80::1%lo"
    assert with_zone("fd00::1", 0) == "fd00::1"
    assert with_zone("fe80::1", 2**20) == "fe80::1"
