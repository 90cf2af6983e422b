"""`lanmsg devices`: our own devices, for people and for scripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.device_lines import device_lines, device_words
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.message_json import device_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.client.store.interface import StoreLocked

if TYPE_CHECKING:
    from lanmsg.client import Client


def devices(*words: str, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List your devices; rename one, or cut one off, with the words of /devices in the chat.

    Args:
        words: Nothing, or `rename ID NAME`, or `revoke ID yes`.
        json: One JSON object a line.
        options: Which client.
    """

    async def use(client: "Client") -> int:
        await sync(client)
        for line in await devices_lines(client, words, is_json=json):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        from lanmsg.cli.companion import DevicesRequest, ask

        safe = tuple(word.encode(errors="replace").decode() for word in words)
        return ask(locked, DevicesRequest(words=safe, is_json=json))


async def devices_lines(client: "Client", words: Sequence[str], *, is_json: bool) -> list[str]:
    """Do what the words say; return our devices as they are then, a line each.

    Raises:
        UnknownDevice: no device of ours, or several, begin so.
        CommandFailed: the words mean nothing, or lack their `yes`.
        Refusal, LinkLost: the hub does not cut it off, or is not there.
    """
    match tuple(words):
        case ():
            pass
        case ("rename", device, *name) if name:
            await client.rename_device(client.device(device).device, " ".join(name))
        case ("revoke", device, "yes"):
            await client.revoke_device(client.device(device).device)
        case ("revoke", device):
            info = client.device(device)
            raise CommandFailed(
                ExitCode.USAGE,
                f"this cuts {device_words(info)} off for good. "
                f"To do it: lanmsg devices revoke {info.short_id} yes",
            )
        case _:
            raise CommandFailed(
                ExitCode.USAGE, "write lanmsg devices, or behind it rename ID NAME or revoke ID yes"
            )
    found = client.devices()
    return [*map(device_json, found)] if is_json else device_lines(found)
