"""Whether a message calls for attention: one table of rules, the first that applies decides."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Final
from unicodedata import east_asian_width

from lanmsg.client.model import Message, MessageState
from lanmsg.client.preferences import Bell, Level, Preferences


class Attention(IntEnum):
    """What a face does about a new message, beside showing it."""

    NONE = 0
    QUIET = 1
    """It may say so somewhere, without a noise."""
    RING = 2
    """It may make a noise."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A message, what its reader prefers, and the time on the reader's clock (with its time zone)."""

    message: Message
    preferences: Preferences
    now: datetime
    is_do_not_disturb: bool = False

    @property
    def level(self) -> Level:
        """What is wanted of this conversation."""
        return self.preferences.level(self.message.conversation)

    @property
    def is_muted(self) -> bool:
        """Whether the conversation is muted now."""
        return self.preferences.is_muted(self.message.conversation, int(self.now.timestamp() * 1000))

    @property
    def is_quiet_time(self) -> bool:
        """Whether nothing may ring now."""
        hours = self.preferences.quiet_hours
        return hours is not None and hours.covers(self.now.hour * 60 + self.now.minute)

    @property
    def calls_us(self) -> bool:
        """Whether the message names us, or has one of our keywords."""
        return self.message.mentions_me or has_keyword(self.message.text, self.preferences.keywords)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done about a message, if this is so."""

    words: str
    applies: Callable[[Moment], bool]
    attention: Attention


RULES: Final = (
    Rule("it is our own", lambda m: m.message.is_own, Attention.NONE),
    Rule("it can't be read", lambda m: m.message.state is MessageState.UNREADABLE, Attention.NONE),
    Rule("it is deleted", lambda m: m.message.is_deleted, Attention.NONE),
    Rule("its sender is ignored", lambda m: m.message.sender in m.preferences.ignored, Attention.NONE),
    Rule("the conversation is muted", lambda m: m.is_muted, Attention.NONE),
    Rule("nothing of it is wanted", lambda m: m.level is Level.NOTHING, Attention.NONE),
    Rule(
        "only what calls us is wanted, and it does not",
        lambda m: m.level is Level.MENTIONS and not m.calls_us,
        Attention.NONE,
    ),
    Rule("these are quiet hours", lambda m: m.is_quiet_time, Attention.QUIET),
    Rule("we are not to be disturbed", lambda m: m.is_do_not_disturb, Attention.QUIET),
    Rule("it is wanted", lambda _: True, Attention.RING),
)
"""Every rule, in order. An edit, a reaction and the like are no messages: they are never asked about."""


def should_notify(
    message: Message, preferences: Preferences, now: datetime, *, is_do_not_disturb: bool = False
) -> Attention:
    """Return what a new message (`MessageAdded`, not of the backlog) calls for.

    `now` is the time on the reader's clock and has a time zone; `is_do_not_disturb` is what others are shown
    of the reader.
    """
    moment = Moment(message, preferences, now, is_do_not_disturb)
    return next(rule.attention for rule in RULES if rule.applies(moment))


def should_ring(
    message: Message, preferences: Preferences, now: datetime, *, is_do_not_disturb: bool = False
) -> bool:
    """Tell whether a new message may make a noise, by what the person has chosen for the bell."""
    if preferences.bell is Bell.OFF:
        return False
    level = preferences.level(message.conversation)
    if preferences.bell is Bell.ALL and level is not Level.NOTHING:
        preferences = replace(preferences, levels={message.conversation: Level.ALL})
    attention = should_notify(message, preferences, now, is_do_not_disturb=is_do_not_disturb)
    return attention is Attention.RING


def has_keyword(text: str, keywords: frozenset[str]) -> bool:
    """Tell whether a text has one of these case folded words in it, as a word of its own."""
    if not keywords:
        return False
    folded = " ".join(text.casefold().split())
    return any(_has_word(folded, word) for word in keywords)


def _has_word(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not _goes_on(text[start - 1 : start], word[:1]) and not _goes_on(text[end : end + 1], word[-1:]):
            return True
        start = text.find(word, start + 1)
    return False


def _goes_on(beside: str, edge: str) -> bool:
    """Tell whether a word goes on beyond its edge. Scripts without spaces have no such edges."""
    return beside.isalnum() and edge.isalnum() and not {_width(beside), _width(edge)} & _WIDE


def _width(char: str) -> str:
    return east_asian_width(char)


_WIDE: Final = {"W", "F"}
