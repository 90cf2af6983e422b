"""Entries: the one thing every log is made of, their hash chain, and the bodies they carry."""

import hashlib
from collections.abc import Iterable
from enum import IntEnum

import msgspec

from lanmsg.wire import labels
from lanmsg.wire.ids import Key, LogId, MessageId, Seq, Signature, WireDeviceId, WireMessageId


class LogKind(IntEnum):
    """What a log is for, which decides who reads it."""

    DIRECTORY = 1
    EVERYONE = 2
    DIRECT = 3
    INBOX = 4
    GROUP = 5
    ROOM = 6
    ACCOUNT = 7


class EntryKind(IntEnum):
    """What an entry's body is; each log kind takes some of them (`ALLOWED_KINDS`)."""

    USER = 1
    DEVICE = 2
    REVOKE = 3
    ROOM = 4
    MESSAGE = 10
    MEMBERS = 11
    SHARE = 20
    DEVICE_MESSAGE = 21


ALLOWED_KINDS: dict[LogKind, frozenset[EntryKind]] = {
    LogKind.DIRECTORY: frozenset({EntryKind.USER, EntryKind.DEVICE, EntryKind.REVOKE, EntryKind.ROOM}),
    LogKind.EVERYONE: frozenset({EntryKind.MESSAGE}),
    LogKind.DIRECT: frozenset({EntryKind.MESSAGE}),
    LogKind.INBOX: frozenset({EntryKind.SHARE, EntryKind.DEVICE_MESSAGE}),
    LogKind.GROUP: frozenset({EntryKind.MESSAGE}),
    LogKind.ROOM: frozenset({EntryKind.MESSAGE, EntryKind.MEMBERS}),
    LogKind.ACCOUNT: frozenset({EntryKind.MESSAGE}),
}


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry without its place; its log and seq follow from the run it stands in.

    `sender` and `message_id` are 16 bytes each, `at_ms` is the hub's clock in Unix milliseconds and
    decoration only: order is `seq`.
    """

    kind: Seq
    sender: WireDeviceId
    message_id: WireMessageId
    at_ms: Seq
    body: bytes


_PREFIX = len(labels.ENTRY).to_bytes(4, "big") + labels.ENTRY
_LENGTH_8 = (8).to_bytes(4, "big")
_LENGTH_16 = (16).to_bytes(4, "big")
_LENGTH_32 = (32).to_bytes(4, "big")


def entry_hash(log: LogId, seq: int, previous: bytes, entry: Entry) -> bytes:
    """Return the 32 bytes that chain this entry to the one before it (`docs/protocol.md` §3.2).

    Equal to `labelled_hash(ENTRY, log, seq, previous, kind, sender, message_id, at_ms, body)`,
    written out because hub and clients compute it for every entry.
    """
    return hashlib.sha256(
        b"".join(
            (
                _PREFIX,
                _LENGTH_16,
                log,
                _LENGTH_8,
                seq.to_bytes(8, "big"),
                _LENGTH_32,
                previous,
                _LENGTH_8,
                entry.kind.to_bytes(8, "big"),
                _LENGTH_16,
                entry.sender,
                _LENGTH_16,
                entry.message_id,
                _LENGTH_8,
                entry.at_ms.to_bytes(8, "big"),
                len(entry.body).to_bytes(4, "big"),
                entry.body,
            )
        )
    ).digest()


class ChainedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry with its place in a log: its seq, and the hash that chains it to the one before."""

    seq: int
    hash: bytes
    entry: Entry


def chain(log: LogId, first_seq: int, previous: bytes, entries: Iterable[Entry]) -> list[ChainedEntry]:
    """Place a run of a log: entries with seqs from `first_seq` on, behind the one with hash `previous`."""
    chained: list[ChainedEntry] = []
    for seq, entry in enumerate(entries, first_seq):
        previous = entry_hash(log, seq, previous, entry)
        chained.append(ChainedEntry(seq, previous, entry))
    return chained


class View(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The state a sender computed its readers from: two seqs, compared by the hub on append."""

    membership_seq: Seq
    directory_seq: Seq


class MessageBody(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The body of a MESSAGE entry: what the hub may see of a message.

    `counter` numbers this device's messages in this conversation 1, 2, 3 …; the hub takes them in
    that order only. `session` is the sending session's Ed25519 public key (32 bytes), `ciphertext`
    one Megolm message, `signature` the device's over `message_signed_bytes` (64 bytes).
    """

    view: View
    counter: Seq
    session: Key
    ciphertext: bytes
    signature: Signature


_MESSAGE_PREFIX = len(labels.MESSAGE).to_bytes(4, "big") + labels.MESSAGE


def message_signed_bytes(log: LogId, message_id: MessageId, body: MessageBody) -> bytes:
    """Return what the sending device signs, so that a body fits one place only.

    Equal to `labelled_bytes(MESSAGE, log, message_id, membership_seq, directory_seq, counter, session,
    ciphertext)`, written out because clients compute it for every message.
    """
    return b"".join(
        (
            _MESSAGE_PREFIX,
            _LENGTH_16,
            log,
            _LENGTH_16,
            message_id,
            _LENGTH_8,
            body.view.membership_seq.to_bytes(8, "big"),
            _LENGTH_8,
            body.view.directory_seq.to_bytes(8, "big"),
            _LENGTH_8,
            body.counter.to_bytes(8, "big"),
            _LENGTH_32,
            body.session,
            len(body.ciphertext).to_bytes(4, "big"),
            body.ciphertext,
        )
    )


class OlmBody(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The body of SHARE and DEVICE_MESSAGE entries: one Olm message (type 0 pre-key, 1 normal)."""

    message_type: Seq
    ciphertext: bytes
