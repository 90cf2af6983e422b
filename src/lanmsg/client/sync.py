"""Getting every log without a gap: one cursor per log, one way to move it.

"Give me log L after seq n" is how a client starts, reconnects, recovers from a crash and comes back
from a long holiday. A live entry beyond the cursor never moves it: it waits while the gap is fetched.
Each run is checked against the hash chain, so a hub that changes its story is found out here.

The next page is asked for before the one that came is decrypted and stored, so that hub, network and
disk work while we do. Never more than that one: the question waits, like every frame, until the page
before is on disk.
"""

import dataclasses
from collections.abc import Callable

from lanmsg.client.effects import Effects
from lanmsg.client.events import Alarm, AlarmKind
from lanmsg.client.gaps import Gaps
from lanmsg.client.members import RoomMembers
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredLog
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry
from lanmsg.wire.entries import ChainedEntry, LogKind, chain
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import Ack, Entries, Fetch, Head, Members, Refused
from lanmsg.wire.ids import DeviceId, LogId
from lanmsg.wire.limits import GAP_BUFFER_ENTRIES

PARALLEL_FETCHES = 8
"""Conversations fetched at once; inbox and directory come first, alone."""

_KNOWN_KINDS = frozenset(LogKind)
_INBOX_TEXT = (
    "The hub has told two different stories about the keys that were sent to this device: it was restored "
    "from an old copy, or it lies. What is missing is asked for again. Tell the person who runs it."
)

TakeRun = Callable[[Log, list[ChainedEntry]], None]
"""Called with a log, whose cursor has moved, and what it has passed: each entry once, in order."""


