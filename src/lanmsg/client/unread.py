"""What is unread: counted as messages arrive, and right after every restart.

Each conversation has a mark, up to which it is read on some device of ours, and a tally of what counts
behind it. A message adds to the tally in the transaction that stores it; nothing is looked through. Only
when a mark falls into the middle of what is unread does the store count again.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.events import UnreadChanged
from lanmsg.client.later import Later
from lanmsg.client.model import Unread
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import COUNTED_REASONS, Store, StoredMessage, StoredUnread, UnreadCount
from lanmsg.wire.ids import LogId

MAX_MENTIONS: Final = 1000
"""Unread messages that name us and are counted as such, of one conversation; more only count as unread."""


@dataclass(slots=True)
class _Tally:
    """`is_stale`: what is stored between the mark and some place is not in `count` yet."""

    read_seq: int = 0
    count: int = 0
    first_seq: int = 0
    mentions: list[int] = field(default_factory=list[int])
    is_stale: bool = False
    recounts: int = 0
    """How often the store was asked to count: only the newest answer is of use."""

    @property
    def unread(self) -> Unread:
        return Unread(self.count, len(self.mentions), self.first_seq)

    def add(self, counted: UnreadCount) -> None:
        """Add what stands before all that was counted meanwhile."""
        self.count += counted.count
        self.first_seq = counted.first_seq or self.first_seq
        self.is_stale = False

    def read_up_to(self, seq: int) -> None:
        self.read_seq = seq
        self.mentions = [each for each in self.mentions if each > seq]

    def forget_count(self, *, is_stale: bool) -> None:
        self.count = self.first_seq = 0
        self.is_stale = is_stale
        self.recounts += 1


class UnreadBook:
    """The tallies of all conversations.

    `names_us` tells whether a message calls us. `save_all` saves the tallies together with the marks, so that
    a crash leaves both or none.
    """

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        later: Later,
        *,
        names_us: Callable[[Log, StoredMessage], bool],
        save_all: Callable[[], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._names_us = names_us
        self._save_all = save_all
        self._later = later
        self._tallies: dict[LogId, _Tally] = {}
        self._unsaved: set[LogId] = set()

    def load(self, rows: Iterable[StoredUnread], marks: Mapping[LogId, int]) -> None:
        """Take over what the store holds, before the first commit; count what a crash left uncounted."""
        counted = {row.log: row.counted_seq for row in rows}
        for row in rows:
            self._tallies[row.log] = _Tally(row.read_seq, row.count, row.first_seq, list(row.mentions))
        for log, seq in marks.items():
            tally = self._tallies.setdefault(log, _Tally())
            if seq > tally.read_seq:
                tally.read_up_to(seq)
                counted[log] = 0
        for log, tally in self._tallies.items():
            end = self._end(log)
            if counted[log] < end:
                tally.forget_count(is_stale=False)
                tally.add(self._count(log, tally.read_seq, end))

    # --- asking ------------------------------------------------------------------------------

    def of(self, log: LogId) -> Unread:
        """Return what is unread of a conversation."""
        tally = self._tallies.get(log)
        return tally.unread if tally is not None else Unread()

    def all(self) -> dict[LogId, Unread]:
        """Return what is unread of each conversation in which something is."""
        return {log: tally.unread for log, tally in self._tallies.items() if tally.count}

    def counts(self, message: StoredMessage) -> bool:
        """Tell whether a message counts until it is read: somebody else wrote it, and there is something."""
        return (
            message.is_shown
            and message.reason in COUNTED_REASONS
            and bool(message.content or message.reason)
            and not self._state.is_own_device(message.sender)
            and not self._state.is_ignored(message.sender)
        )

    # --- what arrives ------------------------------------------------------------------------

    def take(self, log: Log, messages: Sequence[StoredMessage], naming_us: Collection[int]) -> None:
        """Count new messages of a log, in the step that stores them; those at some seqs name us."""
        tally = self._tallies.setdefault(log.stored.log, _Tally())
        new = [each for each in messages if each.seq > tally.read_seq and self.counts(each)]
        if not new:
            return
        tally.count += len(new)
        tally.first_seq = tally.first_seq or new[0].seq
        room = MAX_MENTIONS - len(tally.mentions)
        tally.mentions += [each.seq for each in new if each.seq in naming_us][: max(room, 0)]
        self._changed(log.stored.log)
        self._save_all()

    def take_late(self, log: Log, message: StoredMessage) -> None:
        """Count anew, for the key of a message has come late."""
        tally = self._tallies.setdefault(log.stored.log, _Tally())
        if message.seq <= tally.read_seq:
            return
        is_new = message.seq not in tally.mentions and len(tally.mentions) < MAX_MENTIONS
        if is_new and self.counts(message) and self._names_us(log, message):
            insort(tally.mentions, message.seq)
        self._recount(log.stored.log)

    def erased(self, log: Log, seqs: Collection[int]) -> None:
        """Count anew, for messages were deleted."""
        tally = self._tallies.get(log.stored.log)
        if tally is not None and any(seq > tally.read_seq for seq in seqs):
            tally.mentions = [seq for seq in tally.mentions if seq not in seqs]
            self._recount(log.stored.log)

    def mark(self, log: LogId, seq: int) -> None:
        """A conversation is read up to here. What is stored of it changes with the next `save`."""
        tally = self._tallies.setdefault(log, _Tally())
        if seq <= tally.read_seq:
            return
        had_unread = tally.count or tally.is_stale
        is_before_all = not tally.is_stale and seq < tally.first_seq
        tally.read_up_to(seq)
        self._unsaved.add(log)
        if seq >= self._end(log):
            tally.forget_count(is_stale=False)
            self._changed(log)
        elif had_unread and not is_before_all:
            self._recount(log)

    def ignored_changed(self) -> None:
        """Other people are ignored than before: count everything anew."""
        for log_id, tally in self._tallies.items():
            log = self._state.logs.get(log_id)
            if log is not None and tally.read_seq < log.stored.seq:
                self._later.when_stored(partial(self._find_mentions, log, log.stored.seq))
                self._recount(log_id)

    def save(self) -> None:
        """Save every tally that changed since it was last saved."""
        for log in self._unsaved:
            tally = self._tallies[log]
            counted_seq = 0 if tally.is_stale else self._end(log)
            self._effects.save(
                StoredUnread(
                    log, tally.read_seq, counted_seq, tally.count, tally.first_seq, tuple(tally.mentions)
                )
            )
        self._unsaved.clear()

    # --- counting again ----------------------------------------------------------------------

    def _recount(self, log: LogId) -> None:
        """Let the store count up to here as soon as it has everything; what comes next is added meanwhile."""
        tally = self._tallies[log]
        tally.forget_count(is_stale=True)
        self._unsaved.add(log)
        self._later.when_stored(partial(self._recounted, log, self._end(log), tally.recounts))

    def _recounted(self, log: LogId, up_to: int, recount: int) -> None:
        tally = self._tallies[log]
        if recount != tally.recounts:
            return
        tally.add(self._count(log, tally.read_seq, up_to))
        self._changed(log)
        self._save_all()

    def _count(self, log: LogId, after: int, up_to: int) -> UnreadCount:
        if after >= up_to:
            return UnreadCount(0, 0)
        return self._store.count_unread(log, after=after, up_to=up_to, but_from=self._state.silent_devices())

    def _find_mentions(self, log: Log, up_to: int) -> None:
        """Look for mentions again, up to here; what came later was looked at as it came."""
        tally = self._tallies[log.stored.log]
        newest = self._store.messages(log.stored.log, before=up_to + 1, limit=MAX_MENTIONS)
        tally.mentions = [
            each.seq
            for each in newest
            if each.seq > tally.read_seq and self.counts(each) and self._names_us(log, each)
        ] + [seq for seq in tally.mentions if seq > up_to]

    def _end(self, log: LogId) -> int:
        found = self._state.logs.get(log)
        return found.stored.seq if found is not None else 0

    def _changed(self, log_id: LogId) -> None:
        self._unsaved.add(log_id)
        log = self._state.logs.get(log_id)
        if log is not None:
            conversation = self._state.conversation_of(log)
            self._effects.emit(UnreadChanged(conversation=conversation, unread=self.of(log_id)))
