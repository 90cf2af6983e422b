"""The app as a place where lines run: `chat.talk.Talk`. Answers become notes between the messages."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from lanmsg.chat.message_lines import notice_lines
from lanmsg.chat.message_marks import newest_first
from lanmsg.chat.message_style import Line, Style
from lanmsg.chat.now import ChatNow
from lanmsg.chat.programs import Programs
from lanmsg.chat.prompt import Prompter
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Message, MessageState
from lanmsg.wire.typed_line import Command

if TYPE_CHECKING:
    from lanmsg.client import Client


class View(Protocol):
    """What the talk needs of the screen."""

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines of ours below the messages."""

    def show_qr(self, link: str) -> None:
        """Show a link as a QR code."""

    def unsettle(self) -> None:
        """Draw soon what may have changed."""

    def leave(self) -> None:
        """End the app."""

    def open_conversation(self, conversation: Conversation) -> None:
        """Show another conversation."""

    def take_up_draft(self) -> None:
        """Put what is unfinished here where one writes."""


class ViewAnswers:
    """Where the answers of commands are shown: `chat.talk.Answers`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def show(self, lines: Sequence[Line]) -> None:
        """Show lines below the messages."""
        self._view.show_lines(lines)

    def show_qr(self, link: str) -> None:
        """Show a link as a QR code."""
        self._view.show_qr(link)

    def refresh(self) -> None:
        """Draw soon what may have changed."""
        self._view.unsettle()

    def close(self) -> None:
        """End the app."""
        self._view.leave()


class AppTalk:
    """What lines need to run, and the newest messages that they can mean."""

    def __init__(self, client: "Client", view: View, programs: Programs | None) -> None:
        self.client = client
        self.programs = programs
        self.now = ChatNow(client)
        self.meant_by: Callable[[Command], Message | None] = lambda _: None
        self.prompter = Prompter(client, meant_by=lambda command: self.meant_by(command))
        self.current: Conversation = EVERYONE
        self.last_private: Message | None = None
        self.last_of_others: Message | None = None
        self._view = view
        self.screen = ViewAnswers(view)

    # --- Talk --------------------------------------------------------------------------------

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms we are in."""
        return self.prompter.rooms

    @property
    def last_own(self) -> Message | None:
        """Our newest message in the current conversation."""
        return self.newest_own()

    def queued(self, message: Message) -> None:
        """A message of ours was written: the client tells it like any other."""

    def switch_to(self, conversation: Conversation) -> None:
        """Show another conversation: plain text goes there."""
        self._view.open_conversation(conversation)

    def take_up_draft(self) -> None:
        """Put what is unfinished here where one writes."""
        self._view.take_up_draft()

    def show(self, text: str, style: Style = Style.NOTICE) -> None:
        """Show a sentence of ours, which may quote others."""
        self._view.show_lines(notice_lines(text, style))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines."""
        self._view.show_lines(lines)

    # --- messages ----------------------------------------------------------------------------

    def note(self, message: Message) -> None:
        """Note a message that has come: it may be what /reply or /react is for."""
        if message.is_own or message.state is not MessageState.RECEIVED:
            return
        if message.conversation == self.current:
            self.last_of_others = message
        if message.conversation.kind in {ConversationKind.DIRECT, ConversationKind.GROUP}:
            self.last_private = message

    def opened(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Another conversation is shown, with these messages at its end."""
        self.current = conversation
        others = (each for each in reversed(messages) if each.state is MessageState.RECEIVED)
        self.last_of_others = next(others, None)
        self.prompter.refresh()

    def newest_own(self) -> Message | None:
        """Return our newest message here that can be edited; None if there is none in sight of the newest."""
        for message in newest_first(self.client, self.current):
            if message.is_own and not message.is_deleted and message.state is not MessageState.FAILED:
                return message
        return None
