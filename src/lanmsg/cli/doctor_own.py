"""What `lanmsg doctor` finds out about this machine's own lanmsg: name, store, port, hub. May block."""

import contextlib
import getpass
import shutil
from dataclasses import dataclass
from pathlib import Path

from lanmsg.client.known_hubs import KnownHubs
from lanmsg.client.real import store_directory
from lanmsg.client.settings import ClientSettings
from lanmsg.client.store.directory import DATABASE_NAME
from lanmsg.client.store.interface import StoreFailed, StoreLocked
from lanmsg.client.store.key import load_or_create_key
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.net.binding import bind_all, close_all
from lanmsg.net.probing import is_udp_port_free
from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.errors import LocalError
from lanmsg.wire.names import canonical_handle, handle_from_login


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """How the store of this home for the hub is. At most one of the last three is set."""

    home: Path
    free_bytes: int | None = None
    handle: str = ""
    """Who we are there, if it could be read."""
    is_opened: bool = False
    holder: str = ""
    """Which lanmsg has it open, in words."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameState:
    """The name at the hub, or the one that would be asked for; `problem` says why it can't be one.

    `handle` is empty for one that is enrolled if the store can't be read now.
    """

    handle: str = ""
    is_enrolled: bool = False
    problem: str = ""


def store_state(settings: ClientSettings, known: KnownHubs) -> StoreState:
    """Open the store and close it again; nothing is made."""
    home = settings.home
    free_bytes = _free_bytes(home)
    try:
        directory = _directory(settings, known)
        if directory is None or not (directory / DATABASE_NAME).exists():
            return StoreState(home=home, free_bytes=free_bytes)
        key = load_or_create_key(directory, use_keyring=False)
        with contextlib.closing(SqliteStore.open(directory, key, program="lanmsg doctor")) as store:
            profile = store.load().profile
    except StoreLocked as error:
        return StoreState(home=home, free_bytes=free_bytes, holder=_holder(error))
    except (StoreFailed, LocalError) as error:
        return StoreState(home=home, free_bytes=free_bytes, problem=str(error))
    handle = profile.handle if profile is not None else ""
    return StoreState(home=home, free_bytes=free_bytes, handle=handle, is_opened=True)


def _holder(error: StoreLocked) -> str:
    """Return who has a store, as the error says it."""
    return str(error).partition(" is in use by ")[2].partition(": ")[0] or "another program"


def _directory(settings: ClientSettings, known: KnownHubs) -> Path | None:
    typed = settings.hub
    hub = known.latest if typed is None else known.at(format_address(parse_address(typed)))
    return None if hub is None else store_directory(settings.home, hub.hub)


def _free_bytes(home: Path) -> int | None:
    place = next((path for path in (home, *home.parents) if path.exists()), None)
    try:
        return None if place is None else shutil.disk_usage(place).free
    except OSError:
        return None


def name_state(settings: ClientSettings, store: StoreState) -> NameState:
    """Return the name in the store, else the wished one, else what the login makes."""
    if store.handle or store.holder:
        return NameState(handle=store.handle, is_enrolled=True)
    try:
        if settings.name is not None:
            return NameState(handle=canonical_handle(settings.name))
        return NameState(handle=handle_from_login(_login()))
    except LocalError as error:
        return NameState(problem=str(error))


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "guest"


def port_problem(port: int) -> str:
    """Return why a hub could not have this port; empty if it could."""
    try:
        close_all(bind_all([Address("", port)]))
    except LocalError as error:
        return str(error)
    return "" if is_udp_port_free(port) else f"UDP port {port} is in use by another program"


def own_hub(settings: ClientSettings) -> tuple[str, ...]:
    """Return where a hub of ours listens on this machine; empty if none runs."""
    from lanmsg.cli.hub_command import data_directory
    from lanmsg.cli.hub_process import hub_status

    places = [data_directory(None)]
    if settings.is_home_given:
        places.insert(0, settings.home / "hub")
    for place in places:
        status = hub_status(place)
        if status is not None:
            return status.addresses or ("an address it is still looking for",)
    return ()
