"""Small tries on the network: each ends in time and says how it went."""

import asyncio
import socket
import time

import pytest

from lanmsg.net import probing
from lanmsg.net.interfaces import list_interfaces
from lanmsg.net.probing import Reach, hear_own_multicast, in_time, is_udp_port_free, source_for, try_tcp
from lanmsg.wire.addresses import Address


async def test_a_port_that_listens_is_open_and_one_that_does_not_refuses():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (await try_tcp(Address("127.0.0.1", port), timeout_s=5)).reach is Reach.OPEN
    tried = await try_tcp(Address("127.0.0.1", port), timeout_s=5)
    assert (tried.reach, tried.host) == (Reach.REFUSED, "127.0.0.1")


async def test_a_name_that_nobody_knows_is_said(monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(probing.socket, "getaddrinfo", nobody)
    assert (await try_tcp(Address("nowhere.test", 1), timeout_s=5)).reach is Reach.NO_NAME


async def test_a_name_server_that_does_not_answer_holds_nothing_up(monkeypatch):
    monkeypatch.setattr(probing, "_look_up", lambda _: time.sleep(2) or "127.0.0.1")
    async with asyncio.timeout(1):
        assert (await try_tcp(Address("slow.test", 1), timeout_s=0.05)).reach is Reach.NO_NAME


async def test_what_comes_too_late_is_ignored():
    assert await in_time(lambda: time.sleep(0.2) or "late", timeout_s=0.01) is None
    assert await in_time(lambda: "soon", timeout_s=5) == "soon"


@pytest.mark.parametrize(
    ("error", "reach"),
    [
        (ConnectionRefusedError(), Reach.REFUSED),
        (PermissionError(1, "no"), Reach.FORBIDDEN),
        (OSError(113, "no route"), Reach.UNREACHABLE),
        (ConnectionResetError(), Reach.SILENT),
    ],
)
def test_every_error_has_its_word(error, reach):
    assert probing._reach_of(error) is reach


def test_the_way_to_this_machine_is_this_machine():
    assert source_for("127.0.0.1") == "127.0.0.1"
    assert source_for("no address") is None


def test_a_udp_port_that_a_program_has_for_itself_is_not_free():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("0.0.0.0", 0))  # noqa: S104
        assert not is_udp_port_free(taker.getsockname()[1])
    assert is_udp_port_free(0)


async def test_our_own_multicast_is_heard_where_there_is_a_network():
    networks = [each for each in list_interfaces() if ":" not in each.address]
    if not networks:
        pytest.skip("this machine is on no network")
    tried = await hear_own_multicast(networks[0], timeout_s=2)
    assert tried.is_heard or tried.error
