"""What keys and clicks do to a message: each is handed to the screen, with the message."""

from enum import StrEnum

from textual import events
from textual.message import Message as TextualMessage

from lanmsg.client.model import Message
from lanmsg.tui.message_list import MessageList
from lanmsg.tui.message_view import QUOTED, REACTION
from lanmsg.tui.wrapping import click_of


class Deed(StrEnum):
    """What can be done to a message."""

    REPLY = "reply"
    EDIT = "edit"
    DELETE = "delete"
    THUMB = "thumb"
    REACT = "react"
    PIN = "pin"
    INFO = "info"
    QUOTED = "quoted"
    COPY = "copy"


class ChoosableMessages(MessageList):
    """The message list with the keys of `keys.Place.READING`."""

    class Wanted(TextualMessage):
        """Somebody wants to do something to a message."""

        def __init__(self, deed: Deed, message: Message) -> None:
            super().__init__()
            self.deed = deed
            self.message = message

    class ReactionClicked(TextualMessage):
        """Somebody wants to react to a message as others did, or to take that back."""

        def __init__(self, message: Message, emoji: str) -> None:
            super().__init__()
            self.message = message
            self.emoji = emoji

    class Left(TextualMessage):
        """The person wants to write again."""

    def on_focus(self) -> None:
        """Choose a message, so that keys mean one."""
        if self.chosen_message is None:
            self.move_choice(0)

    def on_click(self, event: events.Click) -> None:
        """Choose the message below the mouse, and do what is meant by what was clicked on."""
        self.chosen = self.message_at(event.y)
        message, click = self.chosen_message, click_of(event.style)
        if message is not None and click == QUOTED:
            self._want(Deed.QUOTED)
        elif message is not None and click.startswith(REACTION):
            self.post_message(self.ReactionClicked(message, click.removeprefix(REACTION)))

    def _want(self, deed: Deed) -> None:
        if (message := self.chosen_message) is not None:
            self.post_message(self.Wanted(deed, message))

    def action_newer(self) -> None:
        """Choose the next message."""
        self.move_choice(1)

    def action_older(self) -> None:
        """Choose the message before."""
        self.move_choice(-1)

    def action_choose_newest(self) -> None:
        """Choose the newest message."""
        self.choose_end(is_newest=True)

    def action_choose_oldest(self) -> None:
        """Choose the oldest message."""
        self.choose_end(is_newest=False)

    def action_unfold(self) -> None:
        """Show all of a long message, or its beginning."""
        self.open_chosen()

    def action_write(self) -> None:
        """Go back to writing."""
        self.post_message(self.Left())

    def action_reply(self) -> None:
        """Answer it."""
        self._want(Deed.REPLY)

    def action_edit(self) -> None:
        """Give it another text."""
        self._want(Deed.EDIT)

    def action_delete(self) -> None:
        """Take it away."""
        self._want(Deed.DELETE)

    def action_thumb(self) -> None:
        """React with 👍."""
        self._want(Deed.THUMB)

    def action_react(self) -> None:
        """React with an emoji."""
        self._want(Deed.REACT)

    def action_pin(self) -> None:
        """Pin it, or unpin it."""
        self._want(Deed.PIN)

    def action_info(self) -> None:
        """Say what is known of it."""
        self._want(Deed.INFO)

    def action_quoted(self) -> None:
        """Go to what it answers."""
        self._want(Deed.QUOTED)

    def action_copy(self) -> None:
        """Copy its text."""
        self._want(Deed.COPY)
