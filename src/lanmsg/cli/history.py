"""`lanmsg history`: what was said in a conversation."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lanmsg.chat.gap_lines import parts_with_gaps, shown_history
from lanmsg.chat.message_lines import plain_text
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.message_json import gap_json, message_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.cli.targets import conversation_of
from lanmsg.client.model import Conversation, Gap
from lanmsg.client.store.interface import StoreLocked

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
        target: '@NAME', '@ROOM', '@ANN,@BOB', or '#' for the one with everyone, in quotes.
        limit: How many at most.
        json: One JSON object a line; where messages are missing, one with `event`.
        options: Which client.
    """
    if limit < 1:
        raise CommandFailed(ExitCode.USAGE, "--limit must be 1 or more")

    async def use(client: "Client") -> int:
        await sync(client)
        for line in history_lines(client, target, limit=limit, is_json=json):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        from lanmsg.cli.companion import HistoryRequest, ask

        target = target.encode(errors="replace").decode()  # bytes that are no UTF-8 are in nobody's name
        return ask(locked, HistoryRequest(target=target, limit=limit, is_json=json))


def history_lines(client: "Client", target: str, *, limit: int, is_json: bool) -> Iterable[str]:
    """Return the newest `limit` messages of a conversation, oldest first, as lines to print.

    Raises:
        UnknownPerson: nobody here has the name.
        CommandFailed: it is no target.
    """
    conversation = conversation_of(client, target)
    if is_json:
        return _json_lines(client, conversation, limit=limit)
    return map(plain_text, shown_history(client, conversation, limit=limit))


def _json_lines(client: "Client", conversation: Conversation, *, limit: int) -> Iterator[str]:
    messages, gaps = client.history(conversation, limit=limit), client.gaps(conversation)
    name = client.conversation_name(conversation)
    for part in parts_with_gaps(messages, gaps, is_whole=len(messages) < limit):
        if isinstance(part, Gap):
            yield gap_json(conversation, name, part)
        else:
            yield from map(message_json, part)
