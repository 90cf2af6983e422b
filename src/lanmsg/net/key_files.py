"""Files with private keys: readable by their owner alone, whole or absent, and never through a link."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from lanmsg.wire.errors import LocalError

MAX_KEY_FILE_BYTES: Final = 64 * 1024
"""Far above any key or certificate: whatever is larger is something else."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_IS_POSIX = os.name == "posix"
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)
"""A named pipe planted in place of a file would otherwise hold us until somebody writes to it."""


def prepare_directory(directory: Path) -> None:
    """Create the directory with mode 0700, or check that nobody else may write in one that is there.

    Raises:
        LocalError: it is no directory, cannot be made, or others may write in it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = directory.stat().st_mode
    except OSError as error:
        raise LocalError(f"cannot use the directory {directory}: {error.strerror}") from error
    if _IS_POSIX and mode & _OTHERS_WRITE:
        raise LocalError(
            f"others may write in {directory}, where keys are kept: take that away with "
            f"`chmod 700 {directory}`"
        )


def read_key_file(path: Path) -> bytes | None:
    """Return what the file holds; None if there is no file.

    Raises:
        LocalError: others may read it, it is a symbolic link or not a file, it is not ours, or it
            cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY | _NO_WAIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror}") from error
    try:
        _check_status(path, os.fstat(descriptor))
        return os.read(descriptor, MAX_KEY_FILE_BYTES)
    finally:
        os.close(descriptor)


def _check_status(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LocalError(f"{path} is not a file: move it away, and a new one will be made")
    if not _IS_POSIX:
        return
    if status.st_uid != os.geteuid():
        raise LocalError(f"{path} belongs to another user: start the hub as that user")
    if status.st_mode & _OTHERS:
        raise LocalError(
            f"others may read {path} (mode {stat.S_IMODE(status.st_mode):o}): if nobody has copied it, "
            f"`chmod 600 {path}`; if somebody may have, move it away and tell everyone that the hub's key "
            f"is new"
        )


def create_key_file(path: Path, data: bytes) -> bool:
    """Create the file with this content, on disk before this returns; False if there is one already.

    Raises:
        LocalError: it cannot be written.
    """
    return _write(path, data, is_new=True)


def replace_key_file(path: Path, data: bytes) -> None:
    """Create the file or replace it at one stroke, on disk before this returns.

    Raises:
        LocalError: it cannot be written.
    """
    _write(path, data, is_new=False)


def _write(path: Path, data: bytes, *, is_new: bool) -> bool:
    # Under another name first: a crash in the middle must not leave half a key under the real one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            is_ours = _publish_new(draft, path) if is_new else _publish(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror}") from error
    return is_ours


def _publish(draft: Path, path: Path) -> bool:
    draft.replace(path)
    return True


def _publish_new(draft: Path, path: Path) -> bool:
    """Give the draft its name only if nothing has it: two hubs may start in one directory."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError):  # FAT and some network file systems have no hard links
        if path.exists():
            return False
        draft.replace(path)
    return True


def _sync_directory(directory: Path) -> None:
    """Put the new name on disk too; Windows does so by itself and can't open directories."""
    if not _IS_POSIX:
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
