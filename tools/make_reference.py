"""Writes docs/reference/*.md: every command, verb, event and key, from the code.

Without arguments it writes them; with `--check` it says whether they are up to date, as a test does.
"""

import contextlib
import dataclasses
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

import msgspec

from lanmsg.cli import main as cli
from lanmsg.cli.admin import admin
from lanmsg.client import Client, events, model
from lanmsg.client.verbs.base import Verbs
from lanmsg.tui.keys import KEYS, Key, Place, id_of, shown_keys
from lanmsg.wire.commands import COMMANDS

DIRECTORY = Path(__file__).parents[1] / "docs" / "reference"
_MADE = "Made from the code by `tools/make_reference.py`; a test compares them.\n"
_ROLE = re.compile(r"\b(?:lanmsg\.(?:\w+\.)+|~)(?=[A-Z])")


# --- commands --------------------------------------------------------------------------------


def commands_page() -> str:
    """Return the page of what is typed: in the chat, and in a shell."""
    chat = "\n".join(_chat_rows())
    subcommands = [f"admin {each}" for each in admin if not each.startswith("-")]
    programs = "\n".join(_program_section(each) for each in [*cli.COMMANDS, *subcommands])
    return (
        f"# Commands, one by one\n\n{_MADE}\n"
        "How they are used together: [the guide](../guide/commands.md).\n\n"
        f"## In the chat\n\n| command | also | what it does |\n|---|---|---|\n{chat}\n\n"
        f"## In a shell\n\n{programs}"
    )


def _chat_rows() -> Iterable[str]:
    for spec in COMMANDS:
        also = " ".join(f"`/{alias}`" for alias in spec.aliases)
        yield f"| `{spec.usage}` | {also} | {_cell(spec.summary)} |"


def _program_section(name: str) -> str:
    return f"### lanmsg {name}\n\n```text\n{_help_of(name)}\n```\n"


def _help_of(name: str) -> str:
    os.environ.update(COLUMNS="100", TERM="dumb")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        cli.run([*name.split(), "--help"])
    return "\n".join(line.rstrip() for line in output.getvalue().strip().splitlines())


# --- the client library ----------------------------------------------------------------------


def client_page() -> str:
    """Return the page of the client library: verbs by area, events, the data in them."""
    areas = [each for each in reversed(Client.__mro__) if issubclass(each, Verbs) and each is not Client]
    parts = [
        f"# Client library, verb by verb\n\n{_MADE}\n"
        "How they are used together: [Client library](../client-library.md).\n",
        "## Verbs\n",
        *(_area(each) for each in areas if _public(each)),
        "## Events\n",
        *(_record(each) for each in events.Event.__args__),
        "## Data\n",
        *(_record(each) for each in _models()),
    ]
    return "\n".join(parts)


def _area(area: type) -> str:
    title = area.__name__.removesuffix("Verbs") or "The client"
    return f"### {title}\n\n" + "\n".join(_verb(name, member) for name, member in _public(area).items())


def _public(area: type) -> dict[str, object]:
    return {
        name: member
        for name, member in vars(area).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    }


def _verb(name: str, member: object) -> str:
    function = member.fget if isinstance(member, property) else member
    assert inspect.isfunction(function)
    awaited = "await " if inspect.iscoroutinefunction(function) else ""
    signature = inspect.signature(function)
    if isinstance(member, property):
        heading = f"{name}: {_type(signature.return_annotation)}"
    else:
        heading = f"{awaited}{name}{_signature(signature)}"
    return f"#### `{heading}`\n\n{_text(function)}\n"


def _signature(signature: inspect.Signature) -> str:
    words = list(map(_parameter, signature.parameters.values()))[1:]
    keyword_only = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    if keyword_only:
        words.insert(len(words) - len(keyword_only), "*")
    result = signature.return_annotation
    arrow = "" if result in {None, "None"} else f" -> {_type(result)}"
    return f"({', '.join(words)}){arrow}"


def _parameter(parameter: inspect.Parameter) -> str:
    default = parameter.default
    shown = "" if default is parameter.empty else f" = {default!r}"
    star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    return f"{star}{parameter.name}: {_type(parameter.annotation)}{shown}"


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _ROLE.sub("", text).replace("collections.abc.", "").strip("'\"")


def _models() -> list[type]:
    kinds = [each for each in vars(model).values() if inspect.isclass(each)]
    return [
        each
        for each in kinds
        if each.__module__ == model.__name__ and (dataclasses.is_dataclass(each) or issubclass(each, Enum))
    ]


def _record(kind: type) -> str:
    if issubclass(kind, Enum):
        rows = [f"- `{member.name}` = `{member.value}`" for member in kind]
    elif issubclass(kind, msgspec.Struct):
        rows = [
            f"- `{each.name}`: `{_type(kind.__annotations__[each.name])}`"
            for each in msgspec.structs.fields(kind)
        ]
    elif dataclasses.is_dataclass(kind):
        rows = [f"- `{each.name}`: `{_type(each.type)}`" for each in dataclasses.fields(kind)]
    else:
        rows = []
    return f"### {kind.__name__}\n\n{_text(kind)}\n\n" + "\n".join(rows) + "\n"


def _text(thing: object) -> str:
    """Return a docstring as paragraphs, with what it raises as a list."""
    text = inspect.getdoc(thing) or ""
    body, *sections = re.split(r"^(Args|Raises|Attributes|Returns):\n", text, flags=re.MULTILINE)
    pieces = [body.strip()]
    for title, lines in zip(sections[::2], sections[1::2], strict=True):
        items = re.split(r"\n(?= {4}\S)", lines.rstrip())
        listed = "\n".join(f"- {_item(item)}" for item in items)
        pieces.append(f"{title}:\n\n{listed}")
    return "\n\n".join(pieces)


def _item(text: str) -> str:
    name, _, rest = " ".join(text.split()).partition(":")
    return f"`{name}`:{rest}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- writing ---------------------------------------------------------------------------------

# --- the keys of the app ---------------------------------------------------------------------


def keys_page() -> str:
    """Return the page of keys, with those of the vim profile and the names by which they are remapped."""
    parts = [
        f"# Keys of the terminal app\n\n{_MADE}\n"
        "How they are used together: [the guide](../guide/commands.md). `terminal.toml` in the home gives\n"
        'other keys under `[own_keys]`, by the names here, as in `"chat.jump" = "ctrl+g"`; F4 chooses the\n'
        "vim keys.\n",
        *map(_place_section, Place),
    ]
    return "\n".join(parts)


def _place_section(place: Place) -> str:
    rows = "\n".join(_key_row(key) for key in KEYS if key.place is place)
    return f"## {place.value}\n\n| key | vim | what it does | name |\n|---|---|---|---|\n{rows}\n"


def _key_row(key: Key) -> str:
    name = "" if key.is_editing else f"`{id_of(key)}`"
    words = key.words or "the conversation with this number"
    return f"| {shown_keys(key.keys)} | {shown_keys(key.vim)} | {_cell(words)} | {name} |"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "client.md": client_page,
    "keys.md": keys_page,
}


def main(arguments: list[str]) -> int:
    """Write or check; the exit code is 1 if a page was not up to date and was not written."""
    stale = []
    for name, make in PAGES.items():
        path, page = DIRECTORY / name, make().rstrip() + "\n"
        if arguments != ["--check"]:
            path.write_text(page, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != page:
            stale.append(name)
    if stale:
        print(f"docs/reference: {', '.join(stale)} not up to date: run python tools/make_reference.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
