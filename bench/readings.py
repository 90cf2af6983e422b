"""Rounds of readings that have no peer to compare with: kept as JSON, printed with their spread."""

import json
from collections.abc import Sequence

from bench.results import RESULTS, describe_machine
from bench.summary import Reading, spread


def keep_readings(name: str, readings: Sequence[Reading]) -> None:
    """Write what was measured so far; called after each round, so that a stopped run leaves something."""
    RESULTS.mkdir(exist_ok=True)
    record = {"name": name, **describe_machine(), "cells": list(readings)}
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def spread_lines(readings: Sequence[Reading], names: Sequence[str]) -> list[str]:
    """Return a line a figure: its median over the rounds, its lowest and its highest."""
    lines: list[str] = []
    for name in names:
        values = [float(each[name]) for each in readings if name in each]
        if values:
            each = spread(values)
            lines.append(f"  {name:32} {each.middle:14,.2f}  ({each.low:,.2f} to {each.high:,.2f})")
    return lines
