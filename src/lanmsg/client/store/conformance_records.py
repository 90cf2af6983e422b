"""Records with obvious values, for the checks of `conformance` and for tests of stores."""

from dataclasses import replace
from typing import Final

from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.client.store.interface import OutboxRow, Profile, StoredLog, StoredMessage
from lanmsg.wire.content import ContentKind
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import HASH_BYTES, ID_BYTES, KEY_BYTES, ZERO_HASH, DeviceId, LogId, MessageId, UserId

DIRECTORY: Final = LogId(b"d" * ID_BYTES)
EVERYONE: Final = LogId(b"e" * ID_BYTES)
DIRECT: Final = LogId(b"a" * ID_BYTES)
ANNA: Final = DeviceId(b"A" * ID_BYTES)
BEN: Final = DeviceId(b"B" * ID_BYTES)
SESSION: Final = b"s" * KEY_BYTES
TO_EVERYONE: Final = Conversation(ConversationKind.EVERYONE)
TO_ANN: Final = Conversation(ConversationKind.DIRECT, b"p" * ID_BYTES)

PROFILE: Final = Profile(
    hub_identity_key=b"k" * KEY_BYTES,
    hub_title="Attic",
    database=b"b" * ID_BYTES,
    identity_secret=b"i" * KEY_BYTES,
    account="pickle",
    handle="",
    device_name="laptop",
    device_seq=0,
    voucher=b"by another device",
    wanted_handle="anna",
    new_fallback_ms=1_800_000_000_000,
)


def stored_log(log: LogId, *, seq: int = 0, kind: LogKind = LogKind.EVERYONE) -> StoredLog:
    """Return a log that stands at `seq`."""
    return StoredLog(log, kind, 0, seq, ZERO_HASH, 0, (UserId(b"1" * ID_BYTES), UserId(b"2" * ID_BYTES)))


def stored_message(log: LogId, seq: int, *, sender: DeviceId = ANNA, counter: int = 1) -> StoredMessage:
    """Return a readable message whose id and hash follow from log and seq."""
    return StoredMessage(
        log=log,
        seq=seq,
        hash=log[:1] * (HASH_BYTES - 8) + seq.to_bytes(8, "big"),
        message_id=message_id(log, seq),
        sender=sender,
        counter=counter,
        at_ms=1_700_000_000_000 + seq,
        directory_seq=7,
        session=SESSION,
        index=0,
        content=b"hello",
        reason="",
        raw=b"",
        kind=ContentKind.TEXT,
        target=b"",
    )


def message_id(log: LogId, seq: int) -> MessageId:
    """Return the id that `stored_message` gives to the message at this place."""
    return MessageId(log[:8] + seq.to_bytes(8, "big"))


def unreadable_message(log: LogId, seq: int, *, reason: str, session: bytes = SESSION) -> StoredMessage:
    """Return a message that could not be read."""
    message = stored_message(log, seq)
    return replace(
        message,
        content=b"",
        raw=b"raw",
        index=-1,
        reason=reason,
        session=session,
        kind=ContentKind.UNREADABLE,
    )


def amendment(log: LogId, seq: int, *, target: bytes, kind: int = ContentKind.REACTION) -> StoredMessage:
    """Return a message that changes another one."""
    return replace(stored_message(log, seq), kind=kind, target=target)


def outbox_row(number: int, *, position: int) -> OutboxRow:
    """Return a waiting message."""
    return OutboxRow(position, TO_EVERYONE, MessageId(bytes([number]) * ID_BYTES), b"text", 1, b"", 0, "")
