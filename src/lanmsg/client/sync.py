"""Getting every log without a gap: one cursor per log, one way to move it.

"Give me log L after seq n" is how a client starts, reconnects, recovers from a crash and comes back
from a long holiday. A live entry beyond the cursor never moves it: it waits while the gap is fetched.
Each run is checked against the hash chain, so a hub that changes its story is found out here.
"""

import dataclasses
from collections.abc import Callable

from lanmsg.client.effects import Effects
from lanmsg.client.events import Alarm, AlarmKind
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredLog
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry
from lanmsg.wire.entries import Entry, LogKind, entry_hash
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import Ack, Entries, Fetch, Head
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import GAP_BUFFER_ENTRIES

PARALLEL_FETCHES = 8
"""Conversations fetched at once; inbox and directory come first, alone."""

_KNOWN_KINDS = frozenset(LogKind)

TakeEntry = Callable[[Log, int, bytes, Entry], None]
"""Called with a log, a seq, the entry's hash and the entry, in order, each exactly once."""


class Sync:
    """Moves the cursors. `take_entry` gets every entry; `caught_up` is called when nothing is missing."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        *,
        take_entry: TakeEntry,
        caught_up: Callable[[], None],
        highest_counter: Callable[[Log], int],
        rewind: Callable[[Log], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._take_entry = take_entry
        self._caught_up = caught_up
        self._highest_counter = highest_counter
        self._rewind = rewind
        self._expected_heads = 0
        self._is_caught_up = False

    def start(self, log_count: int) -> None:
        """A login succeeded; so many heads will come."""
        self._expected_heads = log_count
        self._is_caught_up = False
        for log in self._state.logs.values():
            log.is_fetching = False
            log.buffered.clear()

    @property
    def has_all_heads(self) -> bool:
        """Whether all heads announced at login are here."""
        return self._expected_heads <= 0

    # --- heads -------------------------------------------------------------------------------

    def take_heads(self, heads: list[Head]) -> None:
        """Note where logs stand at the hub, and fetch what is missing."""
        for head in heads:
            if head.kind in _KNOWN_KINDS:  # a newer hub may have logs we know nothing of
                self._take_head(head)
        self._expected_heads -= len(heads)
        self.fetch()

    def _take_head(self, head: Head) -> None:
        self._check_head(head)
        log = self._state.logs.get(head.log)
        if log is None:
            log = Log(
                StoredLog(
                    head.log,
                    LogKind(head.kind),
                    head.base,
                    head.base,
                    head.base_hash,
                    head.counter,
                    tuple(head.users),
                )
            )
            self._state.logs[head.log] = log
            self._effects.save(log.stored)
        log.head = max(log.head, head.seq)
        self._check_story(log, head)
        if head.counter > self._highest_counter(log):
            self._store_was_rolled_back(log, head)

    def _check_head(self, head: Head) -> None:
        """A log is what its id says: the hub cannot pass one off as another."""
        state = self._state
        expected: dict[int, LogId] = {
            LogKind.DIRECTORY: state.directory_log,
            LogKind.EVERYONE: ids.everyone_log(state.database),
            LogKind.INBOX: state.inbox,
        }
        if head.kind == LogKind.DIRECT and head.users and state.user in head.users:
            expected[LogKind.DIRECT] = ids.direct_log(state.database, head.users[0], head.users[-1])
        if expected.get(head.kind) != head.log:
            raise RemoteError(Code.PROTOCOL, "the hub announced a log that is not what its id says")

    def _check_story(self, log: Log, head: Head) -> None:
        stored = log.stored
        if head.seq < stored.seq:
            self._stop(
                log,
                AlarmKind.HUB_ROLLED_BACK,
                f"The hub has {head.seq} entries of this conversation, we have {stored.seq}: it lost "
                "some, or was restored from an old copy. Nothing of ours is deleted. Tell the person who runs it.",
            )
        elif head.seq == stored.seq and head.hash != stored.hash:
            self._stop_forked(log, stored.seq)

    def _stop_forked(self, log: Log, seq: int) -> None:
        self._stop(
            log,
            AlarmKind.FORKED_LOG,
            f"The hub has told two different stories about entry {seq} of this conversation. Nothing more is "
            "taken from it. Tell the person who runs it; do not trust it with this conversation.",
        )

    def _stop(self, log: Log, kind: AlarmKind, text: str) -> None:
        if log.is_stopped:
            return
        log.is_stopped = True
        is_conversation = log.stored.kind in {LogKind.EVERYONE, LogKind.DIRECT}
        conversation = self._state.conversation_of(log) if is_conversation else None
        self._effects.emit(Alarm(kind=kind, text=text, conversation=conversation))

    def _store_was_rolled_back(self, log: Log, head: Head) -> None:
        """The hub has more messages of ours than we remember: our store is an old copy.

        The sending session of that time must never be used again: a key would be used twice.
        """
        self._effects.emit(
            Alarm(
                kind=AlarmKind.STORE_ROLLED_BACK,
                text="This client's store is older than what it has already sent (restored from a copy?). "
                "New keys are used from here on; what was sent since then comes back from the hub.",
            )
        )
        self._rewind(log)
        self.set_counter(log, head.counter)

    def set_counter(self, log: Log, counter: int) -> None:
        """Note the highest counter of ours that the hub has accepted."""
        if counter > log.stored.counter:
            log.stored = dataclasses.replace(log.stored, counter=counter)
            self._effects.save(log.stored)

    def forked(self, log: Log, seq: int) -> None:
        """Somebody else was told another story about this entry than we were."""
        self._stop_forked(log, seq)

    # --- fetching ----------------------------------------------------------------------------

    def fetch(self) -> None:
        """Ask for what is missing: keys and people first, then conversations, a few at a time."""
        logs = self._state.logs
        first = [logs[log] for log in (self._state.inbox, self._state.directory_log) if log in logs]
        behind = [log for log in first if log.is_behind]
        if not behind and self.has_all_heads:
            behind = [log for log in logs.values() if log.is_behind]
            if not behind and not self._is_caught_up:
                self._is_caught_up = True
                self._caught_up()
        room = PARALLEL_FETCHES - sum(log.is_fetching for log in logs.values())
        for log in [log for log in behind if not log.is_fetching][: max(room, 0)]:
            log.is_fetching = True
            self._effects.send(Fetch(log.stored.log, log.stored.seq))

    # --- entries -----------------------------------------------------------------------------

    def take_entries(self, frame: Entries) -> None:
        """Take a run, live or fetched."""
        log = self._state.logs.get(frame.log)
        if log is None or log.is_stopped:
            return
        log.head = max(log.head, frame.head)
        last = frame.first_seq + len(frame.items) - 1
        if frame.first_seq > log.stored.seq + 1:
            self._buffer(log, frame)
        else:
            log.is_fetching = False  # whichever run closes the gap; a second answer is skipped as known
            if last > log.stored.seq:
                self._take_run(log, frame)
                self._take_buffered(log)
        self.fetch()

    def _buffer(self, log: Log, frame: Entries) -> None:
        """Keep a live run until the gap before it is closed; too many are simply fetched again."""
        if sum(len(each.items) for each in log.buffered.values()) + len(frame.items) <= GAP_BUFFER_ENTRIES:
            log.buffered[frame.first_seq] = frame

    def _take_buffered(self, log: Log) -> None:
        for first_seq in sorted(log.buffered):
            if first_seq > log.stored.seq + 1:
                return
            frame = log.buffered.pop(first_seq)
            if first_seq + len(frame.items) - 1 > log.stored.seq:
                self._take_run(log, frame)

    def _take_run(self, log: Log, frame: Entries) -> None:
        seq, previous = frame.first_seq, frame.previous
        if seq == log.stored.seq + 1 and previous != log.stored.hash:
            self._stop_forked(log, seq - 1)
            return
        for item in frame.items:
            entry = decode_entry(item)
            previous = entry_hash(log.stored.log, seq, previous, entry)
            if seq == log.stored.seq and previous != log.stored.hash:
                self._stop_forked(log, seq)
                return
            if seq > log.stored.seq:
                log.stored = dataclasses.replace(log.stored, seq=seq, hash=previous)
                self._take_entry(log, seq, previous, entry)
            seq += 1
        self._effects.save(log.stored)
        if log.stored.kind is not LogKind.DIRECTORY:
            self._effects.send(Ack(log.stored.log, log.stored.seq))
