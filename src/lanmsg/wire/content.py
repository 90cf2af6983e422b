"""The plaintext of a message: what only its readers see, padded so that its length tells little.

Everything in the envelope that must not be swapped is repeated inside and compared by the receiver.
Each kind of content is a struct, a member of `Content` and a row of `_CHECKS`.
"""

import unicodedata
from collections.abc import Callable
from enum import IntEnum
from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta

from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, LocalError, RemoteError
from lanmsg.wire.ids import (
    HASH_BYTES,
    ID_BYTES,
    Hash,
    MessageId,
    Seq,
    WireDatabaseId,
    WireLogId,
    WireMessageId,
)
from lanmsg.wire.limits import (
    MAX_EMOJI_BYTES,
    MAX_LIFETIME_S,
    MAX_TEXT_BYTES,
    MAX_TOPIC_CODE_POINTS,
    PADDING_STEPS,
)

CONTENT_VERSION = 1
_LENGTH_BYTES = 4


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """The newest entry of a log that the sender had verified: lies of the hub meet here."""

    seq: Seq
    hash: Hash


class Plaintext(msgspec.Struct, frozen=True, array_like=True):
    """What is encrypted, before padding.

    `content` is an encoded `Content`, kept raw so that a client can store a kind it does not know.
    `members_seen` is, in a room, the hash of the MEMBERS entry at `view.membership_seq` (zeros: none yet),
    and empty elsewhere.
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
    members_seen: Annotated[bytes, Meta(max_length=HASH_BYTES)] = b""


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


# --- the kinds of content --------------------------------------------------------------------


class ContentKind(IntEnum):
    """The first item of an encoded content."""

    UNREADABLE = 0
    """Never on the wire: what stands for a content that can't be read, or is of a kind we do not know."""
    TEXT = 1
    EDIT = 2
    DELETE = 3
    REACTION = 4
    PIN = 5
    TOPIC = 6
    LIFETIME = 7
    READ_UP_TO = 8
    EXPIRED = -1
    """Never on the wire: what stands for a text whose time is over, and for what was done to it."""


SHOWN_KINDS: Final = frozenset({ContentKind.UNREADABLE, ContentKind.TEXT})
"""What people see as a message of its own; all else changes a message or the conversation."""


class Text(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.TEXT.value):
    """A line or more of text; `is_action` for `/me`, `reply_to` names the message answered, or is empty."""

    text: str
    is_action: bool = False
    reply_to: bytes = b""


class Edit(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.EDIT.value):
    """A new text for a message of the same author."""

    target: WireMessageId
    text: str


class Delete(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.DELETE.value):
    """A message is to be seen no more: its author says so, or who moderates the room."""

    target: WireMessageId


class Reaction(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.REACTION.value):
    """An emoji put to a message, or taken back."""

    target: WireMessageId
    emoji: str
    is_removed: bool = False


class Pin(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.PIN.value):
    """A message is to be found easily, or no more."""

    target: WireMessageId
    is_removed: bool = False


class Topic(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.TOPIC.value):
    """What a room or group is about from here on, one line; empty for nothing in particular.

    In a room `since` repeats what the entry there has set, for newcomers who do not have it; 0: this sets it.
    """

    text: str
    since: Seq = 0


class Lifetime(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.LIFETIME.value):
    """Messages from here on disappear after so many seconds; 0: they stay.

    In a room `since` repeats what the entry there has set, for newcomers who do not have it; 0: this sets it.
    """

    seconds: Seq
    since: Seq = 0


class ReadUpTo(msgspec.Struct, frozen=True, array_like=True, tag=ContentKind.READ_UP_TO.value):
    """A read receipt: its sender has read this conversation up to the entry `seq`."""

    seq: Seq


Content = Text | Edit | Delete | Reaction | Pin | Topic | Lifetime | ReadUpTo
"""What a message can be. A receiver keeps a kind it does not know and shows it as such."""
Amending = Edit | Delete | Reaction | Pin
"""What changes how another message looks."""


