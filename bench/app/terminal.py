"""A terminal with the app in it: keys go in, what is drawn comes out, with the time it came."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Final, Self

from bench.app.world import READER, AppWorld
from bench.processes import GENERATOR_CORE, resident_bytes

COLUMNS: Final = 120
ROWS: Final = 40
TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 10.0
_CHUNK: Final = 65536


class Terminal:
    """Runs the app on the second core. What it draws is read, and looked at as far as it is new."""

    def __init__(self, world: AppWorld) -> None:
        self._world = world
        self._screen, self._other_end = pty.openpty()
        fcntl.ioctl(self._other_end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._drawn = b""
        self.started_s = 0.0

    def __enter__(self) -> Self:
        """Start it."""
        hub = f"127.0.0.1:{self._world.hub.port}"
        self.started_s = time.perf_counter()
        self._popen = subprocess.Popen(
            [
                *("taskset", "-c", str(GENERATOR_CORE), sys.executable, "-m", "lanmsg", "chat"),
                *("--home", str(self._world.home), "--hub", hub, "--name", READER),
            ],
            stdin=self._other_end,
            stdout=self._other_end,
            stderr=self._other_end,
            start_new_session=True,
            env={**_env(), "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._popen.terminate()
        deadline_s = time.monotonic() + _STOP_TIMEOUT_S
        while self._popen.poll() is None and time.monotonic() < deadline_s:
            self._read(0.05)  # or it would wait for us to take what it draws
        self._popen.kill()
        self._popen.wait()
        os.close(self._screen)
        os.close(self._other_end)

    @property
    def pid(self) -> int:
        """The app's process."""
        return self._popen.pid

    def memory_bytes(self) -> int:
        """Return what it holds in memory now."""
        return resident_bytes(self.pid)

    def type(self, keys: str) -> float:
        """Type, forget what was drawn before, and return when that was."""
        while self._read(0.0):
            pass
        self._drawn = b""
        os.write(self._screen, keys.encode())
        return time.perf_counter()

    def wait_for(self, text: str, *, timeout_s: float = TIMEOUT_S) -> float:
        """Return when a text was drawn that was not before the last keys.

        Raises:
            RuntimeError: it never was.
        """
        wanted = text.encode()
        deadline_s = time.perf_counter() + timeout_s
        while (now_s := time.perf_counter()) < deadline_s:
            if wanted in self._drawn:
                return now_s
            if not self._read(0.5) and self._popen.poll() is not None:
                break
        raise RuntimeError(f"never drawn: {text}; last of all was {self._drawn[-300:]!r}")

    def took_s(self, keys: str, text: str) -> float:
        """Type, and return how long it took until a text was drawn."""
        typed_s = self.type(keys)
        return self.wait_for(text) - typed_s

    def settle(self, seconds: float) -> None:
        """Read until nothing is drawn for so long, and forget it. The cursor blinks twice a second."""
        until_s = time.perf_counter() + _STOP_TIMEOUT_S
        while self._read(seconds) and time.perf_counter() < until_s:
            pass
        self._drawn = b""

    def pass_time(self, seconds: float) -> None:
        """Read what is drawn for so long, and forget it."""
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0:
            self._read(left_s)
        self._drawn = b""

    def draws(self, keys: str, text: str, *, seconds: float) -> bool:
        """Press keys and read for so long at most; tell whether the text was drawn, now or before."""
        os.write(self._screen, keys.encode())
        self._read(seconds)
        is_drawn = text.encode() in self._drawn
        self._drawn = self._drawn[-_CHUNK:]
        return is_drawn

    def _read(self, seconds: float) -> bool:
        """Read what is there, or what comes within this time; tell whether anything was."""
        ready, _, _ = select.select([self._screen], [], [], seconds)
        if not ready:
            return False
        try:
            self._drawn += os.read(self._screen, _CHUNK)
        except OSError:  # the app has gone
            return False
        return True


def _env() -> dict[str, str]:
    """Programs as they are installed: with compiled bytecode kept."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
