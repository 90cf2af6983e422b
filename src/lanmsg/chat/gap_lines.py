"""Where messages are missing, for the hub had removed them: a line between those that are here."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.message_lines import FindMessage, Line, Piece, Style, transcript
from lanmsg.client.events import GapFound
from lanmsg.client.model import Conversation, Gap, Message
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


def gap_words(gap: Gap, where: str = "here") -> str:
    """Return what a person reads where something is missing; `where` is safe text."""
    if gap.count == 1:
        return f"A message {where} was removed by the hub before this device got it"
    return f"{gap.count} messages {where} were removed by the hub before this device got them"


def gap_news(event: GapFound) -> str:
    """Return the same as news."""
    return gap_words(event.gap, f"in {isolated(event.conversation_name)}")


def shown_history(client: "Client", conversation: Conversation, *, limit: int) -> list[Line]:
    """Return the newest `limit` messages of a conversation as lines, and what is missing between them."""
    messages, gaps = client.history(conversation, limit=limit), client.gaps(conversation)
    return transcript_with_gaps(messages, gaps, client.message, is_whole=len(messages) < limit)


def transcript_with_gaps(
    messages: Sequence[Message], gaps: Iterable[Gap], find: FindMessage, *, is_whole: bool
) -> list[Line]:
    """Return messages as lines, with the days between them and a line for each gap.

    What is missing before the first is told if they are the whole conversation (`is_whole`).
    """
    return [
        line for part in parts_with_gaps(messages, gaps, is_whole=is_whole) for line in _lines(part, find)
    ]


def parts_with_gaps(
    messages: Sequence[Message], gaps: Iterable[Gap], *, is_whole: bool
) -> Iterator[Sequence[Message] | Gap]:
    """Return the messages in runs, and between them the gaps; `is_whole` as in `transcript_with_gaps`."""
    rest = list(messages)
    for gap in gaps:
        before = [each for each in rest if 0 < each.seq <= gap.after_seq]
        rest = rest[len(before) :]
        if before or is_whole:
            yield before
            yield gap
        is_whole = is_whole or bool(before)
    yield rest


def _lines(part: Sequence[Message] | Gap, find: FindMessage) -> list[Line]:
    if isinstance(part, Gap):
        return [(Piece(Style.NOTICE, f"— {gap_words(part)} —"),)]
    return transcript(part, find)
