"""The conversations, with what is unread in each: everyone, rooms, people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, PersonStatus
from lanmsg.tui.line_list import LateRows, LineList, Row
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

_HEADINGS = {
    ConversationKind.ROOM: "Rooms",
    ConversationKind.DIRECT: "People",
    ConversationKind.GROUP: "Groups",
}
_PRESENCE = {
    PersonStatus.ONLINE: ("●", Style.EVERYONE),
    PersonStatus.IDLE: ("◐", Style.TIME),
    PersonStatus.AWAY: ("◐", Style.TIME),
    PersonStatus.DO_NOT_DISTURB: ("⊘", Style.ROOM),
    PersonStatus.OFFLINE: ("·", Style.TIME),
}


class ConversationList(LineList[Conversation]):
    """Shows them; the cursor is on the current one."""


def conversations_of(client: "Client", also: Conversation = EVERYONE) -> list[Conversation]:
    """Return all that the list shows, in its order: those with messages, our rooms, and one that is open."""
    rooms = [room.conversation for room in client.rooms() if room.is_mine and not room.is_archived]
    found = {EVERYONE, also, *client.conversations(), *rooms}
    order = [ConversationKind.EVERYONE, *_HEADINGS]
    return sorted(found, key=lambda each: (order.index(each.kind), client.conversation_name(each)))


def conversation_rows(client: "Client", conversations: Sequence[Conversation]) -> LateRows[Conversation]:
    """Return a row for each, with headings between the kinds."""
    values: list[Conversation | None] = []
    headings: dict[int, Row[Conversation]] = {}
    kind = ConversationKind.EVERYONE
    for conversation in conversations:
        if conversation.kind is not kind:
            kind = conversation.kind
            headings[len(values)] = Row(None, ())
            headings[len(values) + 1] = Row(None, (Piece(Style.TIME, f" {_HEADINGS[kind]}"),))
            values += [None, None]
        values.append(conversation)

    def row_of(number: int) -> Row[Conversation]:
        value = values[number]
        return headings[number] if value is None else _row(client, value)

    return LateRows(values, row_of)


def _row(client: "Client", conversation: Conversation) -> Row[Conversation]:
    return Row(conversation, _left(client, conversation), _right(client, conversation))


def _left(client: "Client", conversation: Conversation) -> Line:
    name = isolated(client.conversation_name(conversation)).replace("@", "", 1)
    style = Style.BOLD if client.unread(conversation).count else Style.TEXT
    return (Piece(Style.TEXT, " "), _mark(client, conversation), Piece(style, f" {name}"))


def _mark(client: "Client", conversation: Conversation) -> Piece:
    if conversation.kind is ConversationKind.DIRECT:
        return presence_mark(client, client.conversation_name(conversation))
    return Piece(Style.TIME, "#" if conversation.kind is not ConversationKind.GROUP else "&")


def presence_mark(client: "Client", name: str) -> Piece:
    """Return the sign that says whether somebody is there."""
    try:
        sign, style = _PRESENCE[client.person(name).status]
    except UnknownPerson:
        sign, style = _PRESENCE[PersonStatus.OFFLINE]
    return Piece(style, sign)


def _right(client: "Client", conversation: Conversation) -> Line:
    unread = client.unread(conversation)
    if unread.mentions:
        return (Piece(Style.MENTION, f"@{unread.count} "),)
    if unread.count:
        return (Piece(Style.BOLD, f"{unread.count} "),)
    return (Piece(Style.TIME, "✎ "),) if client.draft(conversation) else ()
