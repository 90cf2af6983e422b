"""What the lines around the messages say: which conversation this is, and how things stand."""

from typing import TYPE_CHECKING

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.chat.now import ChatNow
from lanmsg.chat.people_lines import status_word, trust_words
from lanmsg.chat.spans import lifetime_words
from lanmsg.client.model import Conversation, ConversationKind, Trust
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


def heading(client: "Client", conversation: Conversation) -> tuple[Line, Line]:
    """Return both ends of the line above the messages: the name and the topic; who reads it."""
    name = Piece(Style.BOLD, isolated(client.conversation_name(conversation)))
    topic = _topic(client, conversation)
    left = (name, Piece(Style.TIME, f"  {isolated(topic)}")) if topic else (name,)
    return left, (Piece(Style.TIME, _readers(client, conversation)),)


def _topic(client: "Client", conversation: Conversation) -> str:
    if conversation.kind not in {ConversationKind.ROOM, ConversationKind.GROUP}:
        return ""
    try:
        return client.topic(conversation)
    except LanmsgError:  # we are not in that room
        return ""


def _readers(client: "Client", conversation: Conversation) -> str:
    if conversation.kind is ConversationKind.DIRECT:
        person = client.person(client.conversation_name(conversation))
        return "notes to yourself" if person.is_me else status_word(person)
    if conversation.kind is ConversationKind.EVERYONE:
        return _count(len(client.people()))
    try:
        return _count(len(client.members(conversation)))
    except LanmsgError:
        return "you are not in it"


def _count(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"


def status(
    client: "Client", conversation: Conversation, now: ChatNow, *, has_list: bool
) -> tuple[Line, Line]:
    """Return both ends of the line at the bottom: the connection and this moment; how safe this is.

    What is unread elsewhere is said where the list of conversations is not in sight.
    """
    is_online = client.is_online
    left = [
        Piece(Style.EVERYONE, "● ") if is_online else Piece(Style.ERROR, "○ OFFLINE, trying again "),
        Piece(Style.TIME, isolated(client.hub_title or client.hub_address)),
    ]
    words = [*now.words(conversation), *lifetime_words(client.lifetime(conversation))]
    left += [Piece(Style.TIME, f" · {each}") for each in words]
    if client.waiting:
        left.append(Piece(Style.ROOM, f" · {client.waiting} waiting"))
    unread = sum(each.count for at, each in client.all_unread().items() if at != conversation)
    if unread and not has_list:
        left.insert(1, Piece(Style.MENTION, f"{unread} unread elsewhere · "))
    return tuple(left), _safety(client, conversation)


def _safety(client: "Client", conversation: Conversation) -> Line:
    if untrusted := client.untrusted(conversation):
        names = ", ".join(map(isolated, untrusted[:2]))
        return (Piece(Style.ERROR, f"KEY CHANGED: {names}, see /whois"),)
    if conversation.kind is not ConversationKind.DIRECT:
        return (Piece(Style.TIME, "encrypted"),)
    person = client.person(client.conversation_name(conversation))
    style = Style.EVERYONE if person.trust is Trust.VERIFIED else Style.TIME
    return (Piece(Style.TIME, "encrypted"), Piece(Style.TIME, " · "), Piece(style, trust_words(person)))
