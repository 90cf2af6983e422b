"""`lanmsg invite`: a link and a QR code that let one person join."""

from typing import TYPE_CHECKING

from lanmsg.chat.join_qr import GOOD_FOR, qr_or_why_not
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.opening import require_hub, run_with_client
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line, write_note

if TYPE_CHECKING:
    from lanmsg.client import Client


def invite(*, no_qr: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Print a join link, and its QR code. It is good for one person, once, within 24 hours.

    Args:
        no_qr: Print the link only.
        options: Which client.
    """

    async def use(client: "Client") -> int:
        require_hub(client)
        link = await client.create_invite()
        write_line(link)
        if not no_qr:
            write_line(qr_or_why_not(link))
        write_note(GOOD_FOR)
        return ExitCode.OK

    return run_with_client(settings_of(options), use)
