"""A list of rows of one line each, of which only the visible are drawn: ten thousand cost as much as ten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message as TextualMessage
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from lanmsg.chat.message_style import Line
from lanmsg.tui.styled import UNSTYLED, Look, look_of, segments_of, spread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """What a row stands for (None: it is a heading and can't be chosen), and its two ends."""

    value: T | None
    left: Line
    right: Line = field(default=())


class LateRows(Generic[T]):
    """Rows that are made when they are looked at: of a thousand only those in sight are.

    Attributes:
        values: What each of them stands for, as in `Row`.
    """

    def __init__(self, values: Sequence[T | None], row_of: Callable[[int], Row[T]]) -> None:
        self.values = values
        self._row_of = row_of
        self._made: dict[int, Row[T]] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.values)

    def __getitem__(self, number: int) -> Row[T]:
        """Return a row, the same one each time. Raises IndexError."""
        row = self._made.get(number)
        if row is None:
            row = self._made[number] = self._row_of(range(len(self))[number])
        return row


class LineList(ScrollView, Generic[T], can_focus=True):
    """Shows rows. Up and Down move the cursor; Enter or a click chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", show=False),
        Binding("down,j", "cursor(1)", show=False),
        Binding("pageup", "cursor(-10)", show=False),
        Binding("pagedown", "cursor(10)", show=False),
        Binding("enter", "choose", show=False),
    ]

    cursor: reactive[int] = reactive(-1)
    """The row the cursor is on; -1: none."""

    class Chosen(TextualMessage):
        """A row was chosen."""

        def __init__(self, lines: "LineList[T]", value: T) -> None:
            super().__init__()
            self.lines = lines
            self.value = value

        @property
        def control(self) -> "LineList[T]":
            """The list it is in."""
            return self.lines

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[Row[T]] | LateRows[T] = ()
        self._values: Sequence[T | None] = ()
        self._look: Look | None = None
        self._ground = UNSTYLED

    # --- rows --------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row[T]] | LateRows[T]) -> None:
        """Show these from now on. The cursor stays on its value, if that is still there."""
        value = self.value
        was_in_sight = self._in_sight()
        self.rows = rows
        self._values = rows.values if isinstance(rows, LateRows) else [row.value for row in rows]
        self.virtual_size = Size(0, len(rows))
        self.cursor = self.place_of(value) if value is not None else -1
        if self._in_sight() != was_in_sight:
            self.refresh()

    def _in_sight(self) -> list[Row[T]]:
        top = round(self.scroll_y)
        return [self.rows[number] for number in range(top, min(top + self.size.height, len(self.rows)))]

    @property
    def value(self) -> T | None:
        """What the cursor is on."""
        return self._values[self.cursor] if 0 <= self.cursor < len(self._values) else None

    def place_of(self, value: T) -> int:
        """Return the number of the row of a value; -1 if there is none."""
        return self._values.index(value) if value in self._values else -1

    def show_value(self, value: T) -> None:
        """Put the cursor on a value, and bring it into sight."""
        self.cursor = self.place_of(value)
        self.show_cursor()

    def move(self, by: int) -> None:
        """Move the cursor by so many rows that can be chosen, as far as it goes."""
        step = 1 if by > 0 else -1
        for _ in range(abs(by)):
            number = self.cursor + step
            while 0 <= number < len(self._values) and self._values[number] is None:
                number += step
            if not 0 <= number < len(self._values):
                break
            self.cursor = number
        self.show_cursor()

    def show_cursor(self) -> None:
        """Show the row of the cursor, and the headings above it as far as there is room."""
        if self.cursor < 0:
            return
        first = self.cursor
        while first and self._values[first - 1] is None and self.cursor - first + 1 < self.size.height:
            first -= 1
        self.scroll_to_region(Region(0, first, 1, self.cursor - first + 1), animate=False, force=True)

    def watch_cursor(self) -> None:
        """Draw it where it is now."""
        self.refresh()

    # --- keys and mouse ----------------------------------------------------------------------

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self.move(by)

    def action_choose(self) -> None:
        """Choose the row of the cursor."""
        if self.value is not None:
            self.post_message(self.Chosen(self, self.value))

    def on_click(self, event: events.Click) -> None:
        """Choose the row below the mouse."""
        at = event.get_content_offset(self)
        number = at.y + round(self.scroll_y) if at is not None else -1
        if 0 <= number < len(self._values) and self._values[number] is not None:
            self.cursor = number
            self.action_choose()

    # --- drawing -----------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        super().notify_style_update()
        self._look = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the visible lines, all on the ground of now: to ask for it costs more than a line."""
        self._ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one visible row."""
        columns, number = self.size.width, y + round(self.scroll_y)
        base = self._ground
        if not 0 <= number < len(self.rows):
            return Strip.blank(columns, base)
        if self._look is None:
            self._look = look_of(self)
        row = self.rows[number]
        strip = spread(segments_of(row.left, self._look), segments_of(row.right, self._look), columns)
        if number == self.cursor:
            base = base + self._look.chosen
        return strip.apply_style(base)
