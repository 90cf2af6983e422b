"""Everything that reads bytes or texts of others: what it may raise, and what must hold of what it takes."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.device_messages import DevicePlaintext
from lanmsg.hub.own_address import is_own_host
from lanmsg.net.discovery_broadcast import decode_answer, nonce_of
from lanmsg.wire.account import decode_account, decode_change
from lanmsg.wire.addresses import format_address, parse_address
from lanmsg.wire.admin import AdminCommand, AdminResult
from lanmsg.wire.codec import (
    FrameSplitter,
    decode_as,
    decode_client_frame,
    decode_entry,
    decode_hub_frame,
    decode_message_body,
    decode_olm_body,
    encode,
)
from lanmsg.wire.content import Plaintext, decode_content, encode_content, seal, unseal
from lanmsg.wire.directory import Directory, decode_statement
from lanmsg.wire.entries import OlmBody, message_signed_bytes
from lanmsg.wire.errors import LocalError, Refusal, RemoteError
from lanmsg.wire.ids import LogId, MessageId
from lanmsg.wire.invites import parse_invite
from lanmsg.wire.markdown import parse_markdown
from lanmsg.wire.names import canonical_handle, handle_from_login, skeleton
from lanmsg.wire.pairing import parse_code
from lanmsg.wire.safe_text import clip, safe_line, safe_text, width
from lanmsg.wire.search_query import parse_query
from lanmsg.wire.signals import decode_signal_body, unseal_signal
from lanmsg.wire.statements import MembersStatement
from lanmsg.wire.typed_line import parse_line

from .made import pair, statement_seeds

STREAM_FRAME_BYTES = 65_536
LOG, MESSAGE = LogId(b"l" * 16), MessageId(b"m" * 16)


@dataclass(frozen=True)
class Target:
    """Reads bytes. `read` raises one of `errors` for what is none of its kind, and asserts what must hold."""

    name: str
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (RemoteError,)
    is_slow: bool = False


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """Read a text, which may have lone surrogates: what a terminal's bytes become that are not UTF-8."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


# --- what must hold -------------------------------------------------------------------------------------


def _stream(data: bytes) -> None:
    """However the network cuts a stream, the same frames come out."""
    frames, cut = _split(data, len(data) or 1), _split(data, 7)
    assert frames == cut
    for frame in frames or []:
        try:
            decode_client_frame(frame)
        except RemoteError:
            continue


def _split(data: bytes, size: int) -> list[bytes] | None:
    splitter = FrameSplitter(max_frame_bytes=STREAM_FRAME_BYTES)
    try:
        return [each for at in range(0, len(data), size) for each in splitter.feed(data[at : at + size])]
    except RemoteError:
        return None


def _again(decode: Callable[[bytes], Any], data: bytes) -> None:
    """What was taken can be said again, and means the same."""
    value = decode(data)
    if value is not None:
        assert decode(encode(value)) == value


def _body(data: bytes) -> None:
    body = decode_message_body(data)
    message_signed_bytes(LOG, MESSAGE, body)


def _plaintext(data: bytes) -> None:
    plaintext = unseal(data)
    assert unseal(seal(plaintext)) == plaintext


def _inner_plaintext(data: bytes) -> None:
    decode_as(Plaintext, data, "a message")


def _content(data: bytes) -> None:
    content = decode_content(data)
    assert decode_content(encode_content(content)) == content


def _statement(data: bytes) -> None:
    _known_people().check(decode_statement(data[0] % 6 if data else 0, data[1:]))


@cache
def _known_people() -> Directory:
    """Return a directory with the first person of the vectors in it."""
    people = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
    people.apply(1, decode_statement(1, statement_seeds()[0][1:]))
    return people


def _members(data: bytes) -> None:
    decode_as(MembersStatement, data, "members").signed_bytes(LOG, MESSAGE)


def _signal(data: bytes) -> None:
    decode_signal_body(data).signed_bytes(LOG)


def _admin(data: bytes) -> None:
    for kind in (AdminCommand, AdminResult):
        try:
            decode_as(cast("type[Any]", kind), data, "admin")
        except RemoteError:
            continue


def _answer(data: bytes) -> None:
    decode_answer(data, nonce=data[8:24])
    nonce_of(data)


def _address(text: str) -> None:
    address = parse_address(text)
    assert parse_address(format_address(address)) == address


def _name(text: str) -> None:
    handle = canonical_handle(text)
    assert canonical_handle(handle) == handle
    assert skeleton(skeleton(handle)) == skeleton(handle)


def _safe(text: str) -> None:
    for line in (safe_line(text), clip(safe_line(text), 20), *safe_text(text).split("\n")):
        assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in line if char != "\n")
        assert width(line) >= 0
        line.encode("utf-8")
    assert width(clip(safe_line(text), 20)) <= 20


# --- encryption: any bytes may come as ciphertexts and keys ---------------------------------------------


def _olm(data: bytes) -> None:
    _, ann, bob, session, *_ = pair()
    for kind in (0, 1, 2):
        for read in (session.decrypt, session.matches, partial(bob.open_inbound, ann.agreement_key)):
            try:
                read(OlmBody(kind, data))
            except CannotDecrypt:
                continue


def _megolm(data: bytes) -> None:
    crypto, *_, receiving = pair()
    for read in (receiving.decrypt, crypto.receiving_session_from_key, crypto.receiving_session_from_export):
        try:
            read(data)
        except CannotDecrypt:
            continue


def _keys(data: bytes) -> None:
    crypto, ann, *_ = pair()
    crypto.verify(data[:32], data[32:96], data[96:])
    ann.open_outbound(data[:32], data[32:64])


TARGETS = (
    Target("frames for the hub", partial(_again, decode_client_frame)),
    Target("frames for a client", partial(_again, decode_hub_frame)),
    Target("a stream of frames", _stream),
    Target("entries", partial(_again, decode_entry)),
    Target("message bodies", _body),
    Target("inbox bodies", partial(_again, decode_olm_body)),
    Target("padded plaintexts", _plaintext, (RemoteError, LocalError)),
    Target("plaintexts", _inner_plaintext),
    Target("contents", _content),
    Target("account entries", decode_account),
    Target("account changes", decode_change),
    Target("device messages", partial(_again, partial(decode_as, DevicePlaintext, what="a device message"))),
    Target("statements of the directory", _statement, (RemoteError, Refusal)),
    Target("changes of members", _members),
    Target("signals", _signal),
    Target("padded signals", unseal_signal),
    Target("admin commands and answers", _admin),
    Target("answers to a search for hubs", _answer),
    Target("Olm messages", _olm, is_slow=True),
    Target("Megolm messages and keys", _megolm),
    Target("published keys and signatures", _keys, (CannotDecrypt,), is_slow=True),
    Target("invite links", _text(parse_invite), (LocalError,)),
    Target("pairing codes", _text(parse_code), (LocalError,)),
    Target("addresses", _text(_address), (LocalError,), is_slow=True),
    Target("host headers", _text(lambda text: is_own_host(text, {"lanmsg.local"})), ()),
    Target("names", _text(_name), (LocalError,), is_slow=True),
    Target("login names", _text(lambda text: canonical_handle(handle_from_login(text))), (), is_slow=True),
    Target("typed lines", _text(parse_line), (LocalError,)),
    Target("search queries", _text(parse_query), (LocalError,), is_slow=True),
    Target("texts for a terminal", _text(_safe), (), is_slow=True),
    Target("texts with marks", _text(parse_markdown), (), is_slow=True),
)
