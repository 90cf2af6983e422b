"""`lanmsg link`: let a second device of ours in, or be one."""

import asyncio
from typing import TYPE_CHECKING, Final

from lanmsg.chat.device_lines import code_lines, progress_words
from lanmsg.chat.join_qr import qr_or_why_not
from lanmsg.cli.chat_command import open_chat
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.opening import require_hub, run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import has_terminal, write_line, write_note
from lanmsg.client.events import HistoryProgress
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client
    from lanmsg.client.event_stream import EventStream

PATIENCE_S: Final = 60.0
"""How long to wait for the next part of the past: the other device may be switched off."""


def link(
    code: str = "", /, *, no_chat: Flag = False, no_qr: Flag = False, options: Options = NO_OPTIONS
) -> int:
    """Show a code for a second device; there, with that code: become the same person.

    Args:
        code: What the other device shows, as K7QM-0XWD-9RTA-3FEH; without it this one shows a code.
        no_chat: With a code: only become a device, and stay until what was said before is here.
        no_qr: Without a code: print no QR code.
        options: Which client. A second device needs a home of its own.
    """
    if not code:
        return run_with_client(settings_of(options), lambda client: _show(client, has_qr=not no_qr))
    if has_terminal() and not no_chat:
        return open_chat(options, pairing_code=code)
    return run_with_client(settings_of(options, pairing_code=code), _become)


async def _show(client: "Client", *, has_qr: bool) -> int:
    require_hub(client)
    code = await client.link_device()
    if has_qr:
        write_line(qr_or_why_not(code.link))
    for line in code_lines(code):
        write_line(line)
    return ExitCode.OK


async def _wait_for_past(client: "Client", events: "EventStream") -> None:
    """Say how far the past has come over, until all of it is here or nothing comes any more."""
    while client.is_past_coming:
        try:
            async with asyncio.timeout(PATIENCE_S):
                event = await anext(events)
        except (TimeoutError, StopAsyncIteration):
            write_note("The rest comes when lanmsg runs on both devices.")
            return
        if isinstance(event, HistoryProgress) and progress_words(event):
            write_note(progress_words(event))


async def _become(client: "Client") -> int:
    require_hub(client)
    title = isolated(client.hub_title)
    write_line(f'This is a device of {isolated(client.handle)} at hub "{title}" ({client.hub_address}) now.')
    await sync(client)
    await _wait_for_past(client, client.events())
    return ExitCode.OK
