"""Statuses: what people let others know of whether they are there."""

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """What a connected device says of its person. Without a connection there is none."""

    ONLINE = 0
    IDLE = 1
    """Connected, but nobody has touched it for a while."""
    AWAY = 2
    """Said so themselves, perhaps with a reason."""
    DO_NOT_DISTURB = 3
    """There, and not to be disturbed."""


_FIRST: Final = (Status.DO_NOT_DISTURB, Status.ONLINE, Status.IDLE, Status.AWAY)
"""Which device's status a person is shown with. A wish comes before a measure, then the most present."""


def status_of(number: int) -> Status:
    """Return a status by its number on the wire; one that is not known (yet) counts as online."""
    return Status(number) if number in _FIRST else Status.ONLINE


def rank(status: Status) -> int:
    """Return a status's place among those of one person's devices; the lowest is shown."""
    return _FIRST.index(status)
