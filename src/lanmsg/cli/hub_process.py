"""A hub in the background: start it, ask for it, stop it.

Which process is the hub of a data directory is decided by the lock on that directory alone. The pid
that stands in the lock file is believed only while the lock is held, and (on Linux) only if that
process has the lock file open: nobody else's process is ever stopped.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import IO, Final, cast

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.hub_command import DETACHED_VARIABLE, HubOptions, data_directory
from lanmsg.wire.errors import LocalError
from lanmsg.wire.safe_text import safe_line

READY_NAME: Final = "hub.ready"
"""The ready line of the hub that runs in a data directory."""
READY_WORD: Final = "ready"
LOG_NAME: Final = "hub.log"
MAX_LOG_BYTES: Final = 10 * 1024 * 1024
"""A log longer than this is moved to `hub.log.1` when the next hub starts."""
START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 10.0
_POLL_S: Final = 0.02
_MAX_LAST_WORDS_BYTES: Final = 4096

PROGRAM: Final = (sys.executable, "-P", "-m", "lanmsg", "hub")
"""-P: a directory called lanmsg wherever the person happens to be must not be what runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """A hub that runs: its process, and `HOST:PORT` of what it is bound to (empty: not ready yet)."""

    pid: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningHub:
    """A hub that was started.

    Attributes:
        pid: of its process.
        addresses: `HOST:PORT` of what it is bound to, at least one.
        log_path: where it writes what happens.
        text: what it says about itself: how to join, the check words, how to stop it.
    """

    pid: int
    addresses: tuple[str, ...]
    log_path: Path
    text: str

    @property
    def link(self) -> str:
        """The join link in `text`, for a QR code; empty if there is none."""
        return next((part for part in self.text.split('"') if part.startswith("lanmsg://")), "")


# --- start -----------------------------------------------------------------------------------


def start_hub_process(
    options: HubOptions, *, program: Sequence[str] = PROGRAM, timeout_s: float = START_TIMEOUT_S
) -> RunningHub:
    """Start a hub in a process of its own, which stays when this one or its terminal ends.

    Raises:
        CommandFailed: it did not get ready in time, or ended; with its last words.
        LocalError: its directory or its log cannot be written.
    """
    from lanmsg.net.key_files import prepare_directory

    directory = data_directory(options.data)
    prepare_directory(directory)
    log_path = directory / LOG_NAME
    arguments = [*program, *hub_arguments(replace(options, data=directory))]
    with _open_log(log_path) as log:
        first_byte = log.seek(0, os.SEEK_END)
        process = _spawn(arguments, directory, log)
    output = _Output(process)
    line = output.ready_line(timeout_s)
    if line is None:
        raise CommandFailed(ExitCode.NO_HUB, _why_not_ready(process, log_path, first_byte))
    return RunningHub(
        pid=_owner_of(directory) or process.pid,  # a virtual environment on Windows starts it by another one
        addresses=_addresses_in(line),
        log_path=log_path,
        text=output.rest(timeout_s),
    )


def hub_arguments(options: HubOptions) -> list[str]:
    """Return the options as arguments of `lanmsg hub`; those that are as usual are left out."""
    usual = HubOptions()
    arguments: list[str] = []
    for field in fields(HubOptions):
        value = getattr(options, field.name)
        if value != getattr(usual, field.name):
            arguments += _argument(field.name.replace("_", "-"), value)
    return arguments


def _argument(name: str, value: object) -> list[str]:
    match value:
        case bool():
            return [f"--{name}" if value else f"--no-{name}"]
        case Path():
            return [f"--{name}={value.absolute()}"]  # the hub's process starts in another directory
        case tuple():
            return [part for each in cast("Iterable[object]", value) for part in _argument(name, each)]
        case _:
            return [f"--{name}={value}"]  # with =, so that a title may start with a dash


def _open_log(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    try:
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
        return os.fdopen(os.open(path, flags, 0o600), "ab")
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror}") from error


def _spawn(arguments: Sequence[str], directory: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start it without a terminal: closing the window (SIGHUP) or Ctrl-C in it does not reach it."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(  # noqa: S603 - our own program
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=directory,  # not ours: it would keep that directory from being unmounted
        env={**os.environ, DETACHED_VARIABLE: "1"},
        start_new_session=True,
        creationflags=flags,
    )


