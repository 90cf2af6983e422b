"""What the line client and the app have in common: a real terminal, lines that are typed, lines in answer."""

import itertools
import os
import re
import signal
import subprocess
from abc import abstractmethod
from pathlib import Path

from tests.cli.terminal import Terminal
from tests.processes import run_lanmsg

from .face import Device, Face
from .transcript import read_transcript

_ANY_STYLE = re.compile(r"(?:\x1b\[[0-9;]*m)+")
_CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


class TerminalFace(Face):
    """A face of `lanmsg chat` in tmux. A base only."""

    OPTIONS: tuple[str, ...] = ()
    """What makes `lanmsg chat` this face."""
    ROWS, COLUMNS = 60, 200

    def __init__(self, name: str, home: Path, address: str) -> None:
        super().__init__(name)
        self._home = home
        self.rows = self.ROWS
        self._address = address
        self._terminal: Terminal | None = None
        self._numbers = itertools.count()
        self._unsent = ""

    @property
    def terminal(self) -> Terminal:
        assert self._terminal is not None, "came"
        return self._terminal

    # --- coming and going --------------------------------------------------------------------

    def come(self, *, code: str = "") -> None:
        options = ("--home", self._home, "--hub", self._address)
        if code:
            linked = run_lanmsg("link", code, "--no-chat", *options)
            assert linked.returncode == 0, linked.stderr
        arguments = ("chat", *self.OPTIONS, *options, "--name", self.name)
        self._terminal = Terminal(*arguments, rows=self.rows, columns=self.COLUMNS, COLORTERM="truecolor")
        self.wait(lambda: self.is_ready, "the prompt")

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether one can write."""

    def kill(self) -> None:
        shell = self.terminal._tmux("display-message", "-p", "#{pane_pid}").strip()
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
        )
        for child in children.stdout.split():
            os.kill(int(child), signal.SIGKILL)
        self.terminal.wait()
        self._end()

    def close(self) -> None:
        if self._terminal is not None:
            assert "Traceback" not in self.terminal.screen, self.terminal.screen
            self._end()

    def _end(self) -> None:
        terminal, self._terminal = self.terminal, None
        terminal.__exit__()

    # --- typing ------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        if not text:
            return
        self._unsent += text
        if "\n" in text:
            self.terminal.paste(text)
        else:
            self.terminal.type(text)

    def clear(self) -> None:
        self._unsent = ""
        self.terminal.press("C-e", "C-u")

    def press_enter(self) -> None:
        self._unsent = ""
        self.terminal.press("Enter")

    # --- reading -----------------------------------------------------------------------------

    @abstractmethod
    def lines(self) -> list[str]:
        """The lines in which messages and answers come, oldest first, as far as they are on the screen."""

    def is_open(self, name: str) -> bool:
        wanted = "everyone (" if name == "everyone" else name
        return not self.typed and self.target.replace("@", "").startswith(wanted)

    @property
    def is_closed(self) -> bool:
        return any(words in self.target for words in ("you are not in it", "archived"))

    def answer(self, command: str) -> str:
        return " ".join(" ".join(self.answer_lines(command)).split())

    def refused(self, command: str) -> None:
        assert "not done: " in self.answer(command)

    def pairing_code(self) -> str:
        found = _CODE.search(self.answer("/link"))
        assert found is not None
        return found[0]

    def devices(self) -> list[Device]:
        return [_device(line) for line in self.answer_lines("/devices")]

    def accept_verification(self, name: str) -> None:
        self.enter(f"/verify {name}")

    def say_same(self) -> None:
        self.enter("/same")

    def emoji(self) -> list[str]:
        """The names stand below the emoji, four and three in a row, at least three blanks apart."""
        lines = self.lines()
        ends = [place for place, line in enumerate(lines) if "see the same seven" in line]
        if not ends:
            return []
        rows = (lines[ends[-1] - 3], lines[ends[-1] - 1])
        return [name for row in rows for name in re.split(r" {2,}", row.strip())]

    def listed(self, command: str) -> list[str]:
        return [message.text for message in read_transcript(self.answer_lines(command), self.name)]

    def stands_out(self, text: str) -> bool:
        """Our name is drawn apart from what is around it."""
        shown = self.terminal._tmux("capture-pane", "-p", "-e", "-J", "-S", "-1000")
        drawn = text.replace(f"@{self.name}", f"\x1b@{self.name}\x1b")
        return any(drawn in _ANY_STYLE.sub("\x1b", line) for line in shown.splitlines()) and drawn != text

    def next_mark(self) -> str:
        """Return a name that nobody has, and that was not asked for before."""
        return f"nobody{next(self._numbers):04}"

    def answer_lines(self, command: str) -> list[str]:
        """Run a command that changes nothing; return the lines it printed."""
        unsent = self._unsent
        self.clear()
        before, after = self.next_mark(), self.next_mark()
        for line in (f"/whois {before}", command, f"/whois {after}"):
            self.enter(line)
        lines = self.wait(lambda: _between(self.lines(), before, after), f"the answer to {command}")
        self.type(unsent)
        return lines[1:]


def _between(lines: list[str], before: str, after: str) -> list[str]:
    """Return the lines from the answer that names `before` to the one that names `after`."""
    answers = [place for place, line in enumerate(lines) if "/whois" not in line]
    first = [place for place in answers if before in lines[place]]
    last = [place for place in answers if after in lines[place]]
    return lines[first[0] : last[0]] if first and last else []


def _device(line: str) -> Device:
    """Read `ID  NAME  added WHEN  (this one)`; the name may be missing."""
    device, *rest = line.split("  ")
    name = "" if not rest or rest[0].startswith(("added", "(")) else rest[0]
    return Device(device, name, is_this="(this one)" in line)
