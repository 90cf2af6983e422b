"""What the tests watch over by themselves."""

import pytest
from blockbuster import BlockingError

from lanmsg.client import client
from lanmsg.hub import hub

WAITING = "import time; time.sleep(0)"


async def test_a_hub_that_waits_in_its_event_loop_is_caught():
    with pytest.raises(BlockingError, match=r"time\.sleep"):
        exec(compile(WAITING, hub.__file__, "exec"))  # noqa: S102 - as if it stood there


async def test_one_persons_client_may_wait():
    exec(compile(WAITING, client.__file__, "exec"))  # noqa: S102 - as if it stood there


def test_outside_of_event_loops_everybody_may_wait():
    exec(compile(WAITING, hub.__file__, "exec"))  # noqa: S102 - as if it stood there
