"""DNS-SD with real zeroconf on loopback; other networks are in test_discovery_namespaces."""

import asyncio
import errno

import pytest
import zeroconf.asyncio
from tests.net.tls_helpers import LOOPS, eventually, run_on

from lanmsg.net import discovery_dns_sd
from lanmsg.net.candidates import Candidates
from lanmsg.net.discovery_dns_sd import announce, browse, hub_in
from lanmsg.net.interfaces import Interface

HUB = bytes(range(16))
LOOPBACK = ["127.0.0.1"]


@pytest.mark.parametrize("loop_name", LOOPS)
def test_a_hub_that_announces_itself_is_found(loop_name):
    async def main():
        candidates = Candidates()
        async with announce(HUB, 4321, interfaces=LOOPBACK) as warnings:
            assert warnings == []
            await browsed(candidates, until=candidates.hubs)
        (found,) = candidates.hubs()
        assert (found.hub, found.addresses, found.port) == (HUB, ("127.0.0.1",), 4321)
        assert str(candidates.attempts()[0]) == "DNS-SD (multicast): answered"

    run_on(loop_name, main())


async def browsed(candidates, *, until):
    browsing = asyncio.ensure_future(browse(candidates, interfaces=LOOPBACK))  # noqa: TID251 - ended below
    try:
        await eventually(until)
    finally:
        browsing.cancel()
        await asyncio.wait([browsing])


@pytest.mark.parametrize("loop_name", LOOPS)
@pytest.mark.parametrize("turns", range(16))
def test_who_stops_while_it_starts_leaves_no_socket_open(loop_name, turns, monkeypatch):
    opened = []

    class Recorded(zeroconf.asyncio.AsyncZeroconf):
        def __init__(self, **how):
            super().__init__(**how)
            opened.append(self)

    async def main():
        browsing = asyncio.ensure_future(browse(Candidates(), interfaces=LOOPBACK))  # noqa: TID251 - ended below
        await eventually(lambda: opened)
        for _ in range(turns):
            await asyncio.sleep(0)
        browsing.cancel()
        await asyncio.wait([browsing])
        assert all(each.zeroconf.done for each in opened)

    monkeypatch.setattr(zeroconf.asyncio, "AsyncZeroconf", Recorded)
    run_on(loop_name, main())


def test_the_announcement_names_no_person_and_no_machine():
    service = discovery_dns_sd._service(HUB, 4321, [Interface("eth0", "10.0.0.5", 24)])
    assert service.name == f"{HUB.hex()}._lanmsg._tcp.local."
    assert service.server == f"{HUB.hex()}.local."
    assert service.properties == {b"v": b"1", b"id": HUB.hex().encode()}


@pytest.mark.parametrize(
    ("have", "told"),
    [
        (["10.0.0.5", "fe80::5%eth0"], ["10.0.0.5"]),
        (["fe80::5%eth0"], ["fe80::5"]),
        (["169.254.1.1", "fe80::5%eth0"], ["169.254.1.1"]),
        ([], []),
    ],
)
def test_link_local_addresses_are_told_only_for_want_of_better(have, told):
    interfaces = [Interface("eth0", address, 64) for address in have]
    assert discovery_dns_sd._addresses_to_tell(interfaces) == told


@pytest.mark.parametrize(
    "properties",
    [{}, {b"id": None}, {b"id": b""}, {b"id": b"00"}, {b"id": b"zz" * 16}, {b"id": b"\xff" * 32}],
)
def test_a_text_without_a_valid_id_names_no_hub(properties):
    assert hub_in(properties) is None
    assert hub_in({b"id": HUB.hex().encode()}) == HUB


@pytest.mark.parametrize(
    ("address", "written"),
    [("10.0.0.5", "10.0.0.5"), ("fe80::5%1", "fe80::5%lo"), ("fe80::5%eth0", "fe80::5%eth0")],
)
def test_zones_are_written_with_names(address, written):
    assert discovery_dns_sd._with_named_zone(address) == written


# --- a machine without multicast -------------------------------------------------------------


@pytest.fixture(params=[OSError(errno.ENODEV, "No such device"), RuntimeError("No interfaces")])
def no_multicast(request, monkeypatch):
    async def refuse(_):
        raise request.param

    monkeypatch.setattr(discovery_dns_sd, "_open", refuse)
    return getattr(request.param, "strerror", None) or str(request.param)


async def test_a_hub_without_multicast_warns(no_multicast):
    async with announce(HUB, 4321) as warnings:
        assert no_multicast in warnings[0]


async def test_a_search_without_multicast_says_so(no_multicast):
    candidates = Candidates()
    await browse(candidates)
    assert str(candidates.attempts()[0]) == f"DNS-SD (multicast): {no_multicast}"


async def test_a_machine_without_ipv6_uses_ipv4(monkeypatch):
    import zeroconf.asyncio

    opened = []

    def make(*, ip_version):
        opened.append(ip_version)
        if len(opened) == 1:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(zeroconf.asyncio, "AsyncZeroconf", make)
    await discovery_dns_sd._open(None)
    assert opened == [zeroconf.IPVersion.All, zeroconf.IPVersion.V4Only]


