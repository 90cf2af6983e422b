"""`lanmsg version`."""

from lanmsg import __version__
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.output import write_line


def version() -> int:
    """Print the version."""
    write_line(__version__)
    return ExitCode.OK
