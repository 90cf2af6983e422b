"""Finds messages: in the index, and by reading what is not indexed yet.

Hits come newest first, not by rank: of what people said, the latest is what they look for, an order that
stays the same while they type is easy to read, and it lets the index stop at the first page where a rank
would have to weigh every message with a common word.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from lanmsg.client.indexer import Indexer
from lanmsg.client.model import Message, SearchHit
from lanmsg.client.outbox import Outbox
from lanmsg.client.search_terms import ANYTHING, by_author, having, in_log
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import Placed, Store, StoredMessage
from lanmsg.client.store.search_index import MAX_PLACE, SearchMatch, is_match, place_of
from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.limits import MAX_MARKS
from lanmsg.wire.search_query import SearchQuery
from lanmsg.wire.search_words import Phrase, marks_of

MAX_SCANNED: Final = 500
"""Messages read because they are not indexed yet: some 10 ms. There are more only in the first seconds
after a long absence; `Client.index_messages` waits for them."""
_LOOKED_AFTER: Final = 20
_MOST_PAGES: Final = 8
"""Of the index for one page of hits: more than one only if messages were changed a moment ago."""


@dataclass(frozen=True, slots=True)
class Names:
    """Looks up the names of a query: a person's, and a conversation's log. Both raise UnknownPerson."""

    user: Callable[[str], UserId]
    log: Callable[[str], LogId]


class Searching:
    """Answers queries."""

    def __init__(self, state: ClientState, store: Store, indexer: Indexer, outbox: Outbox) -> None:
        self._state = state
        self._store = store
        self._indexer = indexer
        self._outbox = outbox

    def search(self, query: SearchQuery, names: Names, *, limit: int, before: int | None) -> list[SearchHit]:
        """Return the newest `limit` hits in places below `before`, newest first. Raises UnknownPerson."""
        match = _match_of(query, names, but_by=self._state.ignored, before=before)
        found = {(each.message.log, each.message.seq): each for each in self._found(match, limit)}
        newest = sorted(found.values(), key=lambda each: each.place, reverse=True)[:limit]
        shown = self._indexer.shown([each.message for each in newest])
        return [
            self._hit(each, message, query.wanted)
            for each, message in zip(newest, shown, strict=True)
            if message is not None
        ]

    def _found(self, match: SearchMatch, limit: int) -> Iterator[Placed]:
        yield from self._held(match, self._store.placed(self._scanned()))
        kept = 0
        for _ in range(_MOST_PAGES):
            page = self._store.search(match, limit=limit)
            held = self._held(match, page)
            yield from held
            kept += len(held)
            if len(page) < limit or kept >= limit:
                return
            match = replace(match, until=page[-1].place)

    def _scanned(self) -> list[StoredMessage]:
        """Return the messages that may have another text than the index says, or are not in it."""
        stored = [placed.message for placed in self._store.unindexed(limit=MAX_SCANNED)]
        waiting = [self._store.find_message(target) for target in self._outbox.book.amended]
        return [*stored, *self._indexer.targets(stored), *(each for each in waiting if each is not None)]

    def _held(self, match: SearchMatch, found: Sequence[Placed]) -> list[Placed]:
        """Return those that match as they are now: the index may be a moment behind."""
        near = [each for each in found if match.since <= each.place < match.until]
        terms = self._indexer.terms([each.message for each in near])
        return [each for each, words in zip(near, terms, strict=True) if is_match(match, words)]

    def _hit(self, placed: Placed, message: Message, wanted: Sequence[Phrase]) -> SearchHit:
        log, seq = placed.message.log, placed.message.seq
        return SearchHit(
            place=placed.place,
            message=message,
            before=self._shown(self._store.messages(log, before=seq, limit=1)),
            after=self._shown(self._after(log, seq)),
            marks=marks_of(message.text, wanted, limit=MAX_MARKS),
        )

    def _after(self, log: LogId, seq: int) -> list[StoredMessage]:
        """Return the next message, unless many changes of messages stand before it."""
        following = self._store.messages_after(log, after=seq, limit=_LOOKED_AFTER)
        return [each for each in following if each.is_shown][:1]

    def _shown(self, stored: Sequence[StoredMessage]) -> Message | None:
        """Show a neighbour; of ignored people none."""
        wanted = [each for each in stored if not self._state.is_ignored(each.sender)]
        return self._indexer.shown(wanted)[0] if wanted else None


def _match_of(
    query: SearchQuery, names: Names, *, but_by: Iterable[UserId], before: int | None
) -> SearchMatch:
    senders = tuple(by_author(names.user(name)) for name in query.senders)
    logs = tuple(in_log(names.log(name)) for name in query.conversations)
    groups = [*((phrase,) for phrase in query.wanted), senders, logs, *((having(has),) for has in query.has)]
    unwanted = (
        *query.unwanted,
        *map(by_author, but_by),
        *(by_author(names.user(name)) for name in query.unwanted_senders),
        *(in_log(names.log(name)) for name in query.unwanted_conversations),
        *(having(has) for has in query.has_not),
    )
    return SearchMatch(
        all_of=tuple(group for group in groups if group) or ((ANYTHING,),),
        none_of=unwanted,
        since=0 if query.after is None else _first_place(query.after),
        until=min(
            MAX_PLACE if before is None else max(before, 0),
            MAX_PLACE if query.before is None else _first_place(query.before),
        ),
    )


def _first_place(day: date) -> int:
    """Return the place where a day of this machine's calendar begins."""
    try:
        begin_s = datetime.combine(day, time()).astimezone().timestamp()
    except (OverflowError, OSError, ValueError):  # the first and the last year there are
        begin_s = 0.0 if day.year < 1970 else 1e18
    return place_of(int(begin_s * 1000), 0, 0)
