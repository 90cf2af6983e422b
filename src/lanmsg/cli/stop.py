"""`lanmsg stop`: stop the hub that this machine hosts."""

from pathlib import Path

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.hub_command import data_directory
from lanmsg.cli.hub_process import stop_hub
from lanmsg.cli.options import NO_OPTIONS, Options
from lanmsg.cli.output import write_line
from lanmsg.cli.start import hub_data_of


def stop(*, data: Path | None = None, options: Options = NO_OPTIONS) -> int:
    """Stop the hub that this machine hosts. Who is connected waits for it to come back.

    Args:
        data: The directory where that hub keeps its data, if it is not the usual one.
        options: Which home.
    """
    directory = hub_data_of(options) if data is None else data_directory(data)
    pid = stop_hub(directory)
    if pid is None:
        raise CommandFailed(ExitCode.NO_HUB, f"no hub runs here (its data would be in {directory})")
    write_line(f"The hub (process {pid}) has stopped.")
    return ExitCode.OK
