"""Where one writes: several lines, what was entered before, completion. It knows no conversation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual import events
from textual.actions import SkipAction
from textual.message import Message as TextualMessage
from textual.widgets import TextArea

from lanmsg.tui.app_of import app_of
from lanmsg.tui.completing import Completing, completions
from lanmsg.wire.safe_text import safe_text

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_REMEMBERED: Final = 200
"""Entered lines."""
MANY_LINES: Final = 5
"""A paste of more lines asks first."""


class Composer(TextArea):
    """Edits a text. Says what is typed and pasted; the screen decides what it means.

    Args:
        client: Whose people, rooms and commands are completed.
        enter: Takes what was entered; False: not now, it stays and can be mended.
    """

    class Emptied(TextualMessage):
        """Escape, Up or the end of input in a line: `key` says which."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class Offered(TextualMessage):
        """These are the choices of a completion now, of which one stands in the text; none: it is over."""

        def __init__(self, choices: Sequence[str], place: int) -> None:
            super().__init__()
            self.choices = choices
            self.place = place

    class ManyPasted(TextualMessage):
        """Many lines were pasted, and are not in the text yet."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, client: "Client", enter: Callable[[str], bool], *, id: str) -> None:
        super().__init__(
            id=id, soft_wrap=True, show_line_numbers=False, compact=True, highlight_cursor_line=False
        )
        self._client = client
        self._enter = enter
        self._entered: list[str] = []
        self._place = 0
        self._unfinished = ""
        self._completing = Completing()

    # --- its text ----------------------------------------------------------------------------

    def fill(self, text: str) -> None:
        """Put a text there, filtered (a draft may come from another device), with the cursor at its end."""
        self.text = safe_text(text)
        self.move_cursor(self.document.end)

    def remember(self, text: str) -> None:
        """Note what was entered, so that it can be brought back."""
        if text.strip() and self._entered[-1:] != [text]:
            self._entered = [*self._entered, text][-MAX_REMEMBERED:]
        self._place = len(self._entered)

    async def _on_key(self, event: events.Key) -> None:
        """Do what a key means, in its turn between the letters before and behind it; else write it."""
        action = app_of(self).writing_actions.get(event.key)
        if action is not None and await app_of(self).run_action(action, self):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        """Take what is pasted, cleaned; many lines are asked about first."""
        event.stop()
        event.prevent_default()
        text = safe_text(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        if text.count("\n") >= MANY_LINES:
            self.post_message(self.ManyPasted(text))
        else:
            self.insert(text)

    # --- keys --------------------------------------------------------------------------------

    def action_send(self) -> None:
        """Hand on what is written, and begin anew if it was taken.

        At once: what is typed behind Enter belongs to the next text.
        """
        text = self.text
        if self._enter(text):
            self.remember(text)
            self.fill("")

    def action_new_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_edit_last(self) -> None:
        """In an empty line edit the last message; else go up, as ever."""
        if self.text:
            raise SkipAction
        self.post_message(self.Emptied("up"))

    def action_end_of_input(self) -> None:
        """In an empty line leave; else delete what is right of the cursor, as ever."""
        if self.text:
            raise SkipAction
        self.post_message(self.Emptied("end"))

    def action_leave_line(self) -> None:
        """End what is under way, or go and choose a message."""
        self.post_message(self.Emptied("escape"))

    def action_older_line(self) -> None:
        """Bring back what was entered before."""
        self._recall(-1)

    def action_newer_line(self) -> None:
        """Go back to what was entered later, and at last to what is not finished."""
        self._recall(1)

    def _recall(self, by: int) -> None:
        place = self._place + by
        if not 0 <= place <= len(self._entered):
            return
        if self._place == len(self._entered):
            self._unfinished = self.text
        self._place = place
        self.fill(self._entered[place] if place < len(self._entered) else self._unfinished)

    # --- completing --------------------------------------------------------------------------

    def action_complete(self) -> None:
        """Complete the word before the cursor; again: with the next choice."""
        self._complete(1)

    def action_complete_back(self) -> None:
        """Complete with the choice before."""
        self._complete(-1)

    def _complete(self, by: int) -> None:
        if not self._completing.choices or self._completing.text != self.text:
            self._completing = self._begin()
        if not self._completing.choices:
            return
        turned = self._completing.turned(by)
        if turned.place < 0:
            return
        row, start = turned.row, turned.start
        self.replace(turned.choice, (row, start), (row, turned.end))
        end = start + len(turned.choice)
        self.move_cursor((row, end))
        self._completing = replace(turned, end=end, text=self.text)
        self.post_message(self.Offered(turned.choices, turned.place))

    def _begin(self) -> Completing:
        row, column = self.cursor_location
        found = completions(self._client, self.get_text_range((0, 0), (row, column)))
        return Completing(found.choices, row=row, start=column - found.replaced, end=column, text=self.text)

    def end_completing(self) -> None:
        """The text is another one: forget the choices."""
        if self._completing.choices and self._completing.text != self.text:
            self._completing = Completing()
            self.post_message(self.Offered((), -1))
