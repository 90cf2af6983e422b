"""What an admin orders on the command line, and the lines it is answered with."""

from typing import TYPE_CHECKING

import msgspec

from lanmsg.cli import admin_lines
from lanmsg.cli.admin_json import json_line
from lanmsg.wire import admin
from lanmsg.wire.errors import LocalError
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


class KeepOrder(msgspec.Struct, array_like=True, tag_field="what", tag=100, frozen=True):
    """Remove what is older, or beyond a size; None: as it is, 0: nothing."""

    days: int | None
    size_bytes: int | None


Order = admin.AdminCommand | KeepOrder


async def order_lines(client: "Client", order: Order, *, is_json: bool) -> list[str]:
    """Carry it out, and return what to print.

    Raises:
        Refusal: we may not, or it can't be; the text says who may.
        LinkLost: the hub can't be reached.
    """
    found = await _asked(client, order)
    if found is not None:
        rows, lines = found
        return [json_line(row) for row in rows] if is_json else lines
    done = await _done(client, order)
    return [json_line({"done": done})] if is_json else [done]


_Found = tuple[list[msgspec.Struct], list[str]]


async def _asked(client: "Client", order: Order) -> _Found | None:
    """Return rows and lines, if the order was a question."""
    hub = client.admin
    match order:
        case admin.GetStatus():
            status = await hub.status()
            return [status], admin_lines.status_lines(status)
        case admin.GetUsers():
            users = await hub.users()
            return [*users], admin_lines.user_lines(users)
        case admin.GetDevices(handle):
            devices = await hub.devices(handle)
            return [*devices], admin_lines.device_lines(devices)
        case admin.GetRooms():
            rooms = await hub.rooms()
            return [*rooms], admin_lines.room_lines(rooms)
        case admin.GetDiskUse():
            use = await hub.disk_use()
            return [use], admin_lines.disk_lines(use)
        case _:
            return None


async def _done(client: "Client", order: Order) -> str:
    """Change something, and return a sentence about it."""
    hub = client.admin
    match order:
        case admin.Ban(handle):
            return f"{isolated(handle)} is banned: {_closed(await hub.ban(handle))}."
        case admin.Unban(handle):
            await hub.unban(handle)
            return f"{isolated(handle)} may come in again."
        case admin.Kick(handle, device):
            return f"{isolated(handle)}: {_closed(await hub.kick(handle, device))}; they may come back."
        case admin.Grant(handle):
            await hub.grant(handle)
            return f"{isolated(handle)} is an admin now."
        case admin.Ungrant(handle):
            await hub.ungrant(handle)
            return f"{isolated(handle)} is no admin any more."
        case _:
            return await _set(client, order)


async def _set(client: "Client", order: Order) -> str:
    hub = client.admin
    match order:
        case admin.SetInviteOnly(is_on):
            await hub.set_invite_only(is_on=is_on)
            return "Newcomers need an invite now." if is_on else "Everybody on the network can join now."
        case admin.SetRates(per_second, burst):
            await hub.set_rates(messages_per_second=per_second, messages_burst=burst)
            return f"Each device may send {admin_lines.rate_words(per_second, burst)}, from now on."
        case admin.SetNotice(text):
            await hub.set_notice(text)
            return "Everybody sees it now, and who comes later too." if text else "The notice is taken back."
        case KeepOrder(days, size_bytes):
            return await _keep(client, days, size_bytes)
        case _:
            raise LocalError(f"this is no order: {order}")


async def _keep(client: "Client", days: int | None, size_bytes: int | None) -> str:
    status = await client.admin.status()
    keep_days = status.keep_days if days is None else days
    keep_bytes = status.keep_bytes if size_bytes is None else size_bytes
    await client.admin.set_retention(keep_days=keep_days, keep_bytes=keep_bytes)
    return f"The hub keeps messages {admin_lines.keep_words(keep_days, keep_bytes)}."


def _closed(count: int) -> str:
    return f"{count} connection{'' if count == 1 else 's'} closed"