def encode_content(content: Content) -> bytes:
    """Encode content for a `Plaintext`.

    Raises:
        LocalError: it breaks a bound of its kind; the text says which.
    """
    _check(content)
    return encode(content)


def decode_content(data: bytes) -> Content:
    """Decode content.

    Raises:
        RemoteError: MALFORMED, if its kind is unknown to this program or it breaks a bound of its kind.
    """
    content = decode_as(cast("type[Content]", Content), data, "content")
    try:
        _check(content)
    except LocalError as error:
        raise RemoteError(Code.MALFORMED, f"content breaks a bound: {error}") from error
    return content


def kind_of(content: Content) -> int:
    """Return the first item of its encoding: a `ContentKind`."""
    return cast("int", content.__struct_config__.tag)


def target_of(content: Content) -> MessageId | None:
    """Return the message that this content changes or answers."""
    match content:
        case Edit() | Delete() | Reaction() | Pin():
            return content.target
        case Text():
            return MessageId(content.reply_to) if content.reply_to else None
        case _:
            return None


# --- the bounds of each kind -----------------------------------------------------------------


def _check(content: Content) -> None:
    _CHECKS[type(content)](content)


def _check_text(content: Text) -> None:
    _check_words(content.text)
    if content.reply_to and len(content.reply_to) != ID_BYTES:
        raise LocalError("a reply must name the message it answers")


def _check_edit(content: Edit) -> None:
    _check_words(content.text)


def _check_words(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:  # lone surrogates: what Python makes of foreign bytes in an argument
        raise LocalError("the message is not valid text: send it as UTF-8") from error
    if not text.strip():
        raise LocalError("the message is empty: type some text")
    if size > MAX_TEXT_BYTES:
        raise LocalError(f"the message has {size} bytes; at most {MAX_TEXT_BYTES} fit: send it in parts")


def _check_nothing(_: Content) -> None:
    """The types of its fields say it all."""


def _check_reaction(content: Reaction) -> None:
    emoji = content.emoji
    if not 0 < len(emoji.encode("utf-8", "surrogatepass")) <= MAX_EMOJI_BYTES:
        raise LocalError("a reaction is one emoji or a short word, as in /react 👍")
    if any(_is_no_emoji(char) for char in emoji) or not any(map(_is_visible, emoji)):
        raise LocalError("a reaction can't have spaces or control characters in it: try /react 👍")


def _is_no_emoji(char: str) -> bool:
    """Refuse what is blank or steers a terminal; joiners and the tags of flags are parts of emoji."""
    category = unicodedata.category(char)
    return char.isspace() or category in {"Cc", "Cs", "Zs", "Zl", "Zp"} or char in _BIDI_CONTROLS


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in {"Cf", "Mn", "Me"}


_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _check_topic(content: Topic) -> None:
    if len(content.text) > MAX_TOPIC_CODE_POINTS:
        raise LocalError(
            f"the topic has {len(content.text)} characters; at most {MAX_TOPIC_CODE_POINTS} fit: shorten it"
        )
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in content.text):
        raise LocalError("a topic is one line of text: leave line breaks and control characters out")


def _check_lifetime(content: Lifetime) -> None:
    if not 0 <= content.seconds <= MAX_LIFETIME_S:
        raise LocalError(f"messages can live {MAX_LIFETIME_S // 86400} days at most, or for ever (off)")


_CHECKS: Final = cast(
    "dict[type[Content], Callable[[Content], None]]",
    {
        Text: _check_text,
        Edit: _check_edit,
        Delete: _check_nothing,
        Reaction: _check_reaction,
        Pin: _check_nothing,
        Topic: _check_topic,
        Lifetime: _check_lifetime,
        ReadUpTo: _check_nothing,
    },
)
"""What each kind must be, beyond the types of its fields; the same for what we send and what we receive."""
