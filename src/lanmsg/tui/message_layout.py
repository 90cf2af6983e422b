"""Which line of the message list shows what: messages in groups, days, where the unread begin, notes."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from lanmsg.chat.message_style import Line, Style
from lanmsg.client.model import Message
from lanmsg.tui.markdown_view import Drawn
from lanmsg.tui.message_view import INDENT, MessageDrawing, day_words, message_strips, rule
from lanmsg.tui.wrapping import folded
from lanmsg.wire.ids import MessageId

GROUP_MS: Final = 5 * 60 * 1000
"""So far apart messages of one sender share a heading."""
MAX_NOTES: Final = 200
UNREAD_WORDS: Final = "unread from here"
NOTE_SIGN: Final = "· "
"""Begins each line of ours, where names stand: no text of others can stand there."""
_NOTE_HANG: Final = 2
_MARGIN: Final = Strip([Segment(" ")])


@dataclass(frozen=True, slots=True)
class Note:
    """Lines of ours between messages: they stand behind the message `after` (None: before all)."""

    lines: tuple[Line, ...]
    after: MessageId | None


@dataclass(frozen=True, slots=True)
class Block:
    """A message (None: a note) as lines; the first `lead` of them stand between it and what is before."""

    message: Message | None
    strips: Sequence[Strip]
    lead: int = 0


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of the list: of this block, the so-manyth."""

    block: int
    line: int


@dataclass(slots=True)
class _Cached:
    message: Message
    is_first: bool
    strips: list[Strip]


@dataclass(slots=True)
class MessageLayout:
    """All blocks of a window, one below the other. `arrange` makes them; what did not change is kept."""

    blocks: list[Block] = field(default_factory=list[Block])
    opened: set[MessageId] = field(default_factory=set[MessageId])
    """Long messages that are shown whole."""
    unread_seq: int = 0
    """From this message on it was unread when one came; 0: nothing was."""
    _starts: list[int] = field(default_factory=list[int])
    _drawn: dict[MessageId, _Cached] = field(default_factory=dict[MessageId, _Cached])
    _answers: dict[MessageId, set[MessageId]] = field(default_factory=dict[MessageId, set[MessageId]])
    """What was drawn as an answer to a message: it quotes it."""
    _height: int = 0

    @property
    def height(self) -> int:
        """How many lines there are."""
        return self._height

    def forget(self, message_id: MessageId | None = None) -> None:
        """Draw one message anew at the next time, and what answers it; None: all."""
        if message_id is None:
            self._drawn.clear()
            self._answers.clear()
            return
        for key in (message_id, *self._answers.pop(message_id, ())):
            self._drawn.pop(key, None)

    # --- making it ---------------------------------------------------------------------------

    def arrange(
        self, messages: Sequence[Message], notes: Sequence[Note], drawing: MessageDrawing, *, is_roomy: bool
    ) -> None:
        """Put everything in its place. `is_roomy`: with an empty line between groups."""
        behind: dict[MessageId | None, list[Note]] = {}
        for note in notes:
            behind.setdefault(note.after, []).append(note)
        blocks = [self._note(note, drawing) for note in behind.get(None, ())]
        before: Message | None = None
        has_unread_line = False
        for message in messages:
            is_unread_line = not has_unread_line and 0 < self.unread_seq <= message.seq and not message.is_own
            has_unread_line = has_unread_line or is_unread_line
            lead = self._lead(message, before, drawing, is_unread_line=is_unread_line)
            is_first = bool(lead) or before is None or not _is_same_group(before, message)
            if is_first and is_roomy and before is not None:
                lead.insert(0, _MARGIN)
            strips = self._message(message, drawing, is_first=is_first)
            blocks.append(Block(message, [*lead, *strips] if lead else strips, len(lead)))
            notes_here = behind.get(message.id, ())
            blocks += [self._note(note, drawing) for note in notes_here]
            before = None if notes_here else message
        self._place(blocks)
        if len(self._drawn) > 2 * len(messages) + 100:
            ids = {message.id for message in messages}
            self._drawn = {key: each for key, each in self._drawn.items() if key in ids}
            self._answers = {key: each & ids for key, each in self._answers.items() if each & ids}

    def _place(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self._starts = []
        line = 0
        for block in blocks:
            self._starts.append(line)
            line += len(block.strips)
        self._height = line

    @staticmethod
    def _lead(
        message: Message, before: Message | None, drawing: MessageDrawing, *, is_unread_line: bool
    ) -> list[Strip]:
        day = day_words(message)
        lead: list[Strip] = []
        if day and (before is None or day != day_words(before)):
            lead = [rule(day, drawing, Style.TIME)]
        if is_unread_line:
            lead.append(rule(UNREAD_WORDS, drawing, Style.ERROR))
        return _placed(lead)

    def _message(self, message: Message, drawing: MessageDrawing, *, is_first: bool) -> list[Strip]:
        cached = self._drawn.get(message.id)
        if cached is not None and cached.is_first is is_first and cached.message is message:
            return cached.strips
        strips = _placed(
            message_strips(message, drawing, is_first=is_first, is_open=message.id in self.opened)
        )
        self._drawn[message.id] = _Cached(message, is_first, strips)
        if message.reply_to is not None:
            self._answers.setdefault(message.reply_to, set()).add(message.id)
        return strips

    @staticmethod
    def _note(note: Note, drawing: MessageDrawing) -> Block:
        strips = [
            strip
            for line in note.lines
            for strip in folded(
                [Drawn(piece.text, piece.style) for piece in line],
                drawing.look,
                drawing.columns - INDENT,
                hang=_NOTE_HANG,
            )
        ]
        sign = Strip([Segment(NOTE_SIGN, drawing.look.of(Style.MARK))])
        return Block(None, _placed(Strip.join([sign, strip]) for strip in strips))

    # --- asking ------------------------------------------------------------------------------

    def spot(self, line: int) -> Spot | None:
        """Return what a line shows; None outside of all lines."""
        if not 0 <= line < self._height:
            return None
        number = bisect_right(self._starts, line) - 1
        while not self.blocks[number].strips:  # a block without lines has no spot
            number -= 1
        return Spot(number, line - self._starts[number])

    def start_of(self, number: int) -> int:
        """Return the first line of a block."""
        return self._starts[number]

    def block_of(self, message_id: MessageId | None) -> int | None:
        """Return the number of the block of a message."""
        for number in range(len(self.blocks) - 1, -1, -1):
            message = self.blocks[number].message
            if message is not None and message.id == message_id:
                return number
        return None


def _placed(strips: Iterable[Strip]) -> list[Strip]:
    """Return lines behind the margin. Here, not when they are drawn: a strip remembers how it was drawn."""
    return [Strip.join([_MARGIN, strip]) for strip in strips]


def _is_same_group(before: Message, message: Message) -> bool:
    return (
        before.sender == message.sender
        and before.is_own is message.is_own
        and not message.is_action
        and not before.is_action
        and message.reply_to is None
        and abs(message.sent_at_ms - before.sent_at_ms) < GROUP_MS
    )
