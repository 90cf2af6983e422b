"""`lanmsg chat`: listen and write at the same time."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lanmsg.cli.asking import ask
from lanmsg.cli.exit_codes import ExitCode, exit_code_of_stop
from lanmsg.cli.opening import run_async
from lanmsg.cli.options import NO_OPTIONS, ClientOptions, Flag, Options, settings_of
from lanmsg.cli.output import has_terminal, write_note

if TYPE_CHECKING:
    from lanmsg.cli.chat_plain import PlainScreen
    from lanmsg.cli.chat_screen import TerminalScreen
    from lanmsg.client.settings import ClientSettings


def chat(
    *,
    is_asking: Annotated[Flag, Parameter(name="--ask")] = False,
    plain: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Talk: listen and write at the same time.

    Args:
        is_asking: Ask for the hub's address, its port and your name.
        plain: Only print lines: for screen readers. Always so where there is no terminal that can more.
        options: Which client.
    """
    if is_asking:
        options = ask_for_options(options)
    return open_chat(options, is_plain=plain)


def open_chat(
    options: ClientOptions,
    *,
    invite: str | None = None,
    pairing_code: str | None = None,
    is_plain: bool = False,
) -> int:
    """Open the chat at the hub of these options, of an invite, or the one that is here.

    Several hubs are offered as a list where there is somebody to choose.

    Raises:
        LanmsgError: as `Client` does.
    """
    from lanmsg.client.finding import SeveralHubs

    try:
        return run_async(
            talk(settings_of(options, invite=invite, pairing_code=pairing_code), is_plain=is_plain)
        )
    except SeveralHubs as error:
        if not has_terminal():
            raise
        from lanmsg.cli.choosing import choose_hub

        chosen = choose_hub(error.hubs)
    return run_async(talk(settings_of(options.at(chosen), pairing_code=pairing_code), is_plain=is_plain))


async def talk(settings: "ClientSettings", *, is_plain: bool) -> ExitCode:
    """Connect and chat until the person leaves or the client stops."""
    from lanmsg.chat.session import ChatSession
    from lanmsg.cli.companion_serving import serve_companions
    from lanmsg.client import Client

    client = Client(settings)
    events = client.events()  # before we connect, so that no alarm of the login is missed
    async with client, serve_companions(client, settings):
        screen = _make_screen(is_plain=is_plain)
        session = ChatSession(client, screen)
        session.greet()
        try:
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(session.follow(events))
                exit_code = await screen.run(session)
                following.cancel()
        finally:
            session.close()
        if client.waiting:
            write_note(f"{client.waiting} of your messages wait; they are sent when you are back.")
        return exit_code_of_stop(session.stop_code) if session.stop_code else exit_code


def _make_screen(*, is_plain: bool) -> "PlainScreen | TerminalScreen":
    if not is_plain and has_terminal():
        from lanmsg.cli.chat_screen import TerminalScreen, can_draw

        if can_draw():
            return TerminalScreen()
    from lanmsg.cli.chat_plain import PlainScreen

    return PlainScreen()


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
