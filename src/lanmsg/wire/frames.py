"""Every frame of the protocol (`docs/protocol.md` §4).

A frame is one msgpack array whose first item is its tag. Fields may only be added at the end, with
defaults; a reader skips items it does not know. A tag below `FIRST_SKIPPABLE_TAG` is critical: who
does not know it must close the link. Others are skipped by who does not know them.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from lanmsg.wire.admin import NoticeText
from lanmsg.wire.admin_frames import Admin, AdminAnswer, Notice, RatesChanged
from lanmsg.wire.entries import View
from lanmsg.wire.frame_base import Frame
from lanmsg.wire.frame_parts import (
    Head,
    MembersItem,
    PersonPresence,
    Receipt,
    Share,
    SignalBytes,
)
from lanmsg.wire.ids import (
    ZERO_HASH,
    Hash,
    Key,
    Seq,
    Signature,
    WireDatabaseId,
    WireDeviceId,
    WireHubId,
    WireLogId,
    WireMessageId,
    WireUserId,
)
from lanmsg.wire.joining_frames import (
    CreateInvite,
    InviteCreated,
    PairingStored,
    PairingTaken,
    StorePairing,
    TakePairing,
)
from lanmsg.wire.key_frames import ClaimedKeys, ClaimKeys, PublishKeys, Stock
from lanmsg.wire.limits import (
    MAX_BODY_BYTES,
    MAX_GROUP_USERS,
    MAX_ONE_TIME_KEYS,
    MAX_SHARES,
    MEMBERS_PAGE_ENTRIES,
    MIN_GROUP_USERS,
)
from lanmsg.wire.statements import DeviceStatement, PublishedKey, UserStatement

FIRST_SKIPPABLE_TAG = 64

_Short = Annotated[str, Meta(max_length=256)]
_Text = Annotated[str, Meta(max_length=4096)]
_Body = Annotated[bytes, Meta(max_length=MAX_BODY_BYTES)]


# --- client -> hub ---------------------------------------------------------------------------


class Hello(Frame, tag=1, frozen=True):
    """The client's first frame: the version it chose from the challenge, and its nonce."""

    version: Seq
    nonce: Hash
    software: _Short = ""


class Enrol(Frame, tag=2, frozen=True):
    """Claim a handle and bind the first device to it; sent between `hello` and `login`.

    `invite` is the secret of an invite link (16 bytes), empty without one. The device's first keys
    come along, so that nobody ever meets a device they cannot encrypt for. Answered by `enrolled` or
    `refused`; repeating it for the same keys is answered the same way.
    """

    user: UserStatement
    device: DeviceStatement
    fallback_key: PublishedKey
    one_time_keys: Annotated[list[PublishedKey], Meta(max_length=MAX_ONE_TIME_KEYS)] = msgspec.field(
        default_factory=list[PublishedKey]
    )
    invite: Annotated[bytes, Meta(max_length=64)] = b""


class Login(Frame, tag=3, frozen=True):
    """Prove to be a device: `signature` over `statements.login_bytes`."""

    device: WireDeviceId
    signature: Signature


class Append(Frame, tag=4, frozen=True):
    """Add an entry to a log. `body` is an encoded `MessageBody` or `OlmBody`, by `kind`.

    The hub writes the shares into the inboxes in the same transaction, before the entry. Answered
    by `appended` once that is on disk, or `refused`; after silence the same bytes are sent again.
    """

    message_id: WireMessageId
    log: WireLogId
    kind: Seq
    body: _Body
    shares: Annotated[list[Share], Meta(max_length=MAX_SHARES)] = msgspec.field(default_factory=list[Share])


class Fetch(Frame, tag=5, frozen=True):
    """Ask for entries with seq > `after`, oldest first; the hub answers with one page."""

    log: WireLogId
    after: Seq


class Ack(Frame, tag=6, frozen=True):
    """Everything up to `seq` is in this device's own store: the cursor and the delivery receipt."""

    log: WireLogId
    seq: Seq


class OpenDirect(Frame, tag=9, frozen=True):
    """Make sure that the conversation with `peer` exists; answered by `heads` with its head."""

    peer: WireUserId


class Shares(Frame, tag=11, frozen=True):
    """More shares for the append with this message id, which must follow: when one frame is too small.

    Held by the hub for this connection only, `MAX_SHARES` at most, and used or dropped as a whole.
    """

    message_id: WireMessageId
    shares: Annotated[list[Share], Meta(max_length=MAX_SHARES)]


class OpenGroup(Frame, tag=12, frozen=True):
    """Make sure that the group of exactly these people exists, the sender among them.

    Each once, in any order. Answered by `heads` with its head, or by `refused` with `request`.
    """

    request: Seq
    users: Annotated[list[WireUserId], Meta(min_length=MIN_GROUP_USERS, max_length=MAX_GROUP_USERS)]


class FetchMembers(Frame, tag=13, frozen=True):
    """Ask for the MEMBERS entry at `seq` of a room and those before it; answered by `members`.

    Where the log is pruned, the newest one at or before `seq` is meant: only such entries are left there.
    Who came to a room later may read them all, though nothing else from before they came: they must
    know for whom they encrypt.
    """

    log: WireLogId
    seq: Seq


class Ping(Frame, tag=64, frozen=True):
    """Ask for a `pong`; also proof of life."""

    token: Seq = 0


