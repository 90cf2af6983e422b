"""All that there is to do beside writing: a row each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.message_style import Piece, Style
from lanmsg.tui.app_of import app_of
from lanmsg.tui.keys import keymap, shown_keys
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, choice

if TYPE_CHECKING:
    from lanmsg.tui.chat_panels import ChatPanels


class Menu(Panel):
    """Leads to the other screens."""

    def __init__(self, chat: "ChatPanels") -> None:
        super().__init__(chat.client)
        self._chat = chat

    def heading(self) -> str:
        """Return whose it is."""
        return "What else there is"

    def choices(self) -> Sequence[Row[Choice]]:
        """Return the rows, with the keys that lead there at once."""
        return [self._row(action, words) for action, words in _WAYS]

    def _row(self, action: str, words: str) -> Row[Choice]:
        return choice(
            action, words, lambda: self._go(action), right=(Piece(Style.TIME, f"{self._key(action)} "),)
        )

    def _key(self, action: str) -> str:
        settings = app_of(self).settings
        keys = keymap(settings.keys, settings.own_keys).get(f"chat.{action}")
        return shown_keys(keys.split(",")[:1]) if keys else ""

    def _go(self, action: str) -> None:
        self.close()
        self._chat.call_next(self._chat.run_action, action)


_WAYS = (
    ("about", "About this conversation"),
    ("rooms", "Rooms"),
    ("devices", "Your devices"),
    ("verifying", "Verifications"),
    ("join_code", "How others join"),
    ("invite", "Invite one person"),
    ("search", "Search"),
    ("export", "Export"),
    ("doctor", "Look for what is wrong"),
    ("settings", "Settings"),
    ("help", "Keys and commands"),
    ("leave_app", "Leave"),
)
