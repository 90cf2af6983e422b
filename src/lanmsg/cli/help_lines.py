"""How `--help` looks: plain lines that fit the terminal, for eyes, screen readers and pipes."""

import io
import textwrap
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

MAX_COLUMNS: Final = 100
"""Longer lines are hard to read, however wide the window is."""
_INDENT: Final = 2
_TEXT_INDENT: Final = 6
_UNWRAPPED: Final = 10_000
_NO_DEFAULTS: Final = frozenset({"", '""', "()", "False", "True", "None"})
"""Defaults that say nothing, or that the names say."""


class HelpLines:
    """Formats help for cyclopts: a name, and below it what it is for."""

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: Any) -> None:  # noqa: ANN401 - rich's, of many kinds
        """Print how the command is called."""
        if usage:
            words = _plain(usage)
            _print(console, words if words.startswith("Usage:") else f"Usage: {words}")
            console.print()

    def render_description(self, console: "Console", options: "ConsoleOptions", description: Any) -> None:  # noqa: ANN401 - as above
        """Print what the command does, paragraph by paragraph."""
        for paragraph in _plain(description).split("\n\n") if description else ():
            _print(console, paragraph)
            console.print()

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Print a list of parameters or of commands."""
        if not panel.entries:
            return
        console.print(f"{_plain(panel.title)}:", highlight=False, markup=False)
        is_parameters = panel.format == "parameter"
        width = 2 + max(len(_names(entry)) for entry in panel.entries)
        for entry in panel.entries:
            if is_parameters:
                _print_parameter(console, entry)
            else:
                text = f"{_names(entry):<{width}}{_plain(entry.description)}"
                _print(console, text, indent=_INDENT, rest=_INDENT + width)
        console.print()


def _print_parameter(console: "Console", entry: "HelpEntry") -> None:
    _print(console, _labels(entry), indent=_INDENT, rest=_TEXT_INDENT)
    text = " ".join([_plain(entry.description), *_facts(entry)]).strip()
    if text:
        _print(console, text, indent=_TEXT_INDENT, rest=_TEXT_INDENT)


def _labels(entry: "HelpEntry") -> str:
    """Return a parameter's names: of a flag that is off the one that turns it on, of one that is on both."""
    if entry.positional_label is not None:
        return entry.positional_label
    is_on = str(entry.default) in {"True", "None"}  # None: as it was left, so both ways are of use
    names = [*entry.positive_names, *entry.positive_shorts, *(entry.negative_names if is_on else ())]
    return f"{', '.join(names)} {entry.metavar or ''}".strip()


def _facts(entry: "HelpEntry") -> list[str]:
    default = str(entry.default) if entry.default is not None else ""
    facts = [
        f"One of: {', '.join(entry.choices)}." if entry.choices else "",
        f"Also from {', '.join(entry.env_var)}." if entry.env_var else "",
        f"Default: {default}." if default not in _NO_DEFAULTS else "",
    ]
    return [fact for fact in facts if fact]


def _names(entry: "HelpEntry") -> str:
    return ", ".join([*entry.positive_names, *entry.positive_shorts])


def _plain(text: Any) -> str:  # noqa: ANN401 - a str, or one of rich's texts
    if not text or isinstance(text, str):
        return (text or "").strip()
    from rich.console import Console

    wide = Console(file=io.StringIO(), width=_UNWRAPPED, no_color=True, highlight=False, markup=False)
    with wide.capture() as captured:
        wide.print(text, end="")
    return "\n".join(line.strip() for line in captured.get().splitlines()).strip()


def _print(console: "Console", text: str, *, indent: int = 0, rest: int = 0) -> None:
    wrapped = textwrap.fill(
        text.replace("\n", " "),
        width=min(console.width, MAX_COLUMNS),
        initial_indent=" " * indent,
        subsequent_indent=" " * rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(wrapped, highlight=False, markup=False, soft_wrap=True)
