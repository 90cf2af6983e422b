"""Finding names by a few letters: beginnings first, then words, then letters in their order."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def matching(wanted: str, things: Sequence[T], *, text_of: Callable[[T], str]) -> list[T]:
    """Return the things whose text fits, best first; things that fit alike keep their order."""
    letters = wanted.strip().casefold().lstrip("@#")
    if not letters:
        return list(things)
    ranked = [(rank(letters, text_of(thing).casefold()), thing) for thing in things]
    return [thing for found, thing in sorted(ranked, key=lambda pair: pair[0]) if found < NO_MATCH]


NO_MATCH = 99


def rank(letters: str, text: str) -> int:
    """Return how well letters fit a text, lower is better; `NO_MATCH` if they do not."""
    if text.startswith(letters):
        return 0 if text == letters else 1
    words = text.replace("-", " ").replace("_", " ").replace(".", " ").replace(",@", " ").split()
    if any(word.startswith(letters) for word in words):
        return 2
    if letters in text:
        return 3
    rest = iter(text)
    return 4 if all(letter in rest for letter in letters) else NO_MATCH