class Sync:
    """Moves the cursors.

    `take_run` gets every entry, `caught_up` is called when nothing is missing, and `flush` ends a step.
    """

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        *,
        take_run: TakeRun,
        caught_up: Callable[[], None],
        members: RoomMembers,
        gaps: Gaps,
        flush: Callable[[], None],
        highest_counter: Callable[[Log], int],
        own_counter: Callable[[Log], int],
        rewind: Callable[[Log], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._give_run = take_run
        self._caught_up = caught_up
        self._members = members
        self._gaps = gaps
        self._flush = flush
        self._highest_counter = highest_counter
        self._own_counter = own_counter
        self._rewind = rewind
        self._expected_heads = 0
        self._is_caught_up = False
        self._is_rolled_back = False
        self._told_forks: set[tuple[LogId, DeviceId]] = set()
        self._held_heads: dict[LogId, Head] = {}

    def start(self, log_count: int) -> None:
        """A login succeeded; so many heads will come."""
        self._expected_heads = log_count
        self._is_caught_up = False
        self._is_rolled_back = False
        for log in self._state.logs.values():
            log.head = log.stored.seq  # what an earlier connection said may be undone by a restored hub
            log.is_fetching = False
            log.needs_members = False
            log.pruned = None
            log.buffered.clear()
        self._held_heads.clear()
        self._members.reset()

    @property
    def has_all_heads(self) -> bool:
        """Whether all heads announced at login are here."""
        return self._expected_heads <= 0

    # --- heads -------------------------------------------------------------------------------

    def take_heads(self, heads: list[Head]) -> None:
        """Note where logs stand at the hub, and fetch what is missing."""
        for head in heads:
            if head.kind == LogKind.ROOM and not self._knows_room(head):
                self._held_heads[head.log] = head  # until the directory has named the room
            elif head.kind in _KNOWN_KINDS:  # a newer hub may have logs we know nothing of
                self._take_head(head)
        self._expected_heads -= len(heads)
        self.fetch()

    def _take_head(self, head: Head) -> None:
        self._check_head(head)
        log = self._state.logs.get(head.log)
        if log is None:
            log = self._state.logs[head.log] = Log(self._stored_log(head))
            self._effects.save(log.stored)
        elif head.kind == LogKind.ROOM and head.base > log.stored.seq:
            self._skip_absence(log, head)
        if not log.is_stopped and not self._gaps.take_head(log, head):
            self._stop_forked(log, head.pruned_seq)
        log.needs_members = self._members.needs(log)
        log.head = max(log.head, head.seq)
        self._check_story(log, head)
        if log.stored.kind is LogKind.INBOX:
            log.acknowledged = head.counter
            if head.counter > log.stored.seq:
                self._store_was_rolled_back(log)
        elif head.counter > self._highest_counter(log):
            self._store_was_rolled_back(log)
            self.set_counter(log, head.counter)
        elif not self.has_all_heads:
            self._lower_counter(log, head.counter)

    def _stored_log(self, head: Head) -> StoredLog:
        return StoredLog(
            head.log,
            LogKind(head.kind),
            head.base,
            head.base,
            head.base_hash,
            head.counter,
            tuple(head.users),
            self._state.room_of_log(head.log) or b"",
        )

    def _skip_absence(self, log: Log, head: Head) -> None:
        """We left a room and came back: what was said meanwhile is not for us.

        That the entry at the new base is one that let us in is proved before anything else is taken
        (`RoomMembers.needs`): no hub can hide entries by it.
        """
        log.stored = dataclasses.replace(log.stored, base=head.base, seq=head.base, hash=head.base_hash)
        log.buffered.clear()
        self._effects.save(log.stored)

    def _knows_room(self, head: Head) -> bool:
        return self._state.room_of_log(head.log) is not None

    def _take_held_heads(self) -> None:
        """Take the heads of rooms that the directory has named meanwhile."""
        for head in [head for head in self._held_heads.values() if self._knows_room(head)]:
            del self._held_heads[head.log]
            self._take_head(head)

    def _check_head(self, head: Head) -> None:
        """A log is what its id says: the hub cannot pass one off as another."""
        state = self._state
        expected: dict[int, LogId] = {
            LogKind.DIRECTORY: state.directory_log,
            LogKind.EVERYONE: ids.everyone_log(state.database),
            LogKind.INBOX: state.inbox,
        }
        if head.users == [state.user]:
            expected[LogKind.ACCOUNT] = state.account_log
        if head.kind == LogKind.DIRECT and len(head.users) in {1, 2} and state.user in head.users:
            expected[LogKind.DIRECT] = ids.direct_log(state.database, head.users[0], head.users[-1])
        users = list(head.users)
        if head.kind == LogKind.GROUP and len(set(users)) == len(users) and state.user in users:
            expected[LogKind.GROUP] = ids.group_log(state.database, users)
        if head.kind == LogKind.ROOM and self._knows_room(head):
            expected[LogKind.ROOM] = head.log
        if expected.get(head.kind) != head.log:
            raise RemoteError(Code.PROTOCOL, "the hub announced a log that is not what its id says")

    def _check_story(self, log: Log, head: Head) -> None:
        stored = log.stored
        if head.seq < stored.seq:
            self._stop(
                log,
                AlarmKind.HUB_ROLLED_BACK,
                f"The hub has {head.seq} entries of this conversation, we have {stored.seq}: it lost "
                "some, or was restored from an old copy. Nothing of ours is deleted. Tell the person who "
                "runs it.",
            )
        elif head.seq == stored.seq and head.hash != stored.hash:
            self._stop_forked(log, stored.seq)
        if log.stored.kind is LogKind.INBOX and head.seq <= stored.seq:
            log.stored = dataclasses.replace(stored, seq=head.seq, hash=head.hash)
            self._effects.save(log.stored)

    def _stop_forked(self, log: Log, seq: int) -> None:
        self._stop(
            log,
            AlarmKind.FORKED_LOG,
            f"The hub has told two different stories about entry {seq} of this conversation. Nothing more is "
            "taken from it. Tell the person who runs it; do not trust it with this conversation.",
        )

    def _stop(self, log: Log, kind: AlarmKind, text: str) -> None:
        """Take no more of a log; of our inbox we do, or the device would get no key ever again.

        What stands there proves by itself who it is from, so a false story can hide entries and nothing else.
        """
        if log.is_stopped:
            return
        log.is_stopped = log.stored.kind is not LogKind.INBOX
        self._alarm(log, kind, text if log.is_stopped else _INBOX_TEXT)

    def _alarm(self, log: Log, kind: AlarmKind, text: str) -> None:
        conversation = self._state.conversation_of(log) if log.is_conversation else None
        self._effects.emit(Alarm(kind=kind, text=text, conversation=conversation))

    def _store_was_rolled_back(self, log: Log) -> None:
        """The hub has more from us than we remember: our store is an old copy.

        The sessions of that time must never be used again: a key would be used twice.
        """
        self._rewind(log)
        if self._is_rolled_back:
            return
        self._is_rolled_back = True
        self._effects.emit(
            Alarm(
                kind=AlarmKind.STORE_ROLLED_BACK,
                text="This client's store is older than what it has already sent (restored from a copy?). "
                "New keys are used from here on; what was sent since then comes back from the hub.",
            )
        )

    def set_counter(self, log: Log, counter: int) -> None:
        """Note the highest counter of ours that the hub has accepted."""
        if counter > log.stored.counter:
            log.stored = dataclasses.replace(log.stored, counter=counter)
            self._effects.save(log.stored)

    def _lower_counter(self, log: Log, counter: int) -> None:
        """The hub once said that it had more from us than it has: it would take nothing that skips numbers.

        What stands in the log under our signature is no hub's word, and the counter never falls below it.
        """
        counter = max(counter, self._own_counter(log))
        if counter < log.stored.counter:
            log.stored = dataclasses.replace(log.stored, counter=counter)
            self._effects.save(log.stored)

    def forked(self, log: Log, seq: int, said_by: DeviceId) -> None:
        """Somebody says that they were told another story about this entry than we were.

        It is an alarm and stops nothing: who lies, the hub or they, can't be seen from here, and no
        member may shut a conversation down for all others.
        """
        if (log.stored.log, said_by) in self._told_forks:
            return
        self._told_forks.add((log.stored.log, said_by))
        name = self._state.handle_of_device(said_by)
        self._alarm(
            log,
            AlarmKind.FORKED_LOG,
            f"{name} was shown another entry {seq} than we were: the hub tells people different stories, or "
            f"{name}'s program lies. Compare with {name} what you see, and tell the person who runs the hub.",
        )

    # --- fetching ----------------------------------------------------------------------------

    def fetch(self) -> None:
        """Ask for what is missing: people first, then keys, then conversations, a few at a time."""
        logs = self._state.logs
        self._take_held_heads()
        behind = self._first_behind()
        if not behind and self.has_all_heads:
            behind = [log for log in logs.values() if log.is_behind]
            if not behind and not self._is_caught_up:
                self._is_caught_up = True
                self._caught_up()
        room = PARALLEL_FETCHES - sum(log.is_fetching for log in logs.values())
        for log in [log for log in behind if not log.is_fetching][: max(room, 0)]:
            self._ask(log)

    def _ask(self, log: Log) -> None:
        log.is_fetching = True
        if not self._members.fetch(log):
            self._effects.send(Fetch(log.stored.log, log.stored.seq))

    def fetch_refused(self, frame: Refused) -> None:
        """We were taken out of a room that we were still fetching: what we have is all that is for us.

        The hub does not say which. A page that comes all the same, for another room, says again where
        its log stands.
        """
        if frame.code not in {Code.NOT_A_MEMBER, Code.UNKNOWN_LOG}:
            return
        for log in self._state.logs.values():
            if log.stored.kind is LogKind.ROOM and log.is_fetching:
                log.head = log.stored.seq
                log.is_fetching = log.needs_members = False
        self.fetch()

    def _first_behind(self) -> list[Log]:
        """Return the directory, or else the inbox, if it is behind: nothing else is of use before it."""
        for log_id in (self._state.directory_log, self._state.inbox):
            log = self._state.logs.get(log_id)
            if log is not None and log.is_behind:
                return [log]
        return []

    def take_members(self, frame: Members) -> None:
        """Take MEMBERS entries from before we came to a room, and go on with the room."""
        self._members.take_members(frame)
        log = self._state.logs.get(frame.log)
        if log is not None:
            log.needs_members = self._members.needs(log)
        self.fetch()

    # --- entries -----------------------------------------------------------------------------

    def take_entries(self, frame: Entries) -> None:
        """Take a run, live or fetched."""
        log = self._state.logs.get(frame.log)
        if log is None or log.is_stopped:
            return
        last = frame.first_seq + len(frame.items) - 1
        self._skip_pruned(log, frame)
        # An empty page is the end of what we may read, whatever the hub says of the log: never ask on and on.
        log.head = max(log.head, frame.head) if frame.items else log.stored.seq
        if log.needs_members:
            pass  # fetched again when we know who was in the room
        elif self._comes_too_early(log):
            log.is_fetching = False
        elif frame.first_seq > log.stored.seq + 1:
            self._buffer(log, frame)
        else:
            log.is_fetching = False  # whichever run closes the gap; a second answer is skipped as known
            if last > log.stored.seq:
                self._take_run(log, frame)
                self._take_buffered(log)
        self.fetch()

    def _comes_too_early(self, log: Log) -> bool:
        """Tell whether a run must be fetched again later: its senders or its keys are not here yet.

        A share whose sender is unknown would be dropped, and with it the only copy of a key.
        """
        first = self._first_behind()
        if not first or log is first[0]:
            return False
        return log.stored.kind is not LogKind.DIRECTORY

    def _skip_pruned(self, log: Log, frame: Entries) -> None:
        """Pass over what we once acknowledged and no longer have, for the hub has deleted it."""
        if log.stored.seq + 1 < frame.first_seq <= log.acknowledged + 1:
            log.stored = dataclasses.replace(log.stored, seq=frame.first_seq - 1, hash=frame.previous)
            self._effects.save(log.stored)

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
        first_seq, stored = frame.first_seq, log.stored
        if first_seq == stored.seq + 1 and frame.previous != stored.hash:
            self._stop_forked(log, stored.seq)
        run = chain(stored.log, first_seq, frame.previous, map(decode_entry, frame.items))
        known = stored.seq - first_seq + 1  # entries that we have: a live run may overlap a fetched one
        if known and run[known - 1].hash != stored.hash:
            self._stop_forked(log, stored.seq)
        if log.is_stopped:
            return
        log.stored = dataclasses.replace(stored, seq=run[-1].seq, hash=run[-1].hash)
        if log.is_behind and not log.is_fetching and not log.buffered:
            self._ask(log)
            self._flush()
        self._give_run(log, run[known:])
        self._effects.save(log.stored)
        if stored.kind is not LogKind.DIRECTORY:
            self._effects.send(Ack(stored.log, log.stored.seq))
