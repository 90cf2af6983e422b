"""Bugs planted on purpose: the checker finds each, by a violation that fits it."""

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.test_simulation import kept, simulate


@pytest.fixture(scope="module")
def table():
    """What the command prints: a line for each bug, and what found it."""
    return simulate(*kept("--bugs")).stdout.splitlines()


def test_there_are_enough_of_them():
    assert len(BUGS) >= 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_it_is_found_that(name, table):
    [line] = [line for line in table if line.startswith(f"| {name} |")]
    assert "(seed " in line
