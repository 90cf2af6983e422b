"""Keeps the store's index up with the messages, in batches, when there is nothing else to store.

Catching up is not slowed by it: what is new is only seen to be above its log's mark. What is not indexed
yet is found too, by reading it (`searching`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from lanmsg.client.amendments import Amended
from lanmsg.client.committer import Committer
from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.model import Message
from lanmsg.client.search_terms import terms_of
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import Store, StoredMessage
from lanmsg.client.store.search_index import SearchMark, SearchText
from lanmsg.wire.content import ContentKind
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import LogId, MessageId, UserId

T = TypeVar("T")

INDEX_AFTER_S: Final = 3.0
"""After a message: those of a conversation that goes on share one transaction."""
NEXT_BATCH_S: Final = 0.01
BATCH: Final = 200
"""Messages of a step: some 5 ms on the event loop."""


class Timer(Protocol):
    """What `call_later` returns."""

    def cancel(self) -> None:
        """Make it not happen."""


class Indexer:
    """Indexes what the store says is not indexed."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        conversations: Conversations,
        committer: Committer,
        call_later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._conversations = conversations
        self._committer = committer
        self._call_later = call_later
        self._is_awake = False
        self.wake()  # for what the last process left, and for an index that must be made anew

    # --- when --------------------------------------------------------------------------------

    def note(self, effects: Effects) -> None:
        """Index before long what this step stores."""
        if not self._is_awake and any(isinstance(change, StoredMessage) for change in effects.changes):
            self.wake()

    def wake(self, after_s: float = INDEX_AFTER_S) -> None:
        """Index after so long."""
        if not self._is_awake:
            self._is_awake = True
            self._call_later(after_s, self._step)

    def _step(self) -> None:
        self._is_awake = False
        if not self._committer.is_idle:
            self.wake()
        elif self.index_some(limit=BATCH):
            self._effects.then(partial(self.wake, NEXT_BATCH_S))

    # --- what --------------------------------------------------------------------------------

    def index_some(self, *, limit: int) -> bool:
        """Index at most so many messages with the step that runs; False: there are none.

        While anything waits to be stored nothing is indexed: what we read of the store must be what will be
        there when our words are.
        """
        if not self._committer.is_idle:
            return True
        stored = [placed.message for placed in self._store.unindexed(limit=limit)]
        changed = {(each.log, each.seq): each for each in (*self.targets(stored), *stored)}
        ends = {each.log: SearchMark(each.log, each.seq) for each in stored}
        self._effects.save(*map(self._text, changed.values(), self._settled_terms(list(changed.values()))))
        self._effects.save(*ends.values())
        return bool(stored)

    @staticmethod
    def _text(stored: StoredMessage, terms: tuple[str, ...]) -> SearchText:
        return SearchText(stored.log, stored.seq, stored.at_ms, terms)

    def targets(self, stored: Iterable[StoredMessage]) -> list[StoredMessage]:
        """Return the messages whose text these entries change."""
        return [
            target
            for each in stored
            if each.kind in {ContentKind.EDIT, ContentKind.DELETE}
            for target in self._store.find_in_log(each.log, MessageId(each.target))
            if target.is_shown
        ]

    def _settled_terms(self, stored: Sequence[StoredMessage]) -> list[tuple[str, ...]]:
        """Return what finds these messages for as long as nobody stores more.

        Without our amendments that wait: of one that fails nothing would be stored, so nothing would make
        us index its message again.
        """
        return self._terms(stored, self._each_log(stored, self._conversations.looks.settled))

    # --- as they are now ---------------------------------------------------------------------

    def shown(self, stored: Sequence[StoredMessage]) -> list[Message | None]:
        """Return messages as faces show them, in their order; None for what they do not show."""
        return self._each_log(stored, self._conversations.of_many)

    def terms(self, stored: Sequence[StoredMessage]) -> list[tuple[str, ...]]:
        """Return what finds each of these messages as it is shown now."""
        return self._terms(stored, self._each_log(stored, self._conversations.looks.of))

    def _each_log(
        self, stored: Sequence[StoredMessage], show: Callable[[Log, list[StoredMessage]], list[T]]
    ) -> list[T | None]:
        """Show what is shown, log by log; return it in the order given."""
        by_log: dict[LogId, list[int]] = defaultdict(list)
        for place, each in enumerate(stored):
            if each.is_shown:
                by_log[each.log].append(place)
        shown: list[T | None] = [None] * len(stored)
        for log_id, places in by_log.items():
            log = self._state.logs.get(log_id)
            if log is not None and log.stored.kind is not LogKind.ACCOUNT:
                for place, look in zip(places, show(log, [stored[place] for place in places]), strict=True):
                    shown[place] = look
        return shown

    def _terms(
        self, stored: Sequence[StoredMessage], looks: Sequence[Amended | None]
    ) -> list[tuple[str, ...]]:
        return [
            terms_of(look.text, log=each.log, author=self._author(each), is_reply=bool(each.target))
            if look is not None and look.text
            else ()
            for each, look in zip(stored, looks, strict=True)
        ]

    def _author(self, stored: StoredMessage) -> UserId | None:
        owner = self._state.directory.owner(stored.sender)
        return None if owner is None else owner.user
