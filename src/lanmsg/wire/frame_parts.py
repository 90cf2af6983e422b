"""Structs that stand inside frames (`docs/protocol.md` §3.3)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from lanmsg.wire.entries import Entry
from lanmsg.wire.ids import ZERO_HASH, Hash, Seq, WireDeviceId, WireLogId, WireUserId
from lanmsg.wire.limits import MAX_SHARE_BYTES, MAX_SIGNAL_BYTES
from lanmsg.wire.statements import PublishedKey

SignalBytes = Annotated[bytes, Meta(max_length=MAX_SIGNAL_BYTES)]
"""An encoded `SignalBody`."""


class Share(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session key for one device: an encoded `OlmBody` for its inbox."""

    device: WireDeviceId
    body: Annotated[bytes, Meta(max_length=MAX_SHARE_BYTES)]


class Head(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a log stands, as far as this device may read it.

    Entries up to `base` are not for this device; `base_hash` is the hash of entry `base`, where its
    chain starts. `counter` is the highest this device has used in this log (of its inbox: the
    highest seq it has acknowledged), `users` are the people of a direct chat, a group or an
    account log. Messages up to `pruned_seq` are gone from the hub; `pruned_hash` is the hash there.
    """

    log: WireLogId
    kind: Seq
    base: Seq
    base_hash: Hash
    seq: Seq
    hash: Hash
    counter: Seq = 0
    users: list[WireUserId] = []
    pruned_seq: Seq = 0
    pruned_hash: Hash = ZERO_HASH


class PersonPresence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whether a user has a connection, and when the last one ended (Unix ms; 0: never seen).

    `status` is the `Status` of the most present of their connections, `since_ms` when it was set (Unix
    ms; 0 for one that is just there), `note` as in `set_status`.
    """

    user: WireUserId
    online: bool
    last_seen_ms: Seq = 0
    status: Seq = 0
    since_ms: Seq = 0
    note: SignalBytes = b""


class Receipt(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """This device has everything up to `seq` in its own store."""

    device: WireDeviceId
    seq: Seq


class ClaimedKey(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A published key of a device; `key` is None when the hub has none."""

    device: WireDeviceId
    key: PublishedKey | None = None
    is_fallback: bool = False


class MembersItem(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A MEMBERS entry with its place; `previous` is the hash of the entry before it."""

    seq: Seq
    previous: Hash
    entry: Entry
