r"""The one dialect of markdown of all faces: small, without HTML, without images, and nothing is fetched.

    **bold**  *italic* or _italic_  ***both***  `code`     https://… and [text](https://…): links
    ``` a block of code, to the next ```       > a quotation      - or * or 1. an item of a list
    \* \_ \` \[ \] \\: the character itself

A line break stays one. Everything else is text as it was typed: `# …` too, for `#` means something else
here. The spans of a line, put together, are that line again: a face that can't draw a style shows the
text as it was typed, and none is ever lost. It takes time in proportion to the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class SpanStyle(StrEnum):
    """How a span of a line is drawn."""

    TEXT = "text"
    BOLD = "bold"
    ITALIC = "italic"
    BOLD_ITALIC = "bold_italic"
    CODE = "code"
    LINK = "link"
    """`Span.url` says where it leads. A face that hides marks shows that too, where the text is another."""
    MARK = "mark"
    """What makes a style: a face that draws the style may leave it out."""


class LineKind(StrEnum):
    """What a line is a part of."""

    TEXT = "text"
    QUOTE = "quote"
    ITEM = "item"
    CODE = "code"
    FENCE = "fence"
    """The line before or behind a block of code; a face may leave it out."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line in one style; never empty."""

    text: str
    style: SpanStyle = SpanStyle.TEXT
    url: str = ""


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """A line of a text. The texts of its spans are the line."""

    kind: LineKind
    spans: tuple[Span, ...]


def parse_markdown(text: str) -> list[MarkdownLine]:
    r"""Return the lines of a text (parted by `\n`), each in spans."""
    lines: list[MarkdownLine] = []
    is_code = False
    for line in text.split("\n"):
        is_fence = line.lstrip(" ").startswith(_FENCE) and (is_code or "`" not in line.lstrip(" `"))
        if is_fence:
            lines.append(MarkdownLine(LineKind.FENCE, _span(line, SpanStyle.MARK)))
            is_code = not is_code
        elif is_code:
            lines.append(MarkdownLine(LineKind.CODE, _span(line, SpanStyle.CODE)))
        else:
            lines.append(_text_line(line))
    return lines


_FENCE: Final = "```"
_PREFIX: Final = re.compile(r" {0,8}(?:(?P<quote>>+ ?)|(?P<item>[-*+] |\d{1,3}[.)] ))")


def _text_line(line: str) -> MarkdownLine:
    prefix = _PREFIX.match(line)
    if prefix is None:
        return MarkdownLine(LineKind.TEXT, tuple(_inline(line)))
    mark = _span(prefix[0], SpanStyle.MARK)
    kind = LineKind.QUOTE if prefix["quote"] else LineKind.ITEM
    return MarkdownLine(kind, (*mark, *_inline(line[prefix.end() :])))


def _span(text: str, style: SpanStyle, url: str = "") -> tuple[Span, ...]:
    return (Span(text, style, url),) if text else ()


# --- inside a line ---------------------------------------------------------------------------

# Each alternative stops at its own first character, so that no text is gone through again and again.
_TOKEN: Final = re.compile(
    r"(?P<escape>\\[\\`*_\[\]])"
    r"|(?P<code>`[^`]+`)"
    r"|\[(?P<text>[^\[\]]+)\]\((?P<target>https?://[^\s()]+)\)"
    r"|(?P<url>https?://[^\s<>\[\]`]+)"
    r"|(?P<emphasis>\*{3}(?!\*)|\*{1,2}|_)"
)
_BOTH: Final = "***"
_BEHIND_URL: Final = ".,:;!?)'\"*_"


