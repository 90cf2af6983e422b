"""A text of others as a full screen draws it: its marks become styles, and links lead where they say.

Filtered first, parsed then: nothing in it is markup of Textual or Rich, and no character of it is a control.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from lanmsg.chat.message_style import Style
from lanmsg.chat.message_text import mention_pattern, split_mentions
from lanmsg.wire.markdown import LineKind, MarkdownLine, Span, SpanStyle, parse_markdown
from lanmsg.wire.safe_text import isolated, safe_text

_STYLES: Final = {
    SpanStyle.BOLD: Style.BOLD,
    SpanStyle.ITALIC: Style.ITALIC,
    SpanStyle.BOLD_ITALIC: Style.BOLD_ITALIC,
    SpanStyle.CODE: Style.CODE,
    SpanStyle.LINK: Style.LINK,
}
_QUOTE_BAR: Final = "▎ "
_ITEM_DOT: Final = "• "


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of a line, filtered, with its style; `url` where it leads; `click` what a click on it means."""

    text: str
    style: Style = Style.TEXT
    url: str = ""
    click: str = ""


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line of a text. `hang` are the columns by which what is wrapped of it is indented."""

    parts: tuple[Drawn, ...]
    hang: int = 0


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines of code, and the word behind the fence that may name their language."""

    lines: tuple[str, ...]
    language: str = ""


def drawn_text(text: str, mentions: Collection[str]) -> list[DrawnLine | CodeBlock]:
    """Return what is drawn of a text."""
    named = mention_pattern(mentions)
    drawn: list[DrawnLine | CodeBlock] = []
    code: list[str] | None = None
    language = ""
    for line in parse_markdown(safe_text(text)):
        match line.kind:
            case LineKind.FENCE if code is None:
                code, language = [], _whole(line).strip().strip("`").strip()
            case LineKind.FENCE:
                drawn.append(CodeBlock(tuple(code or ()), language))
                code = None
            case LineKind.CODE if code is not None:
                code.append(_whole(line))
            case _:
                drawn.append(_line(line, named))
    if code is not None:  # the fence was never closed
        drawn.append(CodeBlock(tuple(code), language))
    return drawn


def _whole(line: MarkdownLine) -> str:
    return "".join(span.text for span in line.spans)


def _line(line: MarkdownLine, named: re.Pattern[str] | None) -> DrawnLine:
    spans = list(line.spans)
    before: list[Drawn] = []
    if line.kind in {LineKind.QUOTE, LineKind.ITEM} and spans and spans[0].style is SpanStyle.MARK:
        before = [_prefix(line.kind, spans.pop(0).text)]
    usual = Style.QUOTE if line.kind is LineKind.QUOTE else Style.TEXT
    parts = [part for span in spans for part in _parts(span, usual, named)]
    return DrawnLine((*before, *_isolated(parts)), hang=sum(len(each.text) for each in before))


def _prefix(kind: LineKind, mark: str) -> Drawn:
    if kind is LineKind.QUOTE:
        return Drawn(_QUOTE_BAR * mark.count(">"), Style.MARK)
    indent = " " * (len(mark) - len(mark.lstrip(" ")))
    word = mark.strip()
    return Drawn(f"{indent}{_ITEM_DOT if word in '-*+' else f'{word} '}", Style.MARK)


def _parts(span: Span, usual: Style, named: re.Pattern[str] | None) -> Iterator[Drawn]:
    match span.style:
        case SpanStyle.MARK:
            if span.text.startswith("]("):  # a link whose text is not where it leads: show both
                yield Drawn(f" ({span.text[2:-1]})", Style.MARK)
        case SpanStyle.TEXT:
            for is_mention, part in split_mentions(span.text, named):
                yield Drawn(part, Style.MENTION if is_mention else usual)
        case _:
            yield Drawn(span.text, _STYLES[span.style], span.url)


def _isolated(parts: list[Drawn]) -> list[Drawn]:
    """Let right-to-left text not reorder what stands beside it on the screen."""
    whole = "".join(part.text for part in parts)
    before, _, after = isolated(whole).partition(whole) if whole else ("", "", "")
    return [Drawn(before), *parts, Drawn(after)] if before else parts
