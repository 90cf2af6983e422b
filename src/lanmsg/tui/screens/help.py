"""The keys, and the commands: made from their tables."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from lanmsg.tui.keys import Place, key_rows
from lanmsg.tui.screens.front import Front, hint
from lanmsg.tui.settings import Settings
from lanmsg.wire.commands import format_help


class Help(Front[None]):
    """Shows what keys and commands there are."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        """All keys by place, then all commands."""
        with Vertical(classes="front wide"):
            with VerticalScroll(id="help-lines"):
                yield Static(self._lines(), markup=False)
            yield hint("Up, Down, PageUp, PageDown    Esc closes    F4: settings, other keys")

    def on_mount(self) -> None:
        """Let keys scroll it."""
        self.query_one("#help-lines").focus()

    def _lines(self) -> Group:
        """Return all of it. No text of others is in it."""
        parts: list[RenderableType] = []
        for place in Place:
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(max_width=30)
            table.add_column()
            for keys, words in key_rows(self._settings.keys, self._settings.own_keys, place):
                table.add_row(Text(f"  {keys}"), Text(words))
            parts += [Text(place.value, "bold"), table, Text()]
        return Group(*parts, Text("Commands", "bold"), Text(format_help("all")))
