"""`lanmsg chat`: listen and write at the same time."""

import asyncio
import gc
import os
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from lanmsg.cli.asking import ask
from lanmsg.cli.exit_codes import ExitCode, exit_code_of_stop
from lanmsg.cli.loading import APP_MODULES, import_meanwhile
from lanmsg.cli.opening import run_async
from lanmsg.cli.options import NO_OPTIONS, ClientOptions, Flag, Options, settings_of
from lanmsg.cli.output import can_draw, forget_exported_size, has_room, has_terminal, write_error, write_note

FRAMES_PER_S: Final = 120
"""A key that comes just after something was drawn waits for the next frame: 8 ms, not 17."""
COLLECT_AFTER: Final = (5_000, 20, 100)
"""Python looks for garbage in cycles after so many new objects; at what has stayed, after so many times that;
at everything, after so many times that again: a person feels the last, it takes 50 ms."""
SETTLED_AFTER_S: Final = 1.0
"""What is there so long after the start (modules, styles, the first messages) stays: `gc.freeze` keeps later
collections from it."""

if TYPE_CHECKING:
    from lanmsg.cli.chat_plain import PlainScreen
    from lanmsg.cli.chat_screen import TerminalScreen
    from lanmsg.client import Client
    from lanmsg.client.event_stream import EventStream
    from lanmsg.client.settings import ClientSettings


def chat(
    *,
    is_asking: Annotated[Flag, Parameter(name="--ask")] = False,
    line: Flag = False,
    plain: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Talk: listen and write at the same time.

    Args:
        is_asking: Ask for the hub's address, its port and your name.
        line: Print what comes, and edit one line below it, in place of the app that fills the terminal.
        plain: Only print lines: for screen readers. Always so where there is no terminal that can more.
        options: Which client.
    """
    if is_asking:
        options = ask_for_options(options)
    return open_chat(options, face=_face(is_line=line, is_plain=plain))


class Face(StrEnum):
    """How a chat looks."""

    APP = "app"
    """It fills the terminal."""
    LINE = "line"
    """A line that is edited, and the chat above it."""
    PLAIN = "plain"
    """Lines only."""


def _face(*, is_line: bool, is_plain: bool) -> Face:
    """Return the face that was asked for."""
    if is_plain:
        return Face.PLAIN
    return Face.LINE if is_line else Face.APP


def open_chat(
    options: ClientOptions,
    *,
    invite: str | None = None,
    pairing_code: str | None = None,
    face: Face = Face.APP,
) -> int:
    """Open the chat at the hub of these options, of an invite, or the one that is here.

    Several hubs are offered as a list where there is somebody to choose.

    Raises:
        LanmsgError: as `Client` does.
    """
    from lanmsg.client.finding import SeveralHubs

    try:
        return run_async(talk(settings_of(options, invite=invite, pairing_code=pairing_code), face=face))
    except SeveralHubs as error:
        if not has_terminal():
            raise
        from lanmsg.cli.choosing import choose_hub

        chosen = choose_hub(error.hubs)
    return run_async(talk(settings_of(options.at(chosen), pairing_code=pairing_code), face=face))


async def talk(settings: "ClientSettings", *, face: Face) -> ExitCode:
    """Connect and chat until the person leaves or the client stops."""
    from lanmsg.cli.companion_serving import serve_companions
    from lanmsg.client import Client

    face = _possible(face)
    client = Client(settings)
    events = client.events()  # before we connect, so that no alarm of the login is missed
    if face is Face.APP:
        os.environ.setdefault("TEXTUAL_FPS", str(FRAMES_PER_S))  # Textual reads it when it is imported
        asyncio.get_running_loop().call_soon(import_meanwhile, APP_MODULES)
    async with client, serve_companions(client, settings):
        run = run_app if face is Face.APP else run_lines
        code = await run(client, events, settings, face)
        if client.waiting:
            write_note(f"{client.waiting} of your messages wait; they are sent when you are back.")
        return code


async def run_app(client: "Client", events: "EventStream", settings: "ClientSettings", _: Face) -> ExitCode:
    """Run the app until the person leaves or the client stops."""
    from lanmsg.cli.chat_programs import ChatPrograms
    from lanmsg.tui.app import ChatApp
    from lanmsg.tui.settings import SettingsFile

    app = ChatApp(client, events, SettingsFile.of(settings.home), ChatPrograms(client, settings))
    gc.set_threshold(*COLLECT_AFTER)
    freezing = asyncio.get_running_loop().call_later(SETTLED_AFTER_S, gc.freeze)
    await app.run_async()
    freezing.cancel()
    if app.failure is not None:
        raise app.failure
    if app.stop_text:
        write_error(app.stop_text)
    return exit_code_of_stop(app.stop_code) if app.stop_code else ExitCode.OK


async def run_lines(
    client: "Client", events: "EventStream", settings: "ClientSettings", face: Face
) -> ExitCode:
    """Run a line client until the person leaves or the client stops."""
    from lanmsg.chat.session import ChatSession
    from lanmsg.cli.chat_programs import ChatPrograms

    screen = _make_screen(face)
    session = ChatSession(client, screen, programs=ChatPrograms(client, settings))
    session.greet()
    try:
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(session.follow(events))
            exit_code = await screen.run(session)
            following.cancel()
    finally:
        session.close()
    return exit_code_of_stop(session.stop_code) if session.stop_code else exit_code


def _make_screen(face: Face) -> "PlainScreen | TerminalScreen":
    if face is Face.PLAIN:
        from lanmsg.cli.chat_plain import PlainScreen

        return PlainScreen()
    from lanmsg.cli.chat_screen import TerminalScreen

    return TerminalScreen()


def _possible(face: Face) -> Face:
    """Return the face, or the one that this terminal can show in its place."""
    if not has_terminal() or not can_draw():
        return Face.PLAIN
    forget_exported_size()
    if face is Face.APP and not has_room():
        return Face.LINE
    return face


# --- --ask -----------------------------------------------------------------------------------


def ask_for_options(options: ClientOptions) -> ClientOptions:
    """Ask for the server's address, its port and a name; Enter takes what is in brackets.

    Raises:
        LocalError: the address is none.
    """
    from lanmsg.wire.addresses import format_address, parse_address

    hub = None
    host = ask("Server address [look for it here]")
    if host:
        address = parse_address(host)
        port = ask(f"Port [{address.port}]")
        bare, _, _ = format_address(address).rpartition(":")
        hub = format_address(parse_address(f"{bare}:{port or address.port}"))
    name = ask("Your name [your login name]")
    return replace(options, hub=hub, name=name or None)
