import asyncio
import errno
import itertools
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.net.tls_helpers import LOOPS, eventually, run_on

from lanmsg.net import discovery_broadcast
from lanmsg.net.candidates import Candidates
from lanmsg.net.discovery_broadcast import (
    ANSWERS_PER_S,
    ANSWERS_PER_SOURCE_S,
    PACKET_BYTES,
    Responder,
    decode_answer,
    encode_answer,
    encode_probe,
    nonce_of,
    open_prober,
    responder,
)
from lanmsg.wire.addresses import Address

HUB, OTHER, NONCE = b"h" * 16, b"o" * 16, b"n" * 16


@pytest.fixture(params=LOOPS)
def loop_name(request):
    return request.param


# --- packets ---------------------------------------------------------------------------------


def test_packets_are_as_documented():
    assert encode_probe(NONCE) == b"lanmsg?1" + NONCE + bytes(18)
    assert encode_answer(NONCE, hub=HUB, port=7777) == b"lanmsg!1" + NONCE + HUB + b"\x1e\x61"


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.integers(1, 65535))
def test_answers_fit_their_probes(nonce, hub, port):
    assert nonce_of(encode_probe(nonce)) == nonce
    assert decode_answer(encode_answer(nonce, hub=hub, port=port), nonce=nonce) == (hub, port)


@given(st.binary(max_size=100))
def test_noise_is_neither_a_probe_nor_an_answer(noise):
    assert nonce_of(noise) is None
    assert decode_answer(noise, nonce=NONCE) is None


@pytest.mark.parametrize(
    "packet",
    [
        encode_answer(OTHER, hub=HUB, port=1),
        encode_answer(NONCE, hub=HUB, port=0),
        encode_answer(NONCE, hub=HUB, port=1) + b"x",
        encode_answer(NONCE, hub=HUB, port=1)[:-1],
        encode_probe(NONCE),
    ],
    ids=["another nonce", "no port", "too long", "too short", "a probe"],
)
def test_a_forged_or_damaged_answer_is_none(packet):
    assert decode_answer(packet, nonce=NONCE) is None


# --- the hub's side --------------------------------------------------------------------------


class Clock:
    def __init__(self):
        self.now = 100.0

    def time(self):
        return self.now


class Wire(asyncio.DatagramTransport):
    def __init__(self):
        super().__init__()
        self.sent = []

    def sendto(self, data, addr=None):
        self.sent.append((data, addr))


@pytest.fixture
def hub():
    made = Responder(HUB, 7777, loop=Clock())
    made.connection_made(Wire())
    return made


def answers(hub):
    return len(hub._transport.sent)


@given(st.binary(max_size=100), st.integers(0, 60))
def test_amplification_is_impossible(noise, cut):
    hub = Responder(HUB, 7777, loop=Clock())
    hub.connection_made(Wire())
    for packet in (noise, encode_probe(NONCE)[:cut], encode_probe(NONCE) + noise):
        before = answers(hub)
        hub.datagram_received(packet, ("10.0.0.1", 5))
        assert all(len(answer) <= len(packet) for answer, _ in hub._transport.sent[before:])
    assert answers(hub) >= 1
    assert len(encode_probe(NONCE)) == PACKET_BYTES


def test_answers_to_one_source_are_limited_each_second(hub):
    for _ in range(100):
        hub.datagram_received(encode_probe(NONCE), ("10.0.0.1", 5))
    assert answers(hub) == ANSWERS_PER_SOURCE_S
    hub.datagram_received(encode_probe(NONCE), ("10.0.0.2", 5))
    assert answers(hub) == ANSWERS_PER_SOURCE_S + 1
    hub._loop.now += 1
    hub.datagram_received(encode_probe(NONCE), ("10.0.0.1", 5))
    assert answers(hub) == ANSWERS_PER_SOURCE_S + 2


def test_a_flood_from_forged_sources_is_limited_in_all_and_takes_no_memory(hub):
    for number in range(3 * ANSWERS_PER_S):
        hub.datagram_received(encode_probe(NONCE), (f"10.0.{number // 256}.{number % 256}", 5))
    assert answers(hub) == ANSWERS_PER_S
    assert len(hub._answers) == ANSWERS_PER_S


def test_an_answer_to_somebody_who_is_gone_is_no_matter(hub):
    hub.error_received(ConnectionRefusedError())


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_several_hubs_share_a_port():
    port = free_port()
    async with (
        responder(HUB, 1, udp_port=port, everywhere=False) as one,
        responder(OTHER, 2, udp_port=port, everywhere=False) as other,
    ):
        assert one == other == []


async def test_a_port_that_another_program_has_is_a_warning():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        async with responder(HUB, 1, udp_port=port, everywhere=False) as warnings:
            assert len(warnings) == 1
            assert f"UDP port {port}" in warnings[0]
            assert "may have to type" in warnings[0]


