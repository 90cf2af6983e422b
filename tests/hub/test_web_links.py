"""`/ws` over real connections: TLS, aiohttp, the hand-over, and the link behind it."""

import asyncio
import contextlib
import ssl

import pytest
from tests.hub.hostile_requests import HOSTILE, request
from tests.hub.http_helpers import make_links, make_site
from tests.net.tls_helpers import LOOPS, Door, eventually, run_on
from tests.net.web_socket_client import dial_web_socket, upgrade_request

from lanmsg.hub.http_door import MAX_HTTP_CONNECTIONS_PER_ADDRESS, HttpDoor
from lanmsg.net.conformance import RecordingHandler, check_link_pair, framed
from lanmsg.net.dialling import dial
from lanmsg.net.tls import http_client_context
from lanmsg.wire.addresses import format_address
from lanmsg.wire.limits import MAX_UNAUTHENTICATED_PER_ADDRESS


class WebDoor(Door):
    """A listener whose HTTP side is the hub's own."""

    @contextlib.asynccontextmanager
    async def open_web(self):
        links = make_links(admit=self.gate.admit, make_handler=lambda: self.make_handler())
        self.http = HttpDoor(make_site(links=links))
        serving = asyncio.get_running_loop().create_task(self.http.serve())
        async with self.open(make_http=self.http.make_protocol):
            try:
                yield self
            finally:
                serving.cancel()
                await asyncio.wait([serving])

    async def open_link(self):
        """Return the client's and the hub's handler of a new link."""
        client = RecordingHandler()
        await dial_web_socket(self.address, client)
        return client, await self.handler()


def with_door(tmp_path, main, *, loop_name="aiofastnet"):
    async def run():
        async with WebDoor(tmp_path).open_web() as door:
            await main(door)

    run_on(loop_name, run())


@pytest.mark.parametrize("first_is_hub", [False, True], ids=["client first", "hub first"])
@pytest.mark.parametrize("loop_name", LOOPS)
def test_web_socket_links_keep_the_promises_of_links(loop_name, first_is_hub, tmp_path):
    async def main(door):
        async def make_pair(one, other):
            hub, client = (one, other) if first_is_hub else (other, one)
            door.make_handler = lambda: hub
            await dial_web_socket(door.address, client, certificate_hash=b"h" * 32)
            await hub.until(lambda: hub.links)
            door.gate.authenticated(hub.link.remote)

        await check_link_pair(make_pair)

    with_door(tmp_path, main, loop_name=loop_name)


def test_a_web_client_counts_as_a_client_and_not_as_a_page(tmp_path):
    async def main(door):
        links = []
        for _ in range(MAX_HTTP_CONNECTIONS_PER_ADDRESS + 2):
            client, hub = await door.open_link()
            door.gate.authenticated(hub.link.remote)  # as a login does
            door.handlers.clear()
            links.append((client, hub))
        assert door.http._open.total() == 0
        assert door.http.refused_count == 0
        for client, hub in links:
            client.link.send(framed(b"still here"))
            await hub.until(lambda hub=hub: hub.payloads == [b"still here"])
            client.link.abort()
            await hub.until(lambda hub=hub: hub.lost_reasons)

    with_door(tmp_path, main)


def test_attack_web_links_without_login_are_as_few_as_native_ones(tmp_path):
    async def main(door):
        links = []
        for number in range(MAX_UNAUTHENTICATED_PER_ADDRESS - 1):  # the last one is for knocking
            links.append(await door.open_link())
            assert door.gate.unauthenticated_count == number + 1
            door.handlers.clear()
        native = RecordingHandler()
        await dial(door.address, native, timeout_s=5)
        await eventually(lambda: door.gate.unauthenticated_count == MAX_UNAUTHENTICATED_PER_ADDRESS)
        with pytest.raises(ConnectionError):  # not even a TLS handshake any more
            await dial_web_socket(door.address, RecordingHandler())
        for client in [native, *(client for client, _ in links)]:
            client.link.abort()
        await eventually(lambda: door.gate.unauthenticated_count == MAX_UNAUTHENTICATED_PER_ADDRESS)

    with_door(tmp_path, main)


def test_attack_a_page_that_is_open_already_gets_no_link_too_many(tmp_path):
    async def main(door):
        reader, writer = await connect(door)
        await eventually(lambda: not door.gate.unauthenticated_count)
        for _ in range(MAX_UNAUTHENTICATED_PER_ADDRESS):
            assert door.gate.admit("127.0.0.1")
        writer.write(upgrade_request(door.address))
        assert await reader.readline() == b"HTTP/1.1 503 Service Unavailable\r\n"
        assert door.handlers == []
        writer.close()

    with_door(tmp_path, main)


def test_a_link_lives_on_when_the_http_side_ends(tmp_path):
    """At a shutdown web clients get their farewell like all others."""

    async def main(door):
        async with WebDoor(tmp_path).open_web() as door:
            client, hub = await door.open_link()
        hub.link.send(framed(b"bye"))
        hub.link.close()
        await client.until(lambda: client.lost_reasons)
        assert client.payloads == [b"bye"]

    with_door(tmp_path, main)


async def connect(door):
    return await asyncio.open_connection(
        *door.place, ssl=http_client_context(), server_hostname="lanmsg.local"
    )


# --- hostile requests ------------------------------------------------------------------------


def test_the_table_is_as_long_as_it_should_be():
    assert len(HOSTILE) >= 120


def test_attack_no_hostile_request_becomes_a_link(tmp_path):
    """One after the other at one hub, which then still takes the honest one."""

    async def main(door):
        host = format_address(door.address)
        for text in HOSTILE:
            answer = await ask(door, text.replace("{host}", host))
            assert not answer.startswith(b"HTTP/1.1 101"), text[:300]
            assert answer == b"" or 400 <= int(answer.split()[1]) < 500, (text[:300], answer[:300])
            assert door.handlers == [], text[:300]
        assert (await ask(door, request().replace("{host}", host))).startswith(b"HTTP/1.1 101")
        assert len(door.handlers) == 1

    with_door(tmp_path, main)


async def ask(door, text):
    """Send a request; return the head of the answer, or nothing if the hub hung up."""
    reader, writer = await connect(door)
    try:
        writer.write(text.encode())
        async with asyncio.timeout(5):
            return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        return b""
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
