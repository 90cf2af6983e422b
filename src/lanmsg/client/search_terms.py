"""What a message is found by: its words, and facts about it in the form of words.

A fact begins with a sign that no word of a text has, so nobody can write a text that claims one.
"""

import re
from typing import Final

from lanmsg.client.model import Message
from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.search_query import Has
from lanmsg.wire.search_words import FACT, Phrase, index_words

ANYTHING: Final = Phrase((FACT,), is_prefix=True)
"""What every message has."""
_LINK: Final = re.compile(r"\b(?:https?://|www\.)\w", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<!\w)@\w")
_ID_DIGITS: Final = 16
"""Of an id in a fact: 64 bits, so that no two meet."""


def terms_of(message: Message, *, log: LogId, author: UserId | None) -> tuple[str, ...]:
    """Return what finds this message; nothing for one that shows no text."""
    if not message.text:
        return ()
    facts = [_log_fact(log), *map(_has_fact, _has(message))]
    if author is not None:
        facts.append(_author_fact(author))
    return (*index_words(message.text), *facts)


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


def _has(message: Message) -> list[Has]:
    text = message.text
    found = {
        Has.LINK: _LINK.search(text) is not None,
        Has.CODE: "`" in text,
        Has.REPLY: message.reply_to is not None,
        Has.MENTION: _MENTION.search(text) is not None,
    }
    return [has for has, is_found in found.items() if is_found]
