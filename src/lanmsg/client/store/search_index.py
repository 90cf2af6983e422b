"""What the index of a store is told and asked, and the order in which it answers.

The index follows the messages by itself where that needs no judgement: whatever changes a message takes
its words out of the index in the same commit. What words a message has is the engine's to say, for it
knows who may amend what; until it has said so, the message is `Store.unindexed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lanmsg.wire.ids import LogId
from lanmsg.wire.search_words import Phrase, has_phrase

_TIE_BITS: Final = 20
_TIE_MASK: Final = 2**_TIE_BITS - 1
_LATEST_MS: Final = 2**42 - 1
"""In the year 2109: with the bits for ties it fits in 62 of the 63 that a row number has."""
MAX_PLACE: Final = 2**63 - 1


def place_of(at_ms: int, log_number: int, seq: int) -> int:
    """Return where a message stands among those of all conversations: newer ones are higher.

    By the hub's clock, for no other order spans conversations; messages of one millisecond are told apart
    by log and seq, one in a million times not: then the one indexed later takes the next free place.
    """
    tie = (log_number << 12) + seq & _TIE_MASK
    return min(max(at_ms, 0), _LATEST_MS) << _TIE_BITS | tie


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """What to find in the index: one phrase of each group of `all_of`, and none of `none_of`.

    There is at least one group, and no group is empty. Places are from `since` up to, not including, `until`.
    """

    all_of: tuple[tuple[Phrase, ...], ...]
    none_of: tuple[Phrase, ...] = ()
    since: int = 0
    until: int = MAX_PLACE


@dataclass(frozen=True, slots=True)
class SearchText:
    """Find a stored message by these words from now on; by none, if there are none.

    A message that is stored in the same place later takes them out of the index again.
    """

    log: LogId
    seq: int
    at_ms: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchMark:
    """The messages of a log up to this seq are indexed, as far as they have words. It only grows."""

    log: LogId
    seq: int


def is_match(match: SearchMatch, words: Sequence[str]) -> bool:
    """Tell whether these words are what a match asks for, places apart."""
    if any(has_phrase(phrase, words) for phrase in match.none_of):
        return False
    return all(any(has_phrase(phrase, words) for phrase in group) for group in match.all_of)
