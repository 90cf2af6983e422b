"""Which hub a client goes to, with a search and connections that are told what to find."""

import asyncio
from dataclasses import dataclass, field

import pytest
from tests.processes import Hub

from lanmsg.client import finding
from lanmsg.client.errors import HubNotFound
from lanmsg.client.finding import Glance, SeveralHubs, find_hub, find_hub_again, glance_at
from lanmsg.client.known_hubs import KnownHub, KnownHubs
from lanmsg.client.settings import ClientSettings
from lanmsg.net.candidates import Attempt, FoundHub
from lanmsg.net.discovery import Search
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.wire import ids
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LocalError
from lanmsg.wire.invites import Invite, format_invite

KITCHEN, LAB, OFFICE = (bytes([number]) * 32 for number in (1, 2, 3))
AT_KITCHEN, AT_LAB = Address("10.0.0.1", 7777), Address("10.0.0.2", 7777)
KNOWN_KITCHEN = KnownHub(KITCHEN, "kitchen", ("10.0.0.1:7777",), 1000)
KNOWN_OFFICE = KnownHub(OFFICE, "office", ("10.9.9.9:7777",), 500)


@dataclass
class Network:
    """What answers where; `is_quiet`: no search is ever answered, nor ends."""

    hubs: dict[Address, Glance] = field(default_factory=dict)
    announced: list[FoundHub] = field(default_factory=list)
    is_quiet: bool = False
    searches: list[tuple] = field(default_factory=list)
    glances: list[Address] = field(default_factory=list)

    def add(self, key, address, *, title=""):
        self.hubs[address] = Glance(key, title)
        self.announced.append(FoundHub(ids.hub_id(key), (address.host,), address.port, "DNS-SD"))

    async def search(self, known, wanted):
        self.searches.append((tuple(known), wanted))
        if self.is_quiet:
            await asyncio.Event().wait()
        return Search(list(self.announced), [Attempt("DNS-SD"), Attempt("UDP broadcast here", "refused")])

    async def glance(self, address):
        self.glances.append(address)
        return self.hubs.get(address)


@pytest.fixture
def network(monkeypatch):
    monkeypatch.setattr(finding, "GLANCE_AFTER_S", 0)
    return Network()


def find(network, *known, **settings):
    return find_hub(
        ClientSettings(home=None, **settings),
        KnownHubs(known),
        search=network.search,
        glance=network.glance,
    )


# --- told ------------------------------------------------------------------------------------


async def test_an_invite_names_the_hub_its_key_and_a_secret_and_nothing_is_searched(network):
    link = format_invite(Invite(("10.0.0.5:7000",), LAB, b"s" * 16))
    choice = await find(network, KNOWN_KITCHEN, invite=link, hub="10.0.0.1:7777")
    assert choice.addresses == (Address("10.0.0.5", 7000),)
    assert choice.expected_key == LAB
    assert choice.invite_secret == b"s" * 16
    assert choice.known_hub is None
    assert network.searches == []


async def test_an_invite_to_a_known_hub_brings_its_other_addresses(network):
    link = format_invite(Invite(("10.0.0.5:7000",), KITCHEN))
    choice = await find(network, KNOWN_KITCHEN, invite=link)
    assert choice.addresses == (Address("10.0.0.5", 7000), AT_KITCHEN)
    assert choice.known_hub == ids.hub_id(KITCHEN)


async def test_a_typed_address_is_taken_as_it_is(network):
    choice = await find(network, KNOWN_KITCHEN, hub="10.0.0.2")
    assert choice.addresses == (AT_LAB,)
    assert choice.expected_key is None
    assert network.searches == []


async def test_a_typed_address_of_a_known_hub_must_show_its_key(network):
    choice = await find(network, KNOWN_OFFICE, KNOWN_KITCHEN, hub="10.0.0.1:7777")
    assert choice.expected_key == KITCHEN
    assert choice.known_hub == ids.hub_id(KITCHEN)


@pytest.mark.parametrize("settings", [{"hub": "10.0.0.1:x"}, {"hub": ""}, {"invite": "lanmsg://x"}])
async def test_an_address_or_link_that_is_none_is_an_error(network, settings):
    with pytest.raises(LocalError):
        await find(network, **settings)


# --- found -----------------------------------------------------------------------------------


async def test_the_only_hub_here_is_taken_without_a_question(network):
    network.add(LAB, AT_LAB)
    choice = await find(network)
    assert choice.addresses == (AT_LAB,)
    assert choice.expected_key is None


async def test_the_only_hub_here_must_show_its_key_if_it_is_known(network):
    network.add(OFFICE, AT_LAB)
    choice = await find(network, KNOWN_KITCHEN, KNOWN_OFFICE)
    assert choice.addresses == (AT_LAB,)
    assert choice.expected_key == OFFICE


async def test_the_hub_used_last_is_preferred_to_others_that_are_here(network):
    network.add(LAB, AT_LAB)
    network.add(KITCHEN, AT_KITCHEN)
    choice = await find(network, KNOWN_KITCHEN, KNOWN_OFFICE)
    assert choice.addresses == (AT_KITCHEN,)
    assert choice.expected_key == KITCHEN
    known = (AT_KITCHEN, Address("10.9.9.9", 7777))
    assert network.searches == [(known, ids.hub_id(KITCHEN))]


async def test_the_hub_used_last_is_found_at_a_new_address(network):
    network.add(KITCHEN, AT_LAB)
    choice = await find(network, KNOWN_KITCHEN)
    assert choice.addresses == (AT_LAB, AT_KITCHEN)
    assert choice.expected_key == KITCHEN


