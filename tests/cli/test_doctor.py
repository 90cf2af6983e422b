"""What the doctor makes of facts: each wrong thing is named, with a way round, and nothing else is."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lanmsg import __version__
from lanmsg.cli.doctor import finding_json, finding_lines
from lanmsg.cli.doctor_checks import CHECKS, Finding, Result, exit_code
from lanmsg.cli.doctor_facts import Facts, HubTry, NameState, NeighbourTry, StoreState, is_near
from lanmsg.cli.doctor_own import name_state, port_problem, store_state
from lanmsg.cli.doctor_web import WebTry
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.client.known_hubs import KnownHubs, load_known_hubs, remember_hub
from lanmsg.client.real import store_directory
from lanmsg.client.settings import ClientSettings
from lanmsg.client.store.directory import DirectoryLock
from lanmsg.client.store.key import load_or_create_key
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.net.candidates import Attempt, FoundHub
from lanmsg.net.hearing import Heard
from lanmsg.net.host_state import Firewall
from lanmsg.net.interfaces import Interface
from lanmsg.net.probing import MulticastTry, Reach, TcpTry
from lanmsg.wire.addresses import Address

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "json-schema" / "check.json").read_text("utf-8"))
HOST = "10.0.0.9"
PLACE = Address(HOST, 7777)
FOUND = FoundHub(b"h" * 16, (HOST,), 7777, "")


def hub(reach=Reach.OPEN, title="Attic", **more):
    return HubTry(attempt=TcpTry(PLACE, HOST, reach), title=title if reach is Reach.OPEN else None, **more)


def neighbour(reach=Reach.OPEN, **more):
    usual = {"is_heard": True, "is_hub": True, "answers_udp": False, "answers_arp": None}
    return NeighbourTry(attempt=TcpTry(PLACE, HOST, reach), **{**usual, **more})


WELL = Facts(
    interfaces=(Interface("eth0", "10.0.0.1", 24),),
    own_multicast=(MulticastTry("eth0", is_heard=True),),
    multicast_sources=frozenset({"10.0.0.1", HOST}),
    broadcast=Heard((FOUND,), (Attempt("x", "answered"),)),
    hubs=(hub(software=f"lanmsg/{__version__}"),),
    neighbours=(neighbour(),),
    skew_s=0.4,
    web=WebTry(served="ab" * 32, own="ab" * 32),
    name=NameState(handle="bob", is_enrolled=True),
    store=StoreState(home=Path("/home"), is_opened=True, free_bytes=10**12),
)
ALONE = replace(
    WELL,
    multicast_sources=frozenset(),
    broadcast=Heard((), ()),
    hubs=(),
    neighbours=(),
    skew_s=None,
    web=None,
)
BLOCKED = Heard((), (Attempt("x", "Operation not permitted"),))


def found(facts):
    return {check.id: check.judge(facts) for check in CHECKS}


def code_of(facts):
    return exit_code([(check, check.judge(facts)) for check in CHECKS], facts)


def test_where_all_is_well_every_check_says_so():
    assert {each.result for each in found(WELL).values()} == {Result.OK}
    assert code_of(WELL) is ExitCode.OK


def test_where_nobody_is_nothing_is_claimed():
    results = {name: finding.result for name, finding in found(ALONE).items()}
    unknown = {"multicast", "broadcast", "isolation", "clock", "web"}
    assert {name for name, result in results.items() if result is Result.UNKNOWN} == unknown
    assert results["hub"] is Result.WARN
    assert code_of(ALONE) is ExitCode.OK


@pytest.mark.parametrize(
    ("changes", "check", "result", "words"),
    [
        ({"interfaces": ()}, "network", Result.FAIL, "no network"),
        ({"interfaces": (Interface("eth0", "169.254.1.1", 16),)}, "network", Result.WARN, "itself"),
        ({"tunnel": "tun0"}, "vpn", Result.WARN, "tun0"),
        ({"hubs": (hub(goes_by_tunnel=True),)}, "vpn", Result.WARN, "way to the hub"),
        ({"firewalls": (Firewall("ufw", is_on=True),)}, "firewall", Result.OK, "ufw"),
        (
            {"firewalls": (Firewall("ufw", is_on=True),), "own_hub": ("0.0.0.0:7777",)},
            "firewall",
            Result.WARN,
            "ufw",
        ),
        ({"firewalls": (Firewall("nftables", is_on=None),)}, "firewall", Result.UNKNOWN, "only root"),
        (
            {"own_multicast": (MulticastTry("eth0", is_heard=False),), "multicast_sources": frozenset()},
            "multicast",
            Result.WARN,
            "own multicast",
        ),
        ({"multicast_sources": frozenset()}, "multicast", Result.WARN, "nobody"),
        ({"own_multicast": (), "multicast_sources": frozenset()}, "multicast", Result.UNKNOWN, "IPv4"),
        ({"broadcast": BLOCKED}, "broadcast", Result.WARN, "not permitted"),
        ({"broadcast": BLOCKED, "hubs": ()}, "broadcast", Result.FAIL, "not permitted"),
        ({"hubs": (hub(is_stranger=True),)}, "hub", Result.FAIL, "another hub"),
        ({"hubs": (hub(title=None, error="no TLS"),)}, "hub", Result.FAIL, "no hub (no TLS)"),
        ({"hubs": (hub(Reach.REFUSED),)}, "hub", Result.FAIL, "refused"),
        ({"hubs": (hub(Reach.SILENT),)}, "hub", Result.FAIL, "no answer"),
        ({"hubs": (hub(Reach.UNREACHABLE),)}, "hub", Result.FAIL, "no way"),
        ({"hubs": (hub(Reach.FORBIDDEN),)}, "hub", Result.FAIL, "own firewall"),
        ({"hubs": (hub(Reach.NO_NAME),)}, "hub", Result.FAIL, "nobody knows this name"),
        ({"neighbours": (neighbour(Reach.REFUSED),)}, "isolation", Result.OK, "talk to each other"),
        ({"neighbours": (neighbour(Reach.SILENT, is_heard=False),)}, "isolation", Result.UNKNOWN, "no other"),
        ({"neighbours": (neighbour(Reach.SILENT, answers_arp=False),)}, "isolation", Result.FAIL, "apart"),
        ({"neighbours": (neighbour(Reach.SILENT, answers_udp=True),)}, "isolation", Result.FAIL, "drops TCP"),
        ({"neighbours": (neighbour(Reach.SILENT, answers_arp=True),)}, "isolation", Result.FAIL, ", or the"),
        (
            {"neighbours": (neighbour(Reach.SILENT, answers_arp=True, is_hub=False),)},
            "isolation",
            Result.UNKNOWN,
            ", or the",
        ),
        ({"skew_s": 90.0}, "clock", Result.WARN, "90 s ahead"),
        ({"skew_s": -7200.0}, "clock", Result.WARN, "2 hours behind"),
        ({"web": WebTry(served="cd", own="ab")}, "web", Result.WARN, "another web client"),
        ({"web": WebTry(served="ab", own="ab", false_files=("a.js",))}, "web", Result.WARN, "a.js"),
        ({"web": WebTry(own="ab")}, "web", Result.OK, "no client for browsers"),
        ({"web": WebTry(served="ab")}, "web", Result.UNKNOWN, "none of its version here"),
        ({"web": WebTry(error="it hung up")}, "web", Result.UNKNOWN, "hung up"),
        (
            {"web": WebTry(served="cd", own="ab"), "hubs": (hub(software="lanmsg/99"),)},
            "web",
            Result.UNKNOWN,
            "none of its version",
        ),
        ({"port_problem": "port 7777 is in use"}, "port", Result.WARN, "in use"),
        ({"name": NameState(problem="no name")}, "name", Result.FAIL, "no name"),
        ({"store": StoreState(home=Path("/h"), problem="damaged")}, "store", Result.FAIL, "damaged"),
        ({"store": StoreState(home=Path("/h"), free_bytes=10**6)}, "store", Result.WARN, "MiB left"),
        ({"store": StoreState(home=Path("/h"), holder="lanmsg (pid 7)")}, "store", Result.OK, "pid 7"),
    ],
)
def test_each_wrong_thing_is_named(changes, check, result, words):
    finding = found(replace(WELL, **changes))[check]
    assert (finding.result, words in finding.text) == (result, True), finding
    if result in {Result.WARN, Result.FAIL} and check != "store":
        assert finding.advice


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"interfaces": ()}, ExitCode.NO_HUB),
        ({"hubs": (hub(Reach.SILENT),)}, ExitCode.NO_HUB),
        ({"hubs": (hub(is_stranger=True),)}, ExitCode.WRONG_IDENTITY),
        ({"hubs": (hub(), hub(is_stranger=True))}, ExitCode.OK),
        ({"name": NameState(problem="no name")}, ExitCode.USAGE),
        ({"store": StoreState(home=Path("/h"), problem="damaged")}, ExitCode.STORE),
        ({"skew_s": 90.0}, ExitCode.OK),
    ],
)
def test_the_exit_code_says_what_failed(changes, code):
    assert code_of(replace(WELL, **changes)) is code


def test_a_finding_is_a_line_of_the_schema_and_lines_for_people():
    check = CHECKS[0]
    bad = Finding(Result.FAIL, "broken\x1b[2J", "Mend it.")
    line = json.loads(finding_json(check, bad))
    Draft202012Validator(SCHEMA).validate(line)
    assert "\x1b" not in line["text"]
    shown = finding_lines(check, bad)
    assert shown[0] == f"fail    {check.id}: broken␛[2J"
    assert shown[-1].strip() == "Mend it."
    assert len(finding_lines(check, Finding(Result.OK, "fine", "nothing"))) == 1


def test_the_schema_has_every_check():
    assert SCHEMA["properties"]["id"]["enum"] == [check.id for check in CHECKS]


def test_what_is_near_is_on_our_own_network():
    networks = [Interface("eth0", "10.0.0.1", 24), Interface("eth0", "fe80::1%eth0", 64)]
    places = ["10.0.0.7", "10.0.1.7", "fe80::9%eth0", "2001:db8::1", "no address"]
    assert [is_near(each, networks) for each in places] == [True, False, True, False, False]


# --- this machine's own ----------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    """A home that has been at one hub."""
    remember_hub(tmp_path, identity_key=b"k" * 32, title="Attic", address="10.0.0.9:7777", now_ms=1)
    return tmp_path


def state_of(home, **more):
    return store_state(ClientSettings(home=home, **more), load_known_hubs(home))


def test_a_store_that_is_not_there_is_not_made(home):
    before = sorted(home.rglob("*"))
    state = state_of(home)
    assert not state.is_opened
    assert not state.problem
    assert state_of(home, hub="10.0.0.1").problem == ""
    assert sorted(home.rglob("*")) == before


def test_a_store_opens_or_is_open_elsewhere_or_says_why_not(home):
    directory = store_directory(home, load_known_hubs(home).hubs[0].hub)
    SqliteStore.open(directory, load_or_create_key(directory, use_keyring=False)).close()
    assert state_of(home).is_opened
    lock = DirectoryLock.take(directory, program="lanmsg chat")
    held = state_of(home)
    assert held.holder == f"lanmsg chat (pid {os.getpid()})"
    assert (
        "the lanmsg that is open shows it" in found(replace(WELL, name=name_state(None, held)))["name"].text
    )
    lock.release()
    (directory / "store.key").write_bytes(b"another key of 32 bytes length!!")
    assert "not its key" in state_of(home).problem


def test_the_name_is_that_of_the_store_or_the_wish_or_the_login(home, monkeypatch):
    nothing = StoreState(home=home)
    monkeypatch.setattr("lanmsg.cli.doctor_own.getpass.getuser", lambda: "Kim")
    settings = ClientSettings(home=home)
    assert name_state(settings, replace(nothing, handle="bob")) == NameState(handle="bob", is_enrolled=True)
    assert name_state(settings, nothing).handle == "kim"
    assert name_state(ClientSettings(home=home, name="Ann"), nothing).handle == "ann"
    assert name_state(ClientSettings(home=home, name="a b"), nothing).problem


def test_a_port_in_use_is_said():
    import socket

    with socket.create_server(("", 0)) as taken:
        assert "in use" in port_problem(taken.getsockname()[1])


def test_without_known_hubs_there_is_no_store(tmp_path):
    assert not store_state(ClientSettings(home=tmp_path), KnownHubs()).is_opened
