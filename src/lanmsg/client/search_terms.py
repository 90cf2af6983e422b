"""What a message is found by: its words, and facts about it in the form of words.

A fact begins with a sign that no word of a text has, so nobody can write a text that claims one.
"""

import re
from collections.abc import Iterator
from typing import Final

from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.search_query import Has
from lanmsg.wire.search_words import FACT, Phrase, index_words

ANYTHING: Final = Phrase((FACT,), is_prefix=True)
"""What every message has."""
_LINK: Final = re.compile(r"\b(?:https?://|www\.)\w", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<!\w)@\w")
_ID_DIGITS: Final = 16
"""Of an id in a fact: 64 bits, so that no two meet."""


def terms_of(text: str, *, log: LogId, author: UserId | None, is_reply: bool) -> tuple[str, ...]:
    """Return what finds a message that shows this text; nothing for one that shows none."""
    if not text:
        return ()
    facts = [_log_fact(log), *map(_has_fact, _has(text))]
    if is_reply:
        facts.append(_has_fact(Has.REPLY))
    if author is not None:
        facts.append(_author_fact(author))
    return (*index_words(text), *facts)


def by_author(user: UserId) -> Phrase:
    """Return what all messages of a person have."""
    return Phrase((_author_fact(user),))


def in_log(log: LogId) -> Phrase:
    """Return what all messages of a conversation have."""
    return Phrase((_log_fact(log),))


def having(has: Has) -> Phrase:
    """Return what all messages with such a thing have."""
    return Phrase((_has_fact(has),))


def _author_fact(user: UserId) -> str:
    return f"{FACT}u{user.hex()[:_ID_DIGITS]}"


def _log_fact(log: LogId) -> str:
    return f"{FACT}l{log.hex()[:_ID_DIGITS]}"


def _has_fact(has: Has) -> str:
    return f"{FACT}h{has}"


def _has(text: str) -> Iterator[Has]:
    if _LINK.search(text):
        yield Has.LINK
    if "`" in text:
        yield Has.CODE
    if _MENTION.search(text):
        yield Has.MENTION
