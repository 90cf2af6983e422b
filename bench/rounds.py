"""Rounds of whole measurements that are no cells: each in turn, round after round, kept as they come."""

import json
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.results import RESULTS, describe_machine, wait_for_quiet

Reading = dict[str, object]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing to measure: `labels` say what, `measure` gives its figures.

    A measurement that cannot be made raises OSError, RuntimeError or subprocess.SubprocessError; its
    reading then has `failure`.
    """

    labels: Mapping[str, object]
    measure: Callable[[], Mapping[str, object]]


def measure_in_rounds(
    measurements: Sequence[Measurement], *, rounds: int, name: str, say: Callable[[str], None]
) -> list[Reading]:
    """Measure all in turn; the file `results/NAME.json` is written anew after each."""
    RESULTS.mkdir(exist_ok=True)
    record: dict[str, object] = {"name": name, **describe_machine(), "cells": []}
    readings: list[Reading] = []
    for number in range(1, rounds + 1):
        for each in measurements:
            load = wait_for_quiet()
            readings.append({**each.labels, **_try(each), "round": number, "load_before": load})
            say(str({key: _short(value) for key, value in readings[-1].items()}))
            record["cells"] = readings
            text = json.dumps(record, indent=1) + "\n"
            (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    return readings


def _try(measurement: Measurement) -> Mapping[str, object]:
    try:
        return measurement.measure()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return {"failure": str(error)[-500:]}


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def middle(readings: Sequence[Reading], figure: str) -> str:
    """Return a figure's median over the readings that have it, with its spread, for a table."""
    values = [float(str(each[figure])) for each in readings if figure in each]
    if not values:
        return "-"
    return f"{statistics.median(values):,.4g} ({min(values):,.4g} to {max(values):,.4g})"