# --- hostile announcements, and a network that changes ---------------------------------------


class Browser(discovery_dns_sd._Browser):
    """Looks up what it is told of; no network."""

    def __init__(self, tasks, add):
        self.candidates = Candidates()
        self.attempt = self.candidates.tried("DNS-SD")
        super().__init__(None, self.candidates, self.attempt, tasks)
        self._add = add

    def hear(self, name):
        self._service_changed(zeroconf=None, service_type="_x", name=name, state_change=None)


async def test_a_flood_of_announcements_is_looked_up_only_so_far():
    looked_up = []

    async def add(_, name):
        looked_up.append(name)

    async with asyncio.TaskGroup() as tasks:
        browser = Browser(tasks, add)
        for number in range(1000):
            browser.hear(f"{number % 500}")
    assert len(looked_up) == len(set(looked_up)) == discovery_dns_sd.MAX_DISCOVERED_HUBS


async def test_an_announcement_that_makes_no_sense_does_not_end_the_search():
    async def add(*_):
        raise ZeroDivisionError

    async with asyncio.TaskGroup() as tasks:
        browser = Browser(tasks, add)
        browser.hear("nonsense")
    assert "makes no sense" in browser.attempt.result


class FakeInfo:
    """What zeroconf says of one service."""

    port = 7777
    properties = {b"id": HUB.hex().encode()}  # noqa: RUF012 - never changed

    def __init__(self, *_):
        pass

    async def async_request(self, *_):
        return self.is_resolved

    is_resolved = True

    def parsed_scoped_addresses(self):
        return ["fe80::1", "fe80::1%1", "10.0.0.5"]


@pytest.mark.parametrize(
    ("changes", "addresses"),
    [
        ({}, ("fe80::1%lo", "10.0.0.5")),
        ({"port": 0}, None),
        ({"properties": {}}, None),
        ({"is_resolved": False}, None),
    ],
)
async def test_only_what_leads_somewhere_becomes_a_candidate(monkeypatch, changes, addresses):
    import zeroconf.asyncio

    monkeypatch.setattr(zeroconf.asyncio, "AsyncServiceInfo", type("Info", (FakeInfo,), changes))

    class Zeroconf:
        zeroconf = None

    candidates = Candidates()
    async with asyncio.TaskGroup() as tasks:
        attempt = candidates.tried("DNS-SD")
        await discovery_dns_sd._Browser(Zeroconf(), candidates, attempt, tasks)._add("_x", "x")
    assert [hub.addresses for hub in candidates.hubs()] == ([addresses] if addresses else [])


class Announced:
    """Plays zeroconf for a hub whose networks change at each look."""

    def __init__(self, monkeypatch, *looks):
        self.looks = list(looks)
        self.updates = []
        self.failures = []
        monkeypatch.setattr(discovery_dns_sd, "INTERFACES_CHECK_S", 0)
        monkeypatch.setattr(discovery_dns_sd, "list_interfaces", self.look)
        monkeypatch.setattr(discovery_dns_sd, "_service", lambda *arguments: arguments[-1])

    def look(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    async def async_update_interfaces(self):
        if self.failures:
            raise self.failures.pop()

    async def async_update_service(self, service):
        self.updates.append(service)
        return asyncio.sleep(0)

    async def follow(self, announced, updates):
        """Follow the networks until so many updates have come, and a moment longer."""
        follow = discovery_dns_sd._follow_the_network(self, HUB, 1, announced)
        following = asyncio.ensure_future(follow)  # noqa: TID251 - ended below
        await eventually(lambda: len(self.looks) == 1 and len(self.updates) >= updates)
        await asyncio.sleep(0.02)
        following.cancel()
        await asyncio.wait([following])


ONE = [Interface("eth0", "10.0.0.1", 24)]
TWO = [Interface("wlan0", "10.0.0.2", 24)]


@pytest.mark.parametrize(
    ("looks", "updates"),
    [
        ([ONE], []),
        ([ONE, TWO, TWO, TWO], [TWO]),
        ([TWO, TWO, ONE, ONE, ONE], [TWO, ONE]),
        ([TWO, ONE, TWO, ONE, TWO, ONE], []),
    ],
    ids=["stays", "changes", "changes twice", "flaps"],
)
async def test_a_network_that_changes_and_stays_is_followed(monkeypatch, looks, updates):
    zeroconf = Announced(monkeypatch, *looks)
    await zeroconf.follow(ONE, len(updates))
    assert zeroconf.updates == updates


async def test_a_failed_update_is_tried_again(monkeypatch):
    zeroconf = Announced(monkeypatch, TWO)
    zeroconf.failures = [OSError(errno.ENODEV, "No such device")]
    await zeroconf.follow(ONE, 1)
    assert zeroconf.updates == [TWO]


async def test_a_goodbye_that_hangs_is_cut_short(monkeypatch):
    monkeypatch.setattr(discovery_dns_sd, "CLOSE_TIMEOUT_S", 0.01)

    class Hanging:
        async def async_close(self):
            await asyncio.Event().wait()

    await discovery_dns_sd._close(Hanging())
