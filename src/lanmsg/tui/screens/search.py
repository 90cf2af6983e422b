"""Searching everything, while one types."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.chat.search_lines import found_line
from lanmsg.client.model import Message, SearchHit
from lanmsg.tui.line_list import LineList, Row
from lanmsg.tui.screens.front import Front, hint, words
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client

HITS: Final = 50
HELP: Final = 'words   "a phrase"   -not   from:bob   in:@bob   before:2026-11-04   has:link'


class Search(Front[Message]):
    """Gives the message that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, client: "Client", query: str) -> None:
        super().__init__()
        self._client = client
        self._query = safe_line(query)
        self._found: LineList[Message] = LineList(id="found")

    def compose(self) -> ComposeResult:
        """Where one types, and what it finds."""
        with Vertical(classes="front wide"):
            yield Input(self._query, placeholder="Search …", id="wanted")
            yield self._found
            yield words(HELP, id="search-words")
            yield hint("Enter goes there    Up, Down    Esc closes")

    def on_mount(self) -> None:
        """Nothing is found yet."""
        self._found.can_focus = False
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find what is typed now."""
        query = event.value.strip()
        try:
            hits = self._client.search(query, limit=HITS) if query else []
        except LanmsgError as error:  # half a query, or somebody's name half typed
            self._say(str(error))
            return
        self._show(hits)
        self._say("Nothing was found." if query and not hits else "" if query else HELP)

    def _show(self, hits: list[SearchHit]) -> None:
        self._found.set_rows([_row(hit) for hit in hits])
        self._found.cursor = 0 if hits else -1
        self._found.scroll_home(animate=False)

    def _say(self, text: str) -> None:
        self.query_one("#search-words", Static).update(text)

    def on_input_submitted(self) -> None:
        """Give what the cursor is on."""
        if self._found.value is not None:
            self.dismiss(self._found.value)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Give what was clicked."""
        value: object = event.value
        if isinstance(value, Message):
            self.dismiss(value)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._found.move(by)


def _row(hit: SearchHit) -> Row[Message]:
    line: Line = (Piece(Style.TEXT, " "), *found_line(hit))
    return Row(hit.message, line)
