"""How others join: the link, its QR code, and the check words of the hub."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from lanmsg.chat.join_qr import qr_rows
from lanmsg.tui.app_of import app_of
from lanmsg.tui.screens.front import Front, hint, words
from lanmsg.wire.check_words import check_words
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


class JoinCode(Front[None]):
    """Shows a link of ours."""

    def __init__(self, client: "Client", link: str) -> None:
        super().__init__()
        self._client = client
        self._link = link

    def compose(self) -> ComposeResult:
        """The code, if it fits, and all that can be typed or read aloud."""
        rows = qr_rows(self._link)
        fits = (
            bool(rows)
            and len(rows[0]) <= app_of(self).size.width - 4
            and len(rows) <= app_of(self).size.height - 8
        )
        with Vertical(classes="front"), VerticalScroll():
            if fits:
                yield Static("\n".join(rows), id="qr", markup=False)
            yield words(safe_line(self._link))
            yield hint(f"Check words of the hub: {' '.join(check_words(self._client.hub_identity_key))}")
            yield hint("" if fits else "Make the window larger for the QR code.")
            yield hint("Esc closes")
