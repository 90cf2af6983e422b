"""What an admin is told of the hub, as lines for a person."""

from collections.abc import Sequence
from typing import Final

from lanmsg.chat.people_lines import seen_words
from lanmsg.cli.sizes import size_words
from lanmsg.wire.admin import DeviceRow, DiskUse, HubStatus, KindRow, RoomRow, UserRow
from lanmsg.wire.entries import LogKind
from lanmsg.wire.safe_text import isolated, safe_line, width

_WHAT_CAN_BE_DONE: Final = (
    "lanmsg admin …",
    "  users · devices NAME · rooms · disk",
    "  ban NAME · unban NAME · kick NAME · grant NAME · ungrant NAME",
    "  invite-only on|off · rates PER_SECOND AT_ONCE · retention --days N --size SIZE",
    "  notice TEXT · notice --clear",
)
_KINDS: Final = {
    LogKind.DIRECTORY: "people and rooms",
    LogKind.EVERYONE: "everyone",
    LogKind.DIRECT: "direct chats",
    LogKind.INBOX: "inboxes of devices",
    LogKind.GROUP: "groups",
    LogKind.ROOM: "rooms",
    LogKind.ACCOUNT: "between devices of one person",
}


def status_lines(status: HubStatus) -> list[str]:
    """Return how the hub is, and what can be done."""
    users = f"{status.users} ({status.online_users} here, on {_count(status.connections, 'device')})"
    facts = {
        "hub": f'"{isolated(status.title)}", {safe_line(status.software)}, up {time_words(status.uptime_s)}',
        "people": users + (f", {status.banned} banned" if status.banned else ""),
        "rooms": str(status.rooms),
        "admins": ", ".join(isolated(each) for each in status.admins) or "none",
        "newcomers": "need an invite" if status.is_invite_only else "may join without an invite",
        "each device": f"may send {rate_words(status.messages_per_second, status.messages_burst)}",
        "messages": f"are kept {keep_words(status.keep_days, status.keep_bytes)}",
        "notice": isolated(status.notice) or "none",
    }
    lines = [f"{name:<12} {value}" for name, value in facts.items()]
    return [*lines, "", *_WHAT_CAN_BE_DONE]


def rate_words(per_second: float, burst: float) -> str:
    """Say how fast a device may send."""
    return f"{per_second:g} messages a second, {burst:g} at once" if per_second else "as fast as it can"


def keep_words(keep_days: int, keep_bytes: int) -> str:
    """Say how long, or how much of them, the hub keeps messages."""
    words = [f"for {_count(keep_days, 'day')}"] if keep_days else []
    words += [f"up to {size_words(keep_bytes)} in all"] if keep_bytes else []
    return " and ".join(words) or "for ever"


def time_words(seconds: int) -> str:
    """Say how long something lasts, in its two largest units."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{_count(days, 'day')} {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def user_lines(users: Sequence[UserRow]) -> list[str]:
    """Return a line for each: those who are here first, then by name."""
    ordered = sorted(users, key=lambda user: (not user.is_online, user.handle.casefold()))
    return _table([(isolated(user.handle), _user_words(user)) for user in ordered])


def _user_words(user: UserRow) -> str:
    marks = [word for word, holds in (("admin", user.is_admin), ("BANNED", user.is_banned)) if holds]
    here = seen_words(is_online=user.is_online, last_seen_ms=user.last_seen_ms)
    parts = [here, _count(user.devices, "device"), _count(user.messages, "message"), *marks]
    return ", ".join(parts)


def device_lines(devices: Sequence[DeviceRow]) -> list[str]:
    """Return a line for each device."""
    rows = [(each.device.hex()[:12], _device_words(each)) for each in devices]
    return _table(rows) or ["no device"]


def _device_words(device: DeviceRow) -> str:
    name = isolated(device.name) or "no name"
    if not device.address:
        return f"{name}, not connected"
    return f"{name}, from {isolated(device.address)} for {time_words(device.connected_s)}"


def room_lines(rooms: Sequence[RoomRow]) -> list[str]:
    """Return a line for each room."""
    found = [(f"{room.room.hex()}  {isolated(room.name)}", _room_words(room)) for room in rooms]
    return _table(found) or ["no room"]


def _room_words(room: RoomRow) -> str:
    kind = "archived" if room.is_archived else "open" if room.is_open else "private"
    entries = "entry" if room.entries == 1 else "entries"
    size = size_words(room.size_bytes)
    return f"{kind}, {_count(room.members, 'member')}, {room.entries} {entries}, {size}"


def disk_lines(use: DiskUse) -> list[str]:
    """Return what takes how much room."""
    rows = [
        (
            "database",
            f"{size_words(use.database_bytes)}, {size_words(use.reusable_bytes)} of it free for reuse",
        ),
        ("journal", size_words(use.journal_bytes)),
        ("disk", f"{size_words(use.disk_free_bytes)} free"),
        *((_kind_word(kind), _kind_words(kind)) for kind in use.kinds),
    ]
    return _table(rows)


def _kind_word(kind: KindRow) -> str:
    return _KINDS[LogKind(kind.kind)] if kind.kind in set(LogKind) else f"kind {kind.kind}"


def _kind_words(kind: KindRow) -> str:
    entries = "entry" if kind.entries == 1 else "entries"
    return f"{size_words(kind.size_bytes)} in {_count(kind.logs, 'log')}, {kind.entries} {entries}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    column = max((width(first) for first, _ in rows), default=0)
    return [f"{first}{' ' * (column - width(first))}  {second}" for first, second in rows]
