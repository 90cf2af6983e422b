"""Runs targets on mutated seeds, and measures what is raised, how long it takes, and what memory it keeps."""

import resource
import time
from dataclasses import dataclass, field
from random import Random

from .made import made
from .mutator import mutated
from .seeds import EXTRA, pool
from .targets import Target

SLOW_S = 0.05
"""Processor time of one input, on a machine that has little else to do; measured again if it was more."""
MEMORY_KIB = 96 * 1024
"""What a target may leave the process larger by, after all of its inputs."""
FEW = 250
"""Seeds that a slow target is asked about before it begins."""
OWN_SHARE = 0.7
"""How many inputs are made of seeds that the target takes as they are: the others meet its door."""


@dataclass
class Outcome:
    """What came of one target."""

    name: str
    executions: int = 0
    accepted: int = 0
    slowest_s: float = 0.0
    failures: list[str] = field(default_factory=list)


def fuzz(
    target: Target, *, seed: int = 0, executions: int = 0, seconds: float = 0.0, slow_s: float = SLOW_S
) -> Outcome:
    """Try a target so often, or so long. The same seed gives the same inputs."""
    outcome, chance = Outcome(target.name), Random(f"{target.name} {seed}")
    everything = (*pool(), *made())
    looked_at = (*chance.sample(pool(), FEW), *made(), *EXTRA) if target.is_slow else everything
    own = [data for data in looked_at if _takes_or_breaks(target, data)] or everything
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    end_s = time.monotonic() + seconds
    while outcome.executions < executions or time.monotonic() < end_s:
        data = mutated(chance, own if chance.random() < OWN_SHARE else everything)
        _try(target, data, outcome, slow_s)
        if len(outcome.failures) >= 5:
            break
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > MEMORY_KIB:
        outcome.failures.append(f"{target.name} left the process {grown} KiB larger")
    return outcome


def _takes(target: Target, data: bytes) -> bool:
    try:
        target.read(data)
    except target.errors:
        return False
    return True


def _takes_or_breaks(target: Target, data: bytes) -> bool:
    try:
        return _takes(target, data)
    except Exception:  # noqa: BLE001 - it will be tried again, and told
        return True


def _try(target: Target, data: bytes, outcome: Outcome, slow_s: float) -> None:
    outcome.executions += 1
    start_s = time.thread_time()
    try:
        outcome.accepted += _takes(target, data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        outcome.failures.append(f"{target.name}: {type(error).__name__}: {error} for {data[:300].hex()}")
        return
    took_s = time.thread_time() - start_s
    if took_s > slow_s:
        took_s = min(took_s, *(_time(target, data) for _ in range(3)))
    outcome.slowest_s = max(outcome.slowest_s, took_s)
    if took_s > slow_s:
        outcome.failures.append(
            f"{target.name}: {took_s * 1000:.0f} ms for {data[:100].hex()} ({len(data)} bytes)"
        )


def _time(target: Target, data: bytes) -> float:
    start_s = time.thread_time()
    _takes(target, data)
    return time.thread_time() - start_s
