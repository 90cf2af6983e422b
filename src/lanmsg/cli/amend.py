"""`lanmsg edit`, `delete`, `react` and `pin`: what the chat does to a message, for scripts.

A message is named by its id, as `--json` prints it, or by a conversation and a mark: '@bob^2' is the second
newest there that can be meant, '#^soup' the newest among everyone with that word.
"""

import math
from typing import TYPE_CHECKING, Final

from lanmsg.chat.message_marks import is_there, marked
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.message_json import message_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.cli.targets import conversation_of
from lanmsg.client.errors import UnknownMessage
from lanmsg.client.model import ConversationKind, MemberRole, Message
from lanmsg.client.store.interface import StoreLocked
from lanmsg.wire.ids import ID_BYTES, MessageId
from lanmsg.wire.marks import Mark, split_mark
from lanmsg.wire.short_emoji import emoji_for

if TYPE_CHECKING:
    from lanmsg.cli.companion import AmendRequest
    from lanmsg.client import Client

DEFAULT_TIMEOUT_S: Final = 10.0
_HOW_TO_NAME: Final = (
    "name a message by its id, as --json prints it, or by a conversation and a mark, in quotes: "
    "'@bob^' is the newest there, '@bob^2' the one before it, '#^soup' the newest with that word"
)


def edit(
    message: str,
    /,
    *text: str,
    timeout: float = DEFAULT_TIMEOUT_S,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Give a message of yours another text. Exit code 0 means: it is on the hub's disk.

    Args:
        message: Its id, or '@NAME^2': the second newest of yours there.
        text: The new text.
        timeout: Seconds to wait for the hub (exit code 3 behind them; it waits in the outbox).
        json: Print the message as it looks now.
        options: Which client.
    """
    return _do("edit", message, " ".join(text), timeout_s=timeout, is_json=json, options=options)


def delete(
    message: str,
    /,
    *,
    timeout: float = DEFAULT_TIMEOUT_S,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Take a message of yours away; in a room you moderate, anybody's.

    Args:
        message: Its id, or '@NAME^': the newest of yours there.
        timeout: Seconds to wait for the hub (exit code 3 behind them; it waits in the outbox).
        json: Print the message as it looks now.
        options: Which client.
    """
    return _do("delete", message, "", timeout_s=timeout, is_json=json, options=options)


def react(
    message: str,
    emoji: str,
    /,
    *,
    remove: Flag = False,
    timeout: float = DEFAULT_TIMEOUT_S,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Put an emoji to a message, or take yours back.

    Args:
        message: Its id, or '@NAME^': the newest there.
        emoji: An emoji, or a short word for one as in the chat: +1, heart, done.
        remove: Take it back.
        timeout: Seconds to wait for the hub (exit code 3 behind them; it waits in the outbox).
        json: Print the message as it looks now.
        options: Which client.
    """
    return _do("react", message, emoji, is_removed=remove, timeout_s=timeout, is_json=json, options=options)


def pin(
    message: str,
    /,
    *,
    remove: Flag = False,
    timeout: float = DEFAULT_TIMEOUT_S,
    json: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Pin a message in its conversation, or unpin it.

    Args:
        message: Its id, or '@NAME^': the newest there.
        remove: Unpin it.
        timeout: Seconds to wait for the hub (exit code 3 behind them; it waits in the outbox).
        json: Print the message as it looks now.
        options: Which client.
    """
    return _do("pin", message, "", is_removed=remove, timeout_s=timeout, is_json=json, options=options)


def _do(  # noqa: PLR0913 - what a person may say of it
    action: str,
    message: str,
    text: str,
    *,
    is_removed: bool = False,
    timeout_s: float,
    is_json: bool,
    options: Options,
) -> int:
    from lanmsg.cli.companion import AmendRequest, ask

    request = AmendRequest(
        action=action,
        message=_utf8(message),
        text=_utf8(text),
        is_removed=is_removed,
        timeout_s=timeout_s if math.isfinite(timeout_s) else None,
        is_json=is_json,
    )

    async def use(client: "Client") -> int:
        await sync(client)
        for line in await amend_lines(client, request):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        return ask(locked, request)


def _utf8(text: str) -> str:
    """Return what can go through a socket: bytes of the command line that are no UTF-8 are in no message."""
    return text.encode(errors="replace").decode()


# --- doing it --------------------------------------------------------------------------------


async def amend_lines(client: "Client", request: "AmendRequest") -> list[str]:
    """Do what is asked, wait until the hub has it, and return the lines to print.

    Raises:
        CommandFailed: it was not sent in time, or the message is not named as it must be.
        LanmsgError: it can't be done; the text says who may.
    """
    message = _named(client, request)
    await _amend(client, request, message)
    try:
        shown = await client.wait_changed(message.id, timeout_s=request.timeout_s)
    except TimeoutError:
        text = "not done yet: the hub did not take it in time; it waits, and is sent once it can be"
        raise CommandFailed(ExitCode.NOT_SENT, text) from None
    return [message_json(shown)] if request.is_json and shown is not None else []


async def _amend(client: "Client", request: "AmendRequest", message: Message) -> None:
    match request.action:
        case "edit":
            await client.edit(message.id, request.text)
        case "delete":
            await client.delete(message.id)
        case "react":
            await client.react(message.id, emoji_for(request.text), remove=request.is_removed)
        case "pin":
            await client.pin(message.id, remove=request.is_removed)
        case _:
            raise CommandFailed(ExitCode.USAGE, "this lanmsg and the one that has the home open differ")


def _named(client: "Client", request: "AmendRequest") -> Message:
    message_id = _id_of(request.message)
    if message_id is not None:
        message = client.message(message_id)
        if message is None:
            raise UnknownMessage
        return message
    target, caret, rest = request.message.partition("^")
    mark = split_mark(f"^{rest}")[0] if caret else None
    if not target or mark is None:
        raise CommandFailed(ExitCode.USAGE, _HOW_TO_NAME)
    return _marked(client, request, target, mark)


def _marked(client: "Client", request: "AmendRequest", target: str, mark: Mark) -> Message:
    conversation = conversation_of(client, target)
    is_anybodys = request.action in {"react", "pin"}
    if request.action == "delete" and conversation.kind is ConversationKind.ROOM:
        is_anybodys = client.room(target).role in {MemberRole.MODERATOR, MemberRole.OWNER}
    return marked(client, conversation, mark, lambda each: is_there(each) and (is_anybodys or each.is_own))


def _id_of(text: str) -> MessageId | None:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return MessageId(found) if len(found) == ID_BYTES else None
