"""`lanmsg chat`: listen and write at the same time."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.opening import run_async
from lanmsg.cli.options import NO_OPTIONS, ClientOptions, Flag, Options, settings_of
from lanmsg.cli.output import has_terminal, is_terminal_in, write_note

if TYPE_CHECKING:
    from lanmsg.cli.chat_plain import PlainScreen
    from lanmsg.cli.chat_screen import TerminalScreen
    from lanmsg.client.settings import ClientSettings


def chat(
    *,
    ask: Flag = False,
    plain: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Talk: listen and write at the same time.

    Args:
        ask: Ask for the hub's address, its port and your name.
        plain: Only print lines: for screen readers. Always so where there is no terminal that can more.
        options: Which client.
    """
    if ask:
        options = ask_for_options()
    return open_chat(options, is_plain=plain)


def open_chat(options: ClientOptions, *, invite: str | None = None, is_plain: bool = False) -> int:
    """Open the chat at the hub of these options, of an invite, or the one that is here.

    Several hubs are offered as a list where there is somebody to choose.

    Raises:
        LanmsgError: as `Client` does.
    """
    from lanmsg.client.finding import SeveralHubs

    try:
        return run_async(talk(settings_of(options, invite=invite), is_plain=is_plain))
    except SeveralHubs as error:
        if not has_terminal():
            raise
        from lanmsg.cli.choosing import choose_hub

        chosen = choose_hub(error.hubs)
    return run_async(talk(settings_of(options.at(chosen)), is_plain=is_plain))


async def talk(settings: "ClientSettings", *, is_plain: bool) -> ExitCode:
    """Connect and chat until the person leaves or the client stops."""
    from lanmsg.cli.chat_session import ChatSession
    from lanmsg.client import Client

    client = Client(settings)
    events = client.events()  # before we connect, so that no alarm of the login is missed
    async with client:
        screen = _make_screen(is_plain=is_plain)
        session = ChatSession(client, screen)
        session.greet()
        try:
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(session.follow(events))
                await screen.run(session)
                following.cancel()
        finally:
            session.own.close()
        if client.waiting:
            write_note(f"{client.waiting} of your messages wait; they are sent when you are back.")
        return session.exit_code


def _make_screen(*, is_plain: bool) -> "PlainScreen | TerminalScreen":
    if not is_plain and has_terminal():
        from lanmsg.cli.chat_screen import TerminalScreen, can_draw

        if can_draw():
            return TerminalScreen()
    from lanmsg.cli.chat_plain import PlainScreen

    return PlainScreen()


# --- --ask -----------------------------------------------------------------------------------


def ask_for_options() -> ClientOptions:
    """Ask for the server's address, its port and a name; Enter takes what is in brackets."""
    from lanmsg.wire.addresses import Address, format_address, parse_address
    from lanmsg.wire.limits import DEFAULT_PORT

    host = _ask("Server address [look for it here]")
    if not host:
        return replace(NO_OPTIONS, name=_ask("Your name [your login name]") or None)
    address = parse_address(host)
    port = _ask(f"Port [{address.port}]")
    if port:
        address = parse_address(
            f"{format_address(Address(address.host, DEFAULT_PORT)).rpartition(':')[0]}:{port}"
        )
    return replace(NO_OPTIONS, hub=format_address(address), name=_ask("Your name [your login name]") or None)


def _ask(question: str) -> str:
    """Ask one question. Raises CommandFailed where nobody answers."""
    try:
        return input(f"{question}: ").strip()
    except EOFError as error:
        hint = "" if is_terminal_in() else " (give --hub and --name instead of --ask)"
        raise CommandFailed(ExitCode.USAGE, f"no answer came{hint}") from error
