"""What the commands need of the chat they are typed in: whoever has it can run lines."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from lanmsg.chat.message_style import Line, Style
from lanmsg.chat.now import ChatNow
from lanmsg.chat.programs import Programs
from lanmsg.client.model import Conversation, Message
from lanmsg.wire.typed_line import Command

if TYPE_CHECKING:
    from lanmsg.client import Client


class Answers(Protocol):
    """Where the answers of commands are shown."""

    def show(self, lines: Sequence[Line]) -> None:
        """Show lines, behind all that were shown before."""

    def show_qr(self, link: str) -> None:
        """Show a link of ours as a QR code, where somebody could scan it."""

    def refresh(self) -> None:
        """Draw the prompt and the status again: they may have changed."""

    def close(self) -> None:
        """Leave the chat."""


class Talk(Protocol):
    """A chat in which a person types lines: the session of the line client, or the app."""

    meant_by: Callable[[Command], Message | None]
    """Returns the message that a command would do something to; the one who runs lines sets it."""

    @property
    def client(self) -> "Client":
        """Whose chat it is."""
        ...

    @property
    def screen(self) -> Answers:
        """Where answers are shown."""
        ...

    @property
    def now(self) -> ChatNow:
        """What our keys mean for others."""
        ...

    @property
    def programs(self) -> Programs | None:
        """What the program around the chat does for it; None: nothing."""
        ...

    @property
    def current(self) -> Conversation:
        """The conversation that plain text goes to."""
        ...

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms we are in."""
        ...

    @property
    def last_private(self) -> Message | None:
        """The newest private message of somebody else: what /reply answers."""
        ...

    @property
    def last_of_others(self) -> Message | None:
        """The newest message of somebody else: what /react is for."""
        ...

    @property
    def last_own(self) -> Message | None:
        """Our newest message: what /edit is for."""
        ...

    def queued(self, message: Message) -> None:
        """A message of ours was just written."""

    def switch_to(self, conversation: Conversation) -> None:
        """Make it the one that plain text goes to."""

    def take_up_draft(self) -> None:
        """Give back what is unfinished in the current conversation."""

    def show(self, text: str, style: Style = Style.NOTICE) -> None:
        """Show a sentence of ours, which may quote others."""
