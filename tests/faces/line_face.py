"""The line client, `lanmsg chat --line`, at a real terminal."""

import re
from collections.abc import Mapping

from .face import Shown
from .terminal_face import TerminalFace
from .transcript import read_transcript

_UNREAD = re.compile(r"unread: ([^·]*)")


class LineFace(TerminalFace):
    """Its screen is a transcript of all conversations; `/history` shows the one that is open."""

    kind = "line"
    OPTIONS = ("--line",)

    @property
    def is_ready(self) -> bool:
        return "Enter sends to" in self.words and " >" in self._edited_line

    def leave(self) -> None:
        """With Ctrl+C, twice: unlike /quit it keeps what is typed."""
        self.terminal.press("C-c")
        self.wait_for("Ctrl+C again leaves")
        self.terminal.press("C-c")
        assert self.terminal.wait() == 0, self.words
        self._end()

    @property
    def _edited_line(self) -> str:
        lines = self.lines()
        return lines[-2] if len(lines) > 1 else ""

    @property
    def target(self) -> str:
        return self._edited_line.partition(" >")[0].removeprefix("→ ")

    @property
    def typed(self) -> str:
        return self._edited_line.partition(" >")[2].strip()

    def lines(self) -> list[str]:
        return self.terminal.screen.splitlines()

    @property
    def words(self) -> str:
        return " ".join(self.terminal.screen.split())

    @property
    def words_now(self) -> str:
        """The line that is edited and the status: all else went by."""
        return " ".join(" ".join(self.terminal.last_lines).split())

    def messages(self) -> list[Shown]:
        return read_transcript(self.answer_lines("/history 1000"), self.name)

    def unread(self) -> Mapping[str, int]:
        found = _UNREAD.search(self.lines()[-1])
        counts = [each.rpartition(" ") for each in found[1].strip().split(", ")] if found else []
        return {name.removeprefix("@"): int(count) for name, _, count in counts}

    def code(self) -> list[str]:
        """It stands between its fences, as it was written."""
        texts = [text for text in self.texts() if "```" in text]
        return [texts[-1].split("```")[1].strip("\n")] if texts else []

    def back_to_talk(self) -> None:
        self.clear()
