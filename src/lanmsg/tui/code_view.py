"""Code of a message: highlighted if its language is named, on a ground of its own."""

from typing import Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from rich.text import Text
from textual.strip import Strip

from lanmsg.tui.markdown_view import CodeBlock
from lanmsg.tui.wrapping import folded_text

MAX_HIGHLIGHTED: Final = 8_000
"""Characters. Beyond, code is drawn plainly: it is others' text, and a lexer takes its time."""
_LONGEST_LANGUAGE: Final = 24


def code_strips(block: CodeBlock, *, ground: RichStyle, columns: int, is_dark: bool) -> list[Strip]:
    """Return the lines of a block, each as wide as the block."""
    text = highlighted(block, is_dark=is_dark)
    folded = [
        strip for line in text.split("\n", allow_blank=True) for strip in folded_text(line, columns - 2)
    ]
    folded = [Strip([_without_ground(segment) for segment in strip]) for strip in folded]
    margin = Strip([Segment(" ")])
    return [
        Strip.join([margin, strip.adjust_cell_length(columns - 2), margin]).apply_style(ground)
        for strip in folded
    ]


def _without_ground(segment: Segment) -> Segment:
    """Return it on no ground: the theme of the highlighter names one, and ours is another."""
    style = segment.style
    if style is None:
        return segment
    return Segment(segment.text, RichStyle(color=style.color, bold=style.bold, italic=style.italic))


def highlighted(block: CodeBlock, *, is_dark: bool) -> Text:
    """Return the code, with the colours of its language if that is known."""
    code = "\n".join(block.lines)
    plain = Text(code, end="")
    if not block.language or len(block.language) > _LONGEST_LANGUAGE or len(code) > MAX_HIGHLIGHTED:
        return plain
    from rich.syntax import Syntax

    theme = "ansi_dark" if is_dark else "ansi_light"
    text = Syntax(code, block.language, theme=theme, background_color="default").highlight(code)
    text.end = ""
    if text.plain.endswith("\n") and not code.endswith("\n"):  # what lexers add
        text.right_crop(1)
    return text if text.plain == code else plain
