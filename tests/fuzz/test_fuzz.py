"""F-01, F-03: foreign bytes for everything that reads them.

Nothing but the declared errors is raised, no input takes 50 ms of the processor, memory stays. Some inputs
in `make test`, the same each time; `make deep-fuzz SECONDS=60` tries each so long.
"""

import os
import time

import pytest

from tests.records import keep

from .run import SLOW_S, fuzz
from .targets import TARGETS

SECONDS = float(os.environ.get("LANMSG_FUZZ_SECONDS", "0"))
EXECUTIONS = 150
ANY_MACHINE_S = 0.5
"""In `make test`, on whatever machine: a hang is found, a few milliseconds more are not."""


@pytest.mark.timeout(max(120, SECONDS * 10))
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_foreign_bytes_do_no_harm_to_who_reads(target):
    seed = time.time_ns() if SECONDS else 0
    slow_s = SLOW_S if SECONDS else ANY_MACHINE_S
    outcome = fuzz(target, seed=seed, executions=EXECUTIONS, seconds=SECONDS, slow_s=slow_s)
    if SECONDS:
        figures = {"inputs": outcome.executions, "taken": outcome.accepted}
        figures |= {"ms for the slowest": round(outcome.slowest_s * 1000, 2)}
        print(keep(f"fuzz: {target.name}", figures, violations=len(outcome.failures), plan="F-01"))  # noqa: T201
    assert outcome.failures == [], f"seed {seed}"
    assert outcome.accepted, "nothing but refusals would have been tried"
