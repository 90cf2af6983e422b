"""Which message a command means: the one it marks (`wire.marks`), or the last that can be meant."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lanmsg.client.model import Conversation, Message, MessageState
from lanmsg.wire.commands import LineError, shown
from lanmsg.wire.marks import Mark
from lanmsg.wire.safe_text import clip, isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

PAGES: Final = 20
PAGE: Final = 50
"""So many pages of so many messages of a conversation are looked through."""
_QUOTED_COLUMNS: Final = 40


def marked(
    client: "Client", conversation: Conversation, mark: Mark, is_meant: Callable[[Message], bool]
) -> Message:
    """Return the message of a conversation that a mark names, among those that can be meant.

    Raises:
        LineError: there is none.
    """
    word = mark.word.casefold()
    messages = newest_first(client, conversation)
    found = nth((each for each in messages if is_meant(each) and word in each.text.casefold()), mark.count)
    if found is None:
        what = f'with "{shown(mark.word)}" in it' if mark.word else f"so far back (^{mark.count})"
        raise LineError(f"not done: there is no message {what} that this could mean in this conversation")
    return found


def newest_first(client: "Client", conversation: Conversation) -> Iterator[Message]:
    """Return the messages of a conversation, reading no more than is asked for."""
    before: int | None = None
    for _ in range(PAGES):
        messages = client.history(conversation, limit=PAGE, before=before)
        yield from reversed(messages)
        before = min((each.seq for each in messages if each.seq), default=0)
        if before <= 1:
            return


def nth(messages: Iterable[Message], count: int) -> Message | None:
    """Return the message at a place, counting from 1."""
    for number, message in enumerate(messages, 1):
        if number == count:
            return message
    return None


def is_there(message: Message) -> bool:
    """Tell whether something can be done to a message: it was not deleted, and not refused."""
    return not message.is_deleted and message.state is not MessageState.FAILED


def quote(message: Message | None) -> str:
    """Say in a few words which message is meant: its author, and how its text begins."""
    if message is None:
        return "a message that is not here"
    sender = "you" if message.is_own else isolated(message.sender)
    if message.is_deleted:
        return f"{sender} (deleted)"
    if message.state is MessageState.UNREADABLE:
        return f"{sender} (can't be read)"
    return f"{sender} {quoted_text(message)}"


def quoted_text(message: Message) -> str:
    """Return how a text begins, in quotation marks that nothing in it can close."""
    line = next((line for line in message.text.split("\n") if line.strip()), "").strip()
    more = "…" if line != message.text.strip() and len(line) < _QUOTED_COLUMNS else ""
    text = clip(isolated(line.replace("“", '"').replace("”", '"')), _QUOTED_COLUMNS)
    return f"“{text}{more}”"
