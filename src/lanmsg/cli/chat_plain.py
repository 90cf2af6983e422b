"""The plain screen: lines in, lines out, nothing is ever drawn again.

For screen readers, dumb terminals and pipes. Whom a line went to is in the line that is printed for
it; where Enter sends is said when it changes.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.message_lines import Line, plain_text
from lanmsg.chat.session import ChatSession
from lanmsg.chat.verification_lines import spoken_names
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.output import is_terminal_in, write_line
from lanmsg.wire.safe_text import isolated

MAX_LINES_WAITING: Final = 100
"""Lines read ahead of a pipe."""
DRAIN_TIMEOUT_S: Final = 10.0
"""How long the last lines of a pipe may take to reach the hub."""
_READ_BYTES: Final = 64 * 1024


class PlainScreen:
    """A `Screen` of lines."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(MAX_LINES_WAITING)  # in the queue: the reader waits for it
        self._closed = asyncio.Event()
        self._interrupts = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Print lines."""
        for line in lines:
            write_line(plain_text(line))

    def show_qr(self, link: str) -> None:
        """Print nothing: who hears or pipes this can't scan it; the link stands above."""

    def show_emoji(self, emoji: Sequence[str], names: Sequence[str]) -> None:
        """Print the names alone: a screen reader has names of its own for emoji."""
        write_line(spoken_names(names))

    def alert(self, data: str) -> None:
        """Ring; nothing into a pipe."""
        if sys.stdout.isatty():
            sys.stdout.write(data)
            sys.stdout.flush()

    def give_back(self, text: str) -> None:
        """Print it: the line that is typed belongs to the terminal."""
        write_line(f"Unfinished here: {isolated(text)}")

    def refresh(self) -> None:
        """Draw nothing again."""

    def close(self) -> None:
        """Let `run` return."""
        self._closed.set()

    async def run(self, session: ChatSession) -> ExitCode:
        """Run the lines of standard input until it ends, or the session is closed.

        Returns:
            NOT_SENT if the input has ended and not all of it was sent in time.
        """
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), name="keyboard", daemon=True).start()
        if is_terminal_in():
            self._take_interrupts(loop, session)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self._run_lines(session))
            closed = tasks.create_task(self._closed.wait())
            await asyncio.wait((running, closed), return_when=asyncio.FIRST_COMPLETED)
            running.cancel()
            closed.cancel()
        return ExitCode.OK if running.cancelled() else running.result()

    async def _run_lines(self, session: ChatSession) -> ExitCode:
        await session.begun()  # lines of a pipe are here at once
        runner = LineRunner(session)
        while not self._closed.is_set() and (line := await self._next_text()) is not None:
            session.attention.touched()
            self._interrupts = 0
            session.entered(line)
            await runner.run(line)
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await session.settled()
        except TimeoutError:
            return ExitCode.NOT_SENT
        return ExitCode.OK

    async def _next_text(self) -> str | None:
        """Return the next line and, if it ends with a backslash, what follows it; None: the end."""
        parts: list[str] = []
        while (line := await self._lines.get()) is not None:
            self._room.release()
            rest = line.removesuffix("\\")
            if rest == line or rest.endswith("\\"):  # two of them are one, at the end of a text
                return "\n".join([*parts, rest])
            parts.append(rest)
        self._lines.put_nowait(None)
        return "\n".join(parts) if parts else None

    def _take_interrupts(self, loop: asyncio.AbstractEventLoop, session: ChatSession) -> None:
        with suppress(NotImplementedError):  # Windows: the first Ctrl+C ends the program
            loop.add_signal_handler(signal.SIGINT, self._interrupted, session)

    def _interrupted(self, session: ChatSession) -> None:
        self._interrupts += 1
        if self._interrupts > 1:
            self.close()
        else:
            session.show("Ctrl+C again leaves the chat.")

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand on lines as they come; on a thread, for a terminal can't be awaited on every system.

        By its number and not by `sys.stdin`, whose lock this thread would hold for ever.
        """
        with suppress(RuntimeError):  # the loop is closed: the chat is over
            rest = b""
            while data := _read_some(sys.stdin.fileno()):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._hand_on(line, loop)
            if rest:
                self._hand_on(rest, loop)
            loop.call_soon_threadsafe(self._lines.put_nowait, None)

    def _hand_on(self, line: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self._room.acquire()
        text = line.decode(errors="replace").removesuffix("\r")
        loop.call_soon_threadsafe(self._lines.put_nowait, text)


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError:  # the terminal is gone
        return b""
