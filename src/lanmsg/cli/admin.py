"""`lanmsg admin`: run the hub from any device of one of its admins.

Each subcommand makes one order (`admin_orders`), which is carried out here, or by the lanmsg that has
this home open.
"""

from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
from cyclopts import Parameter

from lanmsg.cli.admin_orders import KeepOrder, Order, order_lines
from lanmsg.cli.asking import ask as ask_person
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.opening import require_hub, run_with_client
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line, write_note
from lanmsg.cli.sizes import parse_size
from lanmsg.client.store.interface import StoreLocked
from lanmsg.wire import admin as orders
from lanmsg.wire.errors import LocalError

if TYPE_CHECKING:
    from lanmsg.client import Client

admin = cyclopts.App(
    name="admin",
    help="Run the hub: for its admins. Without a subcommand: how the hub is, and what can be done.",
    help_format="plaintext",
    result_action="return_value",
)

_ON_OFF: Final = {"on": True, "off": False}


def _carry_out(order: Order, options: Options, *, is_json: bool) -> int:
    async def use(client: "Client") -> int:
        require_hub(client)
        for line in await order_lines(client, order, is_json=is_json):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        from lanmsg.cli.companion import AdminRequest, ask

        return ask(locked, AdminRequest(order=order, is_json=is_json))


# --- asking ----------------------------------------------------------------------------------


@admin.default
def status(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Show how the hub is, and what can be done.

    Args:
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.GetStatus(), options, is_json=json)


admin.command(status, name="status")


@admin.command
def users(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List everybody enrolled: devices, when they were here, how much they wrote, who is banned.

    Args:
        json: One JSON object a line.
        options: Which client.
    """
    return _carry_out(orders.GetUsers(), options, is_json=json)


@admin.command
def devices(name: str, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List the devices of somebody, and where they are connected from.

    Args:
        name: Whose.
        json: One JSON object a line.
        options: Which client.
    """
    return _carry_out(orders.GetDevices(name), options, is_json=json)


@admin.command
def rooms(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List all rooms by id and name: members, entries, size.

    Args:
        json: One JSON object a line.
        options: Which client.
    """
    return _carry_out(orders.GetRooms(), options, is_json=json)


@admin.command
def disk(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Show what takes how much room on the hub's disk.

    Args:
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.GetDiskUse(), options, is_json=json)


# --- people ----------------------------------------------------------------------------------


@admin.command
def ban(name: str, /, *, yes: Flag = False, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Let somebody in no more: their connections are closed at once. It takes nothing that they have.

    Args:
        name: Whom.
        yes: Do not ask.
        json: One JSON object.
        options: Which client.
    """
    if not yes:
        _confirm_ban(name)
    return _carry_out(orders.Ban(name), options, is_json=json)


def _confirm_ban(name: str) -> None:
    write_note(
        f"This closes the hub to {name!a}, on all of their devices, until `lanmsg admin unban`. What they "
        "have they keep, and on a hub that is not invite-only they can come back under another name."
    )
    if ask_person("Type ban to go on", instead="--yes") != "ban":
        raise CommandFailed(ExitCode.USAGE, "nobody was banned")


@admin.command
def unban(name: str, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Let somebody in again; what others wrote to them has waited.

    Args:
        name: Whom.
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.Unban(name), options, is_json=json)


@admin.command
def kick(name: str, /, *, device: str = "", json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Close the connections of somebody; they come back by themselves.

    Args:
        name: Whom.
        device: Only this device: its id, or how it begins (`lanmsg admin devices NAME` lists them).
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.Kick(name, _device_bytes(device)), options, is_json=json)


def _device_bytes(text: str) -> bytes:
    """Return the whole bytes of a device id that is written in hexadecimal digits."""
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise LocalError(f"{text!a} is no id of a device: an even number of digits 0-9, a-f") from error


@admin.command
def grant(name: str, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Make somebody an admin of this hub.

    Args:
        name: Whom.
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.Grant(name), options, is_json=json)


@admin.command
def ungrant(name: str, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Let somebody be an admin no more; the last one stays one.

    Args:
        name: Whom.
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.Ungrant(name), options, is_json=json)


# --- the hub ---------------------------------------------------------------------------------


@admin.command(name="invite-only")
def invite_only(on_off: str, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Say whether newcomers need an invite, from now on: on or off.

    Args:
        on_off: on or off.
        json: One JSON object.
        options: Which client.
    """
    if on_off not in _ON_OFF:
        raise LocalError("say on or off: lanmsg admin invite-only on")
    return _carry_out(orders.SetInviteOnly(_ON_OFF[on_off]), options, is_json=json)


@admin.command
def rates(per_second: float, at_once: float, /, *, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Say how fast each device may send messages, from now on.

    Args:
        per_second: Messages a second in the long run; 0: no limit.
        at_once: Messages at once, before that holds.
        json: One JSON object.
        options: Which client.
    """
    return _carry_out(orders.SetRates(per_second, at_once), options, is_json=json)


@admin.command
def retention(
    *,
    days: int | None = None,
    size: str | None = None,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Say what the hub keeps of messages; the people keep theirs.

    Args:
        days: Remove messages that are older; 0: none.
        size: Remove the oldest beyond this size, as in 2GB; 0: none. What is not given stays as it is.
        json: One JSON object.
        options: Which client.
    """
    if days is None and size is None:
        raise LocalError("say how long or how much: lanmsg admin retention --days 30 --size 2GB")
    order = KeepOrder(days=days, size_bytes=None if size is None else parse_size(size))
    return _carry_out(order, options, is_json=json)


@admin.command
def notice(
    text: Annotated[tuple[str, ...], Parameter(allow_leading_hyphen=True)] = (),
    /,
    *,
    clear: Flag = False,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Show a text to everybody, now and whenever somebody comes, until it is taken back. The hub can read it.

    Args:
        text: At most 500 characters.
        clear: Take it back.
        json: One JSON object.
        options: Which client.
    """
    words = " ".join(text).strip()
    if bool(words) is clear:
        raise LocalError("say what to show, or --clear: lanmsg admin notice 'Down on Friday from 12 to 13'")
    return _carry_out(orders.SetNotice(words), options, is_json=json)
