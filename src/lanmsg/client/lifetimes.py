"""How long messages of a conversation live, from which entry on.

A fold over the `Lifetime` entries of its log that their authors were allowed to write: the same on every
device that has read them, whenever their keys came.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lanmsg.client.conversation_rules import has_setting, place_of
from lanmsg.client.looks import content_of
from lanmsg.client.model import Conversation
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import ExpirySpan, Store, StoredMessage
from lanmsg.wire.account import LifetimeSince
from lanmsg.wire.content import ContentKind, Lifetime
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import MAX_LIFETIME_CHANGES


@dataclass(frozen=True, slots=True, order=True)
class LifetimeFrom:
    """Texts behind `seq` live so many seconds, 0: for ever. `said_seq` is the entry that said so."""

    seq: int
    said_seq: int
    seconds: int


class Lifetimes:
    """Knows those of all conversations; what the store holds is looked up when first asked for."""

    def __init__(self, state: ClientState, store: Store) -> None:
        self._state = state
        self._store = store
        self.handed: Callable[[Log], Sequence[LifetimeSince]] = lambda _: ()
        """What other devices of ours say was set: the hub may have removed those entries."""
        self._known: dict[LogId, list[LifetimeFrom]] = {}

    # --- asking ------------------------------------------------------------------------------

    def of(self, log: Log) -> list[LifetimeFrom]:
        """Return all changes of a log, in their order."""
        known = self._known.get(log.stored.log)
        if known is None:
            known = self._known[log.stored.log] = []
            if has_setting(Lifetime, log.stored.kind):
                stored = self._store.of_kind(log.stored.log, ContentKind.LIFETIME, limit=MAX_LIFETIME_CHANGES)
                self.note(log, stored)
                self.note_handed(log)
        return known

    def current(self, conversation: Conversation) -> int:
        """Return how many seconds the next message lives; 0: for ever."""
        log = self._state.logs.get(self._state.log_of(conversation))
        known = self.of(log) if log is not None else []
        return known[-1].seconds if known else 0

    def at(self, log: Log, seq: int) -> int:
        """Return how many seconds the text at `seq` lives; 0: for ever."""
        return next((each.seconds for each in reversed(self.of(log)) if each.seq < seq), 0)

    def was_said_before(self, log: Log, seq: int) -> bool:
        """Tell whether any lifetime was set by an entry before `seq`."""
        return any(each.said_seq < seq for each in self.of(log))

    def said_by(self, log: Log, message: StoredMessage) -> LifetimeFrom | None:
        """Return the change that an entry made; None if it made none."""
        return next((each for each in self.of(log) if each.said_seq == message.seq), None)

    def spans(self, log: Log, *, after: int, up_to: int) -> Iterator[ExpirySpan]:
        """Return what holds for a part of a log, piece by piece."""
        known = [LifetimeFrom(0, 0, 0), *self.of(log)]
        ends = [*(each.seq for each in known[1:]), up_to]
        for each, end in zip(known, ends, strict=True):
            first, last = max(each.seq, after), min(end, up_to)
            if first < last:
                yield ExpirySpan(log.stored.log, first, last, each.seconds)

    # --- changing ----------------------------------------------------------------------------

    def note_handed(self, log: Log) -> int | None:
        """Take what our devices say, unless its entry is here; return as `note`."""
        known, places = self.of(log), list[int]()
        for each in self.handed(log):
            if any(each.seq in (held.seq, held.said_seq) for held in known):
                continue
            insort(known, LifetimeFrom(each.seq, each.seq, each.seconds))
            places.append(each.seq)
        return min(places, default=None)

    def note(self, log: Log, messages: Iterable[StoredMessage]) -> int | None:
        """Take what entries say, each once; return behind which seq that changes anything, None: nowhere."""
        known, places = self.of(log), list[int]()
        for message in messages:
            content = content_of(message) if message.kind == ContentKind.LIFETIME else None
            if not isinstance(content, Lifetime):
                continue
            place = place_of(Lifetime, self._state, log, message, since=content.since)
            if place is None:
                continue
            if any(each.said_seq == message.seq for each in known):
                continue
            if content.since and self.at(log, place + 1) == content.seconds:
                continue  # others have said it again already
            insort(known, LifetimeFrom(place, message.seq, content.seconds))
            places.append(place)
        return min(places, default=None)
