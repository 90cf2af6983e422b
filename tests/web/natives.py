"""Native clients beside browsers: Playwright holds the thread of the test, so they live in another."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from lanmsg.client import Client, ClientSettings

T = TypeVar("T")
WAIT_S = 60


class Natives:
    """A thread with an event loop, and the clients in it. Verbs that wait go through `do`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._stack = contextlib.AsyncExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work that is done over there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    def tell(self, verb: Any, *values: Any) -> Any:
        """Call a verb that does not wait, over there."""

        async def call() -> Any:
            return verb(*values)

        return self.do(call())

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""

        async def wait() -> None:
            while not is_so():  # noqa: ASYNC110 - what is looked at is in another process
                await asyncio.sleep(0.05)

        self.do(wait())

    def join(self, address: str, name: str, **settings: Any) -> Client:
        """Open the client of a person; it is closed at the end."""
        wanted = ClientSettings(home=self._directory / name, name=name, hub=address, **settings)
        return self.do(self._stack.enter_async_context(Client(wanted)))
