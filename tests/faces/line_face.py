"""The line client, `lanmsg chat --line`, at a real terminal."""

import itertools
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.cli.terminal import Terminal
from tests.processes import run_lanmsg

from .face import Device, Face, Shown
from .transcript import read_transcript

ROWS, COLUMNS = 60, 200
_ANY_STYLE = re.compile(r"(?:\x1b\[[0-9;]*m)+")
_CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
_UNREAD = re.compile(r"unread: ([^·]*)")


class LineFace(Face):
    """Its screen is a transcript of all conversations; `/history` shows the one that is open."""

    kind = "line"

    def __init__(self, name: str, home: Path, address: str) -> None:
        super().__init__(name)
        self._home = home
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
        self._terminal = Terminal("chat", "--line", *options, "--name", self.name, rows=ROWS, columns=COLUMNS)
        self.wait(lambda: "Enter sends to" in self.words and " >" in self._edited_line, "the prompt")

    def leave(self) -> None:
        """With Ctrl+C, twice: unlike /quit it keeps what is typed."""
        self.terminal.press("C-c")
        self.wait_for("Ctrl+C again leaves")
        self.terminal.press("C-c")
        assert self.terminal.wait() == 0, self.words
        self._end()

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
            assert "Traceback" not in self.words, self.words
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

    @property
    def _edited_line(self) -> str:
        lines = self.terminal.screen.splitlines()
        return lines[-2] if len(lines) > 1 else ""

    @property
    def target(self) -> str:
        return self._edited_line.partition(" >")[0].removeprefix("→ ")

    @property
    def typed(self) -> str:
        return self._edited_line.partition(" >")[2].strip()

    @property
    def words(self) -> str:
        return " ".join(self.terminal.screen.split())

    def is_open(self, name: str) -> bool:
        wanted = "everyone (" if name == "everyone" else name
        return not self.typed and self.target.replace("@", "").startswith(wanted)

    def messages(self) -> list[Shown]:
        return read_transcript(self._answer("/history 1000"), self.name)

    def unread(self) -> Mapping[str, int]:
        status = self.terminal.screen.splitlines()[-1]
        found = _UNREAD.search(status)
        counts = [each.rpartition(" ") for each in found[1].strip().split(", ")] if found else []
        return {name.removeprefix("@"): int(count) for name, _, count in counts}

    @property
    def words_now(self) -> str:
        """The line that is edited and the status: all else went by."""
        return " ".join(" ".join(self.terminal.last_lines).split())

    @property
    def is_closed(self) -> bool:
        return any(words in self.target for words in ("you are not in it", "archived"))

    def answer(self, command: str) -> str:
        return " ".join(" ".join(self._answer(command)).split())

    def refused(self, command: str) -> None:
        assert "not done: " in self.answer(command)

    def pairing_code(self) -> str:
        found = _CODE.search(self.answer("/link"))
        assert found is not None
        return found[0]

    def devices(self) -> list[Device]:
        return [_device(line) for line in self._answer("/devices")]

    def accept_verification(self, name: str) -> None:
        self.enter(f"/verify {name}")

    def say_same(self) -> None:
        self.enter("/same")

    def emoji(self) -> list[str]:
        """The names stand below the emoji, four and three in a row, at least three blanks apart."""
        lines = self.terminal.screen.splitlines()
        ends = [place for place, line in enumerate(lines) if "see the same seven" in line]
        if not ends:
            return []
        rows = (lines[ends[-1] - 3], lines[ends[-1] - 1])
        return [name for row in rows for name in re.split(r" {2,}", row.strip())]

    def listed(self, command: str) -> list[str]:
        return [message.text for message in read_transcript(self._answer(command), self.name)]

    def code(self) -> list[str]:
        """It stands between its fences, as it was written."""
        texts = [text for text in self.texts() if "```" in text]
        return [texts[-1].split("```")[1].strip("\n")] if texts else []

    def stands_out(self, text: str) -> bool:
        """Our name is drawn apart from what is around it."""
        shown = self.terminal._tmux("capture-pane", "-p", "-e", "-J", "-S", "-1000")
        drawn = text.replace(f"@{self.name}", f"\x1b@{self.name}\x1b")
        return any(drawn in _ANY_STYLE.sub("\x1b", line) for line in shown.splitlines()) and drawn != text

    def back_to_talk(self) -> None:
        self.clear()

    def _answer(self, command: str) -> list[str]:
        """Run a command that changes nothing; return the lines it printed."""
        unsent = self._unsent
        self.clear()
        before, after = (f"nobody{next(self._numbers):04}" for _ in range(2))
        for line in (f"/whois {before}", command, f"/whois {after}"):
            self.enter(line)
        lines = self.wait(lambda: _between(self.terminal.screen, before, after), f"the answer to {command}")
        self.type(unsent)
        return lines[1:]


def _between(screen: str, before: str, after: str) -> list[str]:
    """Return the lines from the answer that names `before` to the one that names `after`."""
    lines = screen.splitlines()
    answers = [place for place, line in enumerate(lines) if "/whois" not in line]
    first = [place for place in answers if before in lines[place]]
    last = [place for place in answers if after in lines[place]]
    return lines[first[0] : last[0]] if first and last else []


def _device(line: str) -> Device:
    """Read `ID  NAME  added WHEN  (this one)`; the name may be missing."""
    device, *rest = line.split("  ")
    name = "" if not rest or rest[0].startswith(("added", "(")) else rest[0]
    return Device(device, name, is_this="(this one)" in line)
