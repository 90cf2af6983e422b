r"""A line that a person typed, and what it means: the same in every face (`DESIGN.md` §7).

    @name text   to a person or room     @a,@b text   to a group     @name   talk to them from now on
    #text        to everyone             #            talk to everyone from now on
    /command     a command               //text \#text \@text        text that starts with / # @
    text         to the conversation the prompt shows

A line that could go to the wrong people is refused, never guessed. Prefixes count at the very start
of line one only, so pasted text cannot start to address people half-way.
"""

import re
from collections.abc import Collection, Iterable
from typing import Final, TypeVar

from msgspec import Struct

from lanmsg.wire.commands import LineError, find_command, near_commands, shown, unknown_command
from lanmsg.wire.names import WORDS_FOR_EVERYONE

T = TypeVar("T")


class ToPerson(Struct, frozen=True):
    """Send `text` to the person or room called `name` (as typed, not yet looked up)."""

    name: str
    text: str


class ToPeople(Struct, frozen=True):
    """Send `text` to the group of us and these people (two or more different names, as typed, in order)."""

    names: tuple[str, ...]
    text: str


class ToEveryone(Struct, frozen=True):
    """Send `text` to everyone on the hub."""

    text: str


class ToCurrent(Struct, frozen=True):
    """Send `text` to the conversation the prompt shows."""

    text: str


class SwitchTo(Struct, frozen=True):
    """Make the conversation with `name` the current one."""

    name: str


class SwitchToPeople(Struct, frozen=True):
    """Make the group of us and these people the current one."""

    names: tuple[str, ...]


class SwitchToEveryone(Struct, frozen=True):
    """Make the conversation with everyone the current one."""


class Command(Struct, frozen=True):
    """Run a command of `COMMANDS`: its main name, its words, and all behind the name as typed."""

    name: str
    arguments: tuple[str, ...] = ()
    raw_arguments: str = ""


class Nothing(Struct, frozen=True):
    """An empty line: do nothing."""


class Refused(Struct, frozen=True):
    """Enter would send nothing, for this reason (`target_of` only; `parse_line` raises it)."""

    reason: str


TypedLine = (
    ToPerson
    | ToPeople
    | ToEveryone
    | ToCurrent
    | SwitchTo
    | SwitchToPeople
    | SwitchToEveryone
    | Command
    | Nothing
)

VIM_QUITS: Final = frozenset({":q", ":q!", ":wq", ":wq!", ":x", ":qa"})
"""What fingers type to leave; alone on a line it is never meant as a message."""

