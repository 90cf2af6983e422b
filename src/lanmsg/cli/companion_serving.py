"""Serving the other processes of the same person, while this one holds the store (`companion.py`)."""

import math
from typing import TYPE_CHECKING

import msgspec

from lanmsg.cli.companion import (
    AdminRequest,
    AmendRequest,
    Answer,
    DevicesRequest,
    ExportHeadRequest,
    ExportPageRequest,
    HistoryRequest,
    Request,
    RoomsRequest,
    SearchRequest,
    SendRequest,
    WhoRequest,
    socket_path,
)
from lanmsg.cli.exit_codes import ExitCode, exit_code_of
from lanmsg.client.real import store_directory
from lanmsg.net.local_socket import MAX_ANSWER_BYTES, LocalServer

if TYPE_CHECKING:
    from lanmsg.client import Client
    from lanmsg.client.settings import ClientSettings


def serve_companions(client: "Client", settings: "ClientSettings") -> LocalServer:
    """Return what serves while it is open; the client must be open for longer."""

    async def answer(line: bytes) -> bytes:
        return await answer_line(client, line)

    return LocalServer(socket_path(store_directory(settings.home, client.hub_id)), answer)


async def answer_line(client: "Client", line: bytes) -> bytes:
    """Do what a line asks for; return how that ended, as a line without its end."""
    try:
        answer = await _answer(client, msgspec.json.decode(line, type=Request))
    except Exception as error:  # noqa: BLE001 - the top of a task; who asked is told
        answer = _failure(error)
    encoded = msgspec.json.encode(answer)
    if len(encoded) >= MAX_ANSWER_BYTES:
        too_much = "this is too much while another lanmsg has this home open: use a smaller --limit"
        return msgspec.json.encode(Answer(code=ExitCode.USAGE, error=too_much))
    return encoded


def _failure(error: Exception) -> Answer:
    code = exit_code_of(error)
    text = f"{type(error).__name__}: {error}" if code is ExitCode.UNEXPECTED else str(error)
    return Answer(code=code, error=text)


async def _answer(client: "Client", request: Request) -> Answer:
    match request:
        case SendRequest():
            return await _send(client, request)
        case HistoryRequest():
            return await _history(client, request)
        case WhoRequest():
            return await _who(client, request)
        case ExportHeadRequest() | ExportPageRequest():
            return _export(client, request)
        case SearchRequest():
            return await _search(client, request)
        case RoomsRequest():
            return await _rooms(client, request)
        case AmendRequest() | DevicesRequest():
            return await _change(client, request)
        case AdminRequest():
            return await _admin(client, request)


async def _send(client: "Client", request: SendRequest) -> Answer:
    from lanmsg.cli.send import send_text

    timeout_s = math.inf if request.timeout_s is None else request.timeout_s
    code = await send_text(
        client, request.target, request.text, timeout_s=timeout_s, is_queued=request.is_queued
    )
    return Answer(code=code)


async def _history(client: "Client", request: HistoryRequest) -> Answer:
    from lanmsg.cli.history import history_lines
    from lanmsg.cli.opening import catch_up

    note = await catch_up(client)
    lines = history_lines(client, request.target, limit=request.limit, is_json=request.is_json)
    return Answer(code=ExitCode.OK, note=note, lines=tuple(lines))


async def _who(client: "Client", request: WhoRequest) -> Answer:
    from lanmsg.cli.opening import catch_up
    from lanmsg.cli.who import who_lines

    note = await catch_up(client)
    return Answer(code=ExitCode.OK, note=note, lines=tuple(who_lines(client, is_json=request.is_json)))


def _export(client: "Client", request: ExportHeadRequest | ExportPageRequest) -> Answer:
    from lanmsg.cli.export_source import head_of, small_page

    if isinstance(request, ExportHeadRequest):
        found = head_of(client, request.target)
    else:
        found = small_page(client, request.conversation, request.after)
    return Answer(code=ExitCode.OK, lines=(msgspec.json.encode(found).decode(),))


async def _search(client: "Client", request: SearchRequest) -> Answer:
    from lanmsg.cli.opening import catch_up
    from lanmsg.cli.search import NOTHING_FOUND, search_lines

    note = await catch_up(client)
    lines = tuple(await search_lines(client, request))
    return Answer(code=ExitCode.OK, note=note or ("" if lines else NOTHING_FOUND), lines=lines)


async def _change(client: "Client", request: AmendRequest | DevicesRequest) -> Answer:
    from lanmsg.cli.amend import amend_lines
    from lanmsg.cli.devices import devices_lines
    from lanmsg.cli.opening import catch_up

    note = await catch_up(client)
    if isinstance(request, AmendRequest):
        lines = await amend_lines(client, request)
    else:
        lines = await devices_lines(client, request.words, is_json=request.is_json)
    return Answer(code=ExitCode.OK, note=note, lines=tuple(lines))


async def _rooms(client: "Client", request: RoomsRequest) -> Answer:
    from lanmsg.cli.opening import catch_up
    from lanmsg.cli.rooms import rooms_lines

    note = await catch_up(client)
    return Answer(code=ExitCode.OK, note=note, lines=tuple(rooms_lines(client, is_json=request.is_json)))


async def _admin(client: "Client", request: AdminRequest) -> Answer:
    from lanmsg.cli.admin_orders import order_lines

    lines = await order_lines(client, request.order, is_json=request.is_json)
    return Answer(code=ExitCode.OK, lines=tuple(lines))
