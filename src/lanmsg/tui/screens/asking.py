"""A question that is answered with yes or no."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from lanmsg.tui.screens.front import Front, hint, words


class Asking(Front[bool]):
    """Asks. Escape is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and how to answer it."""
        with Vertical(classes="front"):
            yield words(self._question)
            yield hint("Enter: yes    Esc: no")

    def action_answer(self, is_yes: bool) -> None:  # noqa: FBT001 - the key says which
        """Give the answer."""
        self.dismiss(is_yes)
