"""`bench-quick`: W1 to W3 small, as ratios against the thread-per-client baseline of the same run.

A guard, not a result: it tells whether a change made the hub much slower, on any machine, in three
minutes. It does not wait for a quiet machine. A ratio is taken within a round, and its spread over the
rounds says how much to believe it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import direct, fan_out, paced
from bench.cells import Cell, measure_cell
from bench.readings import keep_readings
from bench.report.words import short, spread_of, times
from bench.summary import Reading, failure, of, rates, ratios, share, value_ratios, values

ROUNDS = 3
LIMIT_S = 170.0
"""No round begins that would probably end later."""
BASELINE = "threads"
_LATENCIES = ("ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """One workload; `unit` is what is counted, or empty where times are measured."""

    name: str
    title: str
    cells: Sequence[Cell]
    unit: str = ""


def run_quick(*, say: Say) -> None:
    """Measure all parts, round after round, then print the ratios of all."""
    parts = (
        _Part("quick-room", "W1, one room of 99 readers, 64 in flight", fan_out.small_cells(), "deliveries"),
        _Part("quick-pairs", "W2, 100 clients in pairs, 4 in flight each", direct.small_cells(), "messages"),
        _Part("quick-paced", "W3, 500 messages/s in, 5,000 deliveries/s out", paced.small_cells()),
    )
    readings: dict[str, list[Reading]] = {part.name: [] for part in parts}
    started_s = time.monotonic()
    for number in range(1, ROUNDS + 1):
        round_started_s = time.monotonic()
        say(f"round {number} of {ROUNDS}")
        for part in parts:
            for cell in part.cells:
                readings[part.name].append({**measure_cell(cell), "round": number})
            keep_readings(part.name, readings[part.name])
        now_s = time.monotonic()
        if number < ROUNDS and now_s - started_s + (now_s - round_started_s) > LIMIT_S:
            say("no time for another round")
            break
    for part in parts:
        found = readings[part.name]
        lines = rate_lines(found, part.unit) if part.unit else latency_lines(found)
        say("\n".join([f"\n{part.title}", *lines]))
    if not all(values(of(found, "peer", "lanmsg"), "seconds") for found in readings.values()):
        raise RuntimeError("there is a part in which the hub gave no figures")
    say(f"\nMedians of the rounds (lowest to highest); {time.monotonic() - started_s:.0f} s in all.")


def rate_lines(readings: Sequence[Reading], unit: str) -> list[str]:
    """Return a line for each server: its rate, how busy it was, and its ratio to the baseline."""
    base = of(readings, "peer", BASELINE)
    lines: list[str] = []
    for peer in dict.fromkeys(each["peer"] for each in readings):
        mine = of(readings, "peer", peer)
        found = rates(mine, unit)
        if not found:
            lines.append(f"  {peer:12} {failure(mine[0])}")
            continue
        ratio = "" if peer == BASELINE else f", {spread_of(ratios(mine, base, unit), times)} of {BASELINE}"
        busy = f"{share(mine, 'server_cpu_s'):.0%} of its core"
        lines.append(f"  {peer:12} {spread_of(found)} {unit}/s, {busy}{ratio}")
    return lines


def latency_lines(readings: Sequence[Reading]) -> list[str]:
    """Return the times of each server, and those of the hub as multiples of the baseline's."""
    base = of(readings, "peer", BASELINE)
    lines: list[str] = []
    for peer in dict.fromkeys(each["peer"] for each in readings):
        mine = of(readings, "peer", peer)
        if not values(mine, "lost"):
            lines.append(f"  {peer:12} {failure(mine[0])}")
            continue
        lines.append(f"  {peer:12} lost {short(max(values(mine, 'lost')))}")
        for name in _LATENCIES:
            if found := values(mine, name):
                ratio = "" if peer == BASELINE else spread_of(value_ratios(mine, base, name), times)
                against = f", {ratio} of {BASELINE}" if ratio else ""
                lines.append(f"    {name:18} {spread_of(found)}{against}")
    return lines
