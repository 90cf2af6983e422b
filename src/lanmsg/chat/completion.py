"""What Tab completes: names of people and rooms behind @, rooms behind #, commands behind /."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lanmsg.client.model import PersonInfo, RoomInfo
from lanmsg.wire.commands import COMMANDS, find_command
from lanmsg.wire.safe_text import safe_line

_PERSON_ARGUMENT = frozenset(
    {
        "msg",
        "whois",
        "trust",
        "ignore",
        "unignore",
        "verify",
        "same",
        "different",
        "kick",
        "ban",
        "unban",
        "op",
        "deop",
        "invite",
    }
)
_ROOM_ARGUMENT = frozenset({"msg", "join", "leave", "who", "archive"})
_ROOM_BEHIND = frozenset({"kick", "ban", "unban", "op", "deop", "rename"})
"""Commands whose second word is a room; /invite takes as many names as one likes, and a room."""


@dataclass(frozen=True, slots=True)
class Completions:
    """What the last `replaced` characters before the cursor may become."""

    replaced: int
    choices: tuple[str, ...]


class NameCompletion:
    """Completes the word before the cursor, if it begins like a name or a command.

    Args:
        people: Returns everybody, when Tab is pressed.
        rooms: Returns all rooms; those that may be entered or left are completed.
    """

    def __init__(
        self,
        people: Callable[[], Sequence[PersonInfo]],
        rooms: Callable[[], Sequence[RoomInfo]] = tuple,
    ) -> None:
        self._people = people
        self._rooms = rooms

    def completions(self, line: str) -> Completions:
        """Return what may become of the end of a line (all that stands before the cursor)."""
        word = line[max(line.rfind(" "), line.rfind("\n")) + 1 :]
        return Completions(len(_part(word)), tuple(self._choices(line, word)))

    def _choices(self, line: str, word: str) -> list[str]:
        if line.startswith("/") and word == line:
            return [f"/{spec.name} " for spec in COMMANDS if spec.name.startswith(line[1:].casefold())]
        if word.startswith("@"):
            rooms = self._room_names() if word == line and "," not in word else []
            return _completed(_part(word), [*self._handles(), *rooms], behind=" " if word == line else "")
        if word.startswith("#") and len(word) > 1:
            return self._rooms_behind_sign(word, is_at_start=word == line)
        wanted = [
            *(self._handles() if _wants_person(line) else []),
            *(self._room_names(is_joining=_command(line) == "join") if _wants_room(line) else []),
        ]
        return [name.removeprefix("@") for name in _completed(f"@{word}", wanted, behind="")]

    def _rooms_behind_sign(self, word: str, *, is_at_start: bool) -> list[str]:
        """Complete `#kitc`. At the start of a line # means everyone, so the room is written as it is said."""
        names = [each.removeprefix("@") for each in _completed(f"@{word[1:]}", self._room_names(), behind="")]
        return [f"@{name} " if is_at_start else f"#{name}" for name in names]

    def _handles(self) -> list[str]:
        return [person.handle for person in self._people()]

    def _room_names(self, *, is_joining: bool = False) -> list[str]:
        return [room.name for room in self._rooms() if room.is_mine is not is_joining]


def _completed(part: str, names: Iterable[str], *, behind: str) -> list[str]:
    start = part.removeprefix("@").casefold()
    # A name that would not be shown as it is could not be typed either: a hub made it up.
    honest = sorted(name for name in names if safe_line(name) == name)
    return [f"@{name}{behind}" for name in honest if name.casefold().startswith(start)]


def _part(word: str) -> str:
    """Return the last of the joined names, `@bo` of `@ann,@bo`; other words as they are."""
    return word[word.rfind(",@") + 1 :] if word.startswith("@") else word


def _command(line: str) -> str:
    spec = find_command(line[1:].split(" ", maxsplit=1)[0]) if line.startswith("/") else None
    return "" if spec is None else spec.name


def _wants_person(line: str) -> bool:
    """Tell whether the cursor is where a command takes somebody's name."""
    place, name = line.count(" "), _command(line)
    return name == "invite" or (place == 1 and name in _PERSON_ARGUMENT)


def _wants_room(line: str) -> bool:
    """Tell whether the cursor is where a command takes the name of a room."""
    place, name = line.count(" "), _command(line)
    return (
        (place == 1 and name in _ROOM_ARGUMENT)
        or (place == 2 and name in _ROOM_BEHIND)
        or (place > 1 and name == "invite")
    )
