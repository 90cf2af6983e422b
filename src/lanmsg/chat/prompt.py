"""Where Enter will send, in words: the promise of the prompt."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanmsg.chat.drafts import Typed
from lanmsg.chat.message_lines import Style
from lanmsg.chat.message_marks import quote
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Message, Trust
from lanmsg.wire.commands import shown
from lanmsg.wire.errors import LocalError
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import (
    Command,
    Refused,
    SwitchTo,
    SwitchToEveryone,
    SwitchToPeople,
    ToCurrent,
    ToEveryone,
    ToPeople,
    ToPerson,
    TypedLine,
    parse_line,
    target_of,
)

if TYPE_CHECKING:
    from lanmsg.client import Client


@dataclass(frozen=True, slots=True)
class Prompt:
    """Where Enter will send. The words say it without the colour that the style becomes."""

    style: Style
    words: str


class Prompter:
    """Says where a line would go. `refresh` when people came; it is asked at each key press."""

    def __init__(
        self, client: "Client", *, meant_by: Callable[[Command], Message | None] = lambda _: None
    ) -> None:
        self._client = client
        self._meant_by = meant_by
        self._others = 0
        self.rooms: Collection[str] = ()
        """Names of the rooms we are in."""
        self.refresh()

    def refresh(self) -> None:
        """Count the people again, and our rooms."""
        self._others = sum(not person.is_me for person in self._client.people())
        self.rooms = tuple(room.name for room in self._client.rooms() if room.is_mine)

    def prompt(self, line: str, current: Conversation) -> Prompt:
        """Return where Enter would send `line`."""
        target = target_of(line, current, rooms=self.rooms)
        if isinstance(target, Conversation):
            return self._to(target)
        if isinstance(target, Refused):
            return Prompt(Style.ERROR, "→ nowhere (Enter says why)")
        try:
            return self._of_typed(target)
        except UnknownPerson as error:
            return Prompt(Style.ERROR, f"→ nobody called {shown(error.name)}")
        except LocalError:
            return Prompt(Style.ERROR, "→ nowhere (Enter says why)")

    def typed(self, line: str, current: Conversation) -> Typed | None:
        """Return the text that `line` is so far, and for whom; None for a command and for nothing."""
        try:
            match parse_line(line, rooms=self.rooms):
                case ToPerson(name=name, text=text):
                    return Typed(self._client.conversation(f"@{name}"), text)
                case ToPeople(names=names, text=text):
                    return Typed(self._client.group(names), text)
                case ToEveryone(text=text):
                    return Typed(EVERYONE, text)
                case ToCurrent(text=text):
                    return Typed(current, text)
                case _:
                    return None
        except LocalError:
            return None

    def _of_typed(self, target: TypedLine) -> Prompt:
        match target:
            case ToPerson(name=name) | SwitchTo(name=name):
                return self._to(self._client.conversation(f"@{name}"))
            case ToPeople(names=names) | SwitchToPeople(names=names):
                return self._to(self._client.group(names))
            case Command(name=name):
                message = self._meant_by(target)
                meant = f"{name} {quote(message)}" if message is not None else f"command /{name}"
                return Prompt(Style.NOTICE, f"→ {meant}")
            case ToEveryone() | SwitchToEveryone():
                return self._to(EVERYONE)
            case _:
                raise AssertionError(target)

    def _to(self, conversation: Conversation) -> Prompt:
        if conversation.kind is ConversationKind.EVERYONE:
            return Prompt(Style.EVERYONE, f"→ everyone ({self._others})")
        name = isolated(self._client.conversation_name(conversation))
        if conversation.kind is ConversationKind.ROOM:
            return self._to_room(conversation, name)
        if conversation.kind is ConversationKind.GROUP:
            if self._client.untrusted(conversation):
                return Prompt(Style.ERROR, f"→ {name} group, KEY CHANGED, Enter says whose")
            return Prompt(Style.PRIVATE, f"→ {name} group")
        if self._client.person(self._client.conversation_name(conversation)).trust is Trust.CHANGED:
            return Prompt(Style.ERROR, f"→ {name} KEY CHANGED, see /whois")
        return Prompt(Style.PRIVATE, f"→ {name} private")

    def _to_room(self, conversation: Conversation, name: str) -> Prompt:
        room = self._client.room(name)
        if room.is_archived:
            return Prompt(Style.ERROR, f"→ {name} room, archived")
        if not room.is_mine:
            return Prompt(Style.ERROR, f"→ {name} room, you are not in it")
        if self._client.untrusted(conversation):
            return Prompt(Style.ERROR, f"→ {name} room, KEY CHANGED, Enter says whose")
        return Prompt(Style.ROOM, f"→ {name} room ({room.members - 1})")
