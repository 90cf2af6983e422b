"""`lanmsg export`: conversations as a file to read, to print or to process.

Nothing is asked of the hub: what this home has is exported, also while the hub is away. Messages pass
through in pages, so a long history needs no more memory than a short one.
"""

import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.export_formats import SUFFIXES, ExportFormat, Rendering, rendering
from lanmsg.cli.export_source import ClientSource, CompanionSource, Source
from lanmsg.cli.opening import run_async
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import is_terminal_out, write_note
from lanmsg.cli.output_file import new_file
from lanmsg.client.model import Conversation, Gap, Message
from lanmsg.client.store.interface import StoreLocked

if TYPE_CHECKING:
    from typing import BinaryIO

    from lanmsg.client.settings import ClientSettings

_STANDARD_OUTPUT: Final = Path("-")


def export(
    target: str = "",
    /,
    *,
    form: Annotated[ExportFormat | None, Parameter(name="--format")] = None,
    output: Path = _STANDARD_OUTPUT,
    force: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Write a conversation, or all of them, to a file or to standard output.

    Args:
        target: '@NAME', '@ROOM', or '#' for the one with everyone, in quotes. Without it: all of them.
        form: html, jsonl or text; without it, what the name of the file says, else text.
        output: The file; without it, standard output.
        force: Replace the file if there is one.
        options: Which client. With --hub, that hub's conversations, else those of the hub used last.
    """
    form = form or SUFFIXES.get(output.suffix.lower(), ExportFormat.TEXT)
    target = target.encode(errors="replace").decode()  # bytes that are no UTF-8 are in nobody's name
    if output == _STANDARD_OUTPUT:
        if form is ExportFormat.HTML and is_terminal_out():
            raise CommandFailed(ExitCode.USAGE, "a page is for a browser: write it with --output FILE.html")
        _run(settings_of(options), target, rendering(form), sys.stdout.buffer)
        return ExitCode.OK
    with new_file(output, is_replacing=force) as file:
        count = _run(settings_of(options), target, rendering(form), file)
    write_note(f"lanmsg: {output} has {count} message{'' if count == 1 else 's'}. It is not encrypted.")
    return ExitCode.OK


def _run(settings: "ClientSettings", target: str, form: Rendering, file: "BinaryIO") -> int:
    """Export from the store, or through the lanmsg that holds it; return the number of messages."""
    try:
        return run_async(_export_offline(settings, target, form, file))
    except StoreLocked as locked:
        return run_async(write_export(CompanionSource(locked), target, form, file))


async def _export_offline(settings: "ClientSettings", target: str, form: Rendering, file: "BinaryIO") -> int:
    from lanmsg.client import Client
    from lanmsg.client.offline import OfflineSurroundings

    async with Client(settings, OfflineSurroundings(settings)) as client:
        return await write_export(ClientSource(client), target, form, file)


async def write_export(source: Source, target: str, form: Rendering, file: "BinaryIO") -> int:
    """Write the conversation of a target, or all; return the number of messages.

    Raises:
        UnknownPerson: nobody here has the name.
        CommandFailed: it is no target, or a room of which this device has nothing.
    """
    count = 0
    head = await source.head(target)
    file.write(form.start(head).encode())
    for each in head.conversations:
        file.write(form.begin(each).encode())
        gaps = deque(each.gaps)
        async for page in _pages(source, each.conversation):
            file.write("".join(_with_gaps(page, gaps, form)).encode())
            count += len(page)
        file.write("".join(map(form.gap, gaps)).encode())
        file.write(form.finish().encode())
    file.write(form.end().encode())
    file.flush()
    return count


def _with_gaps(page: Iterable[Message], gaps: deque[Gap], form: Rendering) -> Iterator[str]:
    """Render messages, and before each the gaps that it stands behind; these are taken from `gaps`."""
    for message in page:
        while gaps and (message.seq > gaps[0].after_seq or not message.seq):  # what waits comes last
            yield form.gap(gaps.popleft())
        yield form.message(message)


async def _pages(source: Source, conversation: Conversation) -> AsyncIterator[tuple[Message, ...]]:
    after: int | None = 0
    while after is not None:
        page = await source.page(conversation, after)
        yield page.messages
        after = page.next_after
