"""The key of a store: made once, kept in a file or in the system's keyring, and found without guessing.

Beside the database lies either the key itself (`store.key`) or a note which entry of the keyring has it
(`store.keyring`). Both are on disk before the key is used, so no store is written with a key that is
then lost.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar, cast

from lanmsg.client.store.directory import (
    DATABASE_NAME,
    DirectoryLock,
    make_directory,
    read_private_file,
    sync_directory,
)
from lanmsg.client.store.interface import StoreFailed
from lanmsg.net.key_files import create_key_file
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ID_BYTES, KEY_BYTES

T = TypeVar("T")

KEY_NAME: Final = "store.key"
NOTE_NAME: Final = "store.keyring"
KEYRING_SERVICE: Final = "lanmsg"
KEYRING_TIMEOUT_S: Final = 2.0
"""A keyring that takes longer waits for a person, or for a service that is not there."""

_BACKENDS: Final = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)
"""Those of the operating systems. Others do nothing, ask on the terminal, or keep readable files."""


class Keyring(Protocol):
    """What we use of a backend of `keyring`."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept under this name."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep this under this name."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Forget what is kept under this name."""
        ...


def system_keyring() -> Keyring | None:
    """Return the keyring of this system; None if it has none, or the user switched it off."""
    import keyring  # here, because it takes 110 ms that only those who use one should pay
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    candidates = cast("list[object]", chosen.backends if isinstance(chosen, ChainerBackend) else [chosen])
    for candidate in candidates:  # the best one first
        if type(candidate).__module__ in _BACKENDS:
            return cast("Keyring", candidate)
    return None


def load_or_create_key(
    directory: Path,
    *,
    use_keyring: bool,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    find_keyring: Callable[[], Keyring | None] = system_keyring,
) -> bytes:
    """Return the 32 bytes that open the store in this directory; make them if there is no store yet.

    `use_keyring` decides where a new key goes, if the system has a keyring that answers in
    `KEYRING_TIMEOUT_S`; else it goes into the file. An existing key is read where it is. May block
    for that long.

    Raises:
        StoreFailed: the key is lost or cannot be had now, or the directory cannot be used; the text
            says what to do.
        StoreLocked: another process is making the key at this moment.
    """
    directory = make_directory(directory)
    key = _load_key(directory, find_keyring)
    if key is not None:
        return key
    with contextlib.ExitStack() as lock:
        lock.callback(DirectoryLock.take(directory, program="lanmsg").release)
        # Once more: another process may have made it while nobody had the lock.
        return _load_key(directory, find_keyring) or _create_key(
            directory, random_bytes, find_keyring if use_keyring else None
        )


# --- an existing key -----------------------------------------------------------------------------


def _load_key(directory: Path, find_keyring: Callable[[], Keyring | None]) -> bytes | None:
    key = read_private_file(directory / KEY_NAME)
    if key is not None:
        return _check_key(key, f"{directory / KEY_NAME} is damaged: put it back from a copy")
    note = read_private_file(directory / NOTE_NAME)
    if note is not None:
        return _load_from_keyring(directory, note.decode("ascii", "replace").strip(), find_keyring)
    if (directory / DATABASE_NAME).exists():
        raise StoreFailed(
            f"the key of the store is missing: put {directory / KEY_NAME} back from a copy, or move "
            f"{directory} away and join as a new device"
        )
    return None


def _load_from_keyring(directory: Path, name: str, find_keyring: Callable[[], Keyring | None]) -> bytes:
    def read() -> str | None:
        keyring = find_keyring()
        return None if keyring is None else keyring.get_password(KEYRING_SERVICE, name)

    try:
        text = _in_time(read)
        key = bytes.fromhex(text or "")
    except Exception as error:
        raise StoreFailed(_keyring_text(directory, name, f"cannot be read ({error!r})")) from error
    return _check_key(key, _keyring_text(directory, name, "is not there"))


