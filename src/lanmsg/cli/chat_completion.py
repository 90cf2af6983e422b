"""What Tab completes: names behind @, commands behind /."""

from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from lanmsg.client.model import PersonInfo
from lanmsg.wire.commands import COMMANDS, find_command
from lanmsg.wire.safe_text import safe_line

_NAME_ARGUMENT = frozenset({"msg", "whois", "trust", "verify", "same", "different"})


class NameCompleter(Completer):
    """Completes the word before the cursor, if it begins like a name or a command.

    Args:
        people: Returns everybody, when Tab is pressed.
    """

    def __init__(self, people: Callable[[], Sequence[PersonInfo]]) -> None:
        self._people = people

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the word before the cursor may become."""
        line = document.text_before_cursor
        word = line[max(line.rfind(" "), line.rfind("\n")) + 1 :]
        for text in self._choices(line, word):
            yield Completion(text, start_position=-len(_part(word)))

    def _choices(self, line: str, word: str) -> list[str]:
        if line.startswith("/") and word == line:
            return [f"/{spec.name} " for spec in COMMANDS if spec.name.startswith(line[1:].casefold())]
        if word.startswith("@"):
            return self._names(_part(word), behind=" " if word == line else "")
        if _wants_name(line):
            return [name.removeprefix("@") for name in self._names(f"@{word}", behind="")]
        return []

    def _names(self, part: str, *, behind: str) -> list[str]:
        start = part.removeprefix("@").casefold()
        # A name that would not be shown as it is could not be typed either: a hub made it up.
        names = sorted(
            person.handle for person in self._people() if safe_line(person.handle) == person.handle
        )
        return [f"@{name}{behind}" for name in names if name.casefold().startswith(start)]


def _part(word: str) -> str:
    """Return the last of the joined names, `@bo` of `@ann,@bo`; other words as they are."""
    return word[word.rfind(",@") + 1 :] if word.startswith("@") else word


def _wants_name(line: str) -> bool:
    """Tell whether the cursor is in the first argument of a command that takes a name."""
    parts = line[1:].split(" ") if line.startswith("/") else []
    spec = find_command(parts[0]) if len(parts) == 2 else None
    return spec is not None and spec.name in _NAME_ARGUMENT
