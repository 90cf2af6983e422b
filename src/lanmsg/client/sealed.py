"""A sealed message as bytes: an append with its shares, in as few frames as fit."""

from dataclasses import dataclass

from lanmsg.wire.codec import FrameSplitter, decode_client_frame, decode_message_body, encode_frame
from lanmsg.wire.frames import Append, Share, Shares
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.limits import MAX_FRAME_BYTES

SHARES_PER_FRAME_BYTES = MAX_FRAME_BYTES // 2
"""Shares beyond this travel in `shares` frames before the append; half a frame leaves room for it."""


def encode_append(append: Append, shares: list[Share]) -> bytes:
    """Encode an append with its shares: in one frame if they fit, else in `shares` frames before it."""
    pieces: list[list[Share]] = [[]]
    size = 0
    for share in shares:
        if size + len(share.body) > SHARES_PER_FRAME_BYTES:
            pieces.append([])
            size = 0
        pieces[-1].append(share)
        size += len(share.body)
    *before, last = pieces
    frames = [encode_frame(Shares(append.message_id, piece)) for piece in before]
    frames.append(encode_frame(Append(append.message_id, append.log, append.kind, append.body, last)))
    return b"".join(frames)


@dataclass(frozen=True, slots=True)
class Carried:
    """The shares a sealed message carries: of which sending session, for which devices."""

    session: bytes
    devices: tuple[DeviceId, ...]


def carried_by(frames: bytes) -> Carried:
    """Return what shares these stored frames carry."""
    splitter = FrameSplitter(max_frame_bytes=MAX_FRAME_BYTES)
    session = b""
    devices: list[DeviceId] = []
    for payload in splitter.feed(frames):
        frame = decode_client_frame(payload)
        if isinstance(frame, Append | Shares):
            devices += [share.device for share in frame.shares]
        if isinstance(frame, Append):
            session = decode_message_body(frame.body).session
    return Carried(session, tuple(devices))
