"""How a typed line names a message: `^` the newest, `^3` the third newest, `^soup` the newest with that word.

A face that can point needs none of it.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_COUNT: Final = 999

_MARK: Final = re.compile(r"(\^+)([^\s]*)(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Mark:
    """Names a message, counting back from the newest: of all, or of those with `word` in them."""

    count: int = 1
    word: str = ""


def split_mark(text: str) -> tuple[Mark | None, str]:
    """Return the mark that a text begins with, and the text behind it; without one, None and the text.

    `^` and `^1` count 1, `^^` and `^2` count 2. What follows a `^` and is no number is the word.
    """
    found = _MARK.match(text)
    if found is None:
        return None, text
    rest = text[found.end() :]
    carets, word = len(found[1]), found[2]
    if not word:
        return Mark(min(carets, MAX_COUNT)), rest
    if carets == 1 and word.isascii() and word.isdecimal() and 0 < int(word[:9]) <= MAX_COUNT:
        return Mark(int(word)), rest
    return Mark(carets, word), rest


def split_mark_at_end(text: str) -> tuple[Mark | None, str]:
    """Return the mark that is the last word of a text, and the text before it."""
    before, _, last = text.rstrip().rpartition(" ")
    mark, rest = split_mark(last)
    return (mark, before.rstrip()) if mark is not None and not rest else (None, text)
