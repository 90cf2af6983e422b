"""The start on the page: how long a person waits."""

from bench.report.aims import Aim
from bench.report.kept import Kept, Section
from bench.report.words import short, spread_of, table
from bench.summary import Reading


def write_startup(kept: Kept) -> Section:
    """Return how long a person waits."""
    figures = kept.records["startup"]["figures"]
    rows = [
        [f"{each['name']} ({each['unit']})", spread_of(each["readings"]), *_startup_aim(each)]
        for each in figures
    ]
    return Section("\n".join([_STARTUP_TEXT, table(["", "measured", "aim: at most", ""], rows)]))


def _startup_aim(figure: Reading) -> list[str]:
    if figure["aim"] is None:
        return ["", ""]
    aim = Aim("", figure["readings"], figure["aim"], is_at_most=True)
    return [short(figure["aim"]), aim.verdict()]


_STARTUP_TEXT = """## The start

How long a person waits: whole processes on loopback, measured from outside.
"""
