"""Who is named inside a text: `@bob` in the middle of a line, `@here` and `@all`.

Computed from the text by every reader; nothing about it is sent.
"""

import unicodedata
from collections.abc import Callable
from typing import Final

GROUP_MENTIONS: Final = frozenset({"here", "all"})
"""Words that mean everybody in the conversation; no handle can be one of them."""

_PUNCTUATION: Final = "._-"


def mentions_in(text: str, is_name: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the handles named in a text as `@name`, in order, each once; `here` and `all` as such.

    `is_name` tells whether a handle (case folded) is one of the conversation. An `@` inside a word, as
    in an address of mail, names nobody.
    """
    found: dict[str, None] = {}
    position = text.find("@")
    while position >= 0:
        if position == 0 or not _is_in_name(text[position - 1]):
            name = _name_at(text, position + 1)
            if name in GROUP_MENTIONS or (name and is_name(name)):
                found[name] = None
        position = text.find("@", position + 1)
    return tuple(found)


def _name_at(text: str, start: int) -> str:
    end = start
    while end < len(text) and _is_in_name(text[end]):
        end += 1
    return text[start:end].rstrip(_PUNCTUATION).casefold()


def _is_in_name(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd" or char in _PUNCTUATION
