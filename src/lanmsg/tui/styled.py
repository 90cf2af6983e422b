"""From pieces of a line to what Textual draws. Text is never read as markup, it is drawn as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip
from textual.widget import Widget

from lanmsg.chat.message_style import Line, Piece, Style

UNSTYLED: Final = RichStyle()
STYLE_CLASSES: Final = {style: f"text--{style.value}" for style in Style}
"""The component class that has the colours of a style (`app.tcss`). Who draws styles has them all."""


@dataclass(frozen=True, slots=True)
class Look:
    """How each style is drawn now; another theme makes another one."""

    styles: dict[Style, RichStyle]

    def of(self, style: Style) -> RichStyle:
        """Return how a style is drawn."""
        return self.styles.get(style, UNSTYLED)


def look_of(widget: Widget) -> Look:
    """Return how a widget with `STYLE_CLASSES` draws styles, in the theme of now."""
    return Look(
        {style: widget.get_component_rich_style(name, partial=True) for style, name in STYLE_CLASSES.items()}
    )


def strip_of(line: Line, look: Look) -> Strip:
    """Return a line, as wide as it is."""
    return Strip(segments_of(line, look))


def segments_of(line: Iterable[Piece], look: Look) -> list[Segment]:
    """Return the segments of a line."""
    return [Segment(piece.text, look.of(piece.style)) for piece in line if piece.text]


@cache
def blank(columns: int) -> Segment:
    """Return so many spaces without a style."""
    return Segment(" " * columns, UNSTYLED)


def spread(left: Sequence[Segment], right: Sequence[Segment], columns: int) -> Strip:
    """Return one line: `left` from its start, `right` up to its end; `left` gives way."""
    behind = Strip(right)
    room = max(columns - behind.cell_length - 1, 0)
    before = Strip(left)
    if before.cell_length > room:
        before = clipped(before, room)
    gap = columns - before.cell_length - behind.cell_length
    if gap < 0:
        return behind.crop(0, columns)
    return Strip.join([before, Strip([blank(gap)]), behind]) if gap else Strip.join([before, behind])


def clipped(strip: Strip, columns: int) -> Strip:
    """Return a strip in at most so many columns, with `…` for what is cut off."""
    if strip.cell_length <= columns:
        return strip
    if columns < 2:
        return strip.crop(0, max(columns, 0))
    cut = strip.crop(0, columns - 1)
    style = next(iter(reversed(list(cut))), blank(1)).style or UNSTYLED
    return Strip.join([cut, Strip([Segment("…", style)])])
