import asyncio
import contextlib
import subprocess
import sys

import pytest
from tests.net.test_discovery_broadcast import free_port
from tests.net.tls_helpers import LOOPS, run_on

from lanmsg.net import discovery
from lanmsg.net.discovery import Advertising, Reach, advertise, find_hubs
from lanmsg.net.interfaces import Interface
from lanmsg.wire.addresses import Address

HUB, OTHER = b"h" * 16, b"o" * 16
LONG_S = 30.0


@pytest.fixture(params=LOOPS)
def loop_name(request):
    return request.param


def here(udp_port, **options):
    """Options that keep a search or an advertisement on loopback."""
    return {"reach": Reach.THIS_MACHINE, "udp_port": udp_port, **options}


def test_a_hub_on_this_machine_is_found(loop_name):
    async def main():
        port = free_port()
        async with advertise(HUB, 4321, **here(port)) as advertising:
            search = await find_hubs(**here(port))
        assert advertising == Advertising(warnings=[])
        assert [(hub.hub, hub.port) for hub in search.hubs] == [(HUB, 4321)]

    run_on(loop_name, main())


def test_a_hub_answers_at_its_own_port_too_and_a_known_one_ends_the_search(loop_name):
    async def main():
        port = free_port()
        async with advertise(HUB, port, **here(free_port())), asyncio.timeout(5):
            known = [Address("127.0.0.1", port)]
            search = await find_hubs(known=known, timeout_s=LONG_S, settle_s=LONG_S, **here(free_port()))
        assert search.hubs[0].addresses == ("127.0.0.1",)

    run_on(loop_name, main())


async def test_the_wanted_hub_ends_the_search():
    port = free_port()
    async with advertise(HUB, 4321, **here(port)), asyncio.timeout(5):
        search = await find_hubs(wanted=HUB, timeout_s=LONG_S, settle_s=LONG_S, **here(port))
    assert search.hubs[0].hub == HUB


async def test_where_there_is_none_the_attempts_say_what_was_tried():
    port = free_port()
    known = [Address("127.0.0.1", free_port())]
    search = await find_hubs(known=known, timeout_s=0.1, **here(port))
    assert search.hubs == []
    assert {str(attempt) for attempt in search.attempts} == {
        f"last known {known[0]}: connection refused",
        f"this machine 127.0.0.1:{port}: connection refused",
        f"this machine [::1]:{port}: connection refused",
    }


async def test_questions_are_repeated(monkeypatch):
    monkeypatch.setattr(discovery, "REPEAT_S", 0.01)
    port = free_port()
    async with asyncio.TaskGroup() as tasks:
        searching = tasks.create_task(find_hubs(timeout_s=5, settle_s=0, **here(port)))
        await asyncio.sleep(0.05)
        async with advertise(HUB, 4321, **here(port)):
            await searching
    assert searching.result().hubs[0].hub == HUB


# --- the network, played by loopback ---------------------------------------------------------


class Network:
    """Records what would go out, and plays DNS-SD."""

    def __init__(self, monkeypatch):
        self.browsed = asyncio.Event()
        self.announced = []
        monkeypatch.setattr(discovery, "EVERYBODY", "127.255.255.255")
        monkeypatch.setattr(discovery, "list_interfaces", self.list_interfaces)
        monkeypatch.setattr(discovery.discovery_dns_sd, "browse", self.browse)
        monkeypatch.setattr(discovery.discovery_dns_sd, "announce", self.announce)

    def list_interfaces(self):
        return [Interface("lo", "127.0.0.1", 8), Interface("lo", "::1", 128)]

    async def browse(self, candidates):
        self.browsed.set()
        candidates.add(OTHER, address="10.0.0.9", port=1, how="DNS-SD")

    @contextlib.asynccontextmanager
    async def announce(self, hub, port):
        self.announced.append((hub, port))
        yield ["no multicast"]


async def test_everybody_on_each_network_is_asked(monkeypatch):
    Network(monkeypatch)
    monkeypatch.setattr(discovery, "DNS_SD_AFTER_S", LONG_S)
    port = free_port()
    async with advertise(HUB, 4321, udp_port=port) as advertising:
        search = await find_hubs(udp_port=port)
    assert advertising.warnings == ["no multicast"]
    assert {str(attempt) for attempt in search.attempts} == {
        "UDP broadcast to 127.255.255.255: answered",
        f"this machine 127.0.0.1:{port}: answered",
        f"this machine [::1]:{port}: answered",
        "UDP broadcast on lo to 127.255.255.255: answered",
    }


async def test_dns_sd_is_spared_when_the_probes_have_settled_it(monkeypatch):
    network = Network(monkeypatch)
    port = free_port()
    async with advertise(HUB, 4321, udp_port=port):
        search = await find_hubs(udp_port=port)
    assert [hub.hub for hub in search.hubs] == [HUB]
    assert not network.browsed.is_set()


async def test_dns_sd_joins_in_when_nobody_answers(monkeypatch):
    Network(monkeypatch)
    search = await find_hubs(udp_port=free_port(), settle_s=0)
    assert [hub.hub for hub in search.hubs] == [OTHER]


async def test_a_long_search_asks_dns_sd_for_more_hubs(monkeypatch):
    Network(monkeypatch)
    monkeypatch.setattr(discovery, "DNS_SD_AFTER_S", 0.05)
    port = free_port()
    async with advertise(HUB, 4321, udp_port=port), asyncio.timeout(5):
        search = await find_hubs(udp_port=port, settle_s=LONG_S, wanted=OTHER)
    assert {hub.hub for hub in search.hubs} == {HUB, OTHER}


async def test_an_error_of_the_hub_passes_through_the_advertisement(monkeypatch):
    Network(monkeypatch)
    with pytest.raises(ZeroDivisionError):
        async with advertise(HUB, 4321, udp_port=free_port()):
            raise ZeroDivisionError


def test_a_client_that_imports_discovery_does_not_load_zeroconf():
    code = "import sys, lanmsg.net.discovery; assert not {'zeroconf', 'ifaddr'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
