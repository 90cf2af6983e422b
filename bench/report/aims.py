"""What the project promised itself beside what was measured; whether it was met is computed here alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.words import Show, short, spread_of, table, with_unit
from bench.summary import spread


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim.

    Attributes:
        text: what was aimed at, as a reader should see it.
        found: what was measured, one value a round; empty if it was not.
        limit: the least that meets it, or the most with `is_at_most`.
        show: how the values are written.
    """

    text: str
    found: Sequence[float]
    limit: float
    show: Show = short
    is_at_most: bool = False

    def is_met_by(self, value: float) -> bool:
        """Tell whether this value would do."""
        return value <= self.limit if self.is_at_most else value >= self.limit

    def verdict(self) -> str:
        """Return the words: the median decides, and rounds that say otherwise are counted."""
        if not self.found:
            return "not measured"
        rounds = len(self.found)
        met = sum(map(self.is_met_by, self.found))
        if self.is_met_by(spread(self.found).middle):
            return "**met**" if met == rounds else f"**met**, but missed in {rounds - met} of {rounds} rounds"
        return "**missed**" if not met else f"**missed**, but met in {met} of {rounds} rounds"


def at_most(text: str, found: Sequence[float], *, limit: float, unit: str = "") -> Aim:
    """Return the aim not to exceed a limit, in a unit or a plain count."""
    return Aim(text, found, limit, with_unit(unit) if unit else short, is_at_most=True)


def aims_table(aims: Sequence[Aim]) -> str:
    """Return a table of aims, what was measured, and the verdict."""
    rows = [[aim.text, spread_of(aim.found, aim.show) or "none", aim.verdict()] for aim in aims]
    return table(["aim", "measured", ""], rows, left=3)
