"""Days as people write them, and where they begin in a conversation."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from lanmsg.chat.days import asked_day, day_of, first_of_day
from lanmsg.client.model import EVERYONE
from lanmsg.wire.commands import LineError

TODAY = date(2026, 11, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("2026-1-2", date(2026, 1, 2)),
        ("2.11.2025", date(2025, 11, 2)),
        ("2.11.", date(2026, 11, 2)),
        ("5.11", date(2025, 11, 5)),
        (" Yesterday ", date(2026, 11, 3)),
        ("today", TODAY),
        ("mon", date(2026, 11, 2)),
        ("Wednesday", date(2026, 10, 28)),
        ("31.2.", None),
        ("2026-13-01", None),
        ("mo", None),
        ("soup", None),
        ("", None),
    ],
)
def test_a_day_is_what_people_mean_by_it(text, day):
    assert day_of(text, today=TODAY) == day


def test_what_is_no_day_is_refused_with_how_to_say_one():
    with pytest.raises(LineError, match=r"soup is no day; write a day as in 2026-11-02"):
        asked_day("soup", today=TODAY)


@dataclass(frozen=True)
class Said:
    seq: int
    sent_at_ms: int


@dataclass(frozen=True)
class Page:
    messages: tuple


class Log:
    """A log with holes, whose times grow."""

    def __init__(self, *said):
        self.said = [Said(seq, int(at.timestamp() * 1000)) for seq, at in said]

    def history(self, _, *, limit):
        return self.said[-limit:]

    def page(self, _, *, after, limit):
        return Page(tuple([each for each in self.said if each.seq > after][:limit]))


def noon(day):
    return datetime(2026, 11, day, 12).astimezone()


LOG = Log((2, noon(1)), (5, noon(1)), (6, noon(3)), (9, noon(3)), (20, noon(8)))


@pytest.mark.parametrize(("day", "seq"), [(1, 2), (2, 6), (3, 6), (4, 20), (8, 20), (9, None)])
def test_the_first_message_of_a_day_or_later_is_found(day, seq):
    found = first_of_day(LOG, EVERYONE, date(2026, 11, day))
    assert (found and found.seq) == seq


def test_where_nothing_was_said_no_day_begins():
    assert first_of_day(Log(), EVERYONE, TODAY) is None
