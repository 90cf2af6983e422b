"""Parts of a line, folded to a width: at spaces, else between graphemes."""

from collections.abc import Iterable, Sequence
from functools import cache
from io import StringIO
from typing import Final

from rich.console import Console
from rich.segment import Segment
from rich.style import Style as RichStyle
from rich.text import Text
from textual.strip import Strip

from lanmsg.tui.markdown_view import Drawn
from lanmsg.tui.styled import Look, blank

MIN_COLUMNS: Final = 8
"""Narrower than this nothing is folded any more."""

CLICK: Final = "click"
"""What a part means to a click, in the meta data of its style. Textual itself acts on `@click` only."""


def folded(parts: Sequence[Drawn], look: Look, columns: int, *, hang: int = 0) -> list[Strip]:
    """Return the lines of these parts in so many columns; all but the first are indented by `hang`."""
    strip = Strip([Segment(part.text, style_of(part, look)) for part in parts if part.text])
    if strip.cell_length <= columns:
        return [strip]
    first, *rest = folded_text(_text(parts, look), columns - hang)
    return [first, *(Strip.join([Strip([blank(hang)]), line]) if hang else line for line in rest)]


def folded_text(text: Text, columns: int) -> list[Strip]:
    """Return the lines of a Rich text in so many columns."""
    console = _console()
    lines = text.wrap(console, max(columns, MIN_COLUMNS), overflow="fold", tab_size=4)
    return [Strip(line.render(console)) for line in lines]


def folded_words(text: str, columns: int) -> list[str]:
    """Return the lines of a plain text in so many columns."""
    return [line.text for line in folded_text(Text(text), columns)]


def style_of(part: Drawn, look: Look) -> RichStyle:
    """Return how a part is drawn; a link leads where it says (OSC 8), and a click finds what it means."""
    style = look.of(part.style)
    if part.click:
        return style + RichStyle(meta={CLICK: part.click})
    return style + RichStyle(link=part.url) if part.url else style


def click_of(style: RichStyle) -> str:
    """Return what a click on something drawn so means; empty for nothing."""
    return str(style.meta.get(CLICK, ""))


def _text(parts: Iterable[Drawn], look: Look) -> Text:
    text = Text(end="")
    for part in parts:
        text.append(part.text, style_of(part, look))
    return text


@cache
def _console() -> Console:
    """It only measures."""
    return Console(
        file=StringIO(), width=80, force_terminal=False, markup=False, emoji=False, highlight=False
    )