async def test_a_false_announcement_of_a_known_hub_is_tried_behind_its_known_address(network):
    liar = FoundHub(ids.hub_id(KITCHEN), ("10.6.6.6",), 7777, "DNS-SD")
    network.announced.append(liar)
    network.add(KITCHEN, AT_KITCHEN)
    choice = await find(network, KNOWN_KITCHEN)
    assert choice.addresses[0] == AT_KITCHEN
    assert choice.expected_key == KITCHEN


async def test_the_hub_used_last_is_found_by_tcp_where_nothing_else_passes(network):
    network.is_quiet = True
    network.hubs[AT_KITCHEN] = Glance(KITCHEN, "kitchen")
    choice = await find(network, KNOWN_KITCHEN)
    assert choice.addresses == (AT_KITCHEN,)


async def test_another_hub_at_the_last_address_does_not_pass_for_the_one_used_last(network):
    network.hubs[AT_KITCHEN] = Glance(LAB, "lab")
    network.add(LAB, AT_LAB)
    choice = await find(network, KNOWN_KITCHEN)
    assert choice.addresses == (AT_LAB,)
    assert choice.expected_key is None


async def test_of_several_hubs_none_is_chosen(network):
    network.add(LAB, AT_LAB, title="lab")
    network.add(OFFICE, AT_KITCHEN, title="\x1b]0;evil\x07")
    with pytest.raises(SeveralHubs) as raised:
        await find(network, KNOWN_KITCHEN, KNOWN_OFFICE)
    offers = [(hub.address, hub.title, hub.is_known) for hub in raised.value.hubs]
    assert offers == [("10.0.0.2:7777", "lab", False), ("10.0.0.1:7777", "\x1b]0;evil\x07", True)]
    assert '10.0.0.2:7777  "lab"' in str(raised.value)
    assert "\x1b" not in str(raised.value)


async def test_hubs_that_are_not_what_they_announce_do_not_count(network):
    network.add(LAB, AT_LAB)
    network.announced.append(FoundHub(ids.hub_id(OFFICE), ("10.6.6.6",), 7777, "DNS-SD"))
    network.announced.append(FoundHub(ids.hub_id(KITCHEN), (AT_LAB.host,), 7777, "DNS-SD"))
    choice = await find(network)
    assert choice.addresses == (AT_LAB,)


async def test_one_hub_heard_in_several_ways_is_one_hub(network):
    network.add(LAB, AT_LAB)
    network.announced.append(FoundHub(ids.hub_id(LAB), ("fe80::1%eth0",), 7778, "answered"))
    choice = await find(network)
    assert choice.addresses == (AT_LAB, Address("fe80::1%eth0", 7778))


# --- not found -------------------------------------------------------------------------------


async def test_the_hub_used_last_is_returned_although_it_is_away(network):
    choice = await find(network, KNOWN_KITCHEN)
    assert choice.addresses == (AT_KITCHEN,)
    assert choice.known_hub == ids.hub_id(KITCHEN)
    assert choice.tried == ("DNS-SD: no answer", "UDP broadcast here: refused")


async def test_where_there_is_no_hub_the_error_says_what_was_tried_and_what_to_do(network):
    with pytest.raises(HubNotFound) as raised:
        await find(network)
    assert raised.value.tried == ("DNS-SD: no answer", "UDP broadcast here: refused")
    for advice in ("lanmsg hub", "--hub HOST:PORT", "7777", "firewall", "DNS-SD: no answer"):
        assert advice in str(raised.value)


async def test_a_known_hub_without_a_readable_address_is_no_hub(network):
    with pytest.raises(HubNotFound):
        await find(network, KnownHub(KITCHEN, "kitchen", (), 1000))


async def test_an_address_in_the_file_that_is_none_is_skipped(network):
    choice = await find(network, KnownHub(KITCHEN, "kitchen", ("what?", "10.0.0.1:7777"), 1000))
    assert choice.addresses == (AT_KITCHEN,)


async def test_where_a_typed_or_linked_hub_does_not_answer_it_says_what_to_do(network):
    typed = await find(network, hub="10.0.0.2")
    assert typed.tried[0] == "10.0.0.2:7777 (as typed)"
    assert "firewall" in typed.tried[1]
    linked = await find(network, invite=format_invite(Invite(("10.0.0.5:7000",), LAB)))
    assert linked.tried[0] == "10.0.0.5:7000 (from the join link)"
    assert "ask for a new link" in linked.tried[1]


# --- again -----------------------------------------------------------------------------------


async def test_a_lost_hub_is_looked_for_where_it_was_and_where_it_announces_itself(network):
    network.add(KITCHEN, AT_LAB)
    network.add(LAB, Address("10.0.0.3", 7777))
    addresses = await find_hub_again(ids.hub_id(KITCHEN), [AT_KITCHEN], search=network.search)
    assert addresses == (AT_KITCHEN, AT_LAB)
    assert network.searches == [((AT_KITCHEN,), ids.hub_id(KITCHEN))]


# --- a real hub ------------------------------------------------------------------------------


async def test_a_glance_shows_the_key_and_title_of_a_hub_and_nothing_of_anything_else(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise", "--title", "kitchen") as hub:
        async with asyncio.timeout(30):
            while (glance := await glance_at(Address("127.0.0.1", hub.port))) is None:
                pass  # a glance is short: a busy machine may be too slow for it
        assert glance.title == "kitchen"
        assert glance.identity_key == HubIdentity.load_or_create(tmp_path / "hub").identity_key
    assert await glance_at(Address("127.0.0.1", hub.port)) is None
