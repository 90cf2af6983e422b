"""Bugs planted on purpose, to see that the checker finds them. Each is a patch of the product for one run.

Nothing of this is in the product: a plant replaces a method or a constant while a simulation runs.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from .run import run
from .schedule import draw

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Bug:
    """A planted bug. `shows_as` are the violations by which it may be found.

    `disk` is where it must run, `stress` what must come often for it to matter.
    """

    name: str
    plant: Plant
    shows_as: frozenset[str]
    disk: str = "memory"
    stress: tuple[str, ...] = ()


BUGS: dict[str, Bug] = {}


def bug(
    name: str, *shows_as: str, disk: str = "memory", stress: tuple[str, ...] = ()
) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        BUGS[name] = Bug(name, plant, frozenset(shows_as), disk, stress)
        return plant

    return register


def instead(
    owner: object, name: str, make: Callable[[Any], Callable[..., Any]]
) -> AbstractContextManager[Any]:
    """Replace a function by one that is made from it."""
    return patch.object(owner, name, make(getattr(owner, name)))


MOST_SEEDS = 60


@dataclass(frozen=True)
class Found:
    """The first seed that shows a bug, and by which violations."""

    seed: int
    names: frozenset[str]


def find(bug: Bug) -> Found | None:
    """Plant a bug and run seeds until it shows; None if it does not in `MOST_SEEDS`."""
    for seed in range(MOST_SEEDS):
        schedule = draw(seed, disk=bug.disk, stress=bug.stress)
        with bug.plant():
            outcome = run(schedule)
        names = frozenset(violation.name for violation in outcome.violations) & bug.shows_as
        if names:
            return Found(seed, names)
    return None
