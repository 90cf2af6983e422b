"""What every screen in front of the chat has: a frame, and Escape closes it."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

T = TypeVar("T")


class Front(ModalScreen[T | None]):
    """A screen that gives a result, or None if it is closed. A base only."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]


def words(text: str, *, id: str | None = None) -> Static:
    """Return a text as it is: never markup. What others wrote in it must be filtered."""
    return Static(text, classes="words", markup=False, id=id)


def hint(text: str) -> Static:
    """Return a dim text as it is."""
    return Static(text, classes="hint", markup=False)
