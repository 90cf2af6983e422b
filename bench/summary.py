"""From raw readings to what is quoted: medians over rounds, and ratios taken within a round."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Reading = dict[str, Any]
"""One measured cell, as the raw results keep it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the lowest and the highest of its rounds."""

    low: float
    middle: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of some readings."""
    return Spread(min(values), statistics.median(values), max(values))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cells: those whose fields have these values."""

    workload: str
    clients: int
    window: int
    text_bytes: int = 128

    def of(self, readings: Iterable[Reading], peer: str) -> list[Reading]:
        """Return a peer's readings, failed ones too, in the order of the rounds."""
        return [
            each
            for each in readings
            if (each["workload"], each["clients"], each["window"], each["text_bytes"], each["peer"])
            == (self.workload, self.clients, self.window, self.text_bytes, peer)
        ]

    def peers(self, readings: Iterable[Reading]) -> list[str]:
        """Return who was measured, in order."""
        found = {
            each["peer"]: None
            for each in readings
            if (each["workload"], each["clients"], each["window"], each["text_bytes"])
            == (self.workload, self.clients, self.window, self.text_bytes)
        }
        return list(found)


def rates(readings: Iterable[Reading], unit: str) -> list[float]:
    """Return `unit` a second of each reading that did not fail."""
    return [each[unit] / each["seconds"] for each in readings if "failure" not in each]


def share(readings: Iterable[Reading], name: str) -> float:
    """Return the median share of its core that the server or the generator used."""
    values = [each[name] / each["seconds"] for each in readings if "failure" not in each]
    return statistics.median(values) if values else 0.0


def ratios(ours: Iterable[Reading], theirs: Iterable[Reading], unit: str) -> list[float]:
    """Return ours divided by theirs, round by round."""
    by_round = {each["round"]: each for each in theirs if "failure" not in each}
    return [
        (mine[unit] / mine["seconds"]) / (by_round[mine["round"]][unit] / by_round[mine["round"]]["seconds"])
        for mine in ours
        if "failure" not in mine and mine["round"] in by_round
    ]
