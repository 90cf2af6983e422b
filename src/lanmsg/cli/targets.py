"""Whom a command's TARGET means: `@bob`, `bob`, `#`, `everyone`, `@ann,@bob`."""

from typing import TYPE_CHECKING

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.client.model import Conversation
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


def conversations_of(client: "Client", target: str) -> list[Conversation]:
    """Return the conversations of a target; several for `@ann,@bob`.

    Raises:
        UnknownPerson: nobody here has the name.
        CommandFailed: it is no target.
    """
    target = target.strip()
    if len(target) > 1 and target.startswith("#"):
        raise CommandFailed(
            ExitCode.USAGE,
            f"{safe_line(target)!r} is no target: '#' alone is everyone, the text comes behind it",
        )
    names = [name.strip() for name in target.split(",")]
    if not all(name.removeprefix("@") for name in names):
        raise CommandFailed(ExitCode.USAGE, "no target: write '@NAME', or '#' for everyone")
    return list(dict.fromkeys(client.conversation(name) for name in names))


def conversation_of(client: "Client", target: str) -> Conversation:
    """Return the one conversation of a target.

    Raises:
        UnknownPerson: nobody here has the name.
        CommandFailed: it is no target, or several.
    """
    found = conversations_of(client, target)
    if len(found) > 1:
        raise CommandFailed(ExitCode.USAGE, "only one target can be shown at a time")
    return found[0]
