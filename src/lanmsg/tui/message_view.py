"""One message as the lines that are drawn of it.

ann  12:05                   who and when: above the first of several messages
  ↩ bob “soup?”              what it answers
  yes please  ✓✓             its text, and how far ours has come
  👍 2                       reactions
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from lanmsg.chat.message_lines import FindMessage, local_time, unreadable_words
from lanmsg.chat.message_marks import quote
from lanmsg.chat.message_style import Style
from lanmsg.client.model import Message, MessageState
from lanmsg.tui.code_view import code_strips
from lanmsg.tui.markdown_view import CodeBlock, Drawn, DrawnLine, drawn_text
from lanmsg.tui.styled import Look, blank, clipped
from lanmsg.tui.wrapping import folded, style_of
from lanmsg.wire.safe_text import isolated

INDENT: Final = 2
QUOTED: Final = "quoted"
"""A click there goes to the message that is answered."""
REACTION: Final = "reaction "
"""And the emoji: a click there reacts with it too, or takes that back."""
MAX_LINES: Final = 40
"""Lines of a message that are drawn until it is opened: one must not push all others away."""
_MINUTE_MS: Final = 60_000
_MARKS: Final = {
    MessageState.WAITING: "… waiting",
    MessageState.SENT: "✓",
    MessageState.DELIVERED: "✓✓",
    MessageState.READ: "✓✓ read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDrawing:
    """With what messages are drawn. `columns` is the width of all of it."""

    look: Look
    columns: int
    is_dark: bool
    find: FindMessage


def message_strips(
    message: Message, drawing: MessageDrawing, *, is_first: bool, is_open: bool
) -> list[Strip]:
    """Return the lines of a message.

    `is_first`: it needs its sender and time. `is_open`: all of its lines, however many.
    """
    body = [*_answered(message, drawing), *_text(message, drawing)]
    if len(body) > MAX_LINES and not is_open:
        more = f"… {len(body) - MAX_LINES} more lines: Space shows them"
        body = [*body[:MAX_LINES], Strip([Segment(more, drawing.look.of(Style.MARK))])]
    body = _with_marks(body, message, drawing)
    body += _reactions(message, drawing)
    margin = Strip([blank(INDENT)])
    lines = [Strip.join([margin, line]) for line in body]
    return [_head(message, drawing), *lines] if is_first else lines


def _head(message: Message, drawing: MessageDrawing) -> Strip:
    look = drawing.look
    at = local_time(message.sent_at_ms)
    name = Segment("you", look.of(Style.OWN)) if message.is_own else _sender(message, look)
    time = Segment(f"  {at:%H:%M}" if at else "  --:--", look.of(Style.TIME))
    return clipped(Strip([name, time]), drawing.columns)


def _sender(message: Message, look: Look) -> Segment:
    return Segment(isolated(message.sender), look.of(Style.SENDER))


def _answered(message: Message, drawing: MessageDrawing) -> list[Strip]:
    if message.reply_to is None:
        return []
    words = Drawn(f"↩ {quote(drawing.find(message.reply_to))}", Style.QUOTE, click=QUOTED)
    return [clipped(Strip([Segment(words.text, style_of(words, drawing.look))]), drawing.columns - INDENT)]


# --- the text --------------------------------------------------------------------------------


def _text(message: Message, drawing: MessageDrawing) -> list[Strip]:
    look, columns = drawing.look, drawing.columns - INDENT
    if message.is_deleted:
        by = "" if message.deleted_by == message.sender else f" by {isolated(message.deleted_by)}"
        return folded([Drawn(f"deleted{by}", Style.MARK)], look, columns)
    if message.state is MessageState.UNREADABLE:
        return folded([Drawn(unreadable_words(message), Style.MARK)], look, columns)
    lines = drawn_text(message.text, message.mentions)
    if message.is_action:
        lines = [_action(message, lines[0]), *lines[1:]]
    return [strip for line in lines for strip in _line(line, drawing)]


def _action(message: Message, first: DrawnLine | CodeBlock) -> DrawnLine | CodeBlock:
    if isinstance(first, CodeBlock):
        return first
    actor = Drawn(f"* {isolated(message.sender)} ", Style.ITALIC)
    return DrawnLine((actor, *first.parts), first.hang)


def _line(line: DrawnLine | CodeBlock, drawing: MessageDrawing) -> list[Strip]:
    columns = drawing.columns - INDENT
    if isinstance(line, CodeBlock):
        return code_strips(line, ground=drawing.look.code, columns=columns, is_dark=drawing.is_dark)
    return folded(line.parts, drawing.look, columns, hang=line.hang)


# --- what is said of it ----------------------------------------------------------------------


def _with_marks(body: list[Strip], message: Message, drawing: MessageDrawing) -> list[Strip]:
    marks = mark_words(message)
    if not marks:
        return body
    style = Style.ERROR if message.state is MessageState.FAILED else Style.MARK
    segment = Segment(f"  {marks}", drawing.look.of(style))
    last = Strip.join([body[-1], Strip([segment])])
    if last.cell_length <= drawing.columns - INDENT:
        return [*body[:-1], last]
    return [*body, *folded([Drawn(marks, style)], drawing.look, drawing.columns - INDENT)]


def mark_words(message: Message) -> str:
    """Return what stands behind a text: edited, pinned, and how far ours has come."""
    words = ["(edited)"] if message.edited_at_ms and not message.is_deleted else []
    words += ["(pinned)"] if message.is_pinned else []
    if message.is_own and message.state is MessageState.FAILED:
        words.append(f"✗ not sent: {isolated(message.reason)}")
    elif message.is_own and not message.is_deleted:
        words.append(_MARKS.get(message.state, ""))
    return " ".join(filter(None, words))


def _reactions(message: Message, drawing: MessageDrawing) -> list[Strip]:
    parts: list[Drawn] = []
    for each in message.reactions:
        style = Style.OWN if each.has_ours else Style.MARK
        click = f"{REACTION}{each.emoji}"
        parts += [Drawn(f"{isolated(each.emoji)} {len(each.people)}", style, click=click), Drawn("   ")]
    return folded(parts[:-1], drawing.look, drawing.columns - INDENT) if parts else []


# --- between messages ------------------------------------------------------------------------


def rule(words: str, drawing: MessageDrawing, style: Style) -> Strip:
    """Return a line across, with words in its middle: a day, or where unread messages begin."""
    line = drawing.look.of(Style.RULE)
    strip = clipped(Strip([Segment(f" {words} ", drawing.look.of(style))]), drawing.columns)
    left = (drawing.columns - strip.cell_length) // 2
    right = drawing.columns - strip.cell_length - left
    return Strip.join([Strip([Segment("─" * left, line)]), strip, Strip([Segment("─" * right, line)])])


def day_words(message: Message) -> str:
    """Return the day of a message, in this machine's time zone; empty if no calendar has it."""
    return _day_of(message.sent_at_ms // _MINUTE_MS)


@lru_cache(maxsize=8192)
def _day_of(minute: int) -> str:
    """Kept, for it is asked about every message of a window whenever one comes."""
    at = local_time(minute * _MINUTE_MS)
    return f"{at:%A} {at.day} {at:%B %Y}" if at else ""
