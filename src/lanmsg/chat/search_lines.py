"""Hits of a search as lines of text: when, who, where, and what was found in its surroundings.

    — Wednesday 4 November 2026 —
    12:03 bob → everyone: the cake is in the kitchen

Oldest first, as everywhere: the newest stands last, where the eye is. Of a long text only the lines and
the parts with what was asked for are shown. Nothing unfiltered leaves this module.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lanmsg.chat.message_lines import INDENT, Days, Line, Piece, Style, local_time, plain_text, target_words
from lanmsg.client.model import Message, SearchHit
from lanmsg.wire.safe_text import ELLIPSIS, clip, isolated

MAX_LINES: Final = 3
"""Lines of one message."""
MAX_FOUND: Final = 5
"""Marked places of one line."""
KEPT: Final = 60
"""Characters shown on either side of what was found."""
CONTEXT_COLUMNS: Final = 100
"""Of a message beside a hit."""

_Part = tuple[bool, str]
"""Whether it is what was asked for, and a piece of the text."""


def hit_lines(hits: Sequence[SearchHit], *, has_context: bool = False) -> list[Line]:
    """Return hits, which come newest first, as lines, oldest first."""
    days = Days()
    lines: list[Line] = []
    for hit in reversed(hits):
        lines += days.lines_before(hit.message)
        before, after = (hit.before, hit.after) if has_context else (None, None)
        lines += _context_lines(before)
        lines += _message_lines(hit)
        lines += _context_lines(after)
        if has_context:
            lines.append(())
    return lines


def found_line(hit: SearchHit) -> Line:
    """Return a hit as one line, with its day: for a list that is drawn again with each key."""
    at = local_time(hit.message.sent_at_ms)
    day = Piece(Style.TIME, f"{at:%Y-%m-%d} " if at else "")
    text = _drawn(_shown_lines(hit.message.text, hit.marks)[0])
    return (day, *_head(hit.message), *text)


def marked_text(line: Line) -> str:
    """Return a line for a terminal, with what was found in bold."""
    return "".join(
        f"\x1b[1m{piece.text}\x1b[22m" if piece.style is Style.FOUND else piece.text for piece in line
    )


def _message_lines(hit: SearchHit) -> list[Line]:
    first, *rest = [_drawn(parts) for parts in _shown_lines(hit.message.text, hit.marks)]
    head = _head(hit.message)
    return [(*head, *first), *((Piece(Style.TIME, INDENT), *line) for line in rest)]


def _head(message: Message) -> Line:
    at = local_time(message.sent_at_ms)
    time = Piece(Style.TIME, f"{at:%H:%M} " if at else "--:-- ")
    sender = Piece(Style.OWN, "you") if message.is_own else Piece(Style.SENDER, isolated(message.sender))
    to = Piece(Style.TIME, f" → {target_words(message)}: ")
    return (time, sender, to, Piece(Style.TEXT, "* ")) if message.is_action else (time, sender, to)


def _context_lines(message: Message | None) -> Iterator[Line]:
    if message is not None:
        head = plain_text(_head(message))
        text = clip(isolated(message.text or message.reason), CONTEXT_COLUMNS)
        yield (Piece(Style.TIME, head + text),)


# --- the text --------------------------------------------------------------------------------


def _shown_lines(text: str, marks: Iterable[tuple[int, int]]) -> list[list[_Part]]:
    """Return the first lines that hold a mark, in parts; the first line of all if none does."""
    lines: list[list[_Part]] = [[]]
    for is_found, part in _parts(text, marks):
        first, *rest = part.split("\n")
        lines[-1].append((is_found, first))
        lines += [[(is_found, each)] for each in rest]
    found = [line for line in lines if any(is_found for is_found, _ in line)]
    return (found or lines[:1])[:MAX_LINES]


def _parts(text: str, marks: Iterable[tuple[int, int]]) -> Iterator[_Part]:
    place = 0
    for start, end in marks:
        yield False, text[place:start]
        yield True, text[start:end]
        place = end
    yield False, text[place:]


def _drawn(parts: Sequence[_Part]) -> Line:
    """Return a line's parts, filtered and with little around what was found."""
    found = [number for number, (is_found, _) in enumerate(parts) if is_found][:MAX_FOUND]
    last = found[-1] if found else 0
    shown = list(parts[: last + 2])
    return tuple(
        Piece(Style.FOUND if is_found else Style.TEXT, isolated(_cut(part, number, len(shown), is_found)))
        for number, (is_found, part) in enumerate(shown)
        if part
    )


def _cut(part: str, number: int, count: int, is_found: bool) -> str:  # noqa: FBT001 - a part's own fact
    """Shorten a part: at its end if it is the first, at its start if it is the last, else in the middle."""
    if is_found or len(part) <= 2 * KEPT:
        return part
    head = part[:KEPT] if number else ""
    tail = part[-KEPT:] if number < count - 1 else ""
    if not head and not tail:
        head = part[: 2 * KEPT]
    return f"{head}{ELLIPSIS}{tail}"
