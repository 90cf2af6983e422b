"""The people: those who are here first, with what they say of themselves."""

from typing import TYPE_CHECKING

from lanmsg.chat.message_style import Piece, Style
from lanmsg.client.errors import NotInRoom, UnknownRoom
from lanmsg.client.model import Conversation, ConversationKind, PersonInfo, PersonStatus, Trust
from lanmsg.tui.conversation_list import presence_mark
from lanmsg.tui.line_list import LateRows, LineList, Row
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

_SIGNS = {Trust.VERIFIED: (Style.EVERYONE, "✓ "), Trust.CHANGED: (Style.ERROR, "KEY! ")}


class PeopleList(LineList[str]):
    """Shows them; choosing one opens the conversation with them."""


def people_of(client: "Client", conversation: Conversation) -> list[PersonInfo]:
    """Return who reads a conversation: of a room or group its members, else everybody."""
    people = client.people()
    if conversation.kind not in {ConversationKind.ROOM, ConversationKind.GROUP}:
        return people
    try:
        names = {member.handle for member in client.members(conversation)}
    except (NotInRoom, UnknownRoom):
        return []
    return [person for person in people if person.handle in names]


def people_rows(client: "Client", people: list[PersonInfo]) -> LateRows[str]:
    """Return a row for each person, those who are here first, then by name."""
    here = sorted((each for each in people if each.is_online), key=_name)
    away = sorted((each for each in people if not each.is_online), key=_name)
    shown: list[PersonInfo | str] = [f" Here {len(here)}", *here]
    if away:
        shown += ["", f" Not here {len(away)}", *away]

    def row_of(number: int) -> Row[str]:
        each = shown[number]
        return Row(None, (Piece(Style.TIME, each),)) if isinstance(each, str) else _row(client, each)

    return LateRows([None if isinstance(each, str) else each.handle for each in shown], row_of)


def _name(person: PersonInfo) -> str:
    return person.handle.casefold()


def _row(client: "Client", person: PersonInfo) -> Row[str]:
    style = Style.TEXT if person.is_online else Style.TIME
    left = [
        Piece(Style.TEXT, " "),
        presence_mark(client, person.handle),
        Piece(style, f" {isolated(person.handle)}"),
    ]
    if person.status is PersonStatus.AWAY and person.away_reason:
        left.append(Piece(Style.TIME, f" {isolated(person.away_reason)}"))
    if person.is_me:
        return Row(person.handle, tuple(left), (Piece(Style.TIME, "you "),))
    sign = _SIGNS.get(person.trust)
    return Row(person.handle, tuple(left), (Piece(*sign),) if sign else ())
