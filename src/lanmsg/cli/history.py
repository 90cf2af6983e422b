"""`lanmsg history`: what was said in a conversation."""

from typing import TYPE_CHECKING

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.message_json import message_json
from lanmsg.cli.message_lines import plain_text, transcript
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.cli.targets import conversation_of

if TYPE_CHECKING:
    from lanmsg.client import Client


def history(
    target: str,
    /,
    *,
    limit: int = 50,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Print the last messages of a conversation, oldest first.

    Args:
        target: '@NAME', or '#' for the one with everyone, in quotes.
        limit: How many at most.
        json: One JSON object a line.
        options: Which client.
    """
    if limit < 1:
        raise CommandFailed(ExitCode.USAGE, "--limit must be 1 or more")

    async def use(client: "Client") -> int:
        await sync(client)
        print_history(client, target, limit=limit, is_json=json)
        return ExitCode.OK

    return run_with_client(settings_of(options), use)


def print_history(client: "Client", target: str, *, limit: int, is_json: bool) -> None:
    """Print the newest `limit` messages of a conversation, oldest first."""
    messages = client.history(conversation_of(client, target), limit=limit)
    lines = map(message_json, messages) if is_json else map(plain_text, transcript(messages))
    for line in lines:
        write_line(line)
