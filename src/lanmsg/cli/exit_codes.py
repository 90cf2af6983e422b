"""How a command ends: one number for each kind of outcome, the same in every command.

Scripts rely on them; `docs/guide/commands.md` explains each. A number never changes its meaning.
"""

from enum import IntEnum
from typing import Final

from lanmsg.wire.errors import LanmsgError, LinkLost, LocalError, Refusal, RemoteError


class ExitCode(IntEnum):
    """What a command tells the shell."""

    OK = 0
    """Done; a sent message is on the hub's disk."""
    UNEXPECTED = 1
    """A bug, or something nobody foresaw."""
    USAGE = 2
    """The command line, or what it was given, can't be."""
    NOT_SENT = 3
    """Not sent in time. It waits in the outbox, unless told otherwise."""
    NO_HUB = 4
    """No hub was found, none was chosen, or it can't be reached."""
    REFUSED = 5
    """The hub said no: a name is taken, an invite is needed …"""
    WRONG_IDENTITY = 6
    """The hub or a person has another key than before: nothing was sent."""
    STORE = 7
    """Our own data is in use by another process, damaged, or can't be written."""
    INTERRUPTED = 130
    """Ctrl+C."""


class CommandFailed(LanmsgError):
    """A command ends here, with this text for the person and this code for the shell."""

    def __init__(self, code: ExitCode, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the code for an error that ended a command."""
    if isinstance(error, CommandFailed):
        return error.code
    from lanmsg.client.errors import ClientStopped

    if isinstance(error, ClientStopped):
        return exit_code_of_stop(error.code)
    return next((code for kind, code in _table() if isinstance(error, kind)), ExitCode.UNEXPECTED)


def exit_code_of_stop(code: str) -> ExitCode:
    """Return the code for a client that stopped by itself; `code` is that of `events.Stopped`."""
    return _STOPS.get(code, ExitCode.REFUSED)


_STOPS: Final = {
    "HubIdentityChanged": ExitCode.WRONG_IDENTITY,
    "HubReplaced": ExitCode.WRONG_IDENTITY,
    "store_failed": ExitCode.STORE,
}
"""The reasons to stop that are no refusals of the hub (`wire.errors.Code`)."""


def _table() -> tuple[tuple[type[BaseException], ExitCode], ...]:
    """List what ends in which code; the first that fits counts, so the narrow ones come first."""
    from lanmsg.client.errors import HubIdentityChanged, HubNotFound, IdentityNotTrusted
    from lanmsg.client.finding import SeveralHubs
    from lanmsg.client.store.interface import StoreFailed, StoreLocked

    return (
        (KeyboardInterrupt, ExitCode.INTERRUPTED),
        (HubNotFound, ExitCode.NO_HUB),
        (SeveralHubs, ExitCode.NO_HUB),
        (LinkLost, ExitCode.NO_HUB),
        (RemoteError, ExitCode.NO_HUB),  # what answers there is no hub that we can talk to
        (HubIdentityChanged, ExitCode.WRONG_IDENTITY),
        (IdentityNotTrusted, ExitCode.WRONG_IDENTITY),
        (Refusal, ExitCode.REFUSED),
        (StoreFailed, ExitCode.STORE),
        (StoreLocked, ExitCode.STORE),
        (LocalError, ExitCode.USAGE),
        (TimeoutError, ExitCode.NOT_SENT),
    )
