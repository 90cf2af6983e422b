"""What a person types to search, and what it asks for: one small grammar for every face.

    dinner friday         both words, anywhere in the text      "dinner on friday"   these words side by side
    -monday -"not now"    without these                         from:bob from:me     by one of these people
    in:@bob in:everyone   in one of these conversations         has:link             with a link
    after:2026-11-02      sent on that day or later             before:2026-11       sent before that month

The last word also finds longer ones while nothing follows it, so that each keystroke narrows the hits.
What looks like no filter is a word: `12:30` and `http://…` are found as they stand.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from lanmsg.wire.commands import shown
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_QUERY_CHARACTERS, MAX_QUERY_WORDS
from lanmsg.wire.search_words import Phrase, phrase_of


class QueryError(LocalError):
    """Nothing can be searched for with this; the text says how to write it."""


class Has(StrEnum):
    """What a message can have."""

    LINK = "link"
    CODE = "code"
    REPLY = "reply"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to find: everything of it must hold.

    `senders` and `conversations` are as typed, not yet looked up: one of each is enough, none means any.
    `after` is the first day, `before` the first one that does not count any more.
    """

    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    senders: tuple[str, ...] = ()
    unwanted_senders: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    unwanted_conversations: tuple[str, ...] = ()
    has: tuple[Has, ...] = ()
    has_not: tuple[Has, ...] = ()
    after: date | None = None
    before: date | None = None


def parse_query(text: str) -> SearchQuery:
    """Return what a query asks for. Pure: no name is looked up.

    Raises:
        QueryError: it is empty, too long, or a filter in it means nothing.
    """
    if len(text) > MAX_QUERY_CHARACTERS:
        raise QueryError(f"the query is too long: write at most {MAX_QUERY_CHARACTERS:,} characters")
    parser = _Parser()
    for item in _ITEM.finditer(text.translate(_TYPED_ALIKE)):
        parser.take(item)
    return parser.query()


# Quotes as phones and word processors write them, and what Japanese and Chinese keyboards type.
_TYPED_ALIKE: Final = str.maketrans("\u201c\u201d\u201e\u201f\uff02\uff1a\uff0d\uff20\uff03", '""""":-@#')
_ITEM: Final = re.compile(
    r"(?P<minus>-?)"
    r'(?:(?P<name>from|in|has|before|after):(?:"(?P<quoted_value>[^"]*)"?|(?P<value>[^\s"]*))'
    r'|"(?P<quoted>[^"]*)(?P<quote>"?)'
    r'|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_DAY: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


class _Parser:
    """Takes the items of a query one by one."""

    def __init__(self) -> None:
        self._wanted: list[Phrase] = []
        self._unwanted: list[Phrase] = []
        self._names: dict[tuple[str, bool], list[str]] = {}
        self._has: dict[bool, list[Has]] = {False: [], True: []}
        self._after: date | None = None
        self._before: date | None = None

    def take(self, item: "re.Match[str]") -> None:
        """Take the next item. Raises QueryError."""
        is_unwanted = bool(item["minus"])
        if item["name"]:
            value = item["value"] if item["quoted_value"] is None else item["quoted_value"]
            self._take_filter(item["name"].casefold(), value.strip(), is_unwanted=is_unwanted)
            return
        is_last = item.end() == len(item.string)
        is_open = is_last and not is_unwanted and not item["quote"]
        phrase = phrase_of(item["word"] or item["quoted"] or "", is_open=is_open)
        if phrase is not None:
            (self._unwanted if is_unwanted else self._wanted).append(phrase)

    def _take_filter(self, name: str, value: str, *, is_unwanted: bool) -> None:
        if not value:
            raise QueryError(f"{name}: needs a word right behind it, as in {_EXAMPLES[name]}")
        match name:
            case "from" | "in":
                self._names.setdefault((name, is_unwanted), []).append(value)
            case "has":
                self._has[is_unwanted].append(_has(value))
            case _ if is_unwanted:
                raise QueryError(f"-{name}: means nothing: write {_OPPOSITE[name]}:{shown(value)}")
            case "after":
                self._after = max(_day(name, value), self._after or date.min)
            case _:
                self._before = min(_day(name, value), self._before or date.max)

    def query(self) -> SearchQuery:
        """Return what was taken. Raises QueryError if it asks for nothing, or for too much."""
        words = sum(len(phrase.words) for phrase in (*self._wanted, *self._unwanted))
        filters = sum(map(len, (*self._names.values(), *self._has.values())))
        if words + filters > MAX_QUERY_WORDS:
            raise QueryError(f"the query has too many words: write at most {MAX_QUERY_WORDS}")
        if not (words or filters or self._after or self._before):
            raise QueryError("write what to look for: a word, or a filter such as from:bob")
        return SearchQuery(
            wanted=tuple(self._wanted),
            unwanted=tuple(self._unwanted),
            senders=self._of("from", is_unwanted=False),
            unwanted_senders=self._of("from", is_unwanted=True),
            conversations=self._of("in", is_unwanted=False),
            unwanted_conversations=self._of("in", is_unwanted=True),
            has=tuple(self._has[False]),
            has_not=tuple(self._has[True]),
            after=self._after,
            before=self._before,
        )

    def _of(self, name: str, *, is_unwanted: bool) -> tuple[str, ...]:
        return tuple(self._names.get((name, is_unwanted), ()))


_EXAMPLES: Final = {
    "from": "from:bob",
    "in": "in:@bob or in:everyone",
    "has": "has:link",
    "after": "after:2026-11-02",
    "before": "before:2026-11-02",
}
_OPPOSITE: Final = {"after": "before", "before": "after"}


def _has(value: str) -> Has:
    try:
        return Has(value.casefold())
    except ValueError:
        known = ", ".join(f"has:{each}" for each in Has)
        raise QueryError(f"has:{shown(value)} means nothing: there are {known}") from None


def _day(name: str, value: str) -> date:
    """Return the day that a filter names, the first one of a month or a year."""
    found = _DAY.fullmatch(value)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        pass
    raise QueryError(
        f"{name}:{shown(value)} is no day: write {name}:2026-11-02, or {name}:2026-11 for a month"
    )
