"""Pieces of a line and their styles: a face turns names into colours, or joins the texts."""

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """What a piece of a line is."""

    TIME = "time"
    SENDER = "sender"
    OWN = "own"
    PRIVATE = "private"
    EVERYONE = "everyone"
    ROOM = "room"
    TEXT = "text"
    BOLD = "bold"
    ITALIC = "italic"
    BOLD_ITALIC = "bold-italic"
    CODE = "code"
    LINK = "link"
    QUOTE = "quote"
    MENTION = "mention"
    MARK = "mark"
    FOUND = "found"
    NOTICE = "notice"
    ERROR = "error"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, filtered. `text` has no line break."""

    style: Style
    text: str


Line = tuple[Piece, ...]


def plain_text(line: Line) -> str:
    """Return a line without its styles."""
    return "".join(piece.text for piece in line)
