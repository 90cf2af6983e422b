"""Spans of time as people type and read them."""

import re
from typing import Final

from lanmsg.wire.commands import LineError

_SPAN: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS: Final = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_NAMES: Final = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}


def span_s(word: str, *, how: str) -> int:
    """Return the seconds of `30m`, `2h`, `1d`, `1w`; at least one.

    Raises:
        LineError: it is none; `how` says how to write it.
    """
    found = _SPAN.fullmatch(word)
    if found is None or not int(found[1]):
        raise LineError(f"not done: {how}")
    return int(found[1]) * _SECONDS[found[2]]


def span_words(seconds: int) -> str:
    """Return a span in words, by the largest unit that divides it: `2 hours`, `90 seconds`."""
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    count = seconds // _SECONDS[unit]
    return f"{count} {_NAMES[unit]}{'' if count == 1 else 's'}"


def lifetime_words(seconds: int) -> tuple[str, ...]:
    """Say how long messages live; nothing if they stay."""
    return (f"messages disappear after {span_words(seconds)}",) if seconds else ()
