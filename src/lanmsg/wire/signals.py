"""Signals: what is said of now, encrypted, kept nowhere, and of no use when it comes late.

A signal is encrypted with a key of its own, derived from the sender's session for that conversation; it
takes no place in the session's ratchet (`docs/decisions/0009-signal-keys.md`).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from lanmsg.wire import labels
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, LocalError, RemoteError
from lanmsg.wire.ids import Key, LogId, Seq, Signature, WireDeviceId
from lanmsg.wire.labels import labelled_bytes
from lanmsg.wire.limits import MAX_AWAY_REASON_CODE_POINTS, SIGNAL_PADDING_STEPS

NONCE_BYTES = 12
KEY_BYTES = 32
_LENGTH_BYTES = 2


class TypingNotice(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The sender is typing in this conversation, or has stopped."""

    is_typing: bool = True


class AwayReason(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """Why the sender is away: the note of a status, for everyone."""

    text: Annotated[str, Meta(max_length=MAX_AWAY_REASON_CODE_POINTS)]


SignalContent = TypingNotice | AwayReason


class SignalPlaintext(msgspec.Struct, frozen=True, array_like=True):
    """What is encrypted, before padding.

    `made_at_ms` is the hub's clock as the sender knows it (Unix ms); of one device it only goes up.
    """

    made_at_ms: Seq
    content: SignalContent


class SignalBody(msgspec.Struct, frozen=True, array_like=True):
    """A signal as the hub passes it on.

    `session` and `index` name the key: a sending session of the device `sender`, and the place in it
    that the key is derived from. `signature` is the device's over `signed_bytes`.
    """

    sender: WireDeviceId
    session: Key
    index: Annotated[int, Meta(ge=0, lt=2**32)]
    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    ciphertext: bytes
    signature: Signature = b""

    def associated_bytes(self, log: LogId) -> bytes:
        """Return what the ciphertext is bound to, besides its key: this conversation and this device."""
        return labelled_bytes(labels.SIGNAL, log, self.sender, self.session, self.index, self.nonce)

    def signed_bytes(self, log: LogId) -> bytes:
        """Return what the device signs."""
        return labelled_bytes(
            labels.SIGNAL, log, self.sender, self.session, self.index, self.nonce, self.ciphertext
        )


def seal_signal(plaintext: SignalPlaintext) -> bytes:
    """Encode and pad: 2 bytes length, the encoding, zeros up to the next signal padding step.

    Raises:
        LocalError: if it is larger than the last step, or no Unicode text.
    """
    try:
        data = encode(plaintext)
    except UnicodeEncodeError as error:
        raise LocalError("the text is not valid: type it as UTF-8") from error
    size = _LENGTH_BYTES + len(data)
    for step in SIGNAL_PADDING_STEPS:
        if size <= step:
            return len(data).to_bytes(_LENGTH_BYTES, "big") + data + bytes(step - size)
    raise LocalError(f"the signal has {len(data)} bytes; {SIGNAL_PADDING_STEPS[-1] - _LENGTH_BYTES} fit")


def unseal_signal(data: bytes) -> SignalPlaintext:
    """Take off the padding and decode.

    Raises:
        RemoteError: MALFORMED, if it is not what `seal_signal` makes, or of a kind that is not known.
    """
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "big")
    if len(data) not in SIGNAL_PADDING_STEPS or end > len(data) or data[end:] != bytes(len(data) - end):
        raise RemoteError(Code.MALFORMED, "a signal is not padded as it must be")
    return decode_as(SignalPlaintext, data[_LENGTH_BYTES:end], "a signal")


def decode_signal_body(data: bytes) -> SignalBody:
    """Decode what the hub passed on. Raises RemoteError (MALFORMED)."""
    return decode_as(SignalBody, data, "a signal's body")
