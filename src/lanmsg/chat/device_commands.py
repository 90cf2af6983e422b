"""The commands about our own devices: /devices and /link."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from lanmsg.chat.device_lines import code_lines, device_lines, device_words
from lanmsg.wire.commands import LineError
from lanmsg.wire.typed_line import Command

if TYPE_CHECKING:
    from lanmsg.chat.talk import Talk


class DeviceCommands:
    """Their handlers."""

    def __init__(self, session: "Talk") -> None:
        self._session = session
        self._client = session.client
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "devices": self._devices,
            "link": self._link,
        }

    async def _devices(self, command: Command) -> None:
        match command.arguments:
            case ():
                self._session.show("\n".join(device_lines(self._client.devices())))
            case ("rename", device, *words) if words:
                await self._client.rename_device(self._client.device(device).device, " ".join(words))
                self._session.show("\n".join(device_lines(self._client.devices())))
            case ("revoke", device):
                info = self._client.device(device)
                self._session.show(
                    f"This cuts {device_words(info)} off for good: it can read and write nothing more, and "
                    f"can't come back. To do it: /devices revoke {info.short_id} yes"
                )
            case ("revoke", device, "yes"):
                await self._client.revoke_device(self._client.device(device).device)
            case _:
                raise LineError("not done: write /devices, /devices rename ID NAME or /devices revoke ID")

    async def _link(self, _: Command) -> None:
        code = await self._client.link_device()
        self._session.screen.show_qr(code.link)
        self._session.show("\n".join(code_lines(code)))