class SetStatus(Frame, tag=68, frozen=True):
    """Say whether this device's person is there: `status` is a `Status`. Never answered.

    Good for this connection. `note` is the reason, if there is one: an encoded `SignalBody` for the log
    of everyone, which the hub can't read and shows along with the status.
    """

    status: Seq
    note: SignalBytes = b""


# --- both ways -------------------------------------------------------------------------------


class Signal(Frame, tag=69, frozen=True):
    """Something about now, for whoever reads `log` and is here: an encoded `SignalBody`.

    The hub passes the same frame on to the other readers and keeps nothing of it. It drops signals
    rather than let them wait, and never answers one.
    """

    log: WireLogId
    body: SignalBytes


# --- hub -> client ---------------------------------------------------------------------------


class Challenge(Frame, tag=32, frozen=True):
    """The hub speaks first, so that a client can check the pin before it sends a byte.

    `signature` is the identity key's over `statements.hub_certificate_bytes` of `certificate_hash`: the
    hub's word for which certificate it has. A client that can see the certificate of its connection
    measures the hash itself and takes no word for it.
    """

    version: Seq
    oldest_version: Seq
    identity_key: Key
    signature: Signature
    certificate_hash: Hash
    nonce: Hash
    database: WireDatabaseId
    title: _Short = ""
    invite_only: bool = False
    software: _Short = ""


class Enrolled(Frame, tag=33, frozen=True):
    """The name and the device are in the directory, on disk."""

    handle: str


class Welcome(Frame, tag=34, frozen=True):
    """Logged in. `heads` frames with the logs this device reads follow, then live entries.

    `stock` counts the one-time keys the hub holds for this device; `log_count` says how many heads
    will come, so the client knows when its list is whole. A client that keeps to the rates (0: no
    limit) is never throttled. `notice` is what who runs the hub has to say to everybody.
    """

    hub: WireHubId
    user: WireUserId
    handle: str
    now_ms: Seq
    stock: Seq
    log_count: Seq
    has_fallback_key: bool = False
    messages_per_second: float = 0.0
    messages_burst: float = 0.0
    notice: NoticeText = ""


class Entries(Frame, tag=35, frozen=True):
    """A run of one log: encoded entries with seqs `first_seq`, `first_seq` + 1 and so on.

    `previous` is the hash of the entry before the first. `head` is the log's newest seq when this
    was sent, so a page knows whether another follows.
    """

    log: WireLogId
    first_seq: Seq
    previous: Hash
    head: Seq
    items: list[msgspec.Raw]


class Appended(Frame, tag=36, frozen=True):
    """An append of this device is on disk at this place."""

    message_id: WireMessageId
    log: WireLogId
    seq: Seq
    hash: Hash


class Refused(Frame, tag=37, frozen=True):
    """A request was refused and nothing of it stored.

    `message_id` names the append; it is empty for the other requests, which are named by `request`
    (0: `enrol`, `login`, `open_direct` and the fetches). `text` says what to do. `stale_view` carries the
    seqs to catch up to; of a room also `membership_hash`, the hash of the entry at `view.membership_seq`.
    """

    code: str
    text: _Text
    message_id: Annotated[bytes, Meta(max_length=16)] = b""
    request: Seq = 0
    retry_after_ms: Seq = 0
    view: View | None = None
    membership_hash: Hash = ZERO_HASH


class Heads(Frame, tag=38, frozen=True):
    """Heads of some logs: after `welcome`, for a log that is new to this device, and when it was behind."""

    heads: list[Head]


class Presence(Frame, tag=65, frozen=True):
    """Presence of some users: all of them after `welcome`, the changed ones later."""

    people: list[PersonPresence]


class Receipts(Frame, tag=66, frozen=True):
    """How far other devices have stored a conversation."""

    log: WireLogId
    receipts: list[Receipt]


class Members(Frame, tag=43, frozen=True):
    """The answer to `fetch_members` with this `seq`: that entry and those before it, newest first.

    One page at most: each next one is the entry at its `view.membership_seq`, and after the last whose
    `view.membership_seq` is not 0 the client asks on from there. Empty if no MEMBERS entry is at `seq`.
    """

    log: WireLogId
    seq: Seq
    items: Annotated[list[MembersItem], Meta(max_length=MEMBERS_PAGE_ENTRIES)]


class Pong(Frame, tag=67, frozen=True):
    """The answer to `ping`."""

    token: Seq = 0


class Bye(Frame, tag=42, frozen=True):
    """The hub closes this connection; come back after `retry_after_ms` (negative: do not)."""

    code: str
    text: _Text
    retry_after_ms: Annotated[int, Meta(gt=-(2**53), lt=2**53)] = 0


ClientFrame = (
    Hello
    | Enrol
    | Login
    | Append
    | Shares
    | Fetch
    | Ack
    | ClaimKeys
    | PublishKeys
    | OpenDirect
    | OpenGroup
    | FetchMembers
    | CreateInvite
    | StorePairing
    | TakePairing
    | Admin
    | Ping
    | SetStatus
    | Signal
)
HubFrame = (
    Challenge
    | Enrolled
    | Welcome
    | Entries
    | Appended
    | Refused
    | Heads
    | Presence
    | Receipts
    | ClaimedKeys
    | Stock
    | InviteCreated
    | Members
    | PairingStored
    | PairingTaken
    | AdminAnswer
    | Notice
    | RatesChanged
    | Pong
    | Signal
    | Bye
)
