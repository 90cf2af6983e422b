"""A home in one file: a tar archive under a passphrase (`age.py`), made while a chat is open or not.

    backup.json                    version of this layout
    known_hubs.json                the hubs and their keys
    hubs/DIRECTORY/store.key       the key of the store, 32 bytes
    hubs/DIRECTORY/store.sqlite3   the database, as of one commit, encrypted under that key

Whoever has the file and the passphrase is this person at these hubs. What is restored is an old copy, so
its sending sessions are never used again (`old_copy.py`).
"""

import contextlib
import re
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from lanmsg.client.age import WORK_FACTOR, AgeWriter, NotAge, open_age
from lanmsg.client.home import STAGING_PREFIX, delete_staging, store_directories
from lanmsg.client.known_hubs import FILE_NAME, KnownHub, encode_known_hubs, load_known_hubs
from lanmsg.client.old_copy import retire_sending
from lanmsg.client.real import STORES
from lanmsg.client.store.directory import DATABASE_NAME, make_directory, make_private_file
from lanmsg.client.store.interface import StoreFailed
from lanmsg.client.store.key import KEY_NAME, keep_key, load_or_create_key
from lanmsg.client.store.snapshot import snapshot
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import KEY_BYTES

LAYOUT_VERSION: Final = 1
HEAD_NAME: Final = "backup.json"
MAX_SMALL_BYTES: Final = 1024 * 1024
"""Far above any list of hubs."""
MAX_MEMBERS: Final = 2000
_COPY_BYTES: Final = 1024 * 1024
_STORE_MEMBER: Final = re.compile(
    rf"{STORES}/(?P<directory>[0-9a-f]{{32}}(?:\.until-[0-9TZ:-]{{1,40}})?)/"
    rf"(?P<file>{re.escape(KEY_NAME)}|{re.escape(DATABASE_NAME)})"
)


class _Head(msgspec.Struct, forbid_unknown_fields=False):
    version: int


# --- making one ------------------------------------------------------------------------------


def write_backup(
    home: Path,
    file: BinaryIO,
    passphrase: str,
    *,
    hub: KnownHub | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    work_factor: int = WORK_FACTOR,
) -> int:
    """Write a home, or what it has of one hub, into `file`; return the number of stores.

    Raises:
        LocalError: there is nothing to back up.
        StoreFailed: a store or its key can't be read.
    """
    directories = [path for path in store_directories(home) if _is_chosen(path, hub)]
    if not directories:
        raise LocalError(f"there is nothing to back up in {home}")
    hubs = load_known_hubs(home).hubs if hub is None else (hub,)
    age = AgeWriter(file, passphrase, random_bytes=random_bytes, work_factor=work_factor)
    # tarfile writes to anything with `write`; its types want a whole file.
    with tarfile.open(fileobj=cast("BinaryIO", age), mode="w|", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, HEAD_NAME, msgspec.json.encode(_Head(LAYOUT_VERSION)))
        _add(archive, FILE_NAME, encode_known_hubs(hubs))
        for directory in directories:
            _add_store(archive, directory)
    age.finish()
    return len(directories)


def _is_chosen(directory: Path, hub: KnownHub | None) -> bool:
    is_store = (directory / DATABASE_NAME).is_file()
    return is_store and (hub is None or directory.name.partition(".")[0] == hub.hub.hex())


def _add_store(archive: tarfile.TarFile, directory: Path) -> None:
    key = load_or_create_key(directory, use_keyring=False)
    name = f"{STORES}/{directory.name}"
    _add(archive, f"{name}/{KEY_NAME}", key)
    with snapshot(directory, key) as copy, copy.open("rb") as database:
        member = tarfile.TarInfo(f"{name}/{DATABASE_NAME}")
        member.size = copy.stat().st_size
        archive.addfile(member, database)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, BytesIO(data))


# --- putting one back ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the home now."""

    stores: int
    hubs: tuple[KnownHub, ...]


