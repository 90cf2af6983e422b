"""`lanmsg join`: go to the hub of a link."""

from typing import TYPE_CHECKING

from lanmsg.cli.chat_command import open_chat
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.opening import require_hub, run_with_client
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import has_terminal, write_line
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


def join(link: str, /, *, no_chat: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Join the hub of a link, then open the chat if there is a terminal.

    Args:
        link: lanmsg://…, in quotes; case, line breaks and brackets around it do not matter.
        no_chat: Only join.
        options: Which client.
    """
    if has_terminal() and not no_chat:
        return open_chat(options, invite=link)

    async def use(client: "Client") -> int:
        require_hub(client)
        title = isolated(client.hub_title)
        write_line(f'You are {isolated(client.handle)} at hub "{title}" ({client.hub_address}).')
        return ExitCode.OK

    return run_with_client(settings_of(options, invite=link), use)
