"""`lanmsg search`: find messages in all conversations."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lanmsg.chat.message_lines import plain_text
from lanmsg.chat.search_lines import hit_lines, marked_text
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.message_json import hit_json
from lanmsg.cli.opening import catch_up, run_with_client
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import is_terminal_out, write_line, write_note
from lanmsg.client.store.interface import StoreLocked

if TYPE_CHECKING:
    from lanmsg.cli.companion import SearchRequest
    from lanmsg.client import Client

NOTHING_FOUND = "nothing was found"


def search(
    *query: Annotated[str, Parameter(allow_leading_hyphen=True)],
    limit: int = 20,
    json: Flag = False,
    context: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Find messages in all conversations; the newest are printed last.

    Words are found in any order, and longer ones that begin with the last of them. Quotes keep words
    together, -WORD leaves out. from:NAME in:TARGET has:link|code|reply|mention after:2026-11-02
    before:2026-11 narrow it.

    Args:
        query: What to look for.
        limit: How many at most.
        json: One JSON object a line, newest first.
        context: With the messages next to each.
        options: Which client.
    """
    from lanmsg.cli.companion import SearchRequest, ask

    stray = next((word for word in query if word.startswith("--")), None)
    if stray is not None:  # a dash belongs to queries, so the command line leaves all such words to us
        raise CommandFailed(ExitCode.USAGE, f"unknown option: {stray}. See: lanmsg search --help")

    request = SearchRequest(
        query=" ".join(query).encode(errors="replace").decode(),  # bytes that are no UTF-8 are in no message
        limit=limit,
        is_json=json,
        has_context=context,
        is_marked=is_terminal_out() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
    )

    async def use(client: "Client") -> int:
        note = await catch_up(client)
        lines = list(await search_lines(client, request))
        note = note or ("" if lines else NOTHING_FOUND)
        if note:
            write_note(note)
        for line in lines:
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        return ask(locked, request)


async def search_lines(client: "Client", request: "SearchRequest") -> Iterable[str]:
    """Return hits as lines to print, once all that is stored can be found.

    Raises:
        QueryError: the query means nothing.
        UnknownPerson: nobody here has a name in it.
    """
    await client.index_messages()
    hits = client.search(request.query, limit=request.limit)
    if request.is_json:
        return map(hit_json, hits)
    draw = marked_text if request.is_marked else plain_text
    return map(draw, hit_lines(hits, has_context=request.has_context))
