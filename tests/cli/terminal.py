"""A real terminal for tests: tmux, at which keys are typed and whose screen is read."""

import itertools
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.processes import LANMSG, environment, until

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
SHOWN_S = 20.0
_numbers = itertools.count()


class Terminal:
    """One program at a terminal of its own; `prefix` comes before the command."""

    def __init__(self, *arguments, prefix=(), columns=100, rows=40, **variables):
        self._socket = f"lanmsg-test-{os.getpid()}-{next(_numbers)}"
        self._directory = tempfile.TemporaryDirectory(prefix="lanmsg-terminal-")
        self._code = Path(self._directory.name) / "code"
        command = shlex.join([*prefix, *LANMSG, *map(str, arguments)])
        # The pane stays when the program has ended, with its last words.
        script = f"{command}; echo $? > {self._code}.new; mv {self._code}.new {self._code}; sleep 600"
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, script, env=environment(**variables))

    def _tmux(self, *arguments, env=None):
        command = ["tmux", "-u", "-L", self._socket, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, env=env, check=True)
        return done.stdout

    @property
    def screen(self):
        """What is on the screen, with what has scrolled away; empty lines left out."""
        shown = self._tmux("capture-pane", "-p", "-J", "-S", "-1000")
        return "\n".join(line.rstrip() for line in shown.splitlines() if line.strip())

    @property
    def last_lines(self):
        """The line that is edited, and the status."""
        return self.screen.splitlines()[-2:]

    @property
    def title(self):
        return self._tmux("display-message", "-p", "#{pane_title}").strip()

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def press(self, *keys):
        self._tmux("send-keys", *keys)

    def enter(self, text):
        self.type(text)
        self.press("Enter")

    def paste(self, text):
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def wait_for(self, *texts):
        """Wait until all of these are on the screen."""
        for text in texts:
            self._until(lambda text=text: text in self.screen, text)

    def wait_for_words(self, *texts):
        """Wait until all of these are on the screen, wherever their lines are broken."""
        for text in texts:
            self._until(lambda text=text: text in " ".join(self.screen.split()), text)

    def wait_for_line(self, line):
        """Wait until the line that is edited looks so."""
        self._until(lambda: line in self.last_lines, line)

    def _until(self, is_so, text):
        try:
            until(is_so, timeout_s=SHOWN_S, what=text)
        except AssertionError as error:
            raise AssertionError(f"not on the screen: {text!r}\n{self.screen}") from error

    def wait(self):
        """Wait for the program's end; return its exit code."""
        self._until(self._code.exists, "the end of the program")
        return int(self._code.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._tmux("kill-server")
        self._directory.cleanup()
