"""Looking for what is wrong with the network, the hub and this home."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.programs import CheckReport, Programs, check_lines
from lanmsg.tui.app_of import app_of
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, between, choice
from lanmsg.wire.errors import LanmsgError

if TYPE_CHECKING:
    from lanmsg.client import Client


class Doctor(Panel):
    """Runs the checks when it is opened, and says what they found."""

    def __init__(self, client: "Client", programs: Programs) -> None:
        super().__init__(client)
        self._programs = programs
        self._stage = ""
        self._reports: list[CheckReport] = []

    def heading(self) -> str:
        """Return what this is."""
        return "What may be wrong"

    def on_mount(self) -> None:
        """Begin at once."""
        self._begin()

    def _begin(self) -> None:
        self._reports = []
        self._tell("Looking around; this takes a few seconds …")
        app_of(self).run_worker(self._look())

    async def _look(self) -> None:
        try:
            self._reports = await self._programs.doctor(self._tell)
            self._tell("")
        except LanmsgError as error:
            self._tell(str(error))

    def _tell(self, stage: str) -> None:
        self._stage = stage
        self.renew()

    def facts(self) -> Iterable[str]:
        """Say how far it is."""
        if self._stage:
            yield self._stage

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what was found, folded, and a way to look once more."""
        found = [row for report in self._reports for row in self._rows_of(report)]
        again = choice("again", "Look once more", self._begin)
        return [*found, *between(), again] if found else [choice("close", "Close", self.close)]

    def _rows_of(self, report: CheckReport) -> list[Row[Choice]]:
        return [row for line in check_lines(report) for row in self.folded(line)]
