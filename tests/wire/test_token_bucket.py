"""How fast somebody may do something, to the exact moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.token_bucket import TokenBucket


def test_a_burst_is_allowed_at_once_and_then_the_rate() -> None:
    bucket = TokenBucket(per_second=2, burst=3, now_s=100)
    assert [bucket.wait_s(100) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert bucket.wait_s(100.25) == pytest.approx(0.25)
    assert [bucket.wait_s(100.5), bucket.wait_s(100.5)] == [0, 0.5]
    assert [bucket.wait_s(1000) for _ in range(4)] == [0, 0, 0, 0.5]


def test_without_a_rate_there_is_no_limit() -> None:
    bucket = TokenBucket(per_second=0, burst=1, now_s=0)
    assert [bucket.wait_s(0) for _ in range(5)] == [0] * 5


def test_a_burst_below_one_still_lets_one_through() -> None:
    bucket = TokenBucket(per_second=1, burst=0, now_s=0)
    assert [bucket.wait_s(0), bucket.wait_s(0), bucket.wait_s(1)] == [0, 1, 0]


@given(
    per_second=st.floats(0.1, 100),
    burst=st.integers(1, 100),
    pauses_s=st.lists(st.floats(0, 5), max_size=100),
)
def test_never_more_than_burst_and_rate_allow(per_second: float, burst: int, pauses_s: list[float]) -> None:
    bucket, now_s, taken = TokenBucket(per_second=per_second, burst=burst, now_s=0), 0.0, 0
    for pause_s in pauses_s:
        now_s += pause_s
        taken += not bucket.wait_s(now_s)
        assert taken <= burst + per_second * now_s + 1e-6


@given(per_second=st.floats(0.1, 100), burst=st.integers(1, 20), asked_s=st.floats(0, 100))
def test_who_waits_as_long_as_told_gets_through(per_second: float, burst: int, asked_s: float) -> None:
    bucket = TokenBucket(per_second=per_second, burst=burst, now_s=0)
    while not (wait_s := bucket.wait_s(asked_s)):
        pass
    assert bucket.wait_s(asked_s + wait_s + 0.001) == 0


def test_a_token_given_back_can_be_taken_again_and_never_makes_more_than_a_burst() -> None:
    bucket = TokenBucket(per_second=1, burst=2, now_s=0)
    bucket.give_back()
    assert [bucket.wait_s(0) == 0 for _ in range(3)] == [True, True, False]
    bucket.give_back()
    assert bucket.wait_s(0) == 0
