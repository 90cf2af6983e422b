"""Where an export reads: our own client, or the lanmsg that has this home open."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from lanmsg.cli.companion import ExportHeadRequest, ExportPageRequest, answer_of
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.targets import conversation_of
from lanmsg.client.model import Conversation, ConversationKind, Gap, MessagePage
from lanmsg.client.store.interface import StoreLocked
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

PAGE_MESSAGES: Final = 200
"""At most so many messages are in memory at a time."""
PAGE_CHARACTERS: Final = 512 * 1024
"""And, through a companion, about so many characters: each may take 7 bytes in its answer."""


class NamedConversation(msgspec.Struct, frozen=True):
    """A conversation, what people call it, and what is missing of it, oldest first."""

    conversation: Conversation
    name: str
    gaps: tuple[Gap, ...] = ()


class ExportHead(msgspec.Struct, frozen=True):
    """Whose messages they are, and the conversations in the order of the export."""

    handle: str
    hub_title: str
    conversations: tuple[NamedConversation, ...]


class Source(Protocol):
    """Gives an export what it writes."""

    async def head(self, target: str) -> ExportHead:
        """Return the conversation of a target, or all of them if it is empty.

        Raises:
            UnknownPerson: nobody here has the name.
            CommandFailed: it is no target, or a room of which this device has nothing.
        """
        ...

    async def page(self, conversation: Conversation, after: int) -> MessagePage:
        """Return the messages after this seq, oldest first."""
        ...


class ClientSource:
    """Reads from an open client."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def head(self, target: str) -> ExportHead:
        """See `Source.head`."""
        return head_of(self._client, target)

    async def page(self, conversation: Conversation, after: int) -> MessagePage:
        """See `Source.page`."""
        return self._client.page(conversation, after=after, limit=PAGE_MESSAGES)


class CompanionSource:
    """Asks the lanmsg that has the store open."""

    def __init__(self, locked: StoreLocked) -> None:
        self._locked = locked

    async def head(self, target: str) -> ExportHead:
        """See `Source.head`."""
        answer = await answer_of(self._locked, ExportHeadRequest(target=target))
        return msgspec.json.decode(answer.lines[0], type=ExportHead)

    async def page(self, conversation: Conversation, after: int) -> MessagePage:
        """See `Source.page`."""
        answer = await answer_of(self._locked, ExportPageRequest(conversation=conversation, after=after))
        return msgspec.json.decode(answer.lines[0], type=MessagePage)


def head_of(client: "Client", target: str) -> ExportHead:
    """Return what `Source.head` does, from an open client."""
    chosen = [_with_content(client, conversation_of(client, target))] if target else client.conversations()
    return head_with(client, chosen)


def head_with(client: "Client", chosen: Iterable[Conversation]) -> ExportHead:
    """Return what `Source.head` does, with these conversations."""
    named = (
        NamedConversation(each, client.conversation_name(each), tuple(client.gaps(each))) for each in chosen
    )
    return ExportHead(client.handle, client.hub_title, tuple(named))


def _with_content(client: "Client", conversation: Conversation) -> Conversation:
    """Refuse a room that we are not in and were never in: an empty file would say that it is silent."""
    is_ours = any(room.is_mine for room in client.rooms() if room.conversation == conversation)
    if conversation.kind is not ConversationKind.ROOM or is_ours or conversation in client.conversations():
        return conversation
    name = isolated(client.conversation_name(conversation))
    raise CommandFailed(
        ExitCode.USAGE,
        f"you were never in {name} with this device, so it has nothing of it to export: "
        "lanmsg rooms lists your rooms",
    )


def small_page(client: "Client", conversation: Conversation, after: int) -> MessagePage:
    """Return a page that fits in an answer between two processes."""
    page = client.page(conversation, after=after, limit=PAGE_MESSAGES)
    fitting = _fitting(len(message.text) for message in page.messages)
    if fitting == len(page.messages) or not page.messages[fitting - 1].seq:
        return page
    return MessagePage(page.messages[:fitting], page.messages[fitting - 1].seq)


def _fitting(sizes: Iterable[int]) -> int:
    """Return how many texts fit in a page: one at least."""
    count = total = 0
    for size in sizes:
        total += size
        if count and total > PAGE_CHARACTERS:
            break
        count += 1
    return count
