"""Effects to the outside, in order: first to the disk, then to the network and the faces."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from lanmsg.client.effects import Effects
from lanmsg.client.events import Event
from lanmsg.client.store.interface import Change, StoreFailed
from lanmsg.net.link import Link


class StoreExecutor(Protocol):
    """Commits to the store, on a thread of its own or not; see `client.store.executor`."""

    def submit(
        self,
        changes: list[Change],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Commit these after all earlier ones; then call back on the event loop, in order."""

    async def drain(self) -> None:
        """Wait until everything submitted is on disk."""

    def close(self) -> None:
        """Finish, then stop."""


class Committer:
    """One queue for all effects, so that nothing overtakes what it depends on."""

    def __init__(
        self,
        executor: StoreExecutor,
        *,
        emit: Callable[[Event], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._executor = executor
        self._emit = emit
        self._failed = failed
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_idle(self) -> bool:
        """Whether everything handed in so far is stored and delivered."""
        return not self._pending

    def carry_out(self, effects: Effects, link: Link | None) -> None:
        """Store, then send on this link, then tell. Without changes and with nothing waiting: at once."""
        if effects.is_empty:
            return
        if not effects.changes and not self._pending:
            self._deliver(effects, link)
            return
        self._pending += 1
        self._idle.clear()
        self._executor.submit(effects.changes, partial(self._committed, effects, link), self._store_failed)

    def _committed(self, effects: Effects, link: Link | None) -> None:
        self._pending -= 1
        try:
            self._deliver(effects, link)
        except StoreFailed as error:  # a later commit has failed meanwhile, on its thread
            self._store_failed(error)
        if not self._pending:
            self._idle.set()

    def _deliver(self, effects: Effects, link: Link | None) -> None:
        if link is not None and effects.frames:
            link.send(b"".join(effects.frames))
        for event in effects.events:
            self._emit(event)
        for callback in effects.callbacks:
            callback()

    def _store_failed(self, error: BaseException) -> None:
        """Nothing after this reaches the network: what is not stored was never said."""
        self._idle.set()
        self._failed(error)

    async def drain(self) -> None:
        """Wait until everything handed in so far is stored and delivered."""
        await self._idle.wait()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._executor.close()
