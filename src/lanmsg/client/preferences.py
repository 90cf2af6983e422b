"""What a person prefers, and how each preference is written for their other devices.

Each is a name with a text as its value (`wire.account.Preference`). People, words and conversations have a
name each, so that two devices which change two of them at the same time do not undo each other's change.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.wire.account import Preference
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import RoomId, UserId

FOR_EVER: Final = 2**53 - 1
"""As the time until which a conversation is muted: until it is unmuted."""
MAX_KEYWORD_CODE_POINTS: Final = 64
_MINUTES: Final = 24 * 60


class Level(StrEnum):
    """Which messages of a conversation call for attention."""

    ALL = "all"
    MENTIONS = "mentions"
    """Those that name us or have one of our keywords."""
    NOTHING = "nothing"


class Bell(StrEnum):
    """When a face may make a noise."""

    ON = "on"
    """For what calls for attention."""
    ALL = "all"
    """For every message that is not muted or ignored."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nothing may ring: from `start` up to `end`, in minutes after midnight, by the device's own clock.

    An `end` before `start` is on the next day.
    """

    start: int
    end: int

    def covers(self, minute: int) -> bool:
        """Tell whether this minute of the day is in them."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def __str__(self) -> str:
        """As in `22:00-07:30`."""
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All of them. `ignored` are handles, `keywords` are case folded."""

    levels: Mapping[Conversation, Level] = field(default_factory=dict[Conversation, Level])
    muted_until_ms: Mapping[Conversation, int] = field(default_factory=dict[Conversation, int])
    keywords: frozenset[str] = frozenset()
    quiet_hours: QuietHours | None = None
    ignored: frozenset[str] = frozenset()
    sends_read_receipts: bool = True
    bell: Bell = Bell.ON

    def level(self, conversation: Conversation) -> Level:
        """Return which messages of a conversation call for attention."""
        chosen = self.levels.get(conversation)
        return chosen if chosen is not None else DEFAULT_LEVELS.get(conversation.kind, Level.ALL)

    def is_muted(self, conversation: Conversation, now_ms: int) -> bool:
        """Tell whether a conversation is muted at this time (Unix ms)."""
        return now_ms < self.muted_until_ms.get(conversation, 0)


DEFAULT_LEVELS: Final = {
    ConversationKind.EVERYONE: Level.MENTIONS,
    ConversationKind.ROOM: Level.MENTIONS,
}
"""Of the others: all."""


# --- names and values ------------------------------------------------------------------------

LEVEL: Final = "level"
MUTE: Final = "mute"
KEYWORD: Final = "keyword"
IGNORE: Final = "ignore"
QUIET_HOURS: Final = "quiet_hours"
READ_RECEIPTS: Final = "read_receipts"
BELL: Final = "bell"
ACCEPTED: Final = "accepted"

_YES: Final = "yes"
_OFF: Final = "off"


def level_preference(conversation: Conversation, level: Level | None) -> Preference:
    """Write a level; None for the default."""
    return Preference(_named(LEVEL, conversation), level.value if level is not None else "")


def mute_preference(conversation: Conversation, until_ms: int) -> Preference:
    """Write until when a conversation is muted (Unix ms); 0: not at all."""
    return Preference(_named(MUTE, conversation), str(until_ms) if until_ms else "")


def keyword_preference(word: str, *, is_wanted: bool) -> Preference:
    """Write that a word calls for attention.

    Raises:
        LocalError: it is empty or too long.
    """
    word = " ".join(word.split()).casefold()
    if not 0 < len(word) <= MAX_KEYWORD_CODE_POINTS:
        raise LocalError(f"a keyword has 1 to {MAX_KEYWORD_CODE_POINTS} characters")
    return Preference(f"{KEYWORD}/{word}", _YES if is_wanted else "")


def ignore_preference(user: UserId, *, is_ignored: bool) -> Preference:
    """Write that a person's messages are not shown."""
    return Preference(f"{IGNORE}/{user.hex()}", _YES if is_ignored else "")


def quiet_hours_preference(hours: QuietHours | None) -> Preference:
    """Write when nothing may ring; None: at no time."""
    return Preference(QUIET_HOURS, str(hours) if hours is not None else "")


