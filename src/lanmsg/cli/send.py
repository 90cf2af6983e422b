"""`lanmsg send`: one message, and an exit code that says what became of it."""

import asyncio
import math
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.opening import run_with_client
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import is_terminal_in, write_note
from lanmsg.cli.targets import conversation_of
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import Conversation, ConversationKind, Message, MessageState
from lanmsg.client.store.interface import StoreLocked

if TYPE_CHECKING:
    from lanmsg.client import Client

DEFAULT_TIMEOUT_S: Final = 10.0


def send(
    target: str,
    /,
    *text: str,
    timeout: float = DEFAULT_TIMEOUT_S,
    no_queue: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Send one message. Exit code 0 means: it is on the hub's disk.

    Args:
        target: '@NAME', '@ROOM', '@ANN,@BOB' (a group), or '#' for everyone, in quotes.
        text: The message; without it, all of standard input is one message.
        timeout: Seconds to wait for the hub (exit code 3 behind them).
        no_queue: Take the message back if it was not sent in time, instead of leaving it in the outbox.
        options: Which client.
    """
    message = " ".join(text) if text else _read_input()
    _check_text(message)

    async def use(client: "Client") -> int:
        return await send_text(client, target, message, timeout_s=timeout, is_queued=not no_queue)

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        return _ask(locked, target, message, timeout_s=timeout, is_queued=not no_queue)


def _ask(locked: StoreLocked, target: str, text: str, *, timeout_s: float, is_queued: bool) -> ExitCode:
    """Let the lanmsg that has this home open send it."""
    from lanmsg.cli.companion import SendRequest, ask

    request = SendRequest(
        target=target.encode(errors="replace").decode(),  # bytes that are no UTF-8 are in nobody's name
        text=text,
        timeout_s=timeout_s if math.isfinite(timeout_s) else None,
        is_queued=is_queued,
    )
    return ask(locked, request)


async def send_text(
    client: "Client", target: str, text: str, *, timeout_s: float, is_queued: bool
) -> ExitCode:
    """Send a text, and wait until the hub has it.

    Raises:
        CommandFailed: it was not sent in time, or the hub refused it.
        LanmsgError: it could not even be queued.
    """
    message = await client.send(await _look_up(client, target, timeout_s=timeout_s), text)
    try:
        async with asyncio.timeout(timeout_s):
            final = await client.wait_sent(message.id)
    except TimeoutError:
        raise await _not_in_time(client, message, timeout_s=timeout_s, is_queued=is_queued) from None
    if final.state is MessageState.FAILED:
        raise CommandFailed(ExitCode.REFUSED, f"not sent: {final.reason}")
    return ExitCode.OK


async def _look_up(client: "Client", target: str, *, timeout_s: float) -> Conversation:
    """Return whom a target means; who or what came while we were away is known once we have caught up."""
    try:
        conversation = conversation_of(client, target)
    except UnknownPerson:
        if not client.is_online:
            raise
    else:
        if conversation.kind is not ConversationKind.ROOM or not client.is_online:
            return conversation
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await client.synced()
    return conversation_of(client, target)


async def _not_in_time(
    client: "Client", message: Message, *, timeout_s: float, is_queued: bool
) -> CommandFailed:
    text = f"not sent: the hub did not take it within {timeout_s:g} s"
    if is_queued:
        text += "; it waits in the outbox and is sent as soon as lanmsg runs and the hub is there"
    elif await client.withdraw(message.id):
        text += "; it was taken back"
    else:
        text += "; it was under way already, so it may still arrive"
    return CommandFailed(ExitCode.NOT_SENT, text)


def _read_input() -> str:
    if is_terminal_in():
        write_note("Write the message; Ctrl+D on an empty line sends it, Ctrl+C does not.")
    data = sys.stdin.buffer.read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CommandFailed(
            ExitCode.USAGE, f"not sent: standard input is not text in UTF-8 (byte {error.start})"
        ) from error
    return text.replace("\r\n", "\n").removesuffix("\n")


def _check_text(text: str) -> None:
    if not text.strip():
        raise CommandFailed(ExitCode.USAGE, "not sent: there is no text")
    try:
        text.encode()
    except UnicodeEncodeError as error:  # bytes of the command line that are no UTF-8
        raise CommandFailed(ExitCode.USAGE, "not sent: the text is not UTF-8") from error
