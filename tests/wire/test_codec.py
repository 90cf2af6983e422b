"""Bytes from anybody: any cut gives the same frames, and nothing but RemoteError ever comes out."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.codec import (
    FrameSplitter,
    decode_client_frame,
    decode_entry,
    decode_hub_frame,
    decode_message_body,
    decode_olm_body,
    encode,
    encode_frame,
)
from lanmsg.wire.content import decode_content, unseal
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import FIRST_SKIPPABLE_TAG, Ack, Bye, ClientFrame, HubFrame, Ping, Pong

DECODERS = [
    decode_client_frame,
    decode_hub_frame,
    decode_entry,
    decode_message_body,
    decode_olm_body,
    decode_content,
    unseal,
    lambda data: decode_statement(1, data),
    lambda data: decode_statement(2, data),
    lambda data: decode_statement(3, data),
    lambda data: decode_statement(4, data),
]

KNOWN_TAGS = {kind.__struct_config__.tag for kind in (*get_args(ClientFrame), *get_args(HubFrame))}

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(st.lists(st.binary(max_size=50), max_size=8), st.lists(st.integers(1, 20)))
def test_any_cut_of_the_bytes_gives_the_same_frames(payloads, cuts):
    stream = b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
    splitter, found = FrameSplitter(max_frame_bytes=50), []
    for size in [*cuts, len(stream) + 1]:
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert found == payloads


def test_a_frame_over_the_limit_is_refused_before_it_has_come():
    with pytest.raises(RemoteError) as caught:
        FrameSplitter(max_frame_bytes=10).feed((11).to_bytes(4, "big"))
    assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("decode", DECODERS)
def test_no_bytes_raise_anything_but_a_remote_error(decode):
    @given(st.binary(max_size=300) | values.map(msgspec.msgpack.encode))
    def check(data):
        try:
            decode(data)
        except RemoteError:
            return

    check()


@pytest.mark.parametrize("decode", DECODERS)
def test_deep_nesting_raises_a_remote_error(decode):
    with pytest.raises(RemoteError):
        decode(b"\x91" * 100_000)


@given(st.integers(0, 2**63), st.lists(values, max_size=4))
def test_an_unknown_frame_is_skipped_if_it_may_be(tag, fields):
    payload = msgspec.msgpack.encode([tag, *fields])
    if tag in KNOWN_TAGS:
        return
    if tag >= FIRST_SKIPPABLE_TAG:
        assert decode_client_frame(payload) is decode_hub_frame(payload) is None
        return
    for decode in (decode_client_frame, decode_hub_frame):
        with pytest.raises(RemoteError):
            decode(payload)


def test_fields_of_a_newer_version_are_skipped():
    assert decode_client_frame(msgspec.msgpack.encode([64, 7, "new", [1]])) == Ping(7)


def test_a_frame_that_lacks_a_field_is_refused():
    with pytest.raises(RemoteError):
        decode_client_frame(msgspec.msgpack.encode([6, bytes(16)]))


@pytest.mark.parametrize("frame", [Ack(bytes(16), 5), Ping(3)])
def test_a_client_frame_comes_out_as_it_went_in(frame):
    assert decode_client_frame(encode(frame)) == frame


@pytest.mark.parametrize("frame", [Pong(3), Bye("stuck", "why", -1)])
def test_a_hub_frame_comes_out_as_it_went_in(frame):
    (payload,) = FrameSplitter(max_frame_bytes=1000).feed(encode_frame(frame))
    assert decode_hub_frame(payload) == frame


@pytest.mark.parametrize("frame", [Ack(bytes(15), 5), Ack(bytes(16), -1), Ack(bytes(16), 2**53)])
def test_a_field_out_of_its_bounds_is_refused(frame):
    with pytest.raises(RemoteError):
        decode_client_frame(encode(frame))
