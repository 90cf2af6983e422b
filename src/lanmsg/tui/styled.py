"""From pieces of a line to what Textual draws. Text is never read as markup, it is drawn as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.dom import DOMNode
from textual.strip import Strip

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.tui.app_of import app_of

UNSTYLED: Final = RichStyle()
_CHOSEN: Final = "chosen"
_CODE_GROUND: Final = "code-background"
_COLOURS: Final = {
    Style.TIME: "muted",
    Style.MARK: "muted",
    Style.RULE: "rule",
    Style.OWN: "primary",
    Style.PRIVATE: "warning",
    Style.EVERYONE: "success",
    Style.ROOM: "warning",
    Style.CODE: "primary",
    Style.LINK: "primary",
    Style.QUOTE: "muted",
    Style.MENTION: "primary",
    Style.FOUND: "primary",
    Style.NOTICE: "muted",
    Style.ERROR: "error",
}
"""The theme's name for the colour of a style; the others have that of the text around them."""
_FORMS: Final = {
    Style.SENDER: RichStyle(bold=True),
    Style.OWN: RichStyle(bold=True),
    Style.PRIVATE: RichStyle(bold=True),
    Style.BOLD: RichStyle(bold=True),
    Style.ITALIC: RichStyle(italic=True),
    Style.BOLD_ITALIC: RichStyle(bold=True, italic=True),
    Style.LINK: RichStyle(underline=True),
    Style.QUOTE: RichStyle(italic=True),
    Style.MENTION: RichStyle(bold=True),
    Style.FOUND: RichStyle(bold=True, underline=True),
    Style.ERROR: RichStyle(bold=True),
}
_DIM_COLOURS: Final = frozenset({"muted", "rule"})
_DIM: Final = RichStyle(dim=True)
_REVERSED: Final = RichStyle(reverse=True)


@dataclass(frozen=True, slots=True)
class Look:
    """How each style is drawn now; another theme makes another one.

    Attributes:
        styles: Those that are drawn in another way than the text around them.
        chosen: What distinguishes what is chosen.
        code: The ground of code.
    """

    styles: Mapping[Style, RichStyle]
    chosen: RichStyle = UNSTYLED
    code: RichStyle = UNSTYLED

    def of(self, style: Style) -> RichStyle:
        """Return how a style is drawn."""
        return self.styles.get(style, UNSTYLED)


def look_of(node: DOMNode) -> Look:
    """Return how styles are drawn in the theme of now.

    Not from component classes: Textual works out each of them for each widget, whenever one comes or
    changes, and that was a third of the time until the first screen was drawn.
    """
    colours = {name: Color.parse(text).rich_color for name, text in _colour_texts(node).items()}
    styles = {
        style: RichStyle(color=colours[_COLOURS[style]] if style in _COLOURS else None)
        + _FORMS.get(style, UNSTYLED)
        + (_DIM if app_of(node).no_color and _COLOURS.get(style) in _DIM_COLOURS else UNSTYLED)
        for style in _COLOURS.keys() | _FORMS.keys()
    }
    # Of the terminal's own colours only its two grounds are known to differ, whatever they are.
    chosen = _REVERSED if app_of(node).native_ansi_color else RichStyle(bgcolor=colours[_CHOSEN])
    return Look(styles, chosen=chosen, code=RichStyle(bgcolor=colours[_CODE_GROUND]))


def _colour_texts(node: DOMNode) -> dict[str, str]:
    of_theme = app_of(node).theme_variables
    return {name: of_theme[name] for name in {*_COLOURS.values(), _CHOSEN, _CODE_GROUND}}


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
