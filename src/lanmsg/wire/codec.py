"""Bytes to frames and back: the 4-byte length prefix, msgpack, and what to do with strangers."""

from functools import cache
from typing import TypeVar, cast

import msgspec

from lanmsg.wire.entries import Entry, MessageBody, OlmBody
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import FIRST_SKIPPABLE_TAG, ClientFrame, Frame, HubFrame

T = TypeVar("T")

LENGTH_BYTES = 4

_encoder = msgspec.msgpack.Encoder()
_client_decoder = msgspec.msgpack.Decoder(ClientFrame)
_hub_decoder = msgspec.msgpack.Decoder(HubFrame)
_entry_decoder = msgspec.msgpack.Decoder(Entry)
_message_body_decoder = msgspec.msgpack.Decoder(MessageBody)
_olm_body_decoder = msgspec.msgpack.Decoder(OlmBody)
_any_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])
_tag_decoder = msgspec.msgpack.Decoder(int)

encode = _encoder.encode
"""Encode a frame, an entry or a body as msgpack, without a length prefix."""


def encode_frame(frame: Frame) -> bytes:
    """Encode a frame with its length prefix (4 bytes, big-endian), ready for a link."""
    payload = _encoder.encode(frame)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


class FrameSplitter:
    """Cuts a byte stream into frame payloads, however the network has cut it.

    `max_frame_bytes` may be raised after login. Memory is bounded by one frame plus one read.
    """

    def __init__(self, *, max_frame_bytes: int) -> None:
        self.max_frame_bytes = max_frame_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take received bytes; return the payloads that are now complete, in order.

        Raises:
            RemoteError: TOO_LARGE, as soon as a length prefix exceeds the limit.
        """
        buffer = self._buffer
        if buffer:  # the rest of an earlier read comes first
            buffer += data
            data = buffer
        payloads: list[bytes] = []
        start, end = 0, len(data)
        while end - start >= LENGTH_BYTES:
            size = int.from_bytes(data[start : start + LENGTH_BYTES], "big")
            if size > self.max_frame_bytes:
                raise RemoteError(
                    Code.TOO_LARGE, f"a frame of {size} bytes; at most {self.max_frame_bytes} are allowed"
                )
            after = start + LENGTH_BYTES + size
            if after > end:
                break
            payloads.append(bytes(data[start + LENGTH_BYTES : after]))
            start = after
        if data is buffer:
            del buffer[:start]
        else:
            buffer += data[start:]
        return payloads


def decode_client_frame(payload: bytes) -> ClientFrame | None:
    """Decode what a client sent; None for a frame that may be skipped.

    Raises:
        RemoteError: MALFORMED, for anything else that is not a frame.
    """
    try:
        return _client_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _skip_or_raise(payload, error, known=CLIENT_TAGS)


def decode_hub_frame(payload: bytes) -> HubFrame | None:
    """Decode what a hub sent; None for a frame that may be skipped.

    Raises:
        RemoteError: MALFORMED, for anything else that is not a frame.
    """
    try:
        return _hub_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _skip_or_raise(payload, error, known=HUB_TAGS)


def _tags_of(frames: object) -> frozenset[int]:
    return frozenset(kind.__struct_config__.tag for kind in frames.__args__)  # type: ignore[attr-defined]


CLIENT_TAGS = _tags_of(ClientFrame)
HUB_TAGS = _tags_of(HubFrame)


def _skip_or_raise(payload: bytes, error: Exception, *, known: frozenset[int]) -> None:
    try:
        tag = _tag_decoder.decode(_any_decoder.decode(payload)[0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError):
        tag = 0
    if tag >= FIRST_SKIPPABLE_TAG and tag not in known:
        return
    raise RemoteError(Code.MALFORMED, f"a frame does not decode: {error}") from error


def decode_entry(data: bytes | msgspec.Raw) -> Entry:
    """Decode one item of an `entries` frame. Raises RemoteError (MALFORMED)."""
    return _decode_or_raise(_entry_decoder, data, "an entry")


def decode_message_body(data: bytes) -> MessageBody:
    """Decode the body of a MESSAGE entry. Raises RemoteError (MALFORMED)."""
    return _decode_or_raise(_message_body_decoder, data, "a message body")


def decode_olm_body(data: bytes) -> OlmBody:
    """Decode the body of a SHARE or DEVICE_MESSAGE entry. Raises RemoteError (MALFORMED)."""
    return _decode_or_raise(_olm_body_decoder, data, "an inbox body")


def decode_as(kind: type[T], data: bytes, what: str) -> T:
    """Decode any other struct. Raises RemoteError (MALFORMED)."""
    return _decode_or_raise(cast("msgspec.msgpack.Decoder[T]", _decoder_of(kind)), data, what)


@cache
def _decoder_of(kind: type[object]) -> msgspec.msgpack.Decoder[object]:
    """Return the one decoder of a struct: making it takes longer than most of what it decodes."""
    return msgspec.msgpack.Decoder(kind)


def _decode_or_raise(decoder: msgspec.msgpack.Decoder[T], data: bytes | msgspec.Raw, what: str) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteError(Code.MALFORMED, f"{what} does not decode: {error}") from error
