"""Days as people write them, and where in a conversation one begins."""

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lanmsg.client.model import Conversation, Message
from lanmsg.wire.commands import LineError, shown

if TYPE_CHECKING:
    from lanmsg.client import Client

HOW_TO_SAY: Final = "write a day as in 2026-11-02, 2.11., yesterday or monday"
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTS: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.?(\d{4})?")
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_LETTERS: Final = 3
"""Of `mon`: fewer could be anything."""


def day_of(text: str, *, today: date) -> date | None:
    """Return the day that a text means, never one to come where it leaves the year open; None: it means none.

    `2026-11-02`, `2.11.2026`, `2.11.`, `today`, `yesterday`, and the last `monday` before today.
    """
    word = text.strip().casefold()
    if word in {"today", "yesterday"}:
        return today - timedelta(days=word == "yesterday")
    for number, name in enumerate(_WEEKDAYS):
        if len(word) >= _LEAST_LETTERS and name.startswith(word):
            return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    if found := _ISO.fullmatch(word):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTS.fullmatch(word):
        year, month, day = int(found[3] or today.year), int(found[2]), int(found[1])
        meant = _date(year, month, day)
        return _date(year - 1, month, day) if meant and not found[3] and meant > today else meant
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def asked_day(text: str, *, today: date) -> date:
    """Return the day that a text means. Raises LineError if it means none."""
    day = day_of(text, today=today)
    if day is None:
        raise LineError(f"not done: {shown(text)} is no day; {HOW_TO_SAY}")
    return day


def local_today() -> date:
    """Return the day of now, in this machine's time zone."""
    return datetime.now().astimezone().date()


def first_of_day(client: "Client", conversation: Conversation, day: date) -> Message | None:
    """Return the first message of a day or later, by the hub's clock in this machine's time zone.

    None: nothing was said since. Times grow with the log, so it is found in some twenty looks.
    """
    start_ms = int(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000)
    low, high = 0, _newest_seq(client, conversation)
    found: Message | None = None
    while low < high:
        middle = (low + high) // 2
        message = _behind(client, conversation, middle)
        if message is None or message.seq > high:
            high = middle
        elif message.sent_at_ms >= start_ms:
            found, high = message, middle
        else:
            low = message.seq
    return found


def _newest_seq(client: "Client", conversation: Conversation) -> int:
    return max((each.seq for each in client.history(conversation, limit=20)), default=0)


def _behind(client: "Client", conversation: Conversation, seq: int) -> Message | None:
    """Return the first message with a higher seq."""
    page = client.page(conversation, after=seq, limit=1)
    return next((each for each in page.messages if each.seq), None)
