"""Everywhere one can go: conversations, people one has not talked to, rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanmsg.chat.people_lines import status_word
from lanmsg.client.model import Conversation, ConversationKind, Unread
from lanmsg.tui.conversation_list import conversations_of
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

_NOTHING = Unread()


@dataclass(frozen=True, slots=True)
class Target:
    """A conversation that is or could be. `name` is compared with what is typed, `shown` is filtered."""

    conversation: Conversation
    name: str
    shown: str
    what: str = ""
    unread: int = 0


def targets_of(client: "Client", current: Conversation) -> list[Target]:
    """Return all of them: those with something unread first, then those with messages, then all others."""
    known = conversations_of(client, current)
    everybody = client.people()
    people = [Conversation(ConversationKind.DIRECT, each.user) for each in everybody]
    rooms = [room.conversation for room in client.rooms() if not room.is_archived]
    statuses: Mapping[bytes, str] = {each.user: status_word(each) for each in everybody}
    everywhere = list(dict.fromkeys([*known, *rooms, *people]))
    unread = client.all_unread()
    targets = [_target(client, each, statuses, unread.get(each, _NOTHING)) for each in everywhere]
    return sorted(targets, key=lambda target: not target.unread)


def _target(
    client: "Client", conversation: Conversation, statuses: Mapping[bytes, str], unread: Unread
) -> Target:
    name = client.conversation_name(conversation)
    what = _what(conversation, statuses)
    return Target(conversation, name.removeprefix("@"), isolated(name.removeprefix("@")), what, unread.count)


def _what(conversation: Conversation, statuses: Mapping[bytes, str]) -> str:
    match conversation.kind:
        case ConversationKind.DIRECT:
            return statuses.get(conversation.key, "")
        case ConversationKind.ROOM | ConversationKind.GROUP:
            return conversation.kind.value
        case _:
            return "all people of this hub"
