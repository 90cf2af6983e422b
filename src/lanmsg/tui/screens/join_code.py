"""A link of ours to show to others: its QR code, and all that can be typed or read aloud."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from lanmsg.chat.device_lines import code_lines
from lanmsg.chat.join_qr import GOOD_FOR, qr_rows
from lanmsg.client.model import DeviceCode
from lanmsg.tui.app_of import app_of
from lanmsg.tui.screens.front import Front, hint, words
from lanmsg.wire.check_words import check_words
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


class JoinCode(Front[None]):
    """Shows a link with which others join."""

    def __init__(self, client: "Client", link: str) -> None:
        super().__init__()
        self._client = client
        self._link = link

    def compose(self) -> ComposeResult:
        """The code, if it fits, and the words."""
        rows = qr_rows(self._link)
        fits = (
            bool(rows)
            and len(rows[0]) <= app_of(self).size.width - 4
            and len(rows) <= app_of(self).size.height - 8
        )
        with Vertical(classes="front"), VerticalScroll(id="code-lines"):
            if fits:
                yield Static("\n".join(rows), id="qr", markup=False)
            for line in self.lines():
                yield words(line)
            yield hint(f"Check words of the hub: {' '.join(check_words(self._client.hub_identity_key))}")
            yield hint("" if fits else "Make the window larger for the QR code.")
            yield hint("Esc closes")

    def on_mount(self) -> None:
        """Let keys scroll it."""
        self.query_one("#code-lines").focus()

    def lines(self) -> Iterable[str]:
        """Return what stands below the code."""
        yield safe_line(self._link)


class InviteCode(JoinCode):
    """Shows a link that lets one person in, also where an invite is needed."""

    def lines(self) -> Iterable[str]:
        """Return the link, and how long it is good."""
        yield from super().lines()
        yield GOOD_FOR


class LinkCode(JoinCode):
    """Shows what lets another device of ours in."""

    def __init__(self, client: "Client", code: DeviceCode) -> None:
        super().__init__(client, code.link)
        self._code = code

    def lines(self) -> Iterable[str]:
        """Say what to do on the other device."""
        return map(safe_line, code_lines(self._code))
