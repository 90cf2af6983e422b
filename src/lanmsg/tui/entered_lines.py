"""What was entered and is not done yet: texts wait for nothing but texts, commands for all before them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from lanmsg.wire.errors import LanmsgError

Deed = Callable[[], Awaitable[None]]

MAX_WAITING: Final = 1000
"""Texts, and commands, that wait; more are not taken."""


class EnteredLines:
    """Does what was entered. What goes wrong is told, and nothing was sent then.

    A command may wait for the hub. A text that was entered behind it is stored all the same: it must not
    be lost with the app.
    """

    def __init__(self, *, failed: Callable[[str], None], done: Callable[[], None]) -> None:
        self._failed = failed
        self._done = done
        self._texts: asyncio.Queue[Deed] = asyncio.Queue(MAX_WAITING)
        self._commands: asyncio.Queue[Deed] = asyncio.Queue(MAX_WAITING)

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken now."""
        return self._texts.full() or self._commands.full()

    def add_text(self, send: Deed) -> None:
        """Send a text behind the texts before it."""
        self._texts.put_nowait(send)

    def add_command(self, run: Deed) -> None:
        """Do something behind everything before it."""
        self._commands.put_nowait(run)

    async def texts_sent(self) -> None:
        """Wait until the texts that were entered are stored."""
        await self._texts.join()

    async def work(self) -> None:
        """Do what is entered until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send())
            tasks.create_task(self._run())

    async def _send(self) -> None:
        while True:
            send = await self._texts.get()
            await self._do(send)
            self._texts.task_done()

    async def _run(self) -> None:
        while True:
            run = await self._commands.get()
            await self._texts.join()
            await self._do(run)

    async def _do(self, deed: Deed) -> None:
        try:
            await deed()
        except LanmsgError as error:
            self._failed(str(error))
        self._done()
