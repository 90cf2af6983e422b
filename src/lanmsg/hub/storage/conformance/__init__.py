"""What every storage must do, as checks that run on any implementation.

A test parametrizes over `CHECKS` and calls `check_storage`. The name of a check is the rule it holds a
storage to; closing and reopening stands for a restart of the hub.
"""

from collections.abc import Callable
from typing import Final

from lanmsg.hub.storage.conformance import keys, logs, people, pruning, sizes, transactions
from lanmsg.hub.storage.conformance.bench import Bench, Check
from lanmsg.hub.storage.interface import Storage

__all__ = ["CHECKS", "Check", "check_storage"]

CHECKS: Final[tuple[Check, ...]] = (
    *transactions.CHECKS,
    *logs.CHECKS,
    *pruning.CHECKS,
    *people.CHECKS,
    *keys.CHECKS,
    *sizes.CHECKS,
)
"""Every rule of the interface, one function each."""


def check_storage(open_storage: Callable[[], Storage], check: Check) -> None:
    """Hold a storage to one rule.

    `open_storage` opens the same storage each time, empty at first; it is called again only after the
    one before was closed.

    Raises:
        AssertionError: if the rule does not hold.
    """
    bench = Bench(open_storage)
    try:
        check(bench)
    finally:
        bench.storage.close()
