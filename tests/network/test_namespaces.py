"""Machines on one bridge, with addresses of their own: people find each other and talk, no option given."""

import contextlib
import secrets
import time

import pytest
from tests.network.lan import OUTSIDE, Lan, needs_nft
from tests.processes import until

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(180)]

MULTICAST = ("ip daddr 224.0.0.0/4", "ip6 daddr ff00::/8")
PEOPLE = ("anna", "ben", "cora", "dan", "emma")
BACK_S = 45.0
"""A client has found its hub again so long after the network is whole again."""


@pytest.fixture
def lan(tmp_path):
    lan = Lan(tmp_path)
    try:
        yield lan.open()
    finally:
        lan.remove()


@contextlib.contextmanager
def running(hub):
    """A hub that accepts, until the end of the block."""
    with hub:
        hub.wait_for("Stop it with")
        yield hub


@contextlib.contextmanager
def chats(machines, *options):
    """Everybody in the chat, one after the other, each seen by those who were there before."""
    with contextlib.ExitStack() as stack:
        people = {}
        for machine in machines:
            chat = stack.enter_context(machine.start(*options))
            chat.wait_for("Enter sends to")
            for other in people.values():
                other.wait_for(f"{machine.person} ")
            people[machine.person] = chat
        yield people


def talk(people):
    """Everybody writes to everyone and to each other, and everybody gets what is theirs; return all texts."""
    texts = []
    for name, chat in people.items():
        text = f"canary-{secrets.token_hex(8)}"
        chat.say(f"#{text} to all")
        for other in people.values():
            other.wait_for(f"{text} to all")
        texts.append(text)
        for peer in people:
            if peer != name:
                private = f"canary-{secrets.token_hex(8)}"
                chat.say(f"@{peer} {private} to you")
                people[peer].wait_for(f"{private} to you")
                assert not any(
                    private in people[other].stdout for other in people if other not in {name, peer}
                )
                texts.append(private)
    return texts


@pytest.mark.parametrize("number", [2, 5])
def test_people_who_type_lanmsg_find_each_other_and_talk(lan, number):
    machines = [lan.machine(person) for person in PEOPLE[:number]]
    host = lan.machine("host") if number > 2 else machines[0]
    with lan.tap() as tap, running(host.start()) as hub:
        host.home = host.home.with_name(f"{host.person} talks")
        with chats(machines) as people:
            texts = talk(people)
    assert "ready" in hub.stdout
    heard = b"".join(tap.frames)
    assert b"lanmsg/1" in heard
    assert [text for text in texts if text.encode() in heard] == []
    assert tap.outside == set()


def test_the_tap_hears_what_is_said_in_clear_and_what_is_sent_outside(lan):
    anna = lan.machine("anna")
    packet = f"import socket; socket.socket(2, 2).sendto(b'in clear', ('{OUTSIDE}', 9))"
    with lan.tap() as tap:
        anna.run("python3", "-c", packet)
        tap.wait_for(b"in clear")
        assert {str(target) for target in tap.outside} == {OUTSIDE}


@needs_nft
def test_where_multicast_is_dropped_they_find_each_other_too(lan):
    machines = [lan.machine(person) for person in PEOPLE[:2]]
    for machine in machines:
        machine.drop(*MULTICAST)
    with running(machines[0].start()):
        machines[0].home = machines[0].home.with_name("anna talks")
        with chats(machines) as people:
            talk(people)


@needs_nft
def test_where_no_search_works_a_typed_address_does(lan):
    host, *machines = (lan.machine(person) for person in ("host", *PEOPLE[:2]))
    for machine in (host, *machines):
        machine.drop(*MULTICAST, "udp dport 7777", "udp sport 7777")
    with running(host.start_hub()):
        alone = machines[0].lanmsg("who")
        assert alone.returncode == 4, alone.stderr  # there is no other way to find it
        with chats(machines, "chat", "--hub", host.address) as people:
            talk(people)


def test_a_machine_that_gets_another_address_is_back_soon(lan, capsys):
    machines = [lan.machine(person) for person in PEOPLE[:2]]
    host = lan.machine("host")
    with running(host.start_hub()), chats(machines) as people:
        talk(people)
        machines[1].move("10.78.0.77")
        away_s = talk_again(people, capsys, "a client moved to another address")
    assert away_s <= BACK_S


def test_a_hub_that_gets_another_address_is_found_again(lan, capsys):
    machines = [lan.machine(person) for person in PEOPLE[:2]]
    host = lan.machine("host")
    with running(host.start_hub()), chats(machines) as people:
        talk(people)
        host.move("10.78.0.99")
        away_s = talk_again(people, capsys, "the hub moved to another address")
    assert away_s <= BACK_S


def talk_again(people, capsys, what):
    """Write at once; return how long it took until both had what the other wrote."""
    started_s = time.monotonic()
    for name, chat in people.items():
        chat.say(f"#moved {name}")
    for chat in people.values():
        for name in people:
            until(lambda chat=chat, name=name: is_heard(chat, name), timeout_s=100, what=f"moved {name}")
    took_s = time.monotonic() - started_s
    with capsys.disabled():
        print(f"\n  {what}: all messages were there after {took_s:.1f} s")  # noqa: T201 - a figure
    return took_s


def is_heard(chat, name):
    """Whether a message of `talk_again` has come; one's own when the hub has it."""
    lines = [line for line in chat.stdout.splitlines() if f"moved {name}" in line]
    return any("you →" not in line or "✓" in line for line in lines)
