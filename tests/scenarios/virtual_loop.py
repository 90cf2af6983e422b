"""An event loop whose clock jumps: hours pass in milliseconds, and always the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LONGEST_RUN_S = 7 * 24 * 3600.0


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: asks the loop to move its clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Look at the real files without waiting, then let the time pass that would have been waited."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everybody waits for something that never comes")
        if not ready and timeout:
            self.loop.advance(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer whenever nothing is ready."""

    def __init__(self) -> None:
        self._now_s = 0.0
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        """Return the virtual clock."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_s += seconds
        assert self._now_s < LONGEST_RUN_S, "the scenario never ends"


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a scenario in virtual time."""
    bugs: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: bugs.append(context))
        result = runner.run(main)
    assert not bugs, bugs
    return result
