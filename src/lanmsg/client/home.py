"""A client's home as a whole: which stores are in it, and which files are lanmsg's own.

known_hubs.json     the hubs and their keys
hubs/ID/            the store at a hub: database, key or note of the keyring, lock, socket
hubs/ID.until-DAY/  the store of a hub that was set up anew since
"""

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lanmsg.client.known_hubs import FILE_NAME
from lanmsg.client.real import STORES
from lanmsg.client.store.directory import DATABASE_NAME, LOCK_NAME, DirectoryLock
from lanmsg.client.store.key import KEY_NAME, NOTE_NAME, Keyring, destroy_key, system_keyring
from lanmsg.client.store.snapshot import DRAFT_PREFIX

SOCKET_NAME: Final = "asked"
"""Of the process that has a store open, for others of the same person (`net.local_socket`)."""
_SIDES: Final = ("", "-wal", "-shm", "-journal")
DATABASE_FILES: Final = tuple(DATABASE_NAME + side for side in _SIDES)
_STORE_FILES: Final = (KEY_NAME, NOTE_NAME, *DATABASE_FILES, SOCKET_NAME, LOCK_NAME)
STAGING_PREFIX: Final = ".restore-"
"""Of directories in which a restore unpacks; a killed one may leave one, keys and all."""
_DRAFTS: Final = (f".{FILE_NAME}.", f".{KEY_NAME}.", f".{NOTE_NAME}.", DRAFT_PREFIX)
"""How half-written files begin, which a killed program left (`net.key_files`, `store.snapshot`)."""


def store_directories(home: Path) -> list[Path]:
    """Return the directories of all stores of a home, by name; those set aside are among them."""
    stores = home / STORES
    if not stores.is_dir() or stores.is_symlink():
        return []
    return sorted(path for path in stores.iterdir() if path.is_dir() and not path.is_symlink())


def delete_staging(home: Path) -> None:
    """Delete what a restore that did not end has unpacked."""
    for path in home.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Wiped:
    """What became of a home. `by_hand` is left to be done, `left` are paths that are not lanmsg's."""

    stores: int
    by_hand: tuple[str, ...]
    left: tuple[Path, ...]


def wipe_home(home: Path, *, find_keyring: Callable[[], Keyring | None] = system_keyring) -> Wiped:
    """Delete all keys, then all databases, then whatever else of this home is lanmsg's own.

    From the moment the keys are gone nothing that is left can be read. Files that lanmsg did not make stay,
    and directories that are not empty. May be repeated after an error.

    Raises:
        StoreLocked: a lanmsg has one of the stores open; nothing was deleted.
        StoreFailed: a directory can't be used; nothing was deleted.
        OSError: a file can't be deleted; what was deleted before is gone.
    """
    directories = store_directories(home)
    with contextlib.ExitStack() as locks:
        for directory in directories:
            locks.callback(DirectoryLock.take(directory, program="lanmsg wipe").release)
        delete_staging(home)
        by_hand = [
            left for directory in directories if (left := destroy_key(directory, find_keyring=find_keyring))
        ]
        for directory in directories:
            _delete(directory, DATABASE_FILES)
            _delete(directory, (SOCKET_NAME,))
    for directory in directories:
        _delete(directory, _STORE_FILES)
    _delete(home, (FILE_NAME,))
    for directory in (home, *directories):
        _delete_drafts(directory)
    for directory in (*directories, home / STORES, home):
        with contextlib.suppress(OSError):  # not empty: something is in it that is not ours
            directory.rmdir()
    left = tuple(sorted(home.rglob("*"))) if home.is_dir() else ()
    return Wiped(len(directories), tuple(by_hand), left)


def _delete(directory: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (directory / name).unlink(missing_ok=True)


def _delete_drafts(directory: Path) -> None:
    if directory.is_dir():
        for path in directory.iterdir():
            if path.name.startswith(_DRAFTS) and path.is_file():
                path.unlink(missing_ok=True)
