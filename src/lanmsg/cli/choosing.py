"""The one question lanmsg asks by itself: which of several hubs?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from lanmsg.cli.asking import ask
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.output import write_line
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client.finding import HubOffer

MAX_TRIES: Final = 3


def choose_hub(hubs: "Sequence[HubOffer]", *, question: Callable[[str], str] = ask) -> str:
    """Show a numbered list and return the address (`HOST:PORT`) of the one that was chosen.

    Raises:
        CommandFailed: no number of the list was given.
    """
    write_line("There are several hubs here:")
    for number, hub in enumerate(hubs, 1):
        known = "  (you were there)" if hub.is_known else ""
        write_line(f'  {number}  "{isolated(hub.title)}"  {hub.address}{known}')
    for _ in range(MAX_TRIES):
        answer = question(f"Which one? 1 to {len(hubs)}").strip()
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer[:9]) <= len(hubs):
            return hubs[int(answer) - 1].address
    raise CommandFailed(
        ExitCode.NO_HUB, "no hub was chosen; --hub HOST:PORT says which one without a question"
    )
