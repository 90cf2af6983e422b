"""What a chat says while two people verify each other."""

from collections.abc import Sequence
from typing import Final, assert_never

from lanmsg.client.events import (
    VerificationCancelled,
    VerificationDone,
    VerificationEmoji,
    VerificationRequested,
)
from lanmsg.client.model import CancelReason
from lanmsg.wire.safe_text import isolated, width

VerificationEvent = VerificationRequested | VerificationEmoji | VerificationDone | VerificationCancelled
ALARMING: Final = frozenset({CancelReason.DIFFERENT, CancelReason.FALSE_STEP})
"""Ends that may be somebody's attack."""
_GAP: Final = 3
"""Columns between two names."""
_ROW: Final = 4
"""Emoji in a row: with the longest names it still fits in 80 columns."""


def before_emoji(event: VerificationEvent) -> str:
    """Return what to say of an event, above the emoji if it has some."""
    name = isolated(event.handle)
    match event:
        case VerificationRequested():
            return (
                f"{name} wants to verify: both of you compare seven emoji, so do it while you can talk to "
                f"{name}. /verify {name} begins, /different {name} declines."
            )
        case VerificationEmoji():
            return compare_words(event.handle)
        case VerificationDone():
            return f"{name} is verified: the key you have for {name} is the one {name} has."
        case VerificationCancelled(text=text):
            return text
        case _:
            assert_never(event)


def after_emoji(event: VerificationEmoji) -> str:
    """Return what to do when the emoji have been compared."""
    return f"{question_words(event.handle)} /same if so, /different if not."


def compare_words(handle: str) -> str:
    """Say how emoji are compared."""
    return f"Compare these with {isolated(handle)}: in person or by phone, not over this chat."


def question_words(handle: str) -> str:
    """Ask what the other one sees."""
    return f"Does {isolated(handle)} see the same seven, in the same order?"


def emoji_rows(emoji: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return lines of emoji, each with the names below it."""
    column = max(map(width, names)) + _GAP
    rows: list[str] = []
    for start in range(0, len(emoji), _ROW):
        for texts in (emoji, names):
            cells = [text + " " * (column - width(text)) for text in texts[start : start + _ROW]]
            rows.append("".join(cells).rstrip())
    return rows


def spoken_names(names: Sequence[str]) -> str:
    """Return the names alone, numbered, for who hears the screen."""
    return ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