@dataclass(slots=True)
class _Token:
    """A piece of a line: text, finished spans, or stars and `_`, which become marks with a partner."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    emphasis: str = ""
    can_open: bool = False
    can_close: bool = False
    is_on: bool | None = None
    """Whether emphasis begins or ends here; None: it is text."""


def _inline(line: str) -> list[Span]:
    tokens = list(_tokens(line))
    if _BOTH in line:
        tokens = _split_threes(tokens)
    _pair(tokens)
    spans: list[Span] = []
    plain = ""
    on = {"***": False, "**": False, "*": False, "_": False}
    for token in tokens:
        if token.is_on is None and not token.spans:
            plain += token.text
            continue
        spans += _span(plain, _style(on))
        plain = ""
        if token.is_on is not None:
            on[token.emphasis] = token.is_on
            spans.append(Span(token.text, SpanStyle.MARK))
        spans += token.spans
    return [*spans, *_span(plain, _style(on))]


def _style(on: dict[str, bool]) -> SpanStyle:
    is_italic = on["*"] or on["_"] or on["***"]
    if on["**"] or on["***"]:
        return SpanStyle.BOLD_ITALIC if is_italic else SpanStyle.BOLD
    return SpanStyle.ITALIC if is_italic else SpanStyle.TEXT


def _tokens(line: str) -> Iterator[_Token]:
    end = 0
    for found in _TOKEN.finditer(line):
        yield _Token(line[end : found.start()])
        end = found.end()
        yield _token(line, found)
    yield _Token(line[end:])


def _token(line: str, found: re.Match[str]) -> _Token:
    text = found[0]
    if found["emphasis"]:
        return _emphasis(line, found)
    if found["escape"]:
        return _Token(spans=(Span(text[0], SpanStyle.MARK), Span(text[1])))
    if found["code"]:
        mark = Span("`", SpanStyle.MARK)
        return _Token(spans=(mark, Span(text[1:-1], SpanStyle.CODE), mark))
    if found["target"]:
        url = found["target"]
        link = Span(found["text"], SpanStyle.LINK, url)
        return _Token(spans=(Span("[", SpanStyle.MARK), link, Span(f"]({url})", SpanStyle.MARK)))
    url = text.rstrip(_BEHIND_URL)
    return _Token(spans=(Span(url, SpanStyle.LINK, url), *_span(text[len(url) :], SpanStyle.TEXT)))


def _emphasis(line: str, found: re.Match[str]) -> _Token:
    """It opens before a word and closes behind one; `_` not inside of one, for names are written so."""
    before, behind = line[max(found.start() - 1, 0) : found.start()], line[found.end() : found.end() + 1]
    can_open = bool(behind) and not behind.isspace()
    can_close = bool(before) and not before.isspace()
    if found[0] == "_":
        can_open, can_close = can_open and not before.isalnum(), can_close and not behind.isalnum()
    return _Token(found[0], emphasis=found[0], can_open=can_open, can_close=can_close)


def _split_threes(tokens: list[_Token]) -> list[_Token]:
    """Return three stars that have no three as a partner as two and one, by what the nearest stars opened."""
    kept, opened = set[int](), None
    for place, token in enumerate(tokens):
        if token.emphasis != _BOTH:
            continue
        if token.can_close and opened is not None and _has_text(tokens, opened, place):
            kept |= {opened, place}
            opened = None
        elif token.can_open and opened is None:
            opened = place
    found: list[_Token] = []
    last = "**"
    for place, token in enumerate(tokens):
        if token.emphasis != _BOTH or place in kept:
            last = token.emphasis if token.can_open and token.emphasis in {"*", "**"} else last
            found.append(token)
            continue
        parts = ("*", "**") if token.can_close and last == "*" else ("**", "*")
        first, second = (replace(token, text=part, emphasis=part) for part in parts)
        found += [first, _Token(), second]
        last = parts[-1]
    return found


def _pair(tokens: list[_Token]) -> None:
    """Find the partner of each mark of emphasis; those in between that have none stay text."""
    opened: dict[str, int] = {}
    for place, token in enumerate(tokens):
        start = opened.get(token.emphasis)
        if token.can_close and start is not None and _has_text(tokens, start, place):
            tokens[start].is_on, token.is_on = True, False
            opened = {emphasis: other for emphasis, other in opened.items() if other < start}
        elif token.can_open and start is None:
            opened[token.emphasis] = place


def _has_text(tokens: list[_Token], start: int, end: int) -> bool:
    """Tell whether something stands between two marks; between neighbours only an empty text does."""
    return end - start > 2 or bool(tokens[start + 1].text or tokens[start + 1].spans)
