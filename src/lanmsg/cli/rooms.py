"""`lanmsg rooms`: the rooms of the hub, ours and those that are open."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lanmsg.chat.room_lines import room_lines
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.message_json import room_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.client.store.interface import StoreLocked

if TYPE_CHECKING:
    from lanmsg.client import Client


def rooms(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List the rooms: yours, and those that are open.

    Args:
        json: One JSON object a line, for every room of the hub.
        options: Which client.
    """

    async def use(client: "Client") -> int:
        await sync(client)
        for line in rooms_lines(client, is_json=json):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        from lanmsg.cli.companion import RoomsRequest, ask

        return ask(locked, RoomsRequest(is_json=json))


def rooms_lines(client: "Client", *, is_json: bool) -> Iterable[str]:
    """Return the rooms, a line each: for people those that matter to them, as JSON all."""
    found = client.rooms()
    return map(room_json, found) if is_json else room_lines(found)
