"""The directory that holds the database: made for its owner alone, on a local disk, used by one process."""

import os
import sys
from pathlib import Path
from typing import Final, Self

from lanmsg.hub.storage.interface import StorageFailed, StorageLocked

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

DATABASE_NAME: Final = "hub.sqlite3"
LOCK_NAME: Final = "hub.lock"

# File locks and flushes cannot be trusted here, and the database would be lost with them. 9p is no member:
# some sandboxes show their local disk as 9p.
NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.s3fs",
        "fuse.sshfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs",
    }
)  # fmt: skip

_LOCKED_BYTE: Final = 1024
"""Behind the pid: Windows lets nobody read a locked byte."""


def make_directory(directory: Path) -> None:
    """Create the directory if it is missing, readable by its owner alone.

    One that exists keeps its mode: it may be the user's, and the files in it are private anyway.

    Raises:
        StorageFailed: if it cannot be made, or is on a network file system.
    """
    try:
        missing = [path for path in (directory, *directory.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700)
            sync_directory(path.parent)
    except OSError as error:
        raise StorageFailed(f"cannot create {directory}: {error.strerror}") from error
    kind = file_system(directory, _mounts())
    if kind in NETWORK_FILE_SYSTEMS:
        raise StorageFailed(f"{directory} is on a network file system ({kind}); choose a local disk")


def make_private_file(path: Path) -> None:
    """Create the file if it is missing, durably, and let nobody but its owner read or write it.

    Raises:
        StorageFailed: if that is impossible, or the path is a symbolic link.
    """
    try:
        os.close(_open_private(path))
        sync_directory(path.parent)
    except OSError as error:
        raise StorageFailed(f"cannot create {path}: {error.strerror}") from error


def _open_private(path: Path) -> int:
    # Never through a link: who can write in the directory could send our writes elsewhere.
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(file, 0o600)
    return file


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable; Windows does that by itself and cannot be asked."""
    if sys.platform == "win32":
        return
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def file_system(directory: Path, mounts: str) -> str:
    """Return the kind of file system `directory` is on, from the text of /proc/mounts; "" if unknown."""
    path = directory.resolve()
    deepest, kind = "", ""
    for line in mounts.splitlines():
        _, point, point_kind, *_ = line.split(" ")
        point = point.encode().decode("unicode_escape")  # /proc/mounts writes a space as \040
        # On one point the last mount hides the others.
        if path.is_relative_to(point) and len(point) >= len(deepest):
            deepest, kind = point, point_kind
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""  # not Linux


class DirectoryLock:
    """Holds a directory for this process until it is released or the process ends, however it ends."""

    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    def take(cls, directory: Path) -> Self:
        """Lock the directory and leave our pid for others to read.

        Raises:
            StorageLocked: if another process has it, or this one a second time.
            StorageFailed: if the lock file cannot be made.
        """
        try:
            file = _open_private(directory / LOCK_NAME)
        except OSError as error:
            raise StorageFailed(f"cannot create {directory / LOCK_NAME}: {error.strerror}") from error
        try:
            _lock(file)
        except OSError as error:
            pid = os.read(file, _LOCKED_BYTE)
            os.close(file)
            raise StorageLocked(str(directory), int(pid) if pid.isdigit() else None) from error
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        return cls(file)

    def release(self) -> None:
        """Let others have the directory. The file stays: deleting it would let two processes in."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


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
