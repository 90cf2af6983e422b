"""Text of other people, made safe to print: the one filter before every screen, log and title.

What comes out never holds a control character (so no terminal sequence of any kind), a bidi control,
a lone surrogate, or a pile of marks that covers the lines around it. What could not stay is removed
when it is invisible anyway and replaced by a visible mark when it is not. Filtering twice changes
nothing. Rich and Textual do not do this: they write a remote ESC as it is.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_MARKS: Final = 8
"""Combining marks kept on one base: Thai, Hebrew and Vietnamese need at most 4, Zalgo uses dozens."""
TAB: Final = "    "
NEW_LINE_MARK: Final = "⏎"
REPLACEMENT: Final = "\ufffd"
ELLIPSIS: Final = "…"

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_DOTTED_CIRCLE = "\u25cc"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"

# What str.isprintable() lets through and must be looked at all the same: fillers that show nothing,
# variation selectors, and runs that may be marks (a mark is never \w; a test checks all of Unicode).
_SUSPECT = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    rf"|[^\w\x00-\x7f]{{{MAX_MARKS + 1}}}"
)
_NEW_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LINE_SEPARATOR = re.compile("[\x85\u2028\u2029]")
# The three flags of the emoji set that are spelt with tag characters: England, Scotland, Wales.
_FLAG_REGIONS = ("gbeng", "gbsct", "gbwls")
_TAGGED = "|".join("".join(chr(0xE0000 + ord(char)) for char in region) for region in _FLAG_REGIONS)
_TAG_FLAGS = re.compile(f"(\U0001f3f4(?:{_TAGGED})\U000e007f)")

# Shown by fonts although their category is Cf: signs that stand before numbers.
_VISIBLE_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
_INVISIBLE_MARKS = frozenset("\u034f\u17b4\u17b5\u180e")


def safe_line(text: str) -> str:
    """Return `text` for one line of a screen or a log: names, titles, fields.

    Line breaks become `NEW_LINE_MARK`, a tab one space.
    """
    if _is_plain(text):
        return text
    return _filtered(_NEW_LINE.sub(NEW_LINE_MARK, text).replace("\t", " "))


def safe_text(text: str) -> str:
    r"""Return `text` for several lines: messages. `\n` stays, `\r\n` becomes `\n`, tabs four spaces."""
    if _is_plain(text):
        return text
    text = _LINE_SEPARATOR.sub(NEW_LINE_MARK, text.replace("\r\n", "\n")).replace("\t", TAB)
    return "\n".join(line if _is_plain(line) else _filtered(line) for line in text.split("\n"))


def isolated(text: str) -> str:
    """Return `safe_line(text)` for the middle of a sentence: right-to-left text can't reorder the rest.

    Wrapped in U+2068 … U+2069 (UAX #9) only where it holds right-to-left text: older terminals draw
    boxes for these two, and programs that read our output would find them in every name. Filter
    first, isolate last: the filter takes isolates out, so that nobody can close ours.
    """
    text = safe_line(text)
    if _has_right_to_left(text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


def width(text: str) -> int:
    """Return how many terminal columns one line of filtered text takes."""
    if text.isascii():
        return len(text)
    import wcwidth

    return wcwidth.width(text, control_codes="ignore")


def clip(text: str, columns: int) -> str:
    """Return one line of filtered text in at most `columns` columns, cut between graphemes.

    Ends in `ELLIPSIS` if something was cut off; empty if `columns` is 0 or less.
    """
    if columns <= 0:
        return ""
    if len(text) <= columns and text.isascii():
        return text
    if width(text) <= columns:
        return text
    return _cut(text, columns - 1) + ELLIPSIS


def _cut(text: str, columns: int) -> str:
    import wcwidth

    used = end = 0
    for grapheme in wcwidth.iter_graphemes(text):
        used += width(grapheme)
        if used > columns:
            break
        end += len(grapheme)
    return text[:end]


def _is_plain(text: str) -> bool:
    # isprintable() is false for controls, formats, surrogates, private use, unassigned code points
    # and all separators but the space, in one pass in C.
    return (
        text.isprintable()
        and (text.isascii() or _SUSPECT.search(text) is None)
        and not _starts_with_mark(text)
    )


def _starts_with_mark(text: str) -> bool:
    return text[:1] > "\x7f" and _category(text[0]) in _MARKS


def _has_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text)


def _filtered(line: str) -> str:
    """Filter a line without line breaks and tabs."""
    parts = _TAG_FLAGS.split(line)
    parts[::2] = [_filtered_run(part) for part in parts[::2]]
    return "".join(parts)


def _filtered_run(text: str) -> str:
    # Each decision depends on what was kept so far and on a next character that is kept anyway;
    # that is why filtering twice changes nothing.
    kept: list[str] = []
    marks = 0
    previous = ""
    for index, char in enumerate(text):
        category = _category(char)
        if category in _MARKS:
            marks += 1
            char = _mark(char, previous, marks=marks)
        elif char in {_ZWJ, _ZWNJ}:
            char = char if _is_joint(previous, text[index + 1 : index + 2]) else ""
        else:
            char = _shown(char)
            marks = 0 if char else marks
        if char:
            kept.append(char)
            previous = char[-1]
    return "".join(kept)


_MARKS = frozenset({"Mn", "Me"})
_category = lru_cache(maxsize=4096)(unicodedata.category)


def _mark(mark: str, previous: str, *, marks: int) -> str:
    if marks > MAX_MARKS or mark in _INVISIBLE_MARKS:
        return ""
    if _is_variation_selector(mark):
        return mark if _selects_variant(mark, previous) else ""
    if not previous:  # it would sit on whatever is printed before this text
        return _DOTTED_CIRCLE + mark
    return mark


def _is_variation_selector(char: str) -> bool:
    return (
        "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" or "\u180b" <= char <= "\u180f"
    )


def _selects_variant(selector: str, base: str) -> bool:
    """Whether this base can have variants: elsewhere selectors are bytes hidden in a text."""
    if "\u180b" <= selector <= "\u180f":
        return "\u1800" <= base <= "\u18af"
    if selector >= "\U000e0100":
        return base >= "\u3400" and _category(base) == "Lo"
    return bool(base) and (
        base in "#*0123456789" or (base > "\x7f" and _category(base) not in {"Mn", "Me", "Zs"})
    )


def _is_joint(previous: str, following: str) -> bool:
    """Whether a joiner here shapes an emoji or a joined script; anywhere else it only hides."""
    if not previous or previous in {_ZWJ, _ZWNJ}:
        return False
    if unicodedata.combining(previous) == 9:  # a virama: Indic scripts end words in virama + joiner
        return True
    if not following:
        return False
    if _is_pictograph(previous) or previous == "\ufe0f":
        return _is_pictograph(following)
    return _is_joining(previous) and _is_joining(following) and _category(following) == "Lo"


def _is_joining(char: str) -> bool:
    if not "\u0600" <= char < "\u2e80" or char in _BLANK_LETTERS:
        return False
    return _category(char) in {"Lo", "Mn", "Mc"}


def _is_pictograph(char: str) -> bool:
    return _category(char) == "So" or "\U0001f000" <= char <= "\U0001faff" or char == "\u2194"


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    """Return what stands for a character that is neither a mark nor a joiner."""
    category = unicodedata.category(char)
    if category == "Cc":
        return _control_picture(char)
    if category == "Cf":
        return _format_shown(char)
    if category in {"Cs", "Co"} or char in _BLANK_LETTERS:
        return REPLACEMENT
    if category == "Cn" and not _may_be_newer_than_we(char):
        return REPLACEMENT
    return char


def _control_picture(char: str) -> str:
    if char < " ":
        return chr(0x2400 + ord(char))
    return "\u2421" if char == "\x7f" else REPLACEMENT


def _format_shown(char: str) -> str:
    if char in _VISIBLE_FORMATS:
        return char
    if char >= "\U000e0000" or "\ufff9" <= char <= "\ufffb":
        return REPLACEMENT  # tags and annotations carry text that nobody sees
    return ""


def _may_be_newer_than_we(char: str) -> bool:
    """Emoji and ideographs of a Unicode version after Python's: their blocks hold nothing else."""
    code = ord(char)
    return 0x1F000 <= code <= 0x1FAFF or (0x20000 <= code <= 0x3FFFF and code & 0xFFFE != 0xFFFE)
