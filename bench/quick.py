"""`bench-quick`: W1 to W3 small, as ratios against the thread-per-client baseline of the same run."""

import json
import statistics
from collections.abc import Callable, Sequence

from bench import direct, fan_out, paced
from bench.cells import Cell
from bench.results import run_rounds

ROUNDS = 3
_LATENCIES = ("ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms")


def run_quick(*, say: Callable[[str], None]) -> None:
    """Measure, and print the ratios."""
    for title, cells, unit in (
        ("W1 fan-out", fan_out.small_cells(), "deliveries"),
        ("W2 direct", direct.small_cells(), "messages"),
    ):
        path = run_rounds(cells, rounds=ROUNDS, name=f"quick-{cells[0].workload}", say=say)
        readings = json.loads(path.read_text(encoding="utf-8"))["cells"]
        _print_ratios(title, cells, readings, unit, say=say)
    path = run_rounds(paced.small_cells(), rounds=1, name="quick-paced", say=say)
    _print_latencies(json.loads(path.read_text(encoding="utf-8"))["cells"], say=say)


def _print_latencies(readings: list[dict[str, float]], *, say: Callable[[str], None]) -> None:
    say("\nW3 paced: 500 messages/s in, 5,000 deliveries/s out")
    for each in readings:
        if "failure" not in each:
            latency = ", ".join(f"{name} {each[name]:.1f} ms" for name in _LATENCIES if name in each)
            say(f"  {each['peer']:12} {latency}, lost {each['lost']}")


def _print_ratios(
    title: str,
    cells: Sequence[Cell],
    readings: list[dict[str, float]],
    unit: str,
    *,
    say: Callable[[str], None],
) -> None:
    def rates(peer: str) -> list[float]:
        return [each[unit] / each["seconds"] for each in readings if each["peer"] == peer and unit in each]

    base = rates("threads")
    say(f"\n{title}: {unit}/s as a multiple of a thread per client")
    for cell in cells:
        ratios = sorted(mine / theirs for mine, theirs in zip(rates(cell.peer), base, strict=False))
        if ratios:
            middle = statistics.median(ratios)
            say(f"  {cell.peer:12} {middle:6.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})")
