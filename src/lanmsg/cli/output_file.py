"""A file that a command makes: private, whole or absent, and never in place of another one by accident."""

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final

from lanmsg.cli.exit_codes import CommandFailed, ExitCode

_MODE: Final = 0o600
_NAMELESS: Final = getattr(os, "O_TMPFILE", 0)
"""Linux: a file without a name, which is gone if we are killed before it gets one (open(2))."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def new_file(path: Path, *, is_replacing: bool) -> Generator[BinaryIO]:
    """Write a file that only its owner may read; it appears, on disk, when the block ends without error.

    With `is_replacing` it takes the place of a file of that name, at one stroke.

    Raises:
        CommandFailed: there is something of that name, or it can't be written; nothing was changed.
    """
    check_free(path, is_replacing=is_replacing)
    try:
        with _Draft(path) as draft:
            yield draft.file
            draft.publish(is_replacing=is_replacing)
    except FileExistsError as error:  # somebody made one while we wrote
        raise _taken(path) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, f"cannot write {path}: {error.strerror or error}") from error


def check_free(path: Path, *, is_replacing: bool) -> None:
    """Refuse a name that can't be written to, before any work is done.

    Raises:
        CommandFailed: there is something of that name.
    """
    if os.path.isdir(path):  # noqa: PTH112 - pathlib's raises for a name that is too long
        raise CommandFailed(ExitCode.USAGE, f"{path} is a directory: name a file in it")
    if not path.parent.is_dir():
        raise CommandFailed(ExitCode.USAGE, f"{path.parent} is not a directory: make it first")
    if not is_replacing and os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> CommandFailed:
    return CommandFailed(ExitCode.USAGE, f"{path} is there already: choose another name, or --force")


class _Draft:
    """The file while it is written: nameless where the system can, else under a name of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft: Path | None = None

    def __enter__(self) -> "_Draft":
        self.file: BinaryIO = os.fdopen(self._open(), "wb")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)

    def _open(self) -> int:
        if _NAMELESS:
            with contextlib.suppress(OSError):  # not every file system can
                return os.open(self._path.parent, _NAMELESS | os.O_WRONLY, _MODE)
        self._draft = self._name()
        return os.open(self._draft, _NEW, _MODE)

    def _name(self) -> Path:
        return self._path.with_name(f".{self._path.name[:200]}.{secrets.token_hex(4)}")

    def publish(self, *, is_replacing: bool) -> None:
        """Give it its name, when all of it is on disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if self._draft is None and not is_replacing:
            self._name_it(self._path)
            return
        if self._draft is None:
            draft = self._name()
            self._name_it(draft)
            self._draft = draft
        if os.name != "posix":
            self.file.close()  # Windows renames no open file
        if is_replacing:
            self._draft.replace(self._path)
        else:
            _publish_new(self._draft, self._path)

    def _name_it(self, path: Path) -> None:
        # With a directory's descriptor Python calls linkat(2), which follows the link in /proc.
        os.link(f"/proc/self/fd/{self.file.fileno()}", path, src_dir_fd=self.file.fileno())


def _publish_new(draft: Path, path: Path) -> None:
    """Give the draft its name only if nothing has it."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError) as error:  # FAT and some network file systems
        if os.path.lexists(path):
            raise FileExistsError from error
        draft.replace(path)
