"""The options that every command takes, and the client settings they make."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:  # imported when needed: `lanmsg --help` opens no client
    from lanmsg.client.settings import ClientSettings

Flag = Annotated[bool, Parameter(negative="", show_default=False)]
"""An option without a value, off unless it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """Where this client keeps its things, which hub it talks to, and under which name."""

    home: Annotated[
        Path | None, Parameter(env_var="LANMSG_HOME", help="Keep keys and messages in this directory.")
    ] = None
    hub: Annotated[
        str | None,
        Parameter(env_var="LANMSG_HUB", help="HOST:PORT of the hub; without it, it is looked for."),
    ] = None
    name: Annotated[str | None, Parameter(help="Your name; without it, your login name.")] = None

    def at(self, hub: str) -> "ClientOptions":
        """Return these options with this hub."""
        return replace(self, hub=hub)


Options = Annotated[ClientOptions, Parameter(name="*")]
"""How a command takes them: `options: Options = NO_OPTIONS`."""
NO_OPTIONS = ClientOptions()


def home_of(options: ClientOptions) -> Path:
    """Return the client's directory: the one chosen, or the usual one of this system."""
    if options.home is not None:
        return options.home.expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("lanmsg", appauthor=False)


def settings_of(
    options: ClientOptions, *, invite: str | None = None, pairing_code: str | None = None
) -> "ClientSettings":
    """Return what the client library wants to know."""
    from lanmsg.client.settings import ClientSettings

    return ClientSettings(
        home=home_of(options),
        hub=options.hub,
        invite=invite,
        pairing_code=pairing_code,
        name=options.name,
        is_home_given=options.home is not None,
    )
