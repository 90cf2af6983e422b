"""Which conversation comes next: by place, by what is unread, by what calls for somebody."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lanmsg.client.model import Conversation, ConversationKind

if TYPE_CHECKING:
    from lanmsg.client import Client

_ALONE = frozenset({ConversationKind.DIRECT, ConversationKind.GROUP})


def neighbour(
    conversations: Sequence[Conversation],
    current: Conversation,
    by: int,
    *,
    is_wanted: Callable[[Conversation], bool] = lambda _: True,
) -> Conversation | None:
    """Return the next (1) or last (-1) that is wanted, going round; None if there is no other."""
    count = len(conversations)
    start = conversations.index(current) if current in conversations else 0
    around = (conversations[(start + by * step) % count] for step in range(1, count))
    return next(filter(is_wanted, around), None)


def next_active(
    client: "Client", conversations: Sequence[Conversation], current: Conversation
) -> Conversation | None:
    """Return where something calls for us: a mention or a private message first, else what is unread."""

    def calls(conversation: Conversation) -> bool:
        unread = client.unread(conversation)
        return unread.mentions > 0 or (unread.count > 0 and conversation.kind in _ALONE)

    found = neighbour(conversations, current, 1, is_wanted=calls)
    return found or neighbour(conversations, current, 1, is_wanted=lambda each: client.unread(each).count > 0)
