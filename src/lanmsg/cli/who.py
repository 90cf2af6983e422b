"""`lanmsg who`: the people of the hub, and who is here now."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lanmsg.chat.people_lines import people_lines
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.message_json import person_json
from lanmsg.cli.opening import run_with_client, sync
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import write_line
from lanmsg.client.store.interface import StoreLocked

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
        for line in who_lines(client, is_json=json):
            write_line(line)
        return ExitCode.OK

    try:
        return run_with_client(settings_of(options), use)
    except StoreLocked as locked:
        from lanmsg.cli.companion import WhoRequest, ask

        return ask(locked, WhoRequest(is_json=json))


def who_lines(client: "Client", *, is_json: bool) -> Iterable[str]:
    """Return everybody who is enrolled, a line each."""
    people = client.people()
    return map(person_json, people) if is_json else people_lines(people)