# Japanese and Chinese keyboards type these; sent as text, a private line would reach everyone.
_FULL_WIDTH: Final = {"\uff20": "@", "\uff03": "#", "\uff0f": "/"}
_NAME = re.compile(r"@([^\s,:@#/]+)")
# White space, and what pastes bring that shows nothing: a byte order mark, joiners, bidi controls.
_UNSEEN_START = re.compile("[\\s\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_COMMAND_WORD = re.compile(r"/([^\s/]+)(?=\s|$)")


def parse_line(line: str, *, rooms: Collection[str] = ()) -> TypedLine:
    """Return what a typed or pasted line means. Pure: no name is looked up, nothing is sent.

    Args:
        line: One line, or several if pasted; white space at its end is dropped.
        rooms: Names of the rooms the person is in; a line `#room …` is refused.

    Raises:
        LineError: if the line means nothing or could reach the wrong people. Nothing was sent.
    """
    line = line.rstrip()
    if not line:
        return Nothing()
    line = _FULL_WIDTH.get(line[0], line[0]) + line[1:]
    match line[0]:
        case "@":
            return _parse_at(line)
        case "#":
            return _parse_hash(line, rooms)
        case "/":
            return _parse_slash(line)
        case "\\" if line[1:2] in {"@", "#", "/"}:
            return ToCurrent(line[1:])
        case _:
            return _parse_text(line)


def target_of(line: str, current: T, *, rooms: Collection[str] = ()) -> T | TypedLine | Refused:
    """Return where Enter would send an unfinished line; for the prompt, at each key press.

    Returns:
        `current` for plain text and an empty line; `Refused` where `parse_line` raises; else what
        `parse_line` returns.
    """
    try:
        parsed = parse_line(line, rooms=rooms)
    except LineError as error:
        return Refused(str(error))
    return current if isinstance(parsed, ToCurrent | Nothing) else parsed


# --- @ ---------------------------------------------------------------------------------------


def _parse_at(line: str) -> TypedLine:
    names, text = _split_names(line)
    if any(name.casefold() in WORDS_FOR_EVERYONE for name in names):
        raise LineError(f"not sent: for everyone write # {_example(text)}")
    if len(names) == 1:
        return ToPerson(names[0], text) if text else SwitchTo(names[0])
    return ToPeople(names, text) if text else SwitchToPeople(names)


def _split_names(line: str) -> tuple[tuple[str, ...], str]:
    """Cut `@a,@b text` into its different names and the text."""
    names: dict[str, str] = {}
    position = 0
    while True:
        found = _NAME.match(line, position)
        if found is None:
            raise LineError(
                "not sent: a name must follow each @, as in @bob hello. For a literal @ write \\@"
            )
        names.setdefault(found[1].casefold(), found[1])
        position = found.end()
        if not line.startswith(",@", position):
            return tuple(names.values()), _text_behind_names(line[position:])
        position += 1


def _text_behind_names(rest: str) -> str:
    if rest[:1] in {"@", "#", "/"} or re.match(r",\S", rest):
        raise LineError("not sent: names are joined like @ann,@bob and a space comes before the text")
    text = rest.removeprefix(":" if rest.startswith(":") else ",").lstrip()
    if rest.startswith(",") and text.startswith("@"):  # is the second name addressed, or talked about?
        raise LineError("not sent: to both write @ann,@bob hello; to the first one only, @ann @bob is here")
    return text


# --- # ---------------------------------------------------------------------------------------


def _parse_hash(line: str, rooms: Collection[str]) -> TypedLine:
    if line == "#":
        return SwitchToEveryone()
    if line.startswith("##"):
        return ToCurrent(line[1:])
    word = line[1:].split(maxsplit=1)[0] if not line[1].isspace() else ""
    room = _room_called(word, rooms)
    if room is not None:
        text = line[1:].removeprefix(word).lstrip() or "text"
        raise LineError(
            f"not sent: {shown(room)} is a room. To the room: @{shown(room)} {_example(text)}"
            f"   To everyone: # {_example(line[1:])}"
        )
    return ToEveryone(line[1:].lstrip())


def _room_called(word: str, rooms: Iterable[str]) -> str | None:
    wanted = {word.casefold(), word.rstrip(".,:;!?").casefold()} - {""}
    return next((room for room in rooms if room.removeprefix("#").casefold() in wanted), None)


# --- / ---------------------------------------------------------------------------------------


def _parse_slash(line: str) -> TypedLine:
    if line.startswith("//"):
        return ToCurrent(line[1:])
    parts = line[1:].split(maxsplit=1)
    if not parts or line[1].isspace():
        raise LineError("not sent: a command must follow the /. /help lists them; for a literal / write //")
    word, raw = parts[0], parts[1] if len(parts) > 1 else ""
    spec = find_command(word)
    if spec is None:
        raise unknown_command(word)
    arguments = tuple(raw.split())
    if len(arguments) < spec.needs:
        raise LineError(f"not done: write {spec.usage} ({spec.summary})")
    if spec.name == "msg":
        return _parse_at("@" + raw.removeprefix("@"))
    return Command(spec.name, arguments, raw)


# --- Text ------------------------------------------------------------------------------------


def _parse_text(line: str) -> TypedLine:
    if line in VIM_QUITS:
        return Command("quit")
    unseen = _UNSEEN_START.match(line)
    if unseen and "\n" not in unseen[0] and unseen.end() < len(line):
        first = line[unseen.end()]
        _refuse_misplaced_prefix(_FULL_WIDTH.get(first, first) + line[unseen.end() + 1 :])
    return ToCurrent(line)


def _refuse_misplaced_prefix(line: str) -> None:
    """Refuse ` /msg bob secret` and ` @bob secret`: as text they would reach the wrong people."""
    word = _COMMAND_WORD.match(line)
    if word and (find_command(word[1]) or near_commands(word[1])):
        raise LineError(
            f"not sent: there is a space before /{shown(word[1])}. Without it, it is a command;"
            " for a literal / write //"
        )
    name = _NAME.match(line)
    if name:
        raise LineError(
            f"not sent: there is a space before @{shown(name[1])}. Without it, the text goes to"
            f" {shown(name[1])}; to send it here, write \\@{shown(name[1])}"
        )


def _example(text: str) -> str:
    return shown(text.strip()) or "text"
