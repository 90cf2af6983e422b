"""Staying connected: how long a client waits before it tries again. The rest is played in tests/scenarios."""

import pytest

from lanmsg.client.connection import FIRST_RETRY_S, LONGEST_RETRY_S, retry_delay_s


@pytest.mark.parametrize(
    ("attempt", "bound_s"), [(0, FIRST_RETRY_S), (1, 1.0), (5, 16.0), (6, LONGEST_RETRY_S), (9999, 30.0)]
)
def test_the_bound_of_the_wait_doubles_up_to_the_longest(attempt, bound_s):
    assert retry_delay_s(attempt, lambda: 1.0) == bound_s


def test_the_wait_is_anything_between_nothing_and_its_bound():
    assert [retry_delay_s(2, lambda share=share: share) for share in (0.0, 0.25, 0.5)] == [0.0, 0.5, 1.0]
