"""A message's text as lines of pieces: filtered, its markdown drawn in styles, people named in it marked.

The marks of the markdown stay, so without styles a text is shown as it was typed.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.wire.markdown import LineKind, MarkdownLine, Span, SpanStyle, parse_markdown
from lanmsg.wire.safe_text import isolated, safe_text

MAX_MENTIONS_DRAWN: Final = 20
"""People whose names are drawn as such in one message."""
_STYLES: Final = {
    SpanStyle.TEXT: Style.TEXT,
    SpanStyle.BOLD: Style.BOLD,
    SpanStyle.ITALIC: Style.ITALIC,
    SpanStyle.BOLD_ITALIC: Style.BOLD_ITALIC,
    SpanStyle.CODE: Style.CODE,
    SpanStyle.LINK: Style.LINK,
    SpanStyle.MARK: Style.MARK,
}


def text_lines(text: str, mentions: Collection[str]) -> list[Line]:
    """Return the lines of a text of others; put together without styles, they are the filtered text."""
    named = mention_pattern(mentions)
    return [_line(line, named) for line in parse_markdown(safe_text(text))]


def mention_pattern(mentions: Collection[str]) -> re.Pattern[str] | None:
    """Return what finds the people that a text names (`Message.mentions`); None: nobody."""
    names = [re.escape(name) for name in list(mentions)[:MAX_MENTIONS_DRAWN]]
    return re.compile(f"(@(?:{'|'.join(names)}))(?!\\w)", re.IGNORECASE) if names else None


def split_mentions(text: str, named: re.Pattern[str] | None) -> Iterator[tuple[bool, str]]:
    """Return the parts of a text that are not empty, and whether each names somebody."""
    parts = named.split(text) if named is not None else [text]
    return ((bool(place % 2), part) for place, part in enumerate(parts) if part)


def _line(line: MarkdownLine, named: re.Pattern[str] | None) -> Line:
    pieces = [piece for span in line.spans for piece in _pieces(span, line.kind, named)]
    whole = "".join(span.text for span in line.spans)
    if not whole:
        return (Piece(Style.TEXT, ""),)
    before, after = isolated(whole).split(whole, 1)
    if before:
        pieces = [Piece(Style.TEXT, before), *pieces, Piece(Style.TEXT, after)]
    return tuple(pieces)


def _pieces(span: Span, kind: LineKind, named: re.Pattern[str] | None) -> Iterable[Piece]:
    if span.style is not SpanStyle.TEXT:
        yield Piece(_STYLES[span.style], span.text)
        return
    style = Style.QUOTE if kind is LineKind.QUOTE else Style.TEXT
    for is_mention, part in split_mentions(span.text, named):
        yield Piece(Style.MENTION if is_mention else style, part)
