"""`lanmsg hub`: the command line of `hub_command.run_hub`."""

from typing import Annotated

from cyclopts import Parameter

from lanmsg.cli.hub_command import HubOptions, run_hub

_NO_OPTIONS = HubOptions()


def hub(*, options: Annotated[HubOptions, Parameter(name="*", negative_iterable=())] = _NO_OPTIONS) -> int:
    """Run a hub in the foreground until Ctrl+C.

    Args:
        options: What an operator may choose.
    """
    return run_hub(options)
