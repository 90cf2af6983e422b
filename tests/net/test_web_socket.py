import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.net.web_socket import (
    MAX_CONTROL_BYTES,
    Opcode,
    Piece,
    PieceReader,
    encode_piece,
    handshake_answer,
    is_key,
)
from lanmsg.wire.errors import Code, RemoteError

MASK = b"\x01\x02\x03\x04"


def masked(opcode, data):
    return encode_piece(opcode, data, mask=MASK)


def test_the_handshake_is_answered_as_the_rfc_shows():
    answer = handshake_answer("dGhlIHNhbXBsZSBub25jZQ==")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer  # RFC 6455 §1.3
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert answer.endswith(b"\r\n\r\n")


def test_a_key_is_16_bytes_in_base64():
    assert is_key("dGhlIHNhbXBsZSBub25jZQ==")
    assert not any(
        map(is_key, ["", "dGhl", "dGhlIHNhbXBsZSBub25jZ", "dGhlIHNhbXBsZSBub25jZQ==\r\n", "é" * 24])
    )


def test_the_examples_of_the_rfc():
    ping, pong = bytes.fromhex("890548656c6c6f"), bytes.fromhex("8a8537fa213d7f9f4d5158")  # RFC 6455 §5.7
    assert PieceReader(is_masked=False).feed(ping) == [Piece(Opcode.PING, b"Hello")]
    assert PieceReader(is_masked=True).feed(pong) == [Piece(Opcode.PONG, b"Hello")]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
@pytest.mark.parametrize("mask", [b"", MASK])
def test_sizes_around_every_border(size, mask):
    data = bytes(number % 251 for number in range(size))
    reader = PieceReader(is_masked=bool(mask))
    pieces = reader.feed(
        encode_piece(Opcode.BINARY, data, mask=mask) + encode_piece(Opcode.PING, b"x", mask=mask)
    )
    assert pieces == ([Piece(Opcode.BINARY, data)] if data else []) + [Piece(Opcode.PING, b"x")]


@given(st.lists(st.tuples(st.binary(max_size=300), st.booleans(), st.binary(max_size=125))), st.data())
def test_any_cut_of_the_stream_gives_the_same_bytes(messages, data):
    stream, sent, pings = b"", b"", []
    for content, has_parts, ping in messages:
        middle = len(content) // 2 if has_parts else len(content)
        first = bytearray(masked(Opcode.BINARY, content[:middle]))
        if has_parts:
            first[0] &= 0x7F
        stream += bytes(first) + masked(Opcode.PING, ping)  # between two parts it may stand
        stream += masked(Opcode.CONTINUATION, content[middle:]) if has_parts else b""
        sent += content
        pings.append(ping)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader, pieces = PieceReader(is_masked=True), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        pieces += reader.feed(stream[start:end])
    assert b"".join(piece.data for piece in pieces if piece.opcode < Opcode.CLOSE) == sent
    assert [piece.data for piece in pieces if piece.opcode is Opcode.PING] == pings


def test_a_message_is_handed_on_before_it_is_whole():
    encoded = masked(Opcode.BINARY, b"abcdef")
    reader = PieceReader(is_masked=True)
    assert reader.feed(encoded[:9]) == [Piece(Opcode.BINARY, b"abc")]
    assert reader.feed(encoded[9:]) == [Piece(Opcode.BINARY, b"def")]


ATTACKS = {
    "not masked": encode_piece(Opcode.BINARY, b"x"),
    "text": masked(Opcode.TEXT, b"x"),
    "compressed": b"\xc2" + masked(Opcode.BINARY, b"x")[1:],
    "reserved bits": b"\xb2" + masked(Opcode.BINARY, b"x")[1:],
    "unknown data opcode": b"\x83" + masked(Opcode.BINARY, b"x")[1:],
    "unknown control opcode": b"\x8b" + masked(Opcode.PING, b"x")[1:],
    "a ping in parts": b"\x09" + masked(Opcode.PING, b"x")[1:],
    "a long ping": masked(Opcode.PING, bytes(MAX_CONTROL_BYTES + 1)),
    "a continuation of nothing": masked(Opcode.CONTINUATION, b"x"),
    "a message in a message": b"\x02" + masked(Opcode.BINARY, b"x")[1:] + masked(Opcode.BINARY, b"y"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_what_is_no_websocket_of_ours_is_refused(name):
    with pytest.raises(RemoteError) as raised:
        PieceReader(is_masked=True).feed(ATTACKS[name])
    assert raised.value.code is Code.MALFORMED


def test_attack_a_client_is_not_fed_masked_bytes():
    with pytest.raises(RemoteError):
        PieceReader(is_masked=False).feed(masked(Opcode.BINARY, b"x"))


def test_attack_an_announced_giant_takes_no_memory():
    reader = PieceReader(is_masked=True)
    assert reader.feed(b"\x82\xff" + b"\xff" * 8 + MASK) == []
    for _ in range(100):
        assert len(reader.feed(bytes(1000))[0].data) == 1000
    assert len(reader._buffer) == 0