def restore_backup(home: Path, file: BinaryIO, passphrase: str, *, use_keyring: bool) -> Restored:
    """Put a backup back into a home that has no hubs yet: all of it, or nothing is changed.

    `use_keyring` decides where the keys of the stores go, as for a new store. Their sending sessions
    are retired.

    Raises:
        LocalError: the home has hubs; the file is no backup or damaged (`NotAge`), or the passphrase is
            wrong (`WrongPassphrase`).
        StoreFailed: a store can't be opened, or the disk failed.
    """
    check_empty(home)
    home = make_directory(home)
    delete_staging(home)
    staging = make_directory(home / f"{STAGING_PREFIX}{secrets.token_hex(8)}")
    try:
        _unpack(open_age(file, passphrase), staging)
        hubs = load_known_hubs(staging).hubs
        directories = store_directories(staging)
        for directory in directories:
            _adopt(directory, use_keyring=use_keyring)
        check_empty(home)
        (staging / STORES).rename(home / STORES)
        (staging / FILE_NAME).rename(home / FILE_NAME)
    except OSError as error:
        raise StoreFailed(f"cannot write in {home}: {error.strerror or error}") from error
    finally:
        delete_staging(home)
    return Restored(len(directories), hubs)


def check_empty(home: Path) -> None:
    """Refuse a home that is in use: two identities can't be mixed.

    Raises:
        LocalError: it has hubs.
    """
    if any((home / name).exists() for name in (FILE_NAME, STORES)):
        raise LocalError(
            f"{home} has hubs already: restore into another one with --home, or move what is there away"
        )


def _adopt(directory: Path, *, use_keyring: bool) -> None:
    """Make an unpacked store this home's own: its key to its place, its sending sessions retired."""
    path = directory / KEY_NAME
    key = path.read_bytes() if path.exists() else b""
    if len(key) != KEY_BYTES or not (directory / DATABASE_NAME).exists():
        raise NotAge("the backup lacks a store or its key")
    with contextlib.closing(SqliteStore.open(directory, key, program="lanmsg restore")) as store:
        retire_sending(store)
    if use_keyring:
        path.unlink()
        keep_key(directory, key)


def _unpack(chunks: Iterator[bytes], staging: Path) -> None:
    """Write the members we know; anything else means that lanmsg did not make it."""
    seen: set[str] = set()
    try:
        with tarfile.open(fileobj=cast("BinaryIO", _Stream(chunks)), mode="r|") as archive:
            for member in archive:
                _check_member(member, seen)
                content = archive.extractfile(member)
                assert content is not None  # it is a regular file
                _write_member(member, cast("BinaryIO", content), staging)
    except tarfile.TarError as error:
        raise NotAge("the file opens, but holds no backup of lanmsg") from error
    for _ in chunks:  # to the end: only then all of it is known to be authentic
        pass
    if not {HEAD_NAME, FILE_NAME} <= seen or len(seen) < 4:
        raise NotAge("the file opens, but its backup is not complete")


def _check_member(member: tarfile.TarInfo, seen: set[str]) -> None:
    is_store = _STORE_MEMBER.fullmatch(member.name) is not None
    is_small = member.name in {HEAD_NAME, FILE_NAME} and member.size <= MAX_SMALL_BYTES
    if not member.isreg() or not (is_store or is_small) or member.name in seen or len(seen) >= MAX_MEMBERS:
        raise NotAge("the file opens, but holds something that is no backup of lanmsg")
    seen.add(member.name)


def _write_member(member: tarfile.TarInfo, content: BinaryIO, staging: Path) -> None:
    if member.name == HEAD_NAME:
        _check_head(content.read(MAX_SMALL_BYTES))
        return
    path = staging / member.name
    make_directory(path.parent)
    make_private_file(path)
    with path.open("r+b") as file:
        shutil.copyfileobj(content, file, _COPY_BYTES)


def _check_head(data: bytes) -> None:
    try:
        version = msgspec.json.decode(data, type=_Head).version
    except msgspec.DecodeError as error:
        raise NotAge("the file opens, but holds no backup of lanmsg") from error
    if version > LAYOUT_VERSION:
        raise LocalError("this backup was made by a newer lanmsg: update this one")


class _Stream:
    """Gives an iterator of pieces the `read` that `tarfile` wants."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._waiting = bytearray()

    def read(self, size: int) -> bytes:
        while len(self._waiting) < size and (chunk := next(self._chunks, b"")):
            self._waiting += chunk
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data
