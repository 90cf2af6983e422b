"""Makes a failing schedule small: takes steps away for as long as it still fails in the same way.

Delta debugging (Zeller and Hildebrandt 2002): halves first, then ever smaller pieces, then single steps.
"""

from collections.abc import Callable

from .schedule import Schedule, Step


def shrink(schedule: Schedule, fails: Callable[[Schedule], bool], *, most_runs: int = 400) -> Schedule:
    """Return the smallest schedule found that still fails. Ends after `most_runs` tries."""
    steps = list(schedule.steps)
    runs, pieces = 0, 2
    while len(steps) > 1 and runs < most_runs:
        size = max(1, len(steps) // pieces)
        smaller: list[Step] | None = None
        for start in range(0, len(steps), size):
            rest = steps[:start] + steps[start + size :]
            runs += 1
            if rest and fails(schedule.with_steps(rest)):
                smaller = rest
                break
        if smaller is not None:
            steps, pieces = smaller, max(2, pieces - 1)
        elif size == 1:
            break
        else:
            pieces = min(2 * pieces, len(steps))
    return schedule.with_steps(steps)
