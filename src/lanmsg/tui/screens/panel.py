"""A panel in front of the chat: facts, and below them what one can do, a row each."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.tui.app_of import app_of
from lanmsg.tui.line_list import LineList, Row
from lanmsg.tui.screens.asking import Asking
from lanmsg.tui.screens.front import Front, hint
from lanmsg.tui.screens.typing import Typing
from lanmsg.tui.wrapping import folded_words
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.safe_text import width

if TYPE_CHECKING:
    from lanmsg.client import Client

Deed = Callable[[], Awaitable[None]]
HINT: Final = "Enter: do it    Esc: close"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a row does. `key` tells it from the others of its panel, so that the cursor stays on it."""

    key: str
    choose: Callable[[], None] = field(compare=False)


class Panel(Front[None]):
    """Shows `facts` and `choices`, made anew by `renew` whenever something has happened. A base only."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012 - Textual declares it without ClassVar

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self.client = client
        self._rows: LineList[Choice] = LineList(id="choices")

    def compose(self) -> ComposeResult:
        """A heading, the rows, what went wrong, and the keys."""
        with Vertical(classes="front panel"):
            yield Static("", id="panel-heading", markup=False)
            yield self._rows
            yield Static("", id="panel-said", markup=False)
            yield hint(HINT)

    def on_mount(self) -> None:
        """Begin at the first choice."""
        self.say("")
        self.renew()
        self._rows.focus()

    def on_resize(self) -> None:
        """Fold the facts to the new width."""
        self.renew()

    # --- what a panel says -------------------------------------------------------------------

    def heading(self) -> str:
        """Return what this is about, filtered."""
        return ""

    def facts(self) -> Iterable[str]:
        """Return sentences above the choices, filtered; they are folded."""
        return ()

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be done, with headings between."""
        return ()

    # --- showing it --------------------------------------------------------------------------

    def renew(self) -> None:
        """Show how it is now."""
        if not self.is_mounted or self._rows.size.width == 0:
            self.call_after_refresh(self._renew)
            return
        self._renew()

    def _renew(self) -> None:
        if not self.is_attached:
            return
        self.query_one("#panel-heading", Static).update(self.heading())
        facts = [row for fact in self.facts() for row in self.text(fact)]
        gap: list[Row[Choice]] = [Row(None, ())] if facts else []
        choices = self.choices()
        has_cursor = self._rows.cursor >= 0
        self._rows.set_rows([*facts, *(gap if choices else []), *choices])
        if not has_cursor or self._rows.cursor < 0:
            self._rows.move(1)
        self.call_after_refresh(self._rows.show_cursor)

    @property
    def columns(self) -> int:
        """How wide a row is."""
        return max(self._rows.size.width, 1)

    def text(self, text: str, style: Style = Style.TEXT) -> list[Row[Choice]]:
        """Return a text as rows that do nothing, folded."""
        lines = folded_words(text, self.columns - 2)
        return [Row(None, (Piece(style, f" {line}"),)) for line in lines]

    def folded(self, line: Line) -> list[Row[Choice]]:
        """Return a line as rows that do nothing: its last piece is folded, and hangs below its own start."""
        *before, last = line
        start = sum(width(piece.text) for piece in before)
        indent = " " * (start + len(last.text) - len(last.text.lstrip()))
        lines = folded_words(last.text.lstrip(), max(self.columns - 2 - len(indent), 1))
        first = (*before, Piece(last.style, f"{indent[start:]}{lines[0]}" if lines else ""))
        rest = [(Piece(last.style, f"{indent}{each}"),) for each in lines[1:]]
        return [Row(None, (Piece(Style.TEXT, " "), *each)) for each in (first, *rest)]

    def close(self) -> None:
        """Go back to what is behind."""
        self.dismiss()

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Say what came of it. Others' text in it must be filtered."""
        if not self.is_attached:
            app_of(self).notify(text, severity="error" if is_error else "information", markup=False)
            return
        said = self.query_one("#panel-said", Static)
        said.set_class(is_error, "error")
        said.display = bool(text)
        said.update(text)

    # --- doing -------------------------------------------------------------------------------

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Do what the row says."""
        value: object = event.value
        if isinstance(value, Choice):
            self.say("")
            value.choose()

    def do(self, work: Deed, *, done: str = "") -> None:
        """Do something, and show how it is then. It goes on if the panel is closed."""
        app_of(self).run_worker(self._do(work, done))

    async def _do(self, work: Deed, done: str) -> None:
        try:
            await work()
        except LanmsgError as error:
            self.say(str(error), is_error=True)
            return
        if done:
            self.say(done)
        self.renew()

    def ask(self, question: str, work: Deed, *, done: str = "") -> None:
        """Do something if the person says yes."""

        def take(is_wanted: bool | None) -> None:  # noqa: FBT001 - the answer
            if is_wanted:
                self.do(work, done=done)

        app_of(self).push_screen(Asking(question), take)

    def ask_text(self, label: str, work: Callable[[str], Awaitable[None]], *, text: str = "") -> None:
        """Do something with a text that the person types."""

        def take(typed: str | None) -> None:
            if typed is not None:
                self.do(lambda: work(typed))

        app_of(self).push_screen(Typing(label, text), take)


def choice(
    key: str, words: str, choose: Callable[[], None], *, note: str = "", right: Line = ()
) -> Row[Choice]:
    """Return a row that does something: its words, and dim ones behind them."""
    left = (Piece(Style.TEXT, f"  {words}"), *((Piece(Style.TIME, f"  {note}"),) if note else ()))
    return Row(Choice(key, choose), left, right)


def value(text: str) -> Line:
    """Return how a row shows what is chosen now, at its end. It is filtered."""
    return (Piece(Style.OWN, f"{text} "),)


def between(words: str = "") -> list[Row[Choice]]:
    """Return an empty line, and a heading for the rows that follow."""
    return [Row(None, ()), *([Row(None, (Piece(Style.TIME, f" {words}"),))] if words else [])]
