"""The hub's end on a transport that records; `tests/hub/test_web_links.py` has whole connections."""

import asyncio

import pytest
from tests.net.test_tls_link import FakeTransport

from lanmsg.net import web_socket_link
from lanmsg.net.conformance import RecordingHandler, framed
from lanmsg.net.link import LOW_MARK_BYTES
from lanmsg.net.tls_link import CLOSED_BY_THEM, CLOSED_BY_US
from lanmsg.net.web_socket import CLOSE_NORMAL, Opcode, Piece, PieceReader, encode_piece
from lanmsg.net.web_socket_link import WebSocketLink

MASK = b"\x01\x02\x03\x04"
CLOSE = Piece(Opcode.CLOSE, CLOSE_NORMAL)


class Transport(FakeTransport):
    def __init__(self):
        super().__init__()
        self.unsent_bytes = 0

    def get_write_buffer_size(self):
        return self.unsent_bytes

    def is_closing(self):
        return "close" in self.calls

    def writelines(self, list_of_data):
        self.write(b"".join(list_of_data))

    @property
    def pieces(self):
        return PieceReader(is_masked=False).feed(b"".join(self.written))


@pytest.fixture
async def opened():
    handler, transport = RecordingHandler(), Transport()
    link = WebSocketLink(handler, certificate_hash=b"h" * 32)
    link.connection_made(transport)
    yield link, handler, transport
    if not handler.lost_reasons:
        link.connection_lost(None)


def masked(opcode, data=b""):
    return encode_piece(opcode, data, mask=MASK)


async def test_frames_may_lie_across_messages_and_many_in_one(opened):
    link, handler, _ = opened
    stream = framed(b"one") + framed(b"two") + framed(b"three")
    link.data_received(masked(Opcode.BINARY, stream[:5]) + masked(Opcode.BINARY, stream[5:]))
    assert handler.payloads == [b"one", b"two", b"three"]


async def test_each_send_is_one_message(opened):
    link, _, transport = opened
    link.send(framed(b"one") + framed(b"two"))
    link.send(b"")
    assert transport.pieces == [Piece(Opcode.BINARY, framed(b"one") + framed(b"two"))]


async def test_a_close_is_answered_and_told_as_theirs(opened):
    link, handler, transport = opened
    link.data_received(masked(Opcode.BINARY, framed(b"last")) + masked(Opcode.CLOSE, b"\x03\xe9"))
    link.data_received(masked(Opcode.BINARY, framed(b"late")))
    link.send(framed(b"late"))
    assert handler.payloads == [b"last"]
    assert transport.pieces == [CLOSE]
    assert transport.calls[-1] == "close"
    link.connection_lost(None)
    assert handler.lost_reasons == [CLOSED_BY_THEM]


async def test_our_close_says_so_once(opened):
    link, handler, transport = opened
    link.close()
    link.close()
    assert transport.pieces == [CLOSE]
    link.connection_lost(None)
    assert handler.lost_reasons == [CLOSED_BY_US]


async def test_a_ping_is_answered_with_what_it_holds(opened):
    link, _, transport = opened
    link.data_received(masked(Opcode.PING, b"hello"))
    assert transport.pieces == [Piece(Opcode.PONG, b"hello")]


async def test_attack_answers_to_pings_do_not_pile_up(opened):
    link, _, transport = opened
    transport.unsent_bytes = LOW_MARK_BYTES + 1
    link.data_received(masked(Opcode.PING, b"hello") * 1000)
    assert transport.written == []


async def test_attack_after_what_is_no_websocket_nothing_more_is_read(opened):
    link, handler, transport = opened
    handler.link_broken = handler.errors.append
    link.data_received(masked(Opcode.TEXT, b"hello"))
    link.data_received(masked(Opcode.BINARY, framed(b"more")) + masked(Opcode.PING))
    assert (len(handler.errors), handler.payloads, transport.written) == (1, [], [])


async def test_attack_an_oversize_frame_breaks_the_link_and_what_follows_is_not_answered(opened):
    link, handler, transport = opened
    handler.link_broken = handler.errors.append
    link.data_received(masked(Opcode.BINARY, b"\xff\xff\xff\xff") + masked(Opcode.PING))
    assert (len(handler.errors), transport.written) == (1, [])


async def test_a_silent_browser_is_asked_and_its_answer_counts(monkeypatch):
    monkeypatch.setattr(web_socket_link, "PING_INTERVAL_S", 0)
    handler, transport = RecordingHandler(), Transport()
    link = WebSocketLink(handler, certificate_hash=b"h" * 32)
    link.connection_made(transport)
    while not transport.written:  # noqa: ASYNC110 - the timer is the link's own
        await asyncio.sleep(0)
    assert transport.pieces[0] == Piece(Opcode.PING, b"")
    link.data_received(masked(Opcode.PONG))
    assert (handler.alive_count, handler.payloads) == (1, [])
    link.connection_lost(None)


async def test_who_just_spoke_is_not_asked(opened):
    link, _, transport = opened
    link.data_received(masked(Opcode.BINARY, framed(b"x")))
    link._ping_timer.cancel()
    link._ping()
    assert transport.written == []
    link._ping_timer.cancel()
    link._ping()
    assert transport.pieces == [Piece(Opcode.PING, b"")]


async def test_the_certificate_is_the_one_the_hub_told(opened):
    assert opened[0].certificate_hash == b"h" * 32
    assert opened[0].remote == "10.0.0.5"