def read_receipts_preference(*, is_on: bool) -> Preference:
    """Write whether others may see what we have read."""
    return Preference(READ_RECEIPTS, "" if is_on else _OFF)


def bell_preference(bell: Bell) -> Preference:
    """Write when a face may make a noise."""
    return Preference(BELL, "" if bell is Bell.ON else bell.value)


def accept_preference(room: RoomId, user: UserId) -> Preference:
    """Write that a person's changed key stops nobody from writing to a room."""
    return Preference(f"{ACCEPTED}/{room.hex()}/{user.hex()}", _YES)


def accepted_member(preference: Preference) -> tuple[RoomId, UserId] | None:
    """Return whose changed key a preference accepts in which room, if it is one about that."""
    kind, _, names = preference.name.partition("/")
    room, _, user = names.partition("/")
    try:
        return (RoomId(bytes.fromhex(room)), UserId(bytes.fromhex(user))) if kind == ACCEPTED else None
    except ValueError:
        return None


def ignored_user(preference: Preference) -> UserId | None:
    """Return whom a preference is about, if it is one about ignoring."""
    kind, _, name = preference.name.partition("/")
    try:
        return UserId(bytes.fromhex(name)) if kind == IGNORE else None
    except ValueError:
        return None


def parse_quiet_hours(text: str) -> QuietHours:
    """Read `22:00-07:30`, or `22-7`.

    Raises:
        LocalError: it is no such span; the text says how to write one.
    """
    start, dash, end = text.replace(" ", "").partition("-")
    try:
        hours = QuietHours(_minute(start), _minute(end))
    except ValueError as error:
        raise LocalError("write the hours as in 22:00-07:30") from error
    if not dash or hours.start == hours.end:
        raise LocalError("write the hours as in 22:00-07:30")
    return hours


def preferences_of(preferences: Iterable[Preference], handle_of: Callable[[UserId], str]) -> Preferences:
    """Return what these say; one that this program does not know, or can't read, says nothing."""
    levels: dict[Conversation, Level] = {}
    muted: dict[Conversation, int] = {}
    keywords: set[str] = set()
    ignored: set[str] = set()
    single: dict[str, str] = {}
    for preference in preferences:
        kind, _, rest = preference.name.partition("/")
        value = preference.value
        conversation = _conversation(rest)
        user = ignored_user(preference)
        if not value:
            continue
        if kind == LEVEL and conversation is not None and value in _LEVELS:
            levels[conversation] = Level(value)
        elif kind == MUTE and conversation is not None and value.isascii() and value.isdecimal():
            muted[conversation] = min(int(value[:17]), FOR_EVER)
        elif kind == KEYWORD:
            keywords.add(rest)
        elif user is not None:
            ignored.add(handle_of(user))
        else:
            single[preference.name] = value
    return Preferences(
        levels=levels,
        muted_until_ms=muted,
        keywords=frozenset(keywords),
        quiet_hours=_quiet_hours(single.get(QUIET_HOURS, "")),
        ignored=frozenset(ignored),
        sends_read_receipts=single.get(READ_RECEIPTS) != _OFF,
        bell=Bell(single[BELL]) if single.get(BELL) in _BELLS else Bell.ON,
    )


_LEVELS: Final = frozenset(Level)
_BELLS: Final = frozenset(Bell)


def _quiet_hours(text: str) -> QuietHours | None:
    try:
        return parse_quiet_hours(text) if text else None
    except LocalError:
        return None


def _named(kind: str, conversation: Conversation) -> str:
    return f"{kind}/{conversation.kind.value}/{conversation.key.hex()}"


def _conversation(rest: str) -> Conversation | None:
    kind, _, key = rest.partition("/")
    try:
        return Conversation(ConversationKind(kind), bytes.fromhex(key))
    except ValueError:
        return None


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 2 for part in (hour, minute or "0")):
        raise ValueError(text)
    found = int(hour) * 60 + int(minute or "0")
    if found > _MINUTES or int(minute or "0") > 59:
        raise ValueError(text)
    return found % _MINUTES


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
