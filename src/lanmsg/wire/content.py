"""The plaintext of a message: what only its readers see, padded so that its length tells little.

Everything in the envelope that must not be swapped is repeated inside and compared by the receiver.
"""

import msgspec

from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, LocalError, RemoteError
from lanmsg.wire.ids import Hash, Seq, WireDatabaseId, WireLogId, WireMessageId
from lanmsg.wire.limits import MAX_TEXT_BYTES, PADDING_STEPS

CONTENT_VERSION = 1
_LENGTH_BYTES = 4


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """The newest entry of a log that the sender had verified: lies of the hub meet here."""

    seq: Seq
    hash: Hash


class Text(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """A line or more of text; `is_action` for `/me`, `reply_to` names the message answered."""

    text: str
    is_action: bool = False
    reply_to: bytes = b""


Content = Text
"""What a message can be. Later kinds join as a union; a receiver shows an unknown one as such."""


class Plaintext(msgspec.Struct, frozen=True, array_like=True):
    """What is encrypted, before padding.

    `content` is an encoded `Content`, kept raw so that a client can store a kind it does not know.
    """

    version: Seq
    database: WireDatabaseId
    log: WireLogId
    message_id: WireMessageId
    counter: Seq
    sent_at_ms: Seq
    seen: Seen
    directory_seen: Seen
    content: bytes


def seal(plaintext: Plaintext) -> bytes:
    """Encode and pad: 4 bytes length, the encoding, zeros up to the next padding step.

    Raises:
        LocalError: if it is larger than the last step.
    """
    data = encode(plaintext)
    size = _LENGTH_BYTES + len(data)
    for step in PADDING_STEPS:
        if size <= step:
            return len(data).to_bytes(_LENGTH_BYTES, "big") + data + bytes(step - size)
    raise LocalError(f"the message has {len(data)} bytes; at most {PADDING_STEPS[-1] - _LENGTH_BYTES} fit")


def unseal(data: bytes) -> Plaintext:
    """Take off the padding and decode.

    Raises:
        RemoteError: MALFORMED, if it is not what `seal` makes (version apart).
    """
    size = int.from_bytes(data[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + size
    if len(data) not in PADDING_STEPS or end > len(data) or data[end:] != bytes(len(data) - end):
        raise RemoteError(Code.MALFORMED, "a message is not padded as it must be")
    return decode_as(Plaintext, data[_LENGTH_BYTES:end], "a message")


def encode_content(content: Content) -> bytes:
    """Encode content for a `Plaintext`.

    Raises:
        LocalError: if its text is empty, larger than `MAX_TEXT_BYTES`, or no Unicode text.
    """
    try:
        size = len(content.text.encode())
    except UnicodeEncodeError as error:  # lone surrogates: what Python makes of foreign bytes in an argument
        raise LocalError("the message is not valid text: send it as UTF-8") from error
    if not content.text.strip():
        raise LocalError("the message is empty: type some text")
    if size > MAX_TEXT_BYTES:
        raise LocalError(f"the message has {size} bytes; at most {MAX_TEXT_BYTES} fit: send it in parts")
    return encode(content)


def decode_content(data: bytes) -> Content:
    """Decode content. Raises RemoteError (MALFORMED) for a kind this program does not know."""
    content = decode_as(Text, data, "content")
    if len(content.text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise RemoteError(Code.TOO_LARGE, "a text is larger than allowed")
    return content
