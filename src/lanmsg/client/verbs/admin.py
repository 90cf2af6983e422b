"""Running the hub from a client: for its admins, whoever else asks is refused."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from lanmsg.client.verbs.base import Verbs
from lanmsg.wire import admin, limits
from lanmsg.wire.admin import AdminCommand, AdminResult
from lanmsg.wire.errors import Code, LinkLost, LocalError, RemoteError
from lanmsg.wire.ids import DeviceId

R = TypeVar("R", bound=AdminResult)


class HubAdmin:
    """What an admin may ask and do. People are named by their handles.

    Every verb raises Refusal if we may not (the text says who may) or it can't be, and LinkLost without
    a connection. What is changed holds, and is on the hub's disk, when the verb returns.
    """

    def __init__(self, ask: Callable[[AdminCommand], Awaitable[AdminResult]]) -> None:
        self._ask_hub = ask

    async def _ask(self, command: AdminCommand, kind: type[R]) -> R:
        result = await self._ask_hub(command)
        if not isinstance(result, kind):
            raise RemoteError(Code.PROTOCOL, "the hub answers something else than it was asked")
        return result

    async def _do(self, command: AdminCommand) -> int:
        return (await self._ask(command, admin.AdminDone)).count

    # --- asking ------------------------------------------------------------------------------

    async def status(self) -> admin.HubStatus:
        """Return how the hub is."""
        return await self._ask(admin.GetStatus(), admin.HubStatus)

    async def users(self) -> list[admin.UserRow]:
        """Return everybody enrolled, in that order."""
        rows: list[admin.UserRow] = []
        while True:
            page = await self._ask(admin.GetUsers(len(rows)), admin.UserPage)
            rows += page.rows
            if not page.rows or len(rows) >= min(page.total, limits.MAX_USERS):
                return rows

    async def devices(self, handle: str) -> list[admin.DeviceRow]:
        """Return the devices of somebody that are not cut off."""
        return (await self._ask(admin.GetDevices(_name(handle)), admin.DeviceList)).rows

    async def rooms(self) -> list[admin.RoomRow]:
        """Return all rooms, the oldest first."""
        rows: list[admin.RoomRow] = []
        while True:
            page = await self._ask(admin.GetRooms(len(rows)), admin.RoomPage)
            rows += page.rows
            if not page.rows or len(rows) >= min(page.total, limits.MAX_ROOMS):
                return rows

    async def disk_use(self) -> admin.DiskUse:
        """Return what takes how much room."""
        return await self._ask(admin.GetDiskUse(), admin.DiskUse)

    # --- changing ----------------------------------------------------------------------------

    async def set_invite_only(self, *, is_on: bool) -> None:
        """Let newcomers in by invite only, or everybody."""
        await self._do(admin.SetInviteOnly(is_on))

    async def ban(self, handle: str) -> int:
        """Let somebody in no more; return how many connections that closed."""
        return await self._do(admin.Ban(_name(handle)))

    async def unban(self, handle: str) -> None:
        """Let somebody in again."""
        await self._do(admin.Unban(_name(handle)))

    async def kick(self, handle: str, device: DeviceId | bytes = b"") -> int:
        """Close the connections of somebody, or of one device (its id, or how it begins); return how many."""
        return await self._do(admin.Kick(_name(handle), device))

    async def set_rates(self, *, messages_per_second: float, messages_burst: float) -> None:
        """Set how fast each device may send: in the long run (0: no limit), and at once.

        Raises:
            LocalError: negative, no number, or more than `MAX_MESSAGE_RATE`.
        """
        for rate in (messages_per_second, messages_burst):
            if not 0 <= rate <= limits.MAX_MESSAGE_RATE:
                raise LocalError(f"a rate is a number from 0 to {limits.MAX_MESSAGE_RATE:.0f}")
        await self._do(admin.SetRates(float(messages_per_second), float(messages_burst)))

    async def set_retention(self, *, keep_days: int, keep_bytes: int) -> None:
        """Remove messages from the hub after so many days, and beyond so many bytes; 0: never."""
        if min(keep_days, keep_bytes) < 0:
            raise LocalError("messages are kept for 0 (for ever) or more days, in 0 (any) or more bytes")
        await self._do(admin.SetRetention(keep_days, keep_bytes))

    async def set_notice(self, text: str) -> None:
        """Show a text to everybody, now and at each login, until it is another; empty: none.

        Raises:
            LocalError: more than `MAX_NOTICE_CHARACTERS`.
        """
        text = text.strip()
        if len(text) > limits.MAX_NOTICE_CHARACTERS:
            raise LocalError(f"a notice has at most {limits.MAX_NOTICE_CHARACTERS} characters")
        await self._do(admin.SetNotice(text))

    async def grant(self, handle: str) -> None:
        """Make somebody an admin."""
        await self._do(admin.Grant(_name(handle)))

    async def ungrant(self, handle: str) -> None:
        """Let somebody be an admin no more; the last one stays one."""
        await self._do(admin.Ungrant(_name(handle)))


def _name(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()


class AdminVerbs(Verbs):
    """Leads to the verbs of admins, and knows the notice of who runs the hub."""

    @property
    def admin(self) -> HubAdmin:
        """What an admin of the hub may ask and do."""
        return HubAdmin(self._ask_admin)

    async def _ask_admin(self, command: AdminCommand) -> AdminResult:
        if not self.is_online:
            raise LinkLost("not connected to the hub: only there can it be told what to do")
        answer = self._engine.requests.admin(command)
        self._engine.flush()
        return await answer

    @property
    def hub_notice(self) -> str:
        """What who runs the hub has to say to everybody; empty: nothing. A remote string."""
        return self._engine.administration.notice
