"""What a chat has done by the program around it: looking for what is wrong, and exporting.

The code lies above the faces, so it is handed to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.client.model import Conversation
from lanmsg.wire.safe_text import safe_line


class CheckResult(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """One check of `doctor`: what it found, and what to do about it (empty: nothing)."""

    id: str
    result: CheckResult
    text: str
    tried: str
    advice: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was made, and how many messages it has."""

    path: Path
    count: int

    def words(self, what: str) -> str:
        """Say it. `what` was exported; it is filtered."""
        messages = "1 message" if self.count == 1 else f"{self.count} messages"
        return f"{safe_line(str(self.path))} has {messages} of {what}. It is not encrypted."


class Programs(Protocol):
    """What the program around a chat can do for it."""

    async def doctor(self, tell: Callable[[str], None]) -> list[CheckReport]:
        """Test the network, the hub and this home, in some seconds; `tell` is told how far it is."""
        ...

    def export_name(self, conversation: Conversation | None) -> str:
        """Return a name for a file with this conversation, or all (None), that nothing has yet."""
        ...

    async def export(
        self, conversation: Conversation | None, name: str, tell: Callable[[int], None]
    ) -> Exported:
        """Write a conversation, or all (None), to a new file.

        The end of its name says how: `.html`, `.jsonl`, else as text. `tell` is told how many there are
        so far.

        Raises:
            LanmsgError: there is something of that name, or it can't be written; nothing was changed.
        """
        ...


def check_lines(report: CheckReport) -> list[Line]:
    """Return a check as lines: how it is, and where something is wrong what was tried and what to do."""
    style = _STYLES[report.result]
    first = (
        Piece(style, f"{report.result.value:<7} "),
        Piece(Style.TEXT, safe_line(f"{report.id}: {report.text}")),
    )
    if report.result is CheckResult.OK:
        return [first]
    behind = [f"({safe_line(report.tried)})", *([safe_line(report.advice)] if report.advice else [])]
    return [first, *((Piece(Style.NOTICE, f"  {each}"),) for each in behind)]


_STYLES = {
    CheckResult.OK: Style.EVERYONE,
    CheckResult.WARN: Style.ROOM,
    CheckResult.FAIL: Style.ERROR,
    CheckResult.UNKNOWN: Style.TIME,
}
