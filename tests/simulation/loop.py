"""An event loop whose clock jumps and whose turns are drawn by lot, the same way for the same seed.

Every callback belongs to a process (`PROCESS`, inherited by whatever it starts). Within a process the
order is asyncio's own, first in, first out; which process goes next is drawn. So everything that
machines on a network may do to each other's timing happens, and nothing that asyncio rules out.
A process may be paused, as by SIGSTOP, or killed: then nothing of it runs any more, not even `finally`.
"""

import asyncio
import contextlib
import contextvars
import hashlib
import heapq
from collections import Counter, deque
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


PROCESS: contextvars.ContextVar[str] = contextvars.ContextVar("process", default="world")
LONGEST_RUN_S = 7 * 24 * 3600.0
MOST_FINALLY = 10
MOST_TURNS_AT_A_TIME = 100_000
"""Callbacks without any time passing: more is a loop that spins."""


def run_in(loop: "SimulatedLoop", main: Coroutine[Any, Any, T]) -> T:
    """Run something to its end. Tasks of killed processes stay where they are: they are buried, not ended."""
    try:
        return loop.run_until_complete(main)
    finally:
        loop.bury()
        loop.close()


def context_of(process: str) -> contextvars.Context:
    """Return a context in which a process starts."""
    context = contextvars.copy_context()
    context.run(PROCESS.set, process)
    return context


class _Ready:
    """What may run now, a queue for each process. Takes the place of asyncio's one queue."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._queues: dict[str, deque[asyncio.Handle]] = {}
        self.runnable: list[str] = []
        """Processes with something to do that are not paused."""
        self.paused: set[str] = set()
        self.killed: set[str] = set()

    def append(self, handle: asyncio.Handle) -> None:
        process: str = handle._context.get(PROCESS, "world")
        if process in self.killed:
            return
        queue = self._queues.get(process)
        if queue is None:
            queue = self._queues[process] = deque()
        if not queue and process not in self.paused:
            self.runnable.append(process)
        queue.append(handle)

    def take(self) -> tuple[str, asyncio.Handle]:
        runnable = self.runnable
        index = int(self._chance.random() * len(runnable)) if len(runnable) > 1 else 0
        process = runnable[index]
        queue = self._queues[process]
        handle = queue.popleft()
        if not queue:
            runnable[index] = runnable[-1]
            runnable.pop()
        return process, handle

    def pause(self, process: str) -> None:
        self.paused.add(process)
        if process in self.runnable:
            self.runnable.remove(process)

    def resume(self, process: str) -> None:
        self.paused.discard(process)
        if self._queues.get(process) and process not in self.runnable:
            self.runnable.append(process)

    def kill(self, process: str) -> None:
        self.killed.add(process)
        self.pause(process)
        self._queues.pop(process, None)

    def clear(self) -> None:
        self._queues.clear()
        self.runnable.clear()


class SimulatedLoop(asyncio.BaseEventLoop):
    """Draws which process goes next; jumps to the next timer when none can. No files, no threads."""

    def __init__(self, seed: str) -> None:
        self._now_s = 0.0
        super().__init__()
        self._turns = _Ready(Random(seed))
        self._ready = self._turns  # asyncio's own: `call_soon` appends to it
        self._trace: list[tuple[float, object]] = []
        self._idle_turns = 0
        self._tasks: dict[str, list[asyncio.Task[Any]]] = {}
        self._graves: list[asyncio.Task[Any]] = []
        self.bugs: list[str] = []
        self.callbacks: Counter[str] = Counter()
        self.set_exception_handler(self._note_bug)
        self.set_task_factory(self._make_task)

    def _make_task(
        self, _loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **named: Any
    ) -> asyncio.Task[Any]:
        """Make a task and remember whose it is."""
        context = named.get("context")
        process = PROCESS.get() if context is None else context.get(PROCESS, "world")
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=self, **named)
        if process != "world":
            self._tasks.setdefault(process, []).append(task)
        return task

    def _note_bug(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.bugs.append(f"{context['message']}: {context.get('exception')!r}")

    # --- what asyncio asks of a loop ---------------------------------------------------------

    def time(self) -> float:
        """Return the simulated clock."""
        return self._now_s

    def _run_once(self) -> None:
        self._ring_timers()
        if not self._turns.runnable:
            self._jump()
            return
        self._idle_turns += 1
        assert self._idle_turns < MOST_TURNS_AT_A_TIME, "it spins without any time passing"
        process, handle = self._turns.take()
        if not handle._cancelled:
            self.note(process)
            self.callbacks[process] += 1
            handle._run()

    def _ring_timers(self) -> None:
        scheduled = self._scheduled
        while scheduled and (scheduled[0]._cancelled or scheduled[0]._when <= self._now_s):
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            if not timer._cancelled:
                self._turns.append(timer)

    def _jump(self) -> None:
        if not self._scheduled:
            raise AssertionError("everybody waits for something that never comes")
        self._now_s = max(self._now_s, self._scheduled[0]._when)
        self._idle_turns = 0
        assert self._now_s < LONGEST_RUN_S, "it never ends"

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are passed over when their time comes."""

    def _write_to_self(self) -> None:
        raise AssertionError("a simulation has no threads")

    def _process_events(self, event_list: object) -> None:
        """There are no files."""

    # --- for the simulation ------------------------------------------------------------------

    def note(self, what: object) -> None:
        """Make something part of the trace."""
        self._trace.append((self._now_s, what))

    @property
    def trace(self) -> str:
        """A hash of all that has happened so far, and when."""
        return hashlib.sha256(repr(self._trace).encode()).hexdigest()

    @property
    def killed(self) -> set[str]:
        """The processes that are dead."""
        return self._turns.killed

    def pause(self, process: str) -> None:
        """Let nothing of a process run."""
        self._turns.pause(process)

    def resume(self, process: str) -> None:
        """Let it go on; timers that rang meanwhile come now."""
        self._turns.resume(process)

    def kill(self, process: str) -> None:
        """Let nothing of a process run ever again. Its tasks are buried at the end."""
        # Held, or the collector would run their `finally` now.
        self._graves += [task for task in self._tasks.pop(process, []) if not task.done()]
        self._turns.kill(process)

    def bury(self) -> None:
        """End the tasks of killed processes, when what their `finally` does can do no harm any more."""
        graves, self._graves = self._graves, []
        for task in graves:
            task._log_destroy_pending = False
            coroutine = task.get_coro()
            for _ in range(MOST_FINALLY):  # each may wait once more, though nobody answers
                with contextlib.suppress(Exception):  # no loop runs any more
                    coroutine.close()
                    break
