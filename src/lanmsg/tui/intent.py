"""What Enter will do with what is written: send it, answer a message with it, or change one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lanmsg.chat.message_marks import quote
from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.client.model import Message
from lanmsg.wire.commands import LineError
from lanmsg.wire.short_emoji import emoji_for

if TYPE_CHECKING:
    from lanmsg.client import Client


class IntentKind(StrEnum):
    """What is done with the text."""

    REPLY = "reply"
    EDIT = "edit"
    REACT = "react"


_WORDS = {
    IntentKind.REPLY: "↩ reply to",
    IntentKind.EDIT: "✎ edit",
    IntentKind.REACT: "☺ react to",
}


@dataclass(frozen=True, slots=True)
class Intent:
    """To do something to a message, with the text that is written."""

    kind: IntentKind
    message: Message

    def words(self) -> Line:
        """Say it, for the line above the text."""
        return (
            Piece(Style.OWN, _WORDS[self.kind]),
            Piece(Style.TEXT, f" {quote(self.message)}"),
            Piece(Style.TIME, "  Esc ends it"),
        )

    async def fulfil(self, client: "Client", text: str) -> None:
        """Do it.

        Raises:
            LanmsgError: it can't be done; the text says why.
        """
        if not text.strip():
            raise LineError("not done: there is no text; Esc ends it")
        message = self.message
        match self.kind:
            case IntentKind.REPLY:
                await client.send(message.conversation, text, reply_to=message.id)
            case IntentKind.EDIT:
                await client.edit(message.id, text)
            case IntentKind.REACT:
                await toggle_reaction(client, message, emoji_for(text))


async def toggle_reaction(client: "Client", message: Message, emoji: str) -> None:
    """React with an emoji, or take it back. Raises LanmsgError."""
    has_ours = any(each.emoji == emoji and each.has_ours for each in message.reactions)
    await client.react(message.id, emoji, remove=has_ours)
