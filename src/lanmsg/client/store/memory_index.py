"""The index of a store in memory: what `search_table` does, in plain dicts."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from lanmsg.client.store.search_index import SearchMatch, SearchText, is_match, place_of
from lanmsg.wire.ids import LogId

Key = tuple[LogId, int]
"""A log and a seq."""


@dataclass(slots=True)
class MemoryIndex:
    """The words of messages, by their places."""

    words: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    keys: dict[int, Key] = field(default_factory=dict[int, Key])
    places: dict[Key, int] = field(default_factory=dict[Key, int])
    order: list[int] = field(default_factory=list[int])
    """All places, ascending."""
    marks: dict[LogId, int] = field(default_factory=dict[LogId, int])
    again: set[Key] = field(default_factory=set[Key])
    """What was stored below its log's mark since it was indexed."""

    def copy(self) -> "MemoryIndex":
        """Return an index that shares nothing with this one."""
        return MemoryIndex(
            dict(self.words),
            dict(self.keys),
            dict(self.places),
            list(self.order),
            dict(self.marks),
            set(self.again),
        )

    def put(self, text: SearchText, *, log_number: int) -> None:
        """Index a message anew."""
        key = text.log, text.seq
        self._remove(key)
        self.again.discard(key)
        if not text.words:
            return
        place = place_of(text.at_ms, log_number, text.seq)
        while place in self.words:
            place += 1
        self.words[place], self.keys[place], self.places[key] = text.words, key, place
        insort(self.order, place)

    def message_stored(self, key: Key) -> None:
        """Take a message out: it may be another one now."""
        self._remove(key)
        if key[1] <= self.marks.get(key[0], -1):
            self.again.add(key)

    def message_deleted(self, key: Key) -> None:
        """Take a message out that is no more."""
        self._remove(key)
        self.again.discard(key)

    def _remove(self, key: Key) -> None:
        place = self.places.pop(key, None)
        if place is not None:
            del self.words[place], self.keys[place]
            self.order.remove(place)

    def search(self, match: SearchMatch) -> Iterator[tuple[int, Key]]:
        """Yield the places and keys of what matches, newest first."""
        for place in reversed(self.order[: bisect_left(self.order, match.until)]):
            if place < match.since:
                return
            if is_match(match, self.words[place]):
                yield place, self.keys[place]
