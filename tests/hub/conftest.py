"""What the tests of the hub share: nothing in it may keep its event loop waiting."""

import pytest
from blockbuster import blockbuster_ctx

MAY_BLOCK = (
    # The start and the end of a hub, which has nobody to keep waiting.
    ("lanmsg/hub/storage/sqlite/storage.py", ("open",)),
    ("lanmsg/hub/commit_queue.py", ("close",)),
    # The tables that names are checked with: 60 ms, once, and 7 MB that a hub without newcomers does without.
    ("lanmsg/wire/confusables.py", ("_load",)),
    # Files of /proc, which no disk has.
    ("lanmsg/hub/metrics.py", ("render",)),
    # Showing a traceback, which only a bug brings about.
    ("structlog/dev.py", ("__call__",)),
    ("structlog/processors.py", ("__call__",)),
)


@pytest.fixture(scope="module", autouse=True)
def no_hub_blocks_its_event_loop():
    """Raise BlockingError where the hub waits for a disk, a lock, a socket or the time inside a coroutine."""
    with blockbuster_ctx("lanmsg.hub") as guard:
        for function in guard.functions.values():
            for file, names in MAY_BLOCK:
                function.can_block_in(file, names)
        yield
