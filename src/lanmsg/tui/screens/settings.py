"""The settings of the app, and preferences that a person looks for here: a row each, with its choices."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from lanmsg.chat.message_style import Piece, Style
from lanmsg.client.preferences import Bell
from lanmsg.tui.app_of import app_of
from lanmsg.tui.keys import Profile
from lanmsg.tui.line_list import LineList, Row
from lanmsg.tui.screens.front import Front, hint
from lanmsg.tui.settings import ThemeChoice

if TYPE_CHECKING:
    from lanmsg.client import Client


@dataclass(frozen=True, slots=True)
class Setting:
    """A row: its words, its choices, the one of now, and what choosing does."""

    words: str
    choices: tuple[str, ...]
    now: Callable[[], str]
    choose: Callable[[str], Awaitable[None]]


class SettingsScreen(Front[None]):
    """Left and Right change a row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,enter,l", "change(1)", show=False, priority=True),
        Binding("left,h", "change(-1)", show=False, priority=True),
    ]

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        self._rows: LineList[int] = LineList(id="settings")
        self._settings = self._all()

    def compose(self) -> ComposeResult:
        """The rows, and where the rest is."""
        with Vertical(classes="front"):
            yield self._rows
            yield hint(
                "Left, Right: change    Esc: close\n"
                "The file terminal.toml in your home gives other keys under [own_keys].\n"
                "/notify, /mute, /keywords, /quiet and /ignore set what calls for you."
            )

    def on_mount(self) -> None:
        """Begin at the first."""
        self._show()
        self._rows.cursor = 0
        self._rows.focus()

    def _show(self) -> None:
        self._rows.set_rows(
            [
                Row(
                    number,
                    (Piece(Style.TEXT, f" {each.words}"),),
                    (Piece(Style.OWN, f"◂ {each.now()} ▸ "),),
                )
                for number, each in enumerate(self._settings)
            ]
        )

    async def action_change(self, by: int) -> None:
        """Give the row of the cursor its next choice, or the one before."""
        setting = self._settings[max(self._rows.cursor, 0)]
        place = setting.choices.index(setting.now())
        await setting.choose(setting.choices[(place + by) % len(setting.choices)])
        self._show()

    # --- what there is -----------------------------------------------------------------------

    def _all(self) -> list[Setting]:
        preferences = lambda: self._client.preferences  # noqa: E731 - they are others after each change
        return [
            Setting("Colours", tuple(ThemeChoice), lambda: app_of(self).settings.theme, self._set_theme),
            Setting("Keys", tuple(Profile), lambda: app_of(self).settings.keys, self._set_keys),
            Setting(
                "Title says what is unread",
                YES_NO,
                lambda: yes(app_of(self).settings.sets_title),
                self._set_title,
            ),
            Setting("Bell", tuple(Bell), lambda: preferences().bell, self._set_bell),
            Setting(
                "Others see what I have read",
                YES_NO,
                lambda: yes(preferences().sends_read_receipts),
                self._set_receipts,
            ),
        ]

    async def _set_theme(self, word: str) -> None:
        app_of(self).change(msgspec.structs.replace(app_of(self).settings, theme=ThemeChoice(word)))

    async def _set_keys(self, word: str) -> None:
        app_of(self).change(msgspec.structs.replace(app_of(self).settings, keys=Profile(word)))

    async def _set_title(self, word: str) -> None:
        app_of(self).change(msgspec.structs.replace(app_of(self).settings, sets_title=word == "yes"))

    async def _set_bell(self, word: str) -> None:
        await self._client.set_bell(Bell(word))

    async def _set_receipts(self, word: str) -> None:
        await self._client.set_read_receipts(is_on=word == "yes")


YES_NO = ("yes", "no")


def yes(is_so: bool) -> str:  # noqa: FBT001 - it is the fact itself
    """Return the word for a fact."""
    return "yes" if is_so else "no"
