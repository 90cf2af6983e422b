"""What a command asks of the lanmsg that holds its home: one process a store is the rule.

The chat and `listen` hold a store for long and serve (`companion_serving.py`); a command that finds the
store in use asks here, and ends as if it had opened the store itself.
"""

import math
from pathlib import Path
from typing import Final

import msgspec

from lanmsg.cli.admin_orders import Order
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.opening import SYNC_TIMEOUT_S, run_async
from lanmsg.cli.output import write_line, write_note
from lanmsg.client.model import Conversation
from lanmsg.client.store.interface import StoreLocked
from lanmsg.net.local_socket import NotServed, ask_local
from lanmsg.wire.errors import LinkLost

SOCKET_NAME: Final = "asked"
"""Short, as the whole path must be."""
SLACK_S: Final = 5.0
"""How much longer than its own time limit an answer may take."""


class SendRequest(msgspec.Struct, tag="send", frozen=True, kw_only=True):
    """As the arguments of `send_text`; a `timeout_s` of None is none (JSON knows no infinity)."""

    target: str
    text: str
    timeout_s: float | None
    is_queued: bool


class HistoryRequest(msgspec.Struct, tag="history", frozen=True, kw_only=True):
    """As the arguments of `history_lines`."""

    target: str
    limit: int
    is_json: bool


class WhoRequest(msgspec.Struct, tag="who", frozen=True, kw_only=True):
    """As the arguments of `who_lines`."""

    is_json: bool


class ExportHeadRequest(msgspec.Struct, tag="export", frozen=True, kw_only=True):
    """As the arguments of `export_source.head_of`; answered by one line, an `ExportHead`."""

    target: str


class ExportPageRequest(msgspec.Struct, tag="page", frozen=True, kw_only=True):
    """As the arguments of `export_source.small_page`; answered by one line, a `MessagePage`."""

    conversation: Conversation
    after: int


class SearchRequest(msgspec.Struct, tag="search", frozen=True, kw_only=True):
    """As the arguments of `lanmsg search`; `is_marked`: for a terminal that can show what was found."""

    query: str
    limit: int
    is_json: bool
    has_context: bool
    is_marked: bool


class RoomsRequest(msgspec.Struct, tag="rooms", frozen=True, kw_only=True):
    """As the arguments of `rooms_lines`."""

    is_json: bool


class AmendRequest(msgspec.Struct, tag="amend", frozen=True, kw_only=True):
    """As `lanmsg edit`, `delete`, `react` or `pin`, whichever `action` is; `text` is the text or emoji."""

    action: str
    message: str
    text: str
    is_removed: bool
    timeout_s: float | None
    is_json: bool


class DevicesRequest(msgspec.Struct, tag="devices", frozen=True, kw_only=True):
    """As the arguments of `devices_lines`."""

    words: tuple[str, ...]
    is_json: bool


class AdminRequest(msgspec.Struct, tag="admin", frozen=True, kw_only=True):
    """As the arguments of `admin_orders.order_lines`."""

    order: Order
    is_json: bool


Request = (
    SendRequest
    | HistoryRequest
    | WhoRequest
    | RoomsRequest
    | ExportHeadRequest
    | ExportPageRequest
    | SearchRequest
    | AmendRequest
    | DevicesRequest
    | AdminRequest
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How the command ends: its code, what it prints, a note beforehand, and why it failed."""

    code: ExitCode
    lines: tuple[str, ...] = ()
    note: str = ""
    error: str = ""


def ask(locked: StoreLocked, request: Request) -> ExitCode:
    """Let the process that holds the store do it; print what it prints.

    Raises:
        StoreLocked: the one given; that process does not serve, and nothing was done.
        CommandFailed: as that process says, or because it does not answer any more.
    """
    answer = run_async(_ask(locked, request))
    if answer.note:
        write_note(answer.note)
    for line in answer.lines:
        write_line(line)
    _check(answer)
    return answer.code


async def answer_of(locked: StoreLocked, request: Request) -> Answer:
    """Let the process that holds the store answer; raises as `ask` does."""
    answer = await _ask(locked, request)
    _check(answer)
    return answer


def _check(answer: Answer) -> None:
    if answer.error:
        raise CommandFailed(answer.code, answer.error)


async def _ask(locked: StoreLocked, request: Request) -> Answer:
    if locked.directory is None:
        raise locked
    try:
        line = await ask_local(
            socket_path(locked.directory), msgspec.json.encode(request), timeout_s=_time_limit_s(request)
        )
        return msgspec.json.decode(line, type=Answer)
    except NotServed:
        raise locked from None
    except (LinkLost, msgspec.MsgspecError) as error:
        raise CommandFailed(ExitCode.NOT_SENT, _no_answer_text(request)) from error


def socket_path(store_directory: Path) -> Path:
    """Return where the process that holds this store serves."""
    return store_directory / SOCKET_NAME


def _time_limit_s(request: Request) -> float:
    if not isinstance(request, SendRequest | AmendRequest):
        return SYNC_TIMEOUT_S + SLACK_S
    # Twice: to learn of somebody who is new, and to send.
    return math.inf if request.timeout_s is None else 2 * max(request.timeout_s, 0) + SLACK_S


def _no_answer_text(request: Request) -> str:
    text = "the lanmsg that has this home open ended, or did not answer in time"
    if isinstance(request, AmendRequest | DevicesRequest):
        return f"not known to be done: {text}"
    if isinstance(request, SendRequest):
        return f"not known to be sent: {text}; the message may wait in the outbox, or have arrived"
    return text
