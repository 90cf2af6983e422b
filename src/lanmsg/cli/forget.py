"""`lanmsg forget`: drop a hub's key, on purpose and by hand."""

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.options import NO_OPTIONS, Options, home_of
from lanmsg.cli.output import write_line
from lanmsg.client.known_hubs import forget_hub, load_known_hubs
from lanmsg.wire.addresses import format_address, parse_address
from lanmsg.wire.safe_text import isolated


def forget(address: str, /, *, options: Options = NO_OPTIONS) -> int:
    """Forget the hub at this address and its key: the next visit there is a first one.

    Args:
        address: HOST:PORT of the hub.
        options: Which client.
    """
    home = home_of(options)
    place = format_address(parse_address(address))
    hub = forget_hub(home, place)
    if hub is None:
        known = [address for hub in load_known_hubs(home).hubs for address in hub.addresses]
        raise CommandFailed(
            ExitCode.USAGE, f"no hub is known at {place}. Known: {', '.join(known) or 'none'}"
        )
    write_line(f'Forgot hub "{isolated(hub.title)}". Compare its check words when you next go there.')
    return ExitCode.OK
