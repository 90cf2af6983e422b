"""The app at a terminal of which all bytes are kept."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

from tests.processes import LANMSG, environment, until

ROWS, COLUMNS = 60, 120
SHOWN_S = 40.0
ESCAPE = b"\x1b[27u"
"""As terminals of today send the key: what follows it at once is another one."""
STYLE = re.compile(r"\x1b\[([0-9;:]*)m")


class Pty:
    """`lanmsg chat` with these arguments; `variables` are told to it beside those of a good terminal."""

    def __init__(self, *arguments, **variables):
        self.keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        good = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANMSG_DEBUG": "1"}
        self.process = subprocess.Popen(
            [*LANMSG, "chat", *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment(**good | variables),
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        try:
            while data := os.read(self.keyboard, 65536):
                self.seen += data
        except OSError:  # the terminal is gone
            return

    def press(self, keys):
        os.write(self.keyboard, keys)

    def see(self, keys, shown):
        """Press keys, and wait until this is drawn (again)."""
        after = len(self.seen)
        self.press(keys)
        self.wait_for(shown, after=after)

    def page_until(self, text, *, timeout_s):
        """Press Page Down until this was drawn."""

        def is_there():
            self.press(b"\x1b[6~")
            time.sleep(0.1)  # a person does not press it faster, and each page must be drawn
            return text.encode() in self.seen

        self._until(is_there, text, timeout_s)

    def wait_for(self, text, *, after=0):
        self._until(lambda: text.encode() in self.seen[after:], text, SHOWN_S)

    def _until(self, is_so, what, timeout_s):
        try:
            until(is_so, timeout_s=timeout_s, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.seen[-3000:]!r}") from None

    def leave(self):
        self.press(b"\x11")  # Ctrl+Q
        self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        os.close(self.keyboard)
        self._reader.join(20)
