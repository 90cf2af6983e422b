"""What the devices of one person tell each other: how far they have read, what they prefer, their drafts.

Only account logs hold these contents, and they hold no others. They are encrypted like messages, for the
person's own devices; the hub sees when they are written and their padded sizes. One message carries many
changes, so that a busy minute costs one entry.
"""

from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta

from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, LocalError, RemoteError
from lanmsg.wire.ids import Key, Seq, WireUserId
from lanmsg.wire.limits import (
    MAX_ACCOUNT_BYTES,
    MAX_ACCOUNT_CHANGES,
    MAX_CONVERSATION_KEY_BYTES,
    MAX_HANDED_LIFETIMES,
    MAX_PREFERENCE_NAME_BYTES,
    MAX_PREFERENCE_VALUE_BYTES,
    MAX_TEXT_BYTES,
    MAX_TOPIC_CODE_POINTS,
)

ConversationKey = Annotated[bytes, Meta(max_length=MAX_CONVERSATION_KEY_BYTES)]
"""Names a conversation among those of its kind: of a direct one, the other person's id."""


ACCOUNT_KIND: Final = 36
"""The first item of the content of a message of an account log."""


class ReadMark(msgspec.Struct, frozen=True, array_like=True, tag=32):
    """A conversation is read up to `seq`. `kind` is the `LogKind` of its log."""

    kind: Seq
    key: ConversationKey
    seq: Seq


class Preference(msgspec.Struct, frozen=True, array_like=True, tag=33):
    """A choice by its name; an empty value is the default (`docs/protocol.md` §9.3 lists the names)."""

    name: Annotated[str, Meta(max_length=MAX_PREFERENCE_NAME_BYTES)]
    value: Annotated[str, Meta(max_length=MAX_PREFERENCE_VALUE_BYTES)]


class Draft(msgspec.Struct, frozen=True, array_like=True, tag=34):
    """What waits to be finished in a conversation; empty: nothing. `kind` is the `LogKind` of its log."""

    kind: Seq
    key: ConversationKey
    text: Annotated[str, Meta(max_length=MAX_TEXT_BYTES)]


class Verified(msgspec.Struct, frozen=True, array_like=True, tag=35):
    """This identity key was compared with the person."""

    user: WireUserId
    identity_key: Key


class LifetimeSince(msgspec.Struct, frozen=True, array_like=True):
    """Texts behind `seq` live so many seconds; 0: for ever."""

    seq: Seq
    seconds: Seq


class ConversationSettings(msgspec.Struct, frozen=True, array_like=True, tag=37):
    """What was set in a conversation, for a device that came when the hub had removed the entries.

    `lifetimes` are the newest changes, oldest first; the entry at `topic_seq` has set the topic (0: none
    has). `kind` is the `LogKind` of its log.
    """

    kind: Seq
    key: ConversationKey
    lifetimes: Annotated[list[LifetimeSince], Meta(max_length=MAX_HANDED_LIFETIMES)]
    topic_seq: Seq
    topic: Annotated[str, Meta(max_length=MAX_TOPIC_CODE_POINTS)]

    @property
    def seq(self) -> int:
        """The newest entry it tells of: of two, the one with the higher holds."""
        return max(self.topic_seq, *(each.seq for each in self.lifetimes), 0)


Change = ReadMark | Preference | Draft | Verified | ConversationSettings
"""One thing that is the same on all devices of a person."""


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A change. `since` is 0 when it is new: it counts from the entry it stands in.

    For a device that came later, and can't read older entries, what holds is said again: then `since` is
    the seq of the entry that said it first, and whatever was written after that one outranks it.
    """

    change: Change
    since: Seq = 0


class AccountChanges(msgspec.Struct, frozen=True, array_like=True, tag=ACCOUNT_KIND):
    """The content of a message of an account log: at least one encoded `Item`, in order.

    Each is encoded by itself, so that one that is made by a newer version does not hide the others.
    """

    items: Annotated[list[bytes], Meta(min_length=1, max_length=MAX_ACCOUNT_CHANGES)]


def encode_account(items: list[Item]) -> bytes:
    """Encode items as the content of one message.

    Raises:
        LocalError: one is larger than its limit, there are too many, or they do not fit in a message;
            what `take_batch` returns always fits.
    """
    if not 0 < len(items) <= MAX_ACCOUNT_CHANGES:
        raise LocalError(f"{len(items)} changes; one message carries 1 to {MAX_ACCOUNT_CHANGES}")
    for item in items:
        check_change(item.change)
    data = encode(AccountChanges([encode(item) for item in items]))
    if len(data) > MAX_ACCOUNT_BYTES:
        raise LocalError(f"the changes have {len(data)} bytes; at most {MAX_ACCOUNT_BYTES} fit")
    return data


def take_batch(items: list[Item]) -> list[Item]:
    """Return as many of the first items as one message carries; at least one."""
    size = _OVERHEAD_BYTES
    for count, item in enumerate(items[:MAX_ACCOUNT_CHANGES]):
        size += len(encode(item)) + _OVERHEAD_BYTES
        if size > MAX_ACCOUNT_BYTES and count:
            return items[:count]
    return items[:MAX_ACCOUNT_CHANGES]


def check_change(change: Change) -> None:
    """Hold a change to its limits.

    Raises:
        LocalError: a name, value or text is larger than allowed, or no Unicode text.
    """
    try:
        decode_as(Item, encode(Item(change)), "a change")
        sizes = [(len(text.encode()), limit) for text, limit in _texts(change)]
    except (RemoteError, UnicodeEncodeError) as error:  # msgspec checks types and lengths only on decoding
        raise LocalError(f"this can't be kept for other devices: {error}") from error
    for size, limit in sizes:
        if size > limit:
            raise LocalError(f"this has {size} bytes; at most {limit} are kept for other devices")


def decode_account(data: bytes) -> list[Item]:
    """Decode the content of a message of an account log; items of a kind we do not know are left out.

    Raises:
        RemoteError: MALFORMED or TOO_LARGE, if it is no such content.
    """
    if len(data) > MAX_ACCOUNT_BYTES:
        raise RemoteError(Code.TOO_LARGE, "an account message is larger than allowed")
    found: list[Item] = []
    for raw in decode_as(AccountChanges, data, "an account message").items:
        try:
            found.append(decode_as(Item, raw, "a change"))
        except RemoteError:
            continue
    return found


def decode_change(data: bytes) -> Change:
    """Decode one change, as a store keeps it. Raises RemoteError (MALFORMED)."""
    return decode_as(cast("type[Change]", Change), data, "a change")


_OVERHEAD_BYTES: Final = 16
"""More than what stands around an item, and around the list of them."""


def _texts(change: Change) -> list[tuple[str, int]]:
    match change:
        case Preference():
            return [
                (change.name, MAX_PREFERENCE_NAME_BYTES),
                (change.value, MAX_PREFERENCE_VALUE_BYTES),
            ]
        case Draft():
            return [(change.text, MAX_TEXT_BYTES)]
        case ReadMark() | Verified() | ConversationSettings():
            return []
