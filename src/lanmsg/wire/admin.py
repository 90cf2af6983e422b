"""What an admin of the hub asks and is told (`docs/protocol.md` §11.9): commands and their answers.

Both stand encoded inside frames (`admin_frames`), so that a hub refuses a command it does not know and
goes on. People are named by their handles, which nobody else ever gets.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from lanmsg.wire.ids import ID_BYTES, Seq, WireDeviceId, WireRoomId
from lanmsg.wire.limits import (
    ADMIN_PAGE_ROWS,
    MAX_ADMINS,
    MAX_DEVICES_PER_USER,
    MAX_MESSAGE_RATE,
    MAX_NOTICE_CHARACTERS,
)

Handle = Annotated[str, Meta(max_length=256)]
NoticeText = Annotated[str, Meta(max_length=MAX_NOTICE_CHARACTERS)]
Rate = Annotated[float, Meta(ge=0, le=MAX_MESSAGE_RATE)]
"""Per second, or at once; never NaN, which no comparison lets pass."""


class _Tagged(msgspec.Struct, frozen=True, array_like=True, tag_field="what"):
    """The base of commands and answers."""


# --- commands --------------------------------------------------------------------------------


class GetStatus(_Tagged, tag=1, frozen=True):
    """How is the hub? Answered by `HubStatus`."""


class GetUsers(_Tagged, tag=2, frozen=True):
    """Who is enrolled, in that order, but for the first `after`? Answered by a `UserPage`."""

    after: Seq = 0


class GetDevices(_Tagged, tag=3, frozen=True):
    """Which devices has somebody that are not cut off? Answered by a `DeviceList`."""

    handle: Handle


class GetRooms(_Tagged, tag=4, frozen=True):
    """Which rooms are there, the oldest first, but for the first `after`? Answered by a `RoomPage`."""

    after: Seq = 0


class GetDiskUse(_Tagged, tag=5, frozen=True):
    """What takes how much room? Answered by `DiskUse`."""


class SetInviteOnly(_Tagged, tag=6, frozen=True):
    """From now on newcomers need an invite, or need none."""

    is_on: bool


class Ban(_Tagged, tag=7, frozen=True):
    """Close the connections of somebody and let them in no more. Not for admins."""

    handle: Handle


class Unban(_Tagged, tag=8, frozen=True):
    """Let somebody in again."""

    handle: Handle


class Kick(_Tagged, tag=9, frozen=True):
    """Close the connections of somebody; they may come back.

    `device` is the id of one device, or how it begins; empty: all of theirs.
    """

    handle: Handle
    device: Annotated[bytes, Meta(max_length=ID_BYTES)] = b""


class SetRates(_Tagged, tag=10, frozen=True):
    """How many messages a second a device may send in the long run (0: no limit), and how many at once."""

    messages_per_second: Rate
    messages_burst: Rate


class SetRetention(_Tagged, tag=11, frozen=True):
    """Remove messages older than so many days, and the oldest beyond so many bytes; 0: no limit."""

    keep_days: Seq
    keep_bytes: Seq


class SetNotice(_Tagged, tag=12, frozen=True):
    """Show a text to everybody, now and at each login; empty: to nobody any more."""

    text: NoticeText


class Grant(_Tagged, tag=13, frozen=True):
    """Make somebody an admin."""

    handle: Handle


class Ungrant(_Tagged, tag=14, frozen=True):
    """Let somebody be an admin no more. Not for the last one."""

    handle: Handle


AdminCommand = (
    GetStatus
    | GetUsers
    | GetDevices
    | GetRooms
    | GetDiskUse
    | SetInviteOnly
    | Ban
    | Unban
    | Kick
    | SetRates
    | SetRetention
    | SetNotice
    | Grant
    | Ungrant
)


# --- answers ---------------------------------------------------------------------------------


class AdminDone(_Tagged, tag=1, frozen=True):
    """It is done and, where it is to last, on disk. `count`: connections that were closed for it."""

    count: Seq = 0


class HubStatus(_Tagged, tag=2, frozen=True):
    """How the hub is. `admins` may name people who have not enrolled yet."""

    title: Handle
    software: Handle
    uptime_s: Seq
    users: Seq
    online_users: Seq
    connections: Seq
    rooms: Seq
    banned: Seq
    admins: Annotated[list[Handle], Meta(max_length=MAX_ADMINS)]
    is_invite_only: bool
    messages_per_second: Rate
    messages_burst: Rate
    keep_days: Seq
    keep_bytes: Seq
    notice: NoticeText


class UserRow(msgspec.Struct, frozen=True, array_like=True):
    """A user. `messages` is what the hub ever took from them, edits, reactions and receipts too.

    `last_seen_ms` (Unix ms, the hub's clock) is when their last connection ended, 0: never seen.
    """

    handle: Handle
    devices: Seq
    is_online: bool
    last_seen_ms: Seq
    is_banned: bool
    is_admin: bool
    messages: Seq


class UserPage(_Tagged, tag=3, frozen=True):
    """Some users; there are `total`."""

    rows: Annotated[list[UserRow], Meta(max_length=ADMIN_PAGE_ROWS)]
    total: Seq


class DeviceRow(msgspec.Struct, frozen=True, array_like=True):
    """A device. `address` is where it is connected from, empty when it is not; so long: `connected_s`."""

    device: WireDeviceId
    name: Handle
    address: Handle
    connected_s: Seq


class DeviceList(_Tagged, tag=4, frozen=True):
    """All devices of somebody that are not cut off."""

    rows: Annotated[list[DeviceRow], Meta(max_length=MAX_DEVICES_PER_USER)]


class RoomRow(msgspec.Struct, frozen=True, array_like=True):
    """A room. `entries` were ever written to its log, `size_bytes` of them are there now, encrypted."""

    room: WireRoomId
    name: Handle
    is_open: bool
    is_archived: bool
    members: Seq
    entries: Seq
    size_bytes: Seq


class RoomPage(_Tagged, tag=5, frozen=True):
    """Some rooms; there are `total`."""

    rows: Annotated[list[RoomRow], Meta(max_length=ADMIN_PAGE_ROWS)]
    total: Seq


class KindRow(msgspec.Struct, frozen=True, array_like=True):
    """What the logs of one `LogKind` hold: `size_bytes` of bodies, without the database's own overhead."""

    kind: Seq
    logs: Seq
    entries: Seq
    size_bytes: Seq


class DiskUse(_Tagged, tag=6, frozen=True):
    """The hub's disk, in bytes: its files, how much in them is free for reuse, and what the disk has left."""

    database_bytes: Seq
    journal_bytes: Seq
    reusable_bytes: Seq
    disk_free_bytes: Seq
    kinds: Annotated[list[KindRow], Meta(max_length=64)]


AdminResult = AdminDone | HubStatus | UserPage | DeviceList | RoomPage | DiskUse
