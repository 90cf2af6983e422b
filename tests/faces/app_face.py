"""The terminal app, `lanmsg chat`, at a real terminal."""

import re
from collections.abc import Mapping

from .app_screen import AppScreen, read_code, read_messages, read_screen, words_of
from .face import Shown
from .terminal_face import TerminalFace

MANY_LINES = 6
"""A paste of so many lines is asked about."""


class AppFace(TerminalFace):
    """Its screen shows the open conversation; what is unread elsewhere stands beside it."""

    kind = "app"
    ROWS, COLUMNS = 150, 109
    """So high that no message of a scenario is scrolled away, and too narrow for the people at the right."""

    @property
    def _screen(self) -> AppScreen:
        return read_screen(self.terminal._tmux("capture-pane", "-p"))

    @property
    def is_ready(self) -> bool:
        return self._screen.target.startswith("→ everyone (")

    def leave(self) -> None:
        self.terminal.press("C-q")
        assert self.terminal.wait() == 0, self.terminal.screen
        self._end()

    # --- typing ------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        super().type(text)
        if text.count("\n") + 1 >= MANY_LINES:
            self.wait(
                lambda: "as one message?" in words_of(self._screen.front), "whether all of it is wanted"
            )
            self.terminal.press("Enter")
            self.wait(lambda: not self._screen.is_covered, "it was answered")

    def open(self, target: str) -> None:
        """Go on once a line of the app stands below the messages: the target is drawn before they are."""
        super().open(target)
        mark = self.next_mark()
        self.enter(f"/whois {mark}")
        self.wait(lambda: any(mark in line for line in self.lines()), "the messages are drawn")

    # --- reading -----------------------------------------------------------------------------

    @property
    def target(self) -> str:
        """Without what completing offers, at the right."""
        return re.split(r"  +", self._screen.target)[0].removeprefix("→ ")

    @property
    def typed(self) -> str:
        return "\n".join(self._screen.composer).rstrip()

    def lines(self) -> list[str]:
        return self._screen.notes

    @property
    def words(self) -> str:
        """With those of the terminal behind the app: there stands why it has ended."""
        screen = self._screen
        behind = " ".join(self.terminal.screen.split())
        return f"{words_of(screen.front)} {words_of(screen.lines)} {self.words_now} {behind}"

    @property
    def words_now(self) -> str:
        screen = self._screen
        around = [screen.heading, screen.target, *screen.composer, screen.status]
        return f"{words_of(screen.conversations)} {words_of(around)}"

    def messages(self) -> list[Shown]:
        return read_messages(self._screen.lines, self.name)

    def unread(self) -> Mapping[str, int]:
        return self._screen.unread

    def code(self) -> list[str]:
        return read_code(self._screen.lines)

    def pairing_code(self) -> str:
        code = super().pairing_code()
        self.back_to_talk()
        return code

    def listed(self, command: str) -> list[str]:
        if not command.startswith("/search"):
            return super().listed(command)
        if not self._screen.is_covered:
            self.enter(command)
            self.wait(lambda: self._screen.is_covered, "the search")
        return [text for line in self._screen.front if (text := _found_text(line))]

    def back_to_talk(self) -> None:
        while self._screen.is_covered:
            self.terminal.press("Escape")
            self.wait(lambda: not self._screen.is_covered, "nothing is in front of the chat")
        self.clear()


_FOUND = re.compile(r" *(?:\d\d:\d\d|--:--|\d[\d-]* \d\d:\d\d) \S+ → [^:]+: (?P<text>.*)")


def _found_text(line: str) -> str:
    found = _FOUND.fullmatch(line)
    return found["text"].strip() if found is not None else ""
