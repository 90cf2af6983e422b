"""Figures: several readings of one thing, and how they are shown. Quote medians, with their spread."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Readings of one thing in one unit; `aim` is what the project promises itself, None if nothing."""

    name: str
    unit: str
    readings: tuple[float, ...]
    aim: float | None = None

    @property
    def median(self) -> float:
        """The reading to quote."""
        return statistics.median(self.readings)

    def as_json(self) -> dict[str, object]:
        """Return the raw readings."""
        return {"name": self.name, "unit": self.unit, "readings": list(self.readings), "aim": self.aim}


def print_figures(title: str, figures: list[Figure]) -> None:
    """Print a table."""
    print(f"\n{title}")
    print(f"  {'':44} {'min':>9} {'median':>9} {'max':>9} {'aim':>9}")
    for figure in figures:
        aim = "" if figure.aim is None else f"{figure.aim:g}"
        name = f"{figure.name} ({figure.unit})"
        low, high = min(figure.readings), max(figure.readings)
        print(f"  {name:44} {low:9.3f} {figure.median:9.3f} {high:9.3f} {aim:>9}")
