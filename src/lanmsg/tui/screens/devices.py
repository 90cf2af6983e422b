"""Our own devices: what they are called, cutting one off, letting another one in."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.device_lines import added_words, device_words
from lanmsg.chat.message_style import Piece, Style
from lanmsg.client.model import DeviceInfo
from lanmsg.tui.app_of import app_of
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, between, choice
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


class Devices(Panel):
    """Lists them; choosing one leads to what can be done with it."""

    def heading(self) -> str:
        """Return what this is."""
        return "Your devices"

    def choices(self) -> Sequence[Row[Choice]]:
        """Return a row for each, and the way for another one."""
        rows = [self._row(device) for device in self.client.devices()]
        return [*rows, *between(), choice("link", "Let another device in …", self._link)]

    def _row(self, device: DeviceInfo) -> Row[Choice]:
        name = isolated(device.name) or device.short_id
        note = "this one" if device.is_this else added_words(device)
        right = (Piece(Style.TIME, f"{device.short_id} "),) if device.name else ()
        return choice(device.short_id, name, lambda: self._open(device.device), note=note, right=right)

    def _open(self, device: DeviceId) -> None:
        app_of(self).push_screen(DevicePanel(self.client, device), lambda _: self.renew())

    def _link(self) -> None:
        from lanmsg.tui.screens.join_code import LinkCode

        async def link() -> None:
            code = await self.client.link_device()
            app_of(self).push_screen(LinkCode(self.client, code))

        self.do(link)


class DevicePanel(Panel):
    """One device of ours."""

    def __init__(self, client: "Client", device: DeviceId) -> None:
        super().__init__(client)
        self._device = device

    @property
    def _info(self) -> DeviceInfo | None:
        return next((each for each in self.client.devices() if each.device == self._device), None)

    def heading(self) -> str:
        """Return which it is."""
        info = self._info
        return device_words(info).rstrip(",") if info else "This device was cut off."

    def facts(self) -> Iterable[str]:
        """Return what is known of it."""
        if self._info is not None:
            yield added_words(self._info) or "added at an unknown time"

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be done."""
        if self._info is None:
            return [choice("close", "Close", self.close)]
        return [
            choice("rename", "Give it a name …", self._rename, note="only your devices see it"),
            choice("revoke", "Cut it off …", self._revoke, note="for good"),
        ]

    def _rename(self) -> None:
        name = self._info.name if self._info else ""
        self.ask_text("Its name, for your own devices:", self._take_name, text=name)

    async def _take_name(self, name: str) -> None:
        await self.client.rename_device(self._device, name)

    def _revoke(self) -> None:
        info = self._info
        if info is not None:
            self.ask(
                f"Cut {device_words(info)} off for good? It can read and write nothing more, and can't come "
                "back.",
                lambda: self.client.revoke_device(self._device),
            )
