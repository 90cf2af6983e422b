"""Rooms and their people as lines of text."""

from collections.abc import Iterable
from typing import Final

from lanmsg.chat.people_lines import seen_words
from lanmsg.client.events import MemberChanged, MembersChanged
from lanmsg.client.model import MemberInfo, MemberRole, RoomInfo
from lanmsg.wire.safe_text import isolated, safe_line, width

_ORDER: Final = (
    MemberRole.OWNER,
    MemberRole.MODERATOR,
    MemberRole.MEMBER,
    MemberRole.OUTSIDER,
    MemberRole.BANNED,
)
_ROLE_WORDS: Final = {
    MemberRole.OWNER: "owner",
    MemberRole.MODERATOR: "moderator",
    MemberRole.BANNED: "banned",
}


def room_lines(rooms: Iterable[RoomInfo]) -> list[str]:
    """Return a line for each room: ours first, then those we may enter."""
    ours = [room for room in rooms if room.is_mine or (room.is_open and not room.is_archived)]
    ours.sort(key=lambda room: (room.is_archived, not room.is_mine, room.name.casefold()))
    column = max((width(isolated(room.name)) for room in ours), default=0)
    return [_room_line(room, column) for room in ours]


def _room_line(room: RoomInfo, column: int) -> str:
    name = isolated(room.name)
    line = f"@{name}{' ' * (column - width(name))}  {', '.join(room_words(room))}"
    return f"{line}: {safe_line(room.topic)}" if room.topic else line


def room_words(room: RoomInfo) -> Iterable[str]:
    """Yield what a room is, and what we are in it, word by word."""
    if room.is_archived:
        yield "archived"
    if not room.is_mine:
        yield f"open: /join {safe_line(room.name)}"
        return
    yield people_words(room.members)
    yield "open" if room.is_open else "private"
    if room.keeps_history:
        yield "newcomers read everything"
    if room.role in _ROLE_WORDS:
        yield f"you are {_ROLE_WORDS[room.role]}"


def people_words(count: int) -> str:
    """Say how many people there are."""
    return "1 person" if count == 1 else f"{count} people"


def member_lines(members: Iterable[MemberInfo]) -> list[str]:
    """Return a line for each member: who is here first, then by role and name; the banned at the end."""
    ordered = ordered_members(members)
    column = max((width(isolated(member.handle)) for member in ordered), default=0)
    return [_member_line(member, column) for member in ordered]


def ordered_members(members: Iterable[MemberInfo]) -> list[MemberInfo]:
    """Return them in this order."""
    return sorted(
        members,
        key=lambda member: (
            member.role is MemberRole.BANNED,
            not member.is_online,
            _ORDER.index(member.role),
            member.handle.casefold(),
        ),
    )


def role_words(role: MemberRole) -> str:
    """Say what somebody is in a room; empty for an ordinary member."""
    return _ROLE_WORDS.get(role, "")


def _member_line(member: MemberInfo, column: int) -> str:
    name = isolated(member.handle)
    role = role_words(member.role)
    words = seen_words(is_online=member.is_online, last_seen_ms=member.last_seen_ms)
    behind = ", ".join(filter(None, ("you" if member.is_me else "", role)))
    return f"{name}{' ' * (column - width(name))}  {words}{f'  ({behind})' if behind else ''}"


def change_lines(event: MembersChanged, *, me: str) -> list[str]:
    """Return what somebody did to the members of a room, a sentence each."""
    room = isolated(event.conversation_name)
    return [_change_words(change, by=event.by, room=room, me=me) for change in event.changes]


def _change_words(change: MemberChanged, *, by: str, room: str, me: str) -> str:
    who = "you" if change.handle == me else isolated(change.handle)
    actor = "you" if by == me else isolated(by)
    was_in = change.before not in {MemberRole.OUTSIDER, MemberRole.BANNED}
    if change.handle == by:
        return f"{who} {'entered' if change.role is MemberRole.MEMBER else 'left'} {room}"
    match change.role:
        case MemberRole.MODERATOR | MemberRole.OWNER:
            return f"{actor} made {who} {change.role.value} of {room}"
        case MemberRole.MEMBER if was_in:
            return f"{actor} made {who} an ordinary member of {room}"
        case MemberRole.MEMBER:
            return f"{actor} took {who} into {room}"
        case MemberRole.BANNED:
            return f"{actor} banned {who} from {room}"
        case _ if was_in:
            return f"{actor} took {who} out of {room}"
        case _:
            return f"{actor} let {who} come back to {room}"
