"""`lanmsg` alone: talk at the hub that is here, or become one."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lanmsg.cli.chat_command import open_chat
from lanmsg.cli.options import ClientOptions, home_of
from lanmsg.cli.output import has_terminal, write_line, write_note
from lanmsg.client.finding import NoHubHere
from lanmsg.client.known_hubs import load_known_hubs

if TYPE_CHECKING:
    from lanmsg.cli.hub_command import HubOptions


def start(options: ClientOptions) -> int:
    """Find the hub here and open the chat; where there is none, host one."""
    if options.hub is None and _hosts_the_hub_used_last(options):
        return _host(options)
    try:
        return open_chat(options)
    except NoHubHere as error:
        tried = "\n".join(f"  {attempt}" for attempt in error.tried)
        write_note(f"No hub was found on this network. Tried:\n{tried}\nSo this machine becomes the hub.\n")
        return _host(options)


def hub_data_of(options: ClientOptions) -> Path:
    """Return where the hub of this home keeps its data: beside it, unless LANMSG_HUB_DATA says otherwise."""
    from lanmsg.cli.hub_command import data_directory

    return data_directory(None) if options.home is None else data_directory(home_of(options) / "hub")


def _hosts_the_hub_used_last(options: ClientOptions) -> bool:
    """Tell whether the hub we were at last is our own, and does not run: after a restart of the machine."""
    from lanmsg.cli.hub_process import hub_status
    from lanmsg.net.hub_identity import IDENTITY_FILE, HubIdentity

    latest = load_known_hubs(home_of(options)).latest
    data = hub_data_of(options)
    if latest is None or not (data / IDENTITY_FILE).exists():
        return False
    is_ours = HubIdentity.load_or_create(data).identity_key == latest.identity_key
    return is_ours and hub_status(data) is None


def _host(options: ClientOptions) -> int:
    """Host a hub: behind the chat where somebody sits at a terminal, else in the foreground."""
    from lanmsg.cli.hub_command import HubOptions, run_hub

    hub = HubOptions(data=hub_data_of(options), admin=_own_name(options))
    return _host_and_chat(hub, options) if has_terminal() else run_hub(hub)


def _own_name(options: ClientOptions) -> tuple[str, ...]:
    """Return the name under which we will enrol at a hub of our own: its first admin.

    Of one that has a database, the admins stand in there.
    """
    from lanmsg.client.real import system_login
    from lanmsg.hub.storage.sqlite.directory import DATABASE_NAME
    from lanmsg.wire.names import canonical_handle, handle_from_login

    if (hub_data_of(options) / DATABASE_NAME).exists():
        return ()
    return (canonical_handle(options.name) if options.name else handle_from_login(system_login()),)


def _host_and_chat(hub: "HubOptions", options: ClientOptions) -> int:
    from lanmsg.chat.join_qr import qr_code
    from lanmsg.cli.hub_command import data_directory, stop_command
    from lanmsg.cli.hub_process import start_hub_process

    running = start_hub_process(hub)
    write_line(running.text)
    drawn = qr_code(running.link, columns=shutil.get_terminal_size().columns) if running.link else ""
    write_line(f"\n{drawn}\n" if drawn else "")
    code = open_chat(replace(options, hub=None), invite=running.link or None)
    write_note(f"The hub stays up for the others. Stop it with: {stop_command(data_directory(hub.data))}")
    return code
