"""Where Enter will send, in words: the promise of the prompt."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanmsg.cli.message_lines import Style
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Trust
from lanmsg.wire.commands import LineError, shown
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import (
    Command,
    Refused,
    SwitchTo,
    SwitchToEveryone,
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

    def __init__(self, client: "Client", *, rooms: Collection[str] = ()) -> None:
        self._client = client
        self._rooms = rooms
        self._others = 0
        self.refresh()

    def refresh(self) -> None:
        """Count the people again."""
        self._others = sum(not person.is_me for person in self._client.people())

    def prompt(self, line: str, current: Conversation) -> Prompt:
        """Return where Enter would send `line`."""
        target = target_of(line, current, rooms=self._rooms)
        if isinstance(target, Conversation):
            return self._to(target)
        if isinstance(target, Refused):
            return Prompt(Style.ERROR, "→ nowhere (Enter says why)")
        try:
            return self._of_typed(target)
        except UnknownPerson as error:
            return Prompt(Style.ERROR, f"→ nobody called {shown(error.name)}")

    def conversations(self, line: str, current: Conversation) -> list[Conversation]:
        """Return whom `line` is a text for, as far as it is typed; nobody for a command and for nothing."""
        try:
            typed = parse_line(line, rooms=self._rooms)
            match typed:
                case ToPerson(name=name):
                    return [self._client.conversation(f"@{name}")]
                case ToPeople(names=names):
                    return [self._client.conversation(f"@{name}") for name in names]
                case ToEveryone():
                    return [EVERYONE]
                case ToCurrent():
                    return [current]
                case _:
                    return []
        except (LineError, UnknownPerson):
            return []

    def _of_typed(self, target: TypedLine) -> Prompt:
        match target:
            case ToPerson(name=name) | SwitchTo(name=name):
                return self._to(self._client.conversation(f"@{name}"))
            case ToPeople(names=names):
                return self._to_each([self._client.conversation(f"@{name}") for name in names])
            case Command(name=name):
                return Prompt(Style.NOTICE, f"→ command /{name}")
            case ToEveryone() | SwitchToEveryone():
                return self._to(EVERYONE)
            case _:
                raise AssertionError(target)

    def _to(self, conversation: Conversation) -> Prompt:
        if conversation.kind is ConversationKind.EVERYONE:
            return Prompt(Style.EVERYONE, f"→ everyone ({self._others})")
        name = isolated(self._client.conversation_name(conversation))
        if self._client.person(self._client.conversation_name(conversation)).trust is Trust.CHANGED:
            return Prompt(Style.ERROR, f"→ {name} KEY CHANGED, see /whois")
        return Prompt(Style.PRIVATE, f"→ {name} private")

    def _to_each(self, conversations: list[Conversation]) -> Prompt:
        names = ", ".join(isolated(self._client.conversation_name(each)) for each in conversations)
        return Prompt(Style.PRIVATE, f"→ {names} private, to each alone")
