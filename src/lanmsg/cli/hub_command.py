"""`lanmsg hub`: one hub as a process of its own, from its data directory to its last farewell.

What it needs is imported when it is needed: importing this module for its options costs nothing, and a
second hub that may not start says so at once.
"""

import contextlib
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.logs import LogFormat, LogLevel, set_up_logs
from lanmsg.wire.errors import LocalError

if TYPE_CHECKING:
    from lanmsg.cli.hub_server import ReadyHub
    from lanmsg.hub.storage.interface import Storage

DATA_VARIABLE: Final = "LANMSG_HUB_DATA"
DETACHED_VARIABLE: Final = "LANMSG_HUB_DETACHED"
"""Set by `hub_process` for a hub that runs in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """What an operator may choose.

    Attributes:
        listen: Where to listen, as HOST:PORT; may be given several times. Without it: all addresses of this
            machine, at port 7777 or the next free one. Port 0 lets the system choose; a host of * means all.
        data: Where the hub keeps everything. Also from LANMSG_HUB_DATA; without both, in this user's data.
        title: What people see; without it, the name of this machine.
        host_name: A name by which browsers reach the hub, beside its addresses and this machine's name.
        cert: PEM file with a certificate that browsers know, instead of the hub's own; with --key.
        key: PEM file with its private key.
        invite_only: Let in nobody without an invite. This and the two rates are remembered: a start without
            them goes on as before.
        advertise: Let people on this network find the hub.
        metrics_public: Answer /metrics to other machines too.
        message_rate: Messages a second of one device; 0: no limit; at first 20.
        message_burst: Messages a device may send at once before the rate holds; at first 60.
        admin: Who may run this hub with `lanmsg admin`; may be given several times, and is remembered. Of
            somebody who has not enrolled, the name is kept until they do, on this machine.
        keep_days: Remove messages from the hub after so many days; 0: never. It is remembered.
        keep_size: Remove the oldest messages while the hub's data is larger, as in 2GB; 0: no limit.
            It is remembered.
        log_format: How log lines look: pretty for people, json for programs, auto chooses by where they go.
        log_level: From which level on lines are written.
    """

    listen: tuple[str, ...] = ()
    data: Path | None = None
    title: str = ""
    host_name: tuple[str, ...] = ()
    cert: Path | None = None
    key: Path | None = None
    invite_only: bool | None = None
    advertise: bool = True
    metrics_public: bool = False
    message_rate: float | None = None
    message_burst: float | None = None
    admin: tuple[str, ...] = ()
    keep_days: int | None = None
    keep_size: str = ""
    log_format: LogFormat = LogFormat.AUTO
    log_level: LogLevel = LogLevel.INFO

    @property
    def own_certificate(self) -> tuple[Path, Path] | None:
        """Certificate and key that the operator brought; None: the hub makes its own.

        Raises:
            LocalError: there is only one of the two.
        """
        if self.cert is None and self.key is None:
            return None
        if self.cert is None or self.key is None:
            raise LocalError("--cert and --key belong together: give both, or neither")
        return self.cert.absolute(), self.key.absolute()


def data_directory(chosen: Path | None) -> Path:
    """Return where a hub keeps its data: as told, or as LANMSG_HUB_DATA says, or the user's own place."""
    if chosen is None and os.environ.get(DATA_VARIABLE):
        chosen = Path(os.environ[DATA_VARIABLE])
    if chosen is not None:
        return chosen.expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("lanmsg", appauthor=False) / "hub"


def run_hub(options: HubOptions) -> int:
    """Run a hub until it is told to stop, and return the exit code of the process.

    Prints one line `ready HOST:PORT …` when it accepts, then how to join. The code is 0 after a clean
    stop; else there is a sentence on stderr: STORE if the data can't be used or the disk failed, USAGE
    for what the options ask for and can't be had.
    """
    set_up_logs(log_format=options.log_format, level=options.log_level)
    try:
        _run(options, data_directory(options.data))
    except CommandFailed as error:
        return _failed(str(error), error.code)
    except LocalError as error:
        return _failed(str(error), ExitCode.USAGE)
    except KeyboardInterrupt:  # before our own handlers were there
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def _failed(sentence: str, code: ExitCode) -> int:
    _write(sys.stderr, f"lanmsg hub: {sentence}\n")
    return code


def _run(options: HubOptions, directory: Path) -> None:
    """Open the storage first: its lock decides whether this hub may run at all."""
    from lanmsg.hub.storage.interface import StorageFailed, StorageLocked
    from lanmsg.hub.storage.sqlite.storage import SqliteStorage

    try:
        with contextlib.closing(SqliteStorage.open(directory)) as storage:
            _serve(options, directory, storage)
    except StorageLocked as error:
        raise CommandFailed(ExitCode.STORE, _already_runs(directory, error.pid)) from error
    except StorageFailed as error:
        raise CommandFailed(ExitCode.STORE, str(error)) from error


def _already_runs(directory: Path, pid: int | None) -> str:
    process = "" if pid is None else f" (process {pid})"
    return (
        f"a hub already runs on {directory}{process}: stop it with `{stop_command(directory)}`, "
        f"or give this one a directory of its own with --data"
    )


def _serve(options: HubOptions, directory: Path, storage: "Storage") -> None:
    from lanmsg.cli.hub_server import HubServer, event_loop_runner

    async def serve() -> None:
        await HubServer(options, directory, storage, announce=_announce).run()

    with event_loop_runner() as runner:
        runner.run(serve())


# --- what is printed -------------------------------------------------------------------------


def stop_command(directory: Path) -> str:
    """Return what to type to stop the hub in this directory."""
    if directory == data_directory(None):
        return "lanmsg stop"
    return f"lanmsg stop --data {shlex.quote(str(directory))}"


def _announce(hub: "ReadyHub") -> None:
    """Print the ready line, then how to join; nothing more goes to stdout ever after."""
    from lanmsg.chat.join_qr import qr_code
    from lanmsg.cli.join_text import render_join_text

    _write(sys.stdout, f"{hub.ready_line}\n")
    text = render_join_text(hub.facts(), invite_link=hub.invite_link)
    if hub.note:
        text = f"{hub.note}\n{text}"
    if sys.stdout.isatty():
        code = qr_code(hub.invite_link or hub.facts().link, columns=shutil.get_terminal_size().columns)
        text += f"\n\n{code}" if code else ""
    _write(sys.stdout, f"\n{text}\n\n{_how_to_stop(hub.directory)}\n")
    if os.environ.get(DETACHED_VARIABLE):
        _leave_stdout()


def _how_to_stop(directory: Path) -> str:
    if os.environ.get(DETACHED_VARIABLE):
        return f"It runs on when this window is closed. Stop it with: {stop_command(directory)}"
    return f"Stop it with Ctrl-C. What it keeps is in {directory}"


def _leave_stdout() -> None:
    """Let go of the pipe to whoever started us: they see its end, and may end themselves."""
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _write(stream: IO[str], text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # whoever read it may be gone: no reason to stop
        stream.write(text)
        stream.flush()
