import asyncio
import errno
import hashlib
import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.net.tls_helpers import LOOPS, Door, run_on

from lanmsg.net.conformance import RecordingHandler, check_link_pair, framed
from lanmsg.net.dialling import dial
from lanmsg.net.tls_link import CLOSED_BY_THEM, CLOSED_BY_US, TlsLink, reason_for


@pytest.mark.parametrize("first_is_hub", [False, True], ids=["client first", "hub first"])
@pytest.mark.parametrize("loop_name", LOOPS)
def test_tls_links_keep_the_promises_of_links(loop_name, first_is_hub, tmp_path):
    async def main():
        door = Door(tmp_path)

        async def make_pair(one, other):
            hub, client = (one, other) if first_is_hub else (other, one)
            door.make_handler = lambda: hub
            await dial(door.address, client, timeout_s=5)
            await hub.until(lambda: hub.links)
            door.gate.authenticated(hub.link.remote)

        async with door.open():
            await check_link_pair(make_pair)

    run_on(loop_name, main())


class FakeTls:
    def __init__(self, certificate):
        self.certificate = certificate

    def getpeercert(self, *, binary_form):
        assert binary_form
        return self.certificate


class FakeTransport(asyncio.Transport):
    """A transport that records; what it says about itself is fixed."""

    def __init__(self, peer="10.0.0.5", own="10.0.0.2"):
        super().__init__(
            {
                "peername": (peer, 1234),
                "sockname": (own, 7777),
                "ssl_object": FakeTls(b"DER"),
                "socket": None,
            }
        )
        self.written = []
        self.calls = []

    def get_extra_info(self, name, default=None):
        return super().get_extra_info(name, default) or FakeSocket()

    def set_write_buffer_limits(self, high=None, low=None):
        self.calls.append(("limits", high, low))

    def get_write_buffer_size(self):
        return 7

    def write(self, data):
        self.written.append(data)

    def close(self):
        self.calls.append("close")

    def abort(self):
        self.calls.append("abort")


class FakeSocket:
    def setsockopt(self, *_):
        raise OSError(errno.EINVAL, "no such option here")


def opened_link(**options):
    handler = RecordingHandler()
    link, transport = TlsLink(handler, **options), FakeTransport()
    link.connection_made(transport)
    return link, handler, transport


@given(st.lists(st.binary(max_size=300)), st.data())
def test_any_cut_of_the_bytes_gives_the_same_frames(payloads, data):
    stream = b"".join(map(framed, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    link, handler, _ = opened_link()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        link.data_received(stream[start:end])
    assert handler.payloads == payloads


def test_a_client_measures_the_certificate_and_a_hub_is_given_its_hash():
    assert opened_link()[0].certificate_hash == hashlib.sha256(b"DER").digest()
    assert opened_link(certificate_hash=b"h" * 32)[0].certificate_hash == b"h" * 32


def test_neither_end_holds_small_writes_back(tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            client = RecordingHandler()
            link = await dial(door.address, client, timeout_s=5)
            hub = await door.handler()
            for end in (link, hub.link):
                connection = end._transport.get_extra_info("socket")
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            link.abort()
            await hub.until(lambda: hub.lost_reasons)
            door.gate.lost(hub.link.remote)

    run_on("aiofastnet", main())


@pytest.mark.parametrize(
    ("peer", "own", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("10.0.0.2", "10.0.0.2", True),
        ("fe80::1%eth0", "fe80::1%eth0", True),
        ("10.0.0.5", "10.0.0.2", False),
        ("::ffff:10.0.0.5", "::ffff:10.0.0.2", False),
    ],
)
def test_who_comes_from_an_address_of_this_machine_is_on_it(peer, own, expected):
    link = TlsLink(RecordingHandler(), certificate_hash=bytes(32))
    link.connection_made(FakeTransport(peer, own))
    assert link.is_same_machine is expected


def test_a_socket_without_keepalive_options_is_good_enough():
    link, handler, _ = opened_link()
    assert handler.link is link
    assert link.remote == "10.0.0.5"


def test_after_a_broken_frame_nothing_more_is_read():
    link, handler, transport = opened_link()
    handler.link_broken = handler.errors.append
    link.data_received(b"\xff\xff\xff\xff")
    link.data_received(framed(b"more"))
    assert len(handler.errors) == 1
    assert handler.payloads == []
    assert transport.calls[1:] == []


def test_a_handler_that_cannot_start_loses_its_connection():
    handler, transport = RecordingHandler(), FakeTransport()
    handler.link_opened = lambda _: 1 / 0
    with pytest.raises(ZeroDivisionError):
        TlsLink(handler).connection_made(transport)
    assert transport.calls[-1] == "abort"


def test_unsent_bytes_are_those_of_the_transport_until_it_closes():
    link, _, _ = opened_link()
    assert link.unsent_bytes == 7
    link.close()
    assert link.unsent_bytes == 0


def test_drained_is_not_told_to_a_handler_that_has_closed():
    link, handler, _ = opened_link()
    link.close()
    link.resume_writing()
    assert handler.drained_count == 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, CLOSED_BY_THEM),
        (ConnectionResetError(), "connection reset by the other side"),
        (BrokenPipeError(), "connection reset by the other side"),
        (TimeoutError(errno.ETIMEDOUT, "timed out"), "no answer from the other side"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "the network is gone"),
        (OSError(errno.EIO, "odd"), "the connection broke ([Errno 5] odd)"),
        (ssl.SSLError(1, "[SSL] x"), "the encrypted connection broke (TLS error)"),
    ],
)
def test_the_end_of_a_link_has_a_reason_in_words(error, words):
    assert reason_for(error) == words
    link, handler, _ = opened_link()
    link.connection_lost(error)
    assert handler.lost_reasons == [words]


def test_whoever_closed_is_told_so():
    link, handler, _ = opened_link()
    link.close()
    link.connection_lost(ConnectionResetError())
    assert handler.lost_reasons == [CLOSED_BY_US]


@pytest.mark.parametrize("loop_name", LOOPS)
def test_a_pulled_connection_is_told_as_reset(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            client = RecordingHandler()
            link = await dial(door.address, client, timeout_s=5)
            hub = await door.handler()
            link.abort()
            await hub.until(lambda: hub.lost_reasons)
            assert hub.lost_reasons[0] in ("connection reset by the other side", CLOSED_BY_THEM)
            assert client.lost_reasons in ([], [CLOSED_BY_US])
            door.gate.lost(hub.link.remote)
            await client.until(lambda: client.lost_reasons == [CLOSED_BY_US])

    run_on(loop_name, main())
