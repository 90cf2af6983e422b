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
        return [each for each in readings if self._has(each) and each["peer"] == peer]

    def peers(self, readings: Iterable[Reading]) -> list[str]:
        """Return who was measured, in order."""
        return list(dict.fromkeys(each["peer"] for each in readings if self._has(each)))

    def _has(self, reading: Reading) -> bool:
        return (reading["workload"], reading["clients"], reading["window"], reading["text_bytes"]) == (
            self.workload,
            self.clients,
            self.window,
            self.text_bytes,
        )


def of(readings: Iterable[Reading], name: str, value: object) -> list[Reading]:
    """Return the readings whose field has this value, in order."""
    return [each for each in readings if each[name] == value]


def failure(reading: Reading) -> str:
    """Return the last line of why nothing was measured, fit for a table; empty if something was."""
    lines = str(reading.get("failure", "")).strip().splitlines()
    return lines[-1].replace("|", "/") if lines else ""


def values(readings: Iterable[Reading], name: str) -> list[float]:
    """Return a figure of each reading that has it, in order."""
    return [float(each[name]) for each in readings if "failure" not in each and name in each]


def rates(readings: Iterable[Reading], unit: str) -> list[float]:
    """Return `unit` a second of each reading that did not fail."""
    return [each[unit] / each["seconds"] for each in readings if "failure" not in each]


def costs_us(readings: Iterable[Reading], unit: str) -> list[float]:
    """Return the microseconds of the server's core that one of `unit` took, of each reading."""
    return [1e6 * each["server_cpu_s"] / each[unit] for each in readings if each.get(unit)]


def share(readings: Iterable[Reading], name: str) -> float:
    """Return the median share of its core that the server or the generator used."""
    found = [each[name] / each["seconds"] for each in readings if "failure" not in each]
    return statistics.median(found) if found else 0.0


def by_round(readings: Iterable[Reading]) -> dict[int, Reading]:
    """Return the readings that did not fail by the number of their round."""
    return {each["round"]: each for each in readings if "failure" not in each}


def ratios(ours: Iterable[Reading], theirs: Iterable[Reading], unit: str) -> list[float]:
    """Return our rate divided by theirs, round by round."""
    mine, others = by_round(ours), by_round(theirs)
    return [
        (mine[number][unit] / mine[number]["seconds"]) / (others[number][unit] / others[number]["seconds"])
        for number in mine
        if number in others and others[number][unit]
    ]


def value_ratios(ours: Iterable[Reading], theirs: Iterable[Reading], name: str) -> list[float]:
    """Return our figure divided by theirs, round by round."""
    mine, others = by_round(ours), by_round(theirs)
    return [mine[number][name] / others[number][name] for number in mine if others.get(number, {}).get(name)]
