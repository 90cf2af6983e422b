"""Keys with Alt that terminals send and Textual misreads: digits, and Enter."""

from enum import Enum
from typing import cast

from textual import _ansi_sequences  # pyright: ignore[reportPrivateUsage] - there is no public way


class AltKeys(Enum):
    """Keys that Textual has no name for where a terminal sends Escape and the key."""

    ALT_ENTER = "alt+enter"


def mend_alt_keys() -> None:
    """Let Alt+0 to Alt+9 and Alt+Enter be keys.

    Textual takes the digits for what a Mac keyboard would write (`¡`, `™`); who types that on a Mac sends the
    character itself, and this does not touch it. Of Alt+Enter it would see Enter, which sends.
    """
    sequences = cast("dict[str, tuple[Enum, ...]]", _ansi_sequences.ANSI_SEQUENCES_KEYS)
    for digit in "0123456789":
        sequences.pop(f"\x1b{digit}", None)
    sequences["\x1b\r"] = (AltKeys.ALT_ENTER,)
