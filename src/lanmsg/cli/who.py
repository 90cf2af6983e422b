"""`lanmsg who`: the people of the hub, and who is here now."""

from typing import TYPE_CHECKING

from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.message_json import person_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.cli.people_lines import people_lines

if TYPE_CHECKING:
    from lanmsg.client import Client


def who(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """List the people, and who is here now.

    Args:
        json: One JSON object a line.
        options: Which client.
    """

    async def use(client: "Client") -> int:
        await sync(client)
        print_people(client, is_json=json)
        return ExitCode.OK

    return run_with_client(settings_of(options), use)


def print_people(client: "Client", *, is_json: bool) -> None:
    """Print everybody who is enrolled, a line each."""
    people = client.people()
    for line in map(person_json, people) if is_json else people_lines(people):
        write_line(line)
