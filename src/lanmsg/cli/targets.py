"""Whom a command's TARGET means: `@bob`, `bob`, `@kitchen`, `@ann,@bob`, `#`, `everyone`."""

from typing import TYPE_CHECKING

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.client.model import Conversation
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


def conversation_of(client: "Client", target: str) -> Conversation:
    """Return the conversation of a target; of several people, that is their group.

    Raises:
        UnknownPerson: neither a person nor a room has the name.
        CommandFailed: it is no target.
    """
    target = target.strip()
    if len(target) > 1 and target.startswith("#"):
        raise CommandFailed(
            ExitCode.USAGE,
            f"{safe_line(target)!r} is no target: '#' alone is everyone, the text comes behind it",
        )
    if not all(name.strip().removeprefix("@") for name in target.split(",")):
        raise CommandFailed(ExitCode.USAGE, "no target: write '@NAME', '@ROOM', or '#' for everyone")
    return client.conversation(target)