def _keyring_text(directory: Path, name: str, problem: str) -> str:
    return (
        f"the key of the store in {directory} is kept in your keyring ({KEYRING_SERVICE}, {name}), but it "
        f"{problem}: log in to your desktop, unlock the keyring and start again"
    )


def _check_key(key: bytes, problem: str) -> bytes:
    if len(key) != KEY_BYTES:
        raise StoreFailed(problem)
    return key


# --- a new key -----------------------------------------------------------------------------------


def _create_key(
    directory: Path, random_bytes: Callable[[int], bytes], find_keyring: Callable[[], Keyring | None] | None
) -> bytes:
    key = random_bytes(KEY_BYTES)
    keep_key(directory, key, random_bytes=random_bytes, find_keyring=find_keyring)
    return key


def keep_key(
    directory: Path,
    key: bytes,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    find_keyring: Callable[[], Keyring | None] | None = system_keyring,
) -> None:
    """Keep the key of the store in this directory: in the keyring, if there is one that answers, else a file.

    Raises:
        StoreFailed: the directory can't be written.
    """
    name = random_bytes(ID_BYTES).hex()
    is_kept = find_keyring is not None and _keep_in_keyring(key, name, find_keyring)
    try:
        if is_kept:
            create_key_file(directory / NOTE_NAME, name.encode())
        else:
            create_key_file(directory / KEY_NAME, key)
    except LocalError as error:
        raise StoreFailed(str(error)) from error


def _keep_in_keyring(key: bytes, name: str, find_keyring: Callable[[], Keyring | None]) -> bool:
    """Tell whether the key is in the keyring now: it was read back."""

    def write() -> bool:
        keyring = find_keyring()
        if keyring is None:
            return False
        keyring.set_password(KEYRING_SERVICE, name, key.hex())
        return keyring.get_password(KEYRING_SERVICE, name) == key.hex()

    try:
        return _in_time(write)
    except Exception:  # noqa: BLE001 - backends raise what they like, and the file always works
        return False


# --- the end of a key ----------------------------------------------------------------------------


def destroy_key(
    directory: Path,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    find_keyring: Callable[[], Keyring | None] = system_keyring,
) -> str:
    """Make the store in this directory unreadable for good: delete its key, wherever it is.

    The caller holds the directory's lock. Returns what is left to be done by hand, empty for nothing: the
    entry of a keyring that does not answer. May be repeated.

    Raises:
        OSError: the file with the key, or the note, cannot be deleted.
    """
    left = ""
    note = directory / NOTE_NAME
    if note.exists():
        left = _delete_from_keyring(note.read_bytes()[:100].decode("ascii", "replace").strip(), find_keyring)
    for path in (directory / KEY_NAME, note):
        if path.exists():
            _overwrite(path, random_bytes)
            path.unlink()
    sync_directory(directory)
    return left


def _delete_from_keyring(name: str, find_keyring: Callable[[], Keyring | None]) -> str:
    def delete() -> bool:
        keyring = find_keyring()
        if keyring is None:
            return False
        if keyring.get_password(KEYRING_SERVICE, name) is not None:
            keyring.delete_password(KEYRING_SERVICE, name)
        return keyring.get_password(KEYRING_SERVICE, name) is None

    with contextlib.suppress(Exception):  # backends raise what they like
        if _in_time(delete):
            return ""
    return f"delete the entry ({KEYRING_SERVICE}, {name}) of your keyring by hand: it did not answer"


def _overwrite(path: Path, random_bytes: Callable[[int], bytes]) -> None:
    """Write over the bytes before they are freed. Disks that write elsewhere keep the old ones anyway."""
    with path.open("r+b", buffering=0) as file:
        file.write(random_bytes(max(path.stat().st_size, KEY_BYTES)))
        os.fsync(file.fileno())


def _in_time(function: Callable[[], T]) -> T:
    """Run a function that may hang; what it does after `KEYRING_TIMEOUT_S` is ignored.

    Raises:
        TimeoutError: it took too long.
        Exception: what the function raised.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="lanmsg keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_TIMEOUT_S)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"no answer in {KEYRING_TIMEOUT_S:.0f} s")
    return results[0]
