"""The door of the HTTP side: loaded when wanted, limited, and never a danger to the rest."""

import asyncio
import contextlib
import sys
import types

import pytest
import structlog
from tests.hub.http_helpers import FakeTransport, make_site

from lanmsg.hub.http_door import (
    MAX_HELD_BYTES,
    MAX_HTTP_CONNECTIONS,
    MAX_HTTP_CONNECTIONS_PER_ADDRESS,
    HttpDoor,
)


class RecordingProtocol(asyncio.Protocol):
    def __init__(self):
        self.calls = []

    def connection_made(self, transport):
        self.calls.append("made")

    def data_received(self, data):
        self.calls.append(data)

    def eof_received(self):
        self.calls.append("eof")

    def pause_writing(self):
        self.calls.append("pause")

    def resume_writing(self):
        self.calls.append("resume")

    def connection_lost(self, exc):
        self.calls.append("lost")


class RecordingServer:
    def __init__(self):
        self.protocols = []
        self.is_open = False

    def make_protocol(self, transport):
        self.protocols.append(RecordingProtocol())
        return self.protocols[-1]


@pytest.fixture
def server(monkeypatch):
    """Stands for `hub.http`."""
    server = RecordingServer()

    @contextlib.asynccontextmanager
    async def serve(site):
        server.is_open = True
        try:
            yield server
        finally:
            server.is_open = False

    monkeypatch.setitem(sys.modules, "lanmsg.hub.http", types.SimpleNamespace(serve=serve))
    return server


@contextlib.asynccontextmanager
async def serving(door):
    task = asyncio.get_running_loop().create_task(door.serve())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def connect(door, address="192.168.1.9"):
    transport, entrance = FakeTransport(address), door.make_protocol()
    entrance.connection_made(transport)
    return transport, entrance


async def until(is_so):
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - tests look at what has no event
            await asyncio.sleep(0)


async def test_nothing_is_loaded_before_the_first_connection(server):
    async with serving(HttpDoor(make_site())):
        await asyncio.sleep(0)
        assert not server.is_open


async def test_what_came_while_it_was_loaded_is_handed_over_whole(server):
    door = HttpDoor(make_site())
    async with serving(door):
        _, entrance = connect(door)
        entrance.data_received(b"GET / ")
        entrance.data_received(b"HTTP/1.1")
        assert entrance.eof_received()  # stay open for the answer
        await until(lambda: server.protocols)
        entrance.data_received(b"more")
        entrance.pause_writing()
        entrance.resume_writing()
        assert not entrance.eof_received()
        entrance.connection_lost(None)
    assert server.protocols[0].calls == [
        "made", b"GET / HTTP/1.1", b"more", "pause", "resume", "eof", "lost",
    ]  # fmt: skip
    assert not server.is_open


async def test_later_connections_enter_at_once(server):
    door = HttpDoor(make_site())
    async with serving(door):
        connect(door)
        await until(lambda: server.protocols)
        connect(door)
        assert len(server.protocols) == 2


async def test_attack_one_address_cannot_take_all_connections(server):
    door = HttpDoor(make_site())
    for _ in range(MAX_HTTP_CONNECTIONS_PER_ADDRESS):
        transport, entrance = connect(door)
        assert not transport.is_aborted
    assert connect(door)[0].is_aborted
    assert not connect(door, "192.168.1.10")[0].is_aborted
    entrance.connection_lost(None)
    assert not connect(door)[0].is_aborted
    assert door.refused_count == 1


async def test_attack_many_addresses_cannot_take_all_memory(server):
    door = HttpDoor(make_site())
    for number in range(MAX_HTTP_CONNECTIONS):
        assert not connect(door, f"10.0.0.{number}")[0].is_aborted
    transport, entrance = connect(door, "10.0.1.1")
    assert transport.is_aborted
    entrance.connection_lost(None)  # was never counted
    assert connect(door, "10.0.1.2")[0].is_aborted


async def test_attack_bytes_before_it_is_loaded_are_limited(server):
    transport, entrance = connect(HttpDoor(make_site()))
    entrance.data_received(bytes(MAX_HELD_BYTES))
    assert not transport.is_aborted
    entrance.data_received(b"x")
    assert transport.is_aborted


async def test_a_side_that_cannot_be_loaded_is_logged_and_hung_up_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "lanmsg.hub.http", None)
    door = HttpDoor(make_site())
    with structlog.testing.capture_logs() as logs:
        transport, _ = connect(door)
        await door.serve()  # and nothing is raised
    assert transport.is_aborted
    assert connect(door)[0].is_aborted
    assert [each["event"] for each in logs] == ["bug in the http side"]


def test_the_door_itself_does_not_load_aiohttp():
    import subprocess

    code = "import sys, lanmsg.hub.http_door; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
