"""One line with two ends: the heading, the target of what is written, the status."""

from typing import Final

from rich.cells import cell_len
from textual import events
from textual.message import Message as TextualMessage
from textual.strip import Strip
from textual.widget import Widget

from lanmsg.chat.message_style import Line
from lanmsg.tui.styled import Look, blank, look_of, segments_of, spread

MARGIN: Final = 1
"""Columns at both ends."""


class Bar(Widget):
    """Shows a line of pieces on the left, which gives way, and one on the right."""

    class Clicked(TextualMessage):
        """Somebody has clicked on it."""

        def __init__(self, bar: "Bar", words: str) -> None:
            super().__init__()
            self.bar = bar
            self.words = words
            """The piece of the left end that is there, without blanks around it; empty if there is none."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.left: Line = ()
        self.right: Line = ()
        self._look: Look | None = None

    def show(self, left: Line, right: Line = ()) -> None:
        """Show these from now on."""
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Tell it."""
        self.post_message(self.Clicked(self, self._words_at(event.x - MARGIN)))

    def _words_at(self, column: int) -> str:
        for piece in self.left:
            if column < 0:
                break
            if column < cell_len(piece.text):
                return piece.text.strip()
            column -= cell_len(piece.text)
        return ""

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        super().notify_style_update()
        self._look = None

    def render_line(self, y: int) -> Strip:
        """Draw it."""
        base, columns = self.rich_style, self.size.width
        if y or columns < 2:
            return Strip.blank(columns, base)
        if self._look is None:
            self._look = look_of(self)
        left, right = segments_of(self.left, self._look), segments_of(self.right, self._look)
        strip = spread([blank(MARGIN), *left], [*right, blank(MARGIN)] if right else [], columns)
        return strip.apply_style(base).adjust_cell_length(columns, base)
