"""Jobs in processes of their own: what they print comes back, and why they failed."""

import pytest
from bench.jobs import run_beside

TIMEOUT_S = 30.0
SHORT = "tests.bench.short_job"


def test_a_job_beside_the_body_ends_when_it_is_told():
    job = {"says": "ready", "window": 4}
    with run_beside(SHORT, job, ready="ready", timeout_s=TIMEOUT_S) as finish:
        assert finish() == job


def test_a_job_that_fails_at_the_end_says_why():
    job = {"says": "ready", "fails": "the hub hung up"}
    with (
        pytest.raises(RuntimeError, match="the hub hung up"),
        run_beside(SHORT, job, ready="ready", timeout_s=TIMEOUT_S) as finish,
    ):
        finish()


def test_a_job_that_does_not_get_ready_says_why():
    job = {"says": "", "fails": "nobody could log in"}
    with (
        pytest.raises(RuntimeError, match="nobody could log in"),
        run_beside(SHORT, job, ready="ready", timeout_s=TIMEOUT_S),
    ):
        pytest.fail("the body must not begin")
