"""Keys with Alt that terminals send and Textual misreads: letters, digits, and Enter."""

from string import ascii_lowercase, digits
from typing import NamedTuple, cast

from textual import _ansi_sequences  # pyright: ignore[reportPrivateUsage] - there is no public way


class AltKey(NamedTuple):
    """A key that Textual has no name for where a terminal sends Escape and the key."""

    value: str


def mend_alt_keys() -> None:
    """Let Alt with a letter, a digit or Enter be a key at once.

    Textual waits whether more follows Escape and a letter: the key is late by a tenth of a second, and if
    another one comes within that time it becomes `^` and the letter, which are typed. It takes the digits for
    what a Mac keyboard would write (`¡`, `™`); who types that on a Mac sends the character itself, and this
    does not touch it. Of Alt+Enter it would see Enter, which sends. What it has names for stays: Alt+B and
    Alt+F go from word to word.
    """
    sequences = cast("dict[str, tuple[AltKey]]", _ansi_sequences.ANSI_SEQUENCES_KEYS)
    for letter in ascii_lowercase:
        sequences.setdefault(f"\x1b{letter}", (AltKey(f"alt+{letter}"),))
    for digit in digits:
        sequences[f"\x1b{digit}"] = (AltKey(f"alt+{digit}"),)
    sequences["\x1b\r"] = (AltKey("alt+enter"),)
