"""The directory of a store: private files in it, never through links, and one process at a time.

Every mode is set after creation too, so no umask matters. An existing directory keeps its mode, for it
may be the user's; the files in it are private anyway.
"""

import os
import stat
import sys
from pathlib import Path
from typing import Final, Self

from lanmsg.client.store.interface import StoreFailed, StoreLocked

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

DATABASE_NAME: Final = "store.sqlite3"
LOCK_NAME: Final = "store.lock"

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_LOCKED_BYTE: Final = 1024
"""Behind the text: Windows lets nobody read a locked byte."""


def make_directory(directory: Path) -> Path:
    """Create the directory if it is missing, for its owner alone; return its path without any links.

    Raises:
        StoreFailed: it cannot be made, is itself a symbolic link, is not ours, or others may write in it.
    """
    try:
        missing = [path for path in (directory, *directory.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)
            sync_directory(path.parent)
        _check_directory(directory, directory.lstat())
        return directory.resolve(strict=True)
    except OSError as error:
        raise StoreFailed(f"cannot use the directory {directory}: {error.strerror}") from error


def _check_directory(directory: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise StoreFailed(f"{directory} is a symbolic link: name the directory it leads to")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise StoreFailed(f"{directory} belongs to another user: choose another with --home")
    if status.st_mode & _OTHERS_WRITE:
        raise StoreFailed(f"others may write in {directory}: take that away with `chmod 700 {directory}`")


def make_private_file(path: Path) -> None:
    """Create the file if it is missing, durably; its owner alone may read or write it afterwards.

    Raises:
        StoreFailed: that is impossible, or it is a symbolic link, no file, or not ours.
    """
    os.close(_open_private(path, os.O_CREAT))
    sync_directory(path.parent)


def check_private_file(path: Path) -> bool:
    """Make an existing file private as `make_private_file` does; False if there is none.

    Raises:
        StoreFailed: as `make_private_file`.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    os.close(_open_private(path, 0))
    return True


def read_private_file(path: Path) -> bytes | None:
    """Return what the file holds, its first 4 KiB; None if there is no file.

    Raises:
        StoreFailed: it cannot be read, is a symbolic link, not ours, or others may read it.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if sys.platform != "win32" and stat.S_ISREG(status.st_mode) and status.st_mode & _OTHERS:
        raise StoreFailed(
            f"others may read {path}, which protects your messages: if nobody has copied it, "
            f"`chmod 600 {path}` and start again"
        )
    file = _open_private(path, 0)
    try:
        return os.read(file, 4096)
    finally:
        os.close(file)


def _open_private(path: Path, flags: int) -> int:
    # Never through a link: who could once write in the directory could send our writes elsewhere.
    if path.is_symlink():
        raise StoreFailed(f"{path} is a symbolic link, which is not safe: delete it or move it away")
    try:
        file = os.open(path, os.O_RDWR | flags | _NO_FOLLOW | _BINARY, 0o600)
    except OSError as error:
        raise StoreFailed(f"cannot use {path}: {error.strerror}") from error
    try:
        _check_file(path, os.fstat(file))
        if sys.platform != "win32":
            os.fchmod(file, 0o600)
    except BaseException:
        os.close(file)
        raise
    return file


def _check_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StoreFailed(f"{path} is not a file: move it away")
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        raise StoreFailed(f"{path} belongs to another user: start the program as that user")


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable; Windows does that by itself and cannot be asked."""
    if sys.platform == "win32":
        return
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


class DirectoryLock:
    """Holds a directory for this process until it is released or the process ends, however it ends."""

    def __init__(self, file: int) -> None:
        self._file: int | None = file

    @classmethod
    def take(cls, directory: Path, *, program: str) -> Self:
        """Lock the directory and leave our pid and the program's name for others to read.

        Raises:
            StoreLocked: another process has it, or this one a second time.
            StoreFailed: the lock file cannot be made.
        """
        file = _open_private(directory / LOCK_NAME, os.O_CREAT)
        try:
            _lock(file)
        except OSError as error:
            holder = _holder(os.read(file, _LOCKED_BYTE))
            os.close(file)
            raise StoreLocked(
                f"{directory} is in use by {holder}: close it, or use --home for another identity",
                directory,
            ) from error
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()} {program}".encode()[:_LOCKED_BYTE])
        return cls(file)

    def release(self) -> None:
        """Let others have the directory; may be called twice.

        The file stays: deleting it would let two processes in.
        """
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def _holder(text: bytes) -> str:
    pid, _, program = text.decode("ascii", "replace").partition(" ")
    if not (pid.isdecimal() and program and program.isprintable()):
        return "another program"
    return f"{program} (pid {pid})"


if sys.platform == "win32":

    def _lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:

    def _lock(file: int) -> None:
        # Not lockf: its locks belong to the process, so a second opening in it would succeed, and
        # closing any other descriptor of the file would drop them.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
