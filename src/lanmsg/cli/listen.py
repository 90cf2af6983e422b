"""`lanmsg listen`: messages as they come, for people and for the next program of a pipe."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from lanmsg.chat.gap_lines import gap_news
from lanmsg.chat.message_lines import Days, FindMessage, message_lines, plain_text
from lanmsg.chat.news import notice_words
from lanmsg.cli.exit_codes import CommandFailed, ExitCode, exit_code_of_stop
from lanmsg.cli.message_json import event_json, message_json
from lanmsg.cli.opening import note_new_hub, run_async
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line, write_note
from lanmsg.client.events import (
    Alarm,
    ChangeKind,
    Disconnected,
    Event,
    GapFound,
    HubNotice,
    MessageAdded,
    MessageChanged,
    Stopped,
)
from lanmsg.client.model import Message, MessageState

if TYPE_CHECKING:
    from lanmsg.client.settings import ClientSettings


def listen(
    *,
    json: Flag = False,
    count: int | None = None,
    timeout: float | None = None,
    all: Flag = False,
    changes: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Print messages as they come, those that came while nobody listened first.

    Args:
        json: One JSON object a line; where messages are missing, one with `event`.
        count: End after so many messages.
        timeout: End after so many seconds; exit code 3 if --count was not reached.
        all: Print our own messages too.
        changes: With --json: also what is done to messages and rooms, one object with `event` a line.
        options: Which client.
    """
    if changes and not json:
        raise CommandFailed(ExitCode.USAGE, "--changes goes with --json")
    printer = Printer(is_json=json, is_all=all, has_changes=changes)
    return run_async(listen_to(settings_of(options), printer, count=count, timeout_s=timeout))


class Printer:
    """Prints messages, each once; `printed` counts them."""

    def __init__(
        self,
        *,
        is_json: bool,
        is_all: bool,
        has_changes: bool = False,
        write: Callable[[str], None] = write_line,
    ) -> None:
        self.find: FindMessage = lambda _: None
        """How to find what a message answers; there is no client yet when a printer is made."""
        self._is_json = is_json
        self._is_all = is_all
        self._has_changes = has_changes
        self._write = write
        self._days = Days()
        self.printed = 0

    def take(self, event: Event) -> None:
        """Print what an event says.

        Raises:
            CommandFailed: the client has stopped.
        """
        match event:
            case MessageAdded(message=message):
                self._print_if_wanted(message)
            case MessageChanged(message=message, change=ChangeKind.READABLE, is_backlog=False):
                self._print_if_wanted(message)
            case Disconnected(reason=reason):
                write_note(f"lanmsg: the connection is lost ({reason}); trying again")
            case HubNotice(text=text):
                write_note(f"lanmsg: {notice_words(text)}")
            case Alarm(text=text):
                write_note(f"lanmsg: {text}")
            case GapFound():
                self._print_gap(event)
            case Stopped(code=code, text=text):
                raise CommandFailed(exit_code_of_stop(code), text)
            case _:
                line = event_json(event) if self._has_changes else None
                if line is not None:
                    self._write(line)

    def _print_gap(self, event: GapFound) -> None:
        """Say what will never come: in JSON always, for a program can't see it in what does come."""
        line = event_json(event) if self._is_json else None
        if line is not None:
            self._write(line)
        else:
            write_note(f"lanmsg: {gap_news(event)}")

    def _print_if_wanted(self, message: Message) -> None:
        if message.state is MessageState.UNREADABLE or (message.is_own and not self._is_all):
            return
        self.printed += 1
        if self._is_json:
            self._write(message_json(message))
            return
        for line in (*self._days.lines_before(message), *message_lines(message, self.find)):
            self._write(plain_text(line))


async def listen_to(
    settings: "ClientSettings", printer: Printer, *, count: int | None, timeout_s: float | None
) -> ExitCode:
    """Print messages until there are `count`, or `timeout_s` is over; for ever without both."""
    from lanmsg.cli.companion_serving import serve_companions
    from lanmsg.client import Client

    client = Client(settings)
    events = client.events()  # before we connect, so that nothing that comes with the login is missed
    async with client, serve_companions(client, settings):
        printer.find = client.message
        note_new_hub(client)
        try:
            async with asyncio.timeout(timeout_s):
                return await print_events(events, printer, count=count)
        except TimeoutError:
            return ExitCode.OK if count is None else ExitCode.NOT_SENT


async def print_events(events: AsyncIterator[Event], printer: Printer, *, count: int | None) -> ExitCode:
    """Print what comes until there are `count` messages, or no more events."""
    if count is not None and count <= 0:
        return ExitCode.OK
    async for event in events:
        printer.take(event)
        if count is not None and printer.printed >= count:
            break
    return ExitCode.OK
