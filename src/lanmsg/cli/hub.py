"""`lanmsg hub`: the command line of `hub_command.run_hub`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lanmsg.cli.hub_command import HubOptions, run_hub

_NO_OPTIONS = HubOptions()


def hub(
    *,
    home: Annotated[Path | None, Parameter(env_var="LANMSG_HOME")] = None,
    options: Annotated[HubOptions, Parameter(name="*", negative_iterable=())] = _NO_OPTIONS,
) -> int:
    """Run a hub in the foreground until Ctrl+C.

    Args:
        home: Keep the hub's data in this home, as the hub that plain `lanmsg` starts; --data goes before.
        options: What an operator may choose.
    """
    if options.data is None and home is not None:
        options = replace(options, data=home / "hub")
    return run_hub(options)
