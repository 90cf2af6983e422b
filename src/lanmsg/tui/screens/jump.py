"""Going somewhere by a few letters: conversations, people, rooms; or a day of this conversation."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from lanmsg.chat.days import day_of, local_today
from lanmsg.chat.message_style import Piece, Style
from lanmsg.client.model import Conversation
from lanmsg.tui.line_list import LineList, Row
from lanmsg.tui.matching import matching
from lanmsg.tui.screens.front import Front, hint
from lanmsg.tui.targets import Target, targets_of

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_SHOWN = 50


class Jump(Front[Conversation | date]):
    """Gives the conversation that was chosen, or the day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, client: "Client", current: Conversation) -> None:
        super().__init__()
        self._targets = targets_of(client, current)
        self._found: LineList[Conversation | date] = LineList(id="found")

    def compose(self) -> ComposeResult:
        """Where one types, and what it finds."""
        with Vertical(classes="front"):
            yield Input(placeholder="Go to …", id="wanted")
            yield self._found
            yield hint("A day too: 2.11.    Esc closes")

    def on_mount(self) -> None:
        """Begin with all."""
        self._found.can_focus = False
        self.query_one(Input).focus()
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find what is typed now."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Give what the cursor is on."""
        if self._found.value is not None:
            self.dismiss(self._found.value)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Give what was clicked."""
        value: object = event.value
        if isinstance(value, Conversation | date):
            self.dismiss(value)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._found.move(by)

    def _show(self, wanted: str) -> None:
        found = matching(wanted, self._targets, text_of=lambda target: target.name)[:MAX_SHOWN]
        rows = [*_days(wanted), *map(_row, found)]
        self._found.set_rows(rows)
        self._found.cursor = 0 if rows else -1
        self._found.scroll_home(animate=False)


def _days(wanted: str) -> list[Row[Conversation | date]]:
    """Return the day that is typed, if it is one."""
    day = day_of(wanted, today=local_today())
    if day is None:
        return []
    left = (
        Piece(Style.TEXT, f" {day:%A} {day.day} {day:%B %Y}"),
        Piece(Style.TIME, "  in this conversation"),
    )
    return [Row(day, left)]


def _row(target: Target) -> Row[Conversation | date]:
    left = (Piece(Style.TEXT, f" {target.shown}"), Piece(Style.TIME, f"  {target.what}"))
    right = (Piece(Style.BOLD, f"{target.unread} "),) if target.unread else ()
    return Row(target.conversation, left, right)
