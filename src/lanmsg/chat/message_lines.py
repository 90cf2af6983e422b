"""Messages as lines of text: time, sender, target, text. Nothing unfiltered leaves this module.

    12:03 bob → you: hi            12:04 you → @bob: hello   ✓ sent
    12:05 ann → everyone: hello    12:06 * bob waves (→ everyone)
    12:07 ann → everyone ↩ bob “soup?”: yes please   (edited) 👍 2

A line is made of pieces, each with a style's name; a face turns names into colours, or joins the
texts. What says who wrote to whom never depends on colour.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Final

from lanmsg.chat.message_marks import quote
from lanmsg.chat.message_style import Line, Piece, Style, plain_text
from lanmsg.chat.message_text import text_lines
from lanmsg.client.model import Conversation, ConversationKind, Message, MessageState, UnreadableReason
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import isolated, safe_text

INDENT: Final = "      "
"""Before all lines of a message but the first: no text can look like the start of another message."""


MAX_LINES_SHOWN: Final = 40
"""Lines of one message that a chat prints as it comes."""

__all__ = ["Line", "Piece", "Style", "plain_text"]

FindMessage = Callable[[MessageId], Message | None]
"""Returns the message that another one answers; `Client.message` does."""

_STYLES: Final = {ConversationKind.EVERYONE: Style.EVERYONE, ConversationKind.ROOM: Style.ROOM}

_UNREADABLE: Final = {
    UnreadableReason.BEFORE_YOU_JOINED: "written before you joined, so not for your eyes",
    UnreadableReason.MISSING_KEY: "its key has not come yet; it was asked for",
    UnreadableReason.UNKNOWN_SENDER: "from a device that nobody here owns",
    UnreadableReason.BAD_SIGNATURE: "not signed by the one it says it is from",
    UnreadableReason.BAD_CIPHERTEXT: "damaged",
    UnreadableReason.MISPLACED: "moved here from another place, or altered",
    UnreadableReason.UNKNOWN_CONTENT: "made by a newer lanmsg; update yours to read it",
}
_MARKS: Final = {
    MessageState.WAITING: "… waiting",
    MessageState.SENT: "✓ sent",
    MessageState.DELIVERED: "✓✓ delivered",
    MessageState.READ: "✓✓ read",
}


def message_lines(message: Message, find: FindMessage) -> list[Line]:
    """Return a message as one line, and one more for each line break in it.

    What it answers stands before its text, where no text of anybody can be: a quotation can't be faked.
    """
    first, *rest = _text_lines(message)
    answered = f" ↩ {quote(find(message.reply_to))}" if message.reply_to is not None else ""
    lines = [_first_line(message, first, answered)]
    lines += [(Piece(Style.TIME, INDENT), *pieces) for pieces in rest]
    marks = [*filter(None, (state_words(message), *_amendment_words(message)))]
    if marks:
        lines[-1] = (*lines[-1], Piece(Style.MARK, f"   {' '.join(marks)}"))
    return lines


def shortened(lines: list[Line]) -> list[Line]:
    """Return a message's lines, of a very long one only the first: it would push all else away."""
    if len(lines) <= MAX_LINES_SHOWN:
        return lines
    more = f"{INDENT}… {len(lines) - MAX_LINES_SHOWN} more lines: /show ^ shows all of it"
    marks = [piece for piece in lines[-1][-1:] if piece.style is Style.MARK]  # how far it has come
    return [*lines[:MAX_LINES_SHOWN], (Piece(Style.MARK, more), *marks)]


def _amendment_words(message: Message) -> list[str]:
    words = ["(edited)"] if message.edited_at_ms else []
    words += ["(pinned)"] if message.is_pinned else []
    return words + [f"{isolated(each.emoji)} {len(each.people)}" for each in message.reactions]


def state_words(message: Message) -> str:
    """Return how far a message of ours has come; empty for those of others."""
    if not message.is_own:
        return ""
    if message.state is MessageState.FAILED:
        return f"✗ not sent: {isolated(message.reason)}"
    return _MARKS.get(message.state, "")


def notice_lines(text: str, style: Style = Style.NOTICE) -> list[Line]:
    """Return a sentence of ours, which may quote others, as lines."""
    return [(Piece(style, isolated(line)),) for line in safe_text(text).split("\n")]


def target_words(message: Message) -> str:
    """Say whom a message was for, as in `you`, `@bob`, `you,@cid`, `@kitchen`, `everyone`."""
    if message.conversation.kind is ConversationKind.DIRECT and not message.is_own:
        return "you"
    if message.conversation.kind is ConversationKind.GROUP and not message.is_own:
        others = (name for name in message.conversation_name.split(",") if name != f"@{message.sender}")
        return ",".join(["you", *map(isolated, others)])
    return isolated(message.conversation_name)


class Days:
    """Marks where a day ends: lines show the time only."""

    def __init__(self) -> None:
        self._shown: date | None = None

    def lines_before(self, message: Message) -> list[Line]:
        """Return the line that names the day of this message; nothing if it was named before."""
        at = local_time(message.sent_at_ms)
        if at is None or at.date() == self._shown:
            return []
        self._shown = at.date()
        return [(Piece(Style.NOTICE, f"— {at:%A} {at.day} {at:%B %Y} —"),)]


def transcript(messages: Iterable[Message], find: FindMessage) -> list[Line]:
    """Return messages as lines, with the days between them."""
    days = Days()
    return [
        line for message in messages for line in (*days.lines_before(message), *message_lines(message, find))
    ]


def local_time(at_ms: int) -> datetime | None:
    """Return Unix ms in this machine's time zone; None for what no calendar holds."""
    try:
        return datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def _first_line(message: Message, text: Line, answered: str) -> Line:
    at = local_time(message.sent_at_ms)
    time = Piece(Style.TIME, f"{at:%H:%M} " if at else "--:-- ")
    sender = Piece(Style.OWN, "you") if message.is_own else Piece(Style.SENDER, isolated(message.sender))
    target = Piece(_target_style(message), target_words(message))
    if message.is_action:
        # Our own "you waves" would be wrong English: actions show our name as others see it.
        actor = Piece(sender.style, isolated(message.sender))
        behind = (Piece(Style.TIME, " (→ "), target, Piece(Style.TIME, f"{answered})"))
        return (time, Piece(Style.TEXT, "* "), actor, Piece(Style.TEXT, " "), *text, *behind)
    return (time, sender, Piece(Style.TIME, " → "), target, Piece(Style.TIME, f"{answered}: "), *text)


def _target_style(message: Message) -> Style:
    return style_of(message.conversation)


def style_of(conversation: Conversation) -> Style:
    """Return the style of what names a conversation."""
    return _STYLES.get(conversation.kind, Style.PRIVATE)


def _text_lines(message: Message) -> list[Line]:
    if message.is_deleted:
        by = "" if message.deleted_by == message.sender else f" by {isolated(message.deleted_by)}"
        return [(Piece(Style.NOTICE, f"[deleted{by}]"),)]
    if message.state is MessageState.UNREADABLE:
        return [(Piece(Style.NOTICE, f"[{unreadable_words(message)}]"),)]
    return text_lines(message.text, message.mentions)


def unreadable_words(message: Message) -> str:
    """Say that a message can't be read, and why; filtered."""
    return f"can't be read: {_reason_words(message.reason)}"


def _reason_words(reason: str) -> str:
    try:
        return _UNREADABLE[UnreadableReason(reason)]
    except ValueError:
        return isolated(reason)