async def test_a_machine_without_ipv6_has_nothing_to_warn_of(monkeypatch):
    without_ipv6(monkeypatch)
    async with responder(HUB, 1, udp_port=free_port(), everywhere=False) as warnings:
        assert warnings == []


def without_ipv6(monkeypatch):
    real = socket.socket

    def make(family=-1, *arguments, **options):
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *arguments, **options)

    monkeypatch.setattr(discovery_broadcast.socket, "socket", make)


async def test_where_sharing_has_another_name_it_is_used(monkeypatch):
    monkeypatch.setattr(discovery_broadcast.sys, "platform", "darwin")
    with discovery_broadcast._shared_udp_socket("127.0.0.1", free_port()) as opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)


# --- both sides ------------------------------------------------------------------------------


class Asking:
    """A prober with countable nonces; closes with the block."""

    async def __aenter__(self):
        numbers = itertools.count()
        self.candidates = Candidates()
        self.prober = await open_prober(
            self.candidates, make_nonce=lambda size: next(numbers).to_bytes(size, "big")
        )
        return self.prober, self.candidates

    async def __aexit__(self, *_):
        self.prober.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_hub_that_is_asked_answers(loop_name, host):
    async def main():
        port = free_port()
        async with Asking() as (prober, candidates), responder(HUB, 4321, udp_port=port, everywhere=False):
            await prober.ask(Address(host, port), what="last known")
            await eventually(candidates.hubs)
        assert candidates.hubs()[0].hub == HUB
        assert candidates.hubs()[0].port == 4321
        assert [str(one) for one in candidates.attempts()] == [f"last known {Address(host, port)}: answered"]

    run_on(loop_name, main())


def test_where_nobody_listens_the_attempt_says_so(loop_name):
    async def main():
        async with Asking() as (prober, candidates):
            await prober.ask(Address("127.0.0.1", free_port()), what="last known")
            await eventually(lambda: candidates.attempts()[0].result == "connection refused")

    run_on(loop_name, main())


@pytest.mark.parametrize(
    ("host", "words"), [("no-such-hub.invalid", "name not found"), ("a" * 70, "")], ids=["unknown", "no name"]
)
async def test_a_name_that_leads_nowhere_is_told(host, words):
    async with Asking() as (prober, candidates):
        await prober.ask(Address(host, 1), what="last known")
        assert words in candidates.attempts()[0].result
        assert candidates.attempts()[0].result != "no answer"


def test_a_question_lost_on_the_way_is_repeated(loop_name):
    async def main():
        port = free_port()
        async with Asking() as (prober, candidates):
            prober.ask_everybody("127.255.255.255", port, what="broadcast to")
            async with responder(HUB, 4321, udp_port=port, everywhere=True) as warnings:
                assert warnings == []
                assert candidates.hubs() == []
                prober.repeat()
                await eventually(candidates.hubs)
        assert str(candidates.attempts()[0]) == "broadcast to 127.255.255.255: answered"

    run_on(loop_name, main())


async def test_several_hubs_on_one_machine_all_hear_a_broadcast():
    port = free_port()
    async with (
        Asking() as (prober, candidates),
        responder(HUB, 1, udp_port=port, everywhere=True),
        responder(OTHER, 2, udp_port=port, everywhere=True),
    ):
        prober.ask_everybody("127.255.255.255", port, what="broadcast to")
        await eventually(lambda: len(candidates.hubs()) == 2)


async def test_spoofed_answers_that_did_not_see_the_probe_are_dropped():
    async with Asking() as (prober, candidates):
        prober.answered(encode_answer(b"?" * 16, hub=HUB, port=1), ("10.0.0.1", 7777))
        prober.answered(b"", ("10.0.0.1", 7777))
        assert candidates.hubs() == []


async def test_a_link_local_answer_keeps_its_zone():
    async with Asking() as (prober, candidates):
        prober.ask_everybody("ff02::1%lo", free_port(), what="all on")
        prober.answered(encode_answer(bytes(16), hub=HUB, port=1), ("fe80::1", 7777, 0, 1))
        assert candidates.hubs()[0].addresses == ("fe80::1%lo",)


async def test_a_machine_without_a_family_says_so(monkeypatch):
    without_ipv6(monkeypatch)
    async with Asking() as (prober, candidates):
        prober.ask_everybody("ff02::1%lo", 1, what="all on")
    assert candidates.attempts()[0].result == "this machine has no IPv6"


async def test_a_network_that_cannot_be_reached_is_told():
    async with Asking() as (prober, candidates):
        prober._sockets[socket.AF_INET].setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 0)
        prober.ask_everybody("127.255.255.255", 1, what="broadcast to")
        assert candidates.attempts()[0].result == "Permission denied"


async def test_an_endpoint_that_cannot_be_opened_leaks_no_socket(monkeypatch):
    async def refuse(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_datagram_endpoint", refuse)
    async with Asking() as (prober, _):
        assert prober._sockets == {}
