"""A question that is answered with a line of text."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from lanmsg.tui.screens.front import Front, hint, words
from lanmsg.wire.safe_text import safe_line


class Typing(Front[str]):
    """Gives what was typed; Escape gives nothing."""

    def __init__(self, label: str, text: str = "") -> None:
        super().__init__()
        self._label = label
        self._text = safe_line(text)

    def compose(self) -> ComposeResult:
        """The question, and where one types."""
        with Vertical(classes="front"):
            yield words(self._label)
            yield Input(self._text, id="typed")
            yield hint("Enter: done    Esc: not now")

    def on_mount(self) -> None:
        """Let one type."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give it."""
        self.dismiss(event.value.strip())
