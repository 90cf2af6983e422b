"""What people did to messages, as one short line each; and what is said of it behind a message.

12:07 bob edited (→ everyone): soup, or not           12:08 ann: 👍 for you “soup, or not” (→ everyone)
"""

from typing import Final

from lanmsg.chat.message_lines import INDENT, Line, Piece, Style, local_time, target_words
from lanmsg.chat.message_marks import quote
from lanmsg.client.events import ChangeKind, MessageChanged
from lanmsg.client.model import ConversationKind, Message
from lanmsg.wire.safe_text import clip, isolated

_TEXT_COLUMNS: Final = 60


def change_line(event: MessageChanged, me: str) -> Line:
    """Return the line that says what somebody did to a message; `me` is our own handle."""
    by = "you" if event.by == me else isolated(event.by)
    words = f"{by} {_did(event)} (→ {target_words(event.message)})"
    return (Piece(Style.TIME, INDENT), Piece(Style.MARK, f"{words}{_new_text(event)}"))


def is_news(event: MessageChanged, me: str) -> bool:
    """Tell whether a line is worth printing: of many people's reactions only those that concern us."""
    if event.is_backlog or event.change in {ChangeKind.STATE, ChangeKind.READABLE}:
        return False
    if event.change is not ChangeKind.REACTION or event.by == me:
        return True
    message = event.message
    return message.sender == me or message.conversation.kind is ConversationKind.DIRECT


def _did(event: MessageChanged) -> str:
    message = event.message
    match event.change:
        case ChangeKind.EDITED:
            return f"edited the message of {_time(message)}"
        case ChangeKind.DELETED:
            whose = "the" if event.by == message.sender else f"{isolated(message.sender)}'s"
            return f"deleted {whose} message of {_time(message)}"
        case ChangeKind.PIN:
            return f"{'unpinned' if event.is_removed else 'pinned'} {quote(message)}"
        case _:
            emoji, what = isolated(event.emoji), quote(message)
            return f"took {emoji} back from {what}" if event.is_removed else f"{emoji} {what}"


def _new_text(event: MessageChanged) -> str:
    if event.change is not ChangeKind.EDITED:
        return ""
    first, _, rest = event.message.text.partition("\n")
    return f": {clip(isolated(first), _TEXT_COLUMNS)}{' …' if rest else ''}"


def _time(message: Message) -> str:
    at = local_time(message.sent_at_ms)
    return f"{at:%H:%M}" if at else "--:--"