class _Output:
    """Reads what the new process prints until it lets go of its output, then waits for its end.

    A thread does, because a pipe can't be waited for with a time limit on every system; it lives as
    long as the child, so that the child does not become a zombie while this process lives.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="hub-output", daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.decode(errors="replace").rstrip("\r\n"))
        self._lines.put(None)
        self._process.wait()

    def ready_line(self, timeout_s: float) -> str | None:
        """Return the ready line; None if the process ended before, or the time is over."""
        return next((line for line in self._until(timeout_s) if line.startswith(READY_WORD)), None)

    def rest(self, timeout_s: float) -> str:
        """Return what it prints after that."""
        return "\n".join(self._until(timeout_s)).strip("\n")

    def _until(self, timeout_s: float) -> Generator[str]:
        end_s = time.monotonic() + timeout_s
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=max(0.0, end_s - time.monotonic()))) is not None:
                yield line


def _why_not_ready(process: subprocess.Popen[bytes], log_path: Path, first_byte: int) -> str:
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.terminate()
        return f"the hub was not ready in time and was stopped again; its log is {log_path}"
    words = _last_words(log_path, first_byte).removeprefix("lanmsg hub: ")
    return f"the hub did not start: {words or f'its log, {log_path}, does not say why'}"


def _last_words(log_path: Path, first_byte: int) -> str:
    with log_path.open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(first_byte, size - _MAX_LAST_WORDS_BYTES))
        lines = log.read().decode(errors="replace").strip().splitlines()
    return safe_line(lines[-1]) if lines else ""


# --- ask -------------------------------------------------------------------------------------


def hub_status(directory: Path) -> HubStatus | None:
    """Return the hub that runs on this data directory; None if none does."""
    pid = _owner_of(directory)
    if pid is None:
        return None
    try:
        line = (directory / READY_NAME).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return HubStatus(pid=pid, addresses=())
    return HubStatus(pid=pid, addresses=_addresses_in(line))


def _addresses_in(ready_line: str) -> tuple[str, ...]:
    word, *addresses = ready_line.split() or [""]
    return tuple(addresses) if word == READY_WORD else ()


def _owner_of(directory: Path) -> int | None:
    """Return the pid of the process that holds the directory."""
    from lanmsg.hub.storage.interface import StorageFailed, StorageLocked
    from lanmsg.hub.storage.sqlite.directory import LOCK_NAME, DirectoryLock

    path = directory / LOCK_NAME
    try:
        if not path.read_bytes()[:1]:  # a hub that stopped cleanly left it empty
            return None
    except OSError:
        return None
    try:
        lock = DirectoryLock.take(directory)
    except StorageLocked as error:
        return error.pid if error.pid is not None and _has_open(error.pid, path) else None
    except StorageFailed:  # not ours to write
        return None
    lock.release()
    return None


def _has_open(pid: int, path: Path) -> bool:
    """Tell whether a process has a file open; where that can't be known, believe the lock file."""
    descriptors = Path(f"/proc/{pid}/fd")
    try:
        return any(_is_same_file(each, path) for each in descriptors.iterdir())
    except PermissionError:  # another user's process, which we could not stop anyway
        return True
    except OSError:
        return not Path("/proc/self/fd").exists()


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # closed in the meantime
        return False


# --- stop ------------------------------------------------------------------------------------


def stop_hub(directory: Path, *, timeout_s: float = STOP_TIMEOUT_S) -> int | None:
    """Stop the hub that runs on this data directory, and wait until it has let go of it.

    Returns:
        The pid of the process that was stopped; None if no hub runs there.

    Raises:
        CommandFailed: it belongs to another user, or does not stop in time.
    """
    pid = _owner_of(directory)
    if pid is None:
        return None
    try:
        os.kill(pid, signal.SIGTERM)  # Windows: at once, without farewells; its storage can take that
    except ProcessLookupError:
        return pid
    except PermissionError as error:
        sentence = f"the hub (process {pid}) belongs to another user: only that user can stop it"
        raise CommandFailed(ExitCode.USAGE, sentence) from error
    end_s = time.monotonic() + timeout_s
    while _owner_of(directory) == pid:
        if time.monotonic() > end_s:
            sentence = f"the hub (process {pid}) was told to stop and still runs after {timeout_s:.0f} s"
            raise CommandFailed(ExitCode.UNEXPECTED, sentence)
        time.sleep(_POLL_S)
    return pid
