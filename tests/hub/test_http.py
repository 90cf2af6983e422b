"""The pages themselves, over a real connection on loopback."""

import asyncio
import contextlib
import dataclasses
import re
import zlib

import pytest
import structlog
from aiohttp.http_parser import DeflateBuffer
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from tests.hub.http_helpers import FACTS, FakeTransport, make_site

from lanmsg.hub import http
from lanmsg.hub.http import Deadlines, Pages, make_app
from lanmsg.hub.own_address import is_loopback


@pytest.fixture
async def client_of():
    """Make a client of an app with this site."""
    clients = []

    async def make(**site):
        app = make_app(make_site(**site), Deadlines())
        clients.append(TestClient(TestServer(app)))
        await clients[-1].start_server()
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/join", "/trust", "/lanmsg-authority.crt", "/healthz", "/metrics", "/nothing", "/%0d%0aX:y"],
)
async def test_every_answer_has_the_strict_headers(client_of, path):
    async with (await client_of()).get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "lanmsg"  # and not the versions of our libraries


async def test_health_is_ok_while_messages_are_taken(client_of):
    async with (await client_of()).get("/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")
    async with (await client_of(is_healthy=False)).get("/healthz") as answer:
        assert answer.status == 503


async def test_the_figures_are_prometheus_text(client_of):
    async with (await client_of()).get("/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await answer.text()
    figures = dict(re.findall(r"^(lanmsg_\w+) (\S+)$", text, re.MULTILINE))
    assert figures["lanmsg_connections"] == "1.0"
    assert figures["lanmsg_deliveries_total"] == "10.0"
    assert len(figures) == 10
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize(
    ("address", "metrics_public", "status"),
    [("127.0.0.1", False, 200), ("::1", False, 200), ("192.168.1.9", False, 403), ("192.168.1.9", True, 200)],
)
async def test_the_figures_are_for_this_machine_unless_told_otherwise(address, metrics_public, status):
    pages = Pages(make_site(metrics_public=metrics_public))
    forged = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    request = make_mocked_request("GET", "/metrics", headers=forged, transport=FakeTransport(address))
    assert (await pages.metrics(request)).status == status


def test_what_is_no_address_is_not_this_machine():
    assert is_loopback("127.9.9.9")
    assert not any(map(is_loopback, [None, "", "localhost", "0.0.0.0", "::ffff:192.168.1.1"]))  # noqa: S104


async def test_what_is_not_there_and_what_is_not_allowed_is_said(client_of):
    client = await client_of()
    async with client.get("/nothing") as answer:
        assert (answer.status, "is at /join" in await answer.text()) == (404, True)
    async with client.post("/", data=b"x" * 100_000) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert "GET" in await answer.text()


async def test_the_authority_is_handed_out_as_phones_install_it(client_of):
    client = await client_of(authority=lambda: b"DER")
    async with client.get("/lanmsg-authority.crt") as answer:
        assert (answer.status, await answer.read()) == (200, b"DER")
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    async with client.get("/trust") as answer:
        text = await answer.text()
    assert "3F:9A" in text
    assert 'href="/lanmsg-authority.crt"' in text
    assert "<svg" in text
    assert "<script" not in text
    assert "style=" not in text


async def test_where_the_operator_brought_a_certificate_there_is_nothing_to_install(client_of):
    brought = dataclasses.replace(FACTS, authority_fingerprint="")
    client = await client_of(facts=lambda: brought)
    async with client.get("/lanmsg-authority.crt") as answer:
        assert answer.status == 404
    async with client.get("/trust") as answer:
        assert "Nothing to install" in await answer.text()


async def test_a_request_under_a_foreign_name_is_refused_wherever_it_goes(client_of):
    client = await client_of(names=frozenset({"attic.local"}))
    for path in ("/", "/healthz", "/trust", "/ws"):
        async with client.get(path, headers={"Host": "evil.example"}) as answer:
            assert (answer.status, "--host-name" in await answer.text()) == (421, True)
        async with client.get(path, headers={"Host": "attic.local:7777"}) as answer:
            assert answer.status != 421


async def test_a_host_that_somebody_made_up_is_not_repeated(client_of):
    async with (await client_of()).get("/", headers={"Host": "evil.example"}) as answer:
        assert "evil" not in await answer.text()
        assert "evil" not in str(answer.headers)


async def test_a_bug_in_a_page_is_logged_and_not_shown(client_of):
    def broken():
        raise ZeroDivisionError("our secret")

    with structlog.testing.capture_logs() as logs:
        async with (await client_of(facts=broken)).get("/") as answer:
            assert answer.status == 500
            assert "secret" not in await answer.text()
            assert "Content-Security-Policy" in answer.headers
    assert [each["event"] for each in logs] == ["bug in a page"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00\xff nonsense\r\n\r\n",
    ],
)
async def test_attack_requests_beyond_the_limits_are_answered_400_and_not_logged(request_bytes, capfd):
    async with http.serve(make_site()) as server, served(server) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_bytes)
        assert re.match(rb"HTTP/1\.[01] 400 ", await reader.readline())
        writer.close()
    assert capfd.readouterr().err == ""


async def test_attack_what_is_compressed_is_never_unpacked(monkeypatch):
    unpacked = []
    monkeypatch.setattr(DeflateBuffer, "feed_data", lambda *given: unpacked.append(given))
    bomb = zlib.compress(b"a" * 1_000_000)
    async with http.serve(make_site()) as server, served(server) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: deflate\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(bomb), bomb))
        assert re.match(rb"HTTP/1\.1 4\d\d ", await reader.readline())
        writer.close()
    assert unpacked == []


async def test_attack_a_connection_that_never_asks_is_closed(monkeypatch):
    monkeypatch.setattr(http, "REQUEST_TIMEOUT_S", 0.0)
    async with http.serve(make_site()) as server, served(server) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_has_asked_may_ask_again():
    transport, deadlines = FakeTransport(), Deadlines()
    deadlines.start(transport)
    deadlines.met(transport)
    deadlines.met(transport)
    deadlines.close()
    assert not transport.is_aborted


class served:  # noqa: N801 - reads like a function
    """Serve on loopback, without TLS."""

    def __init__(self, server):
        self._server = server

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: Handing(self._server), "127.0.0.1", 0)
        return self._listening.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        self._listening.close()


class Handing(asyncio.Protocol):
    """Hands the transport on as `net.listening` does."""

    def __init__(self, server):
        self._server = server

    def connection_made(self, transport):
        protocol = self._server.make_protocol(transport)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
