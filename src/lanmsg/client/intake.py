"""From a run of a log to what is stored and told: the hot path of catching up.

Each kind of log has one way in. Of a conversation, each entry is stored; what is said in it is told as
a message, and what changes a message is told as a change of that.
"""

from collections.abc import Callable
from itertools import groupby
from typing import Final

from lanmsg.client.account import Account
from lanmsg.client.changes import Changes
from lanmsg.client.deliveries import Deliveries
from lanmsg.client.effects import Effects
from lanmsg.client.expiry import Expiry
from lanmsg.client.inbox import Inbox
from lanmsg.client.key_requests import KeyRequests
from lanmsg.client.members import RoomMembers
from lanmsg.client.model import UnreadableReason
from lanmsg.client.outbox import Outbox
from lanmsg.client.people import People
from lanmsg.client.reader import NOT_SIGNED, Reader
from lanmsg.client.rooms import Rooms
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import ForgetEntries, Store, StoredMessage
from lanmsg.wire.content import ContentKind
from lanmsg.wire.entries import ChainedEntry, EntryKind, LogKind
from lanmsg.wire.frames import Head

WAITS_FOR_KEY = frozenset({UnreadableReason.MISSING_KEY, UnreadableReason.BEFORE_YOU_JOINED})
"""What a key that comes later can open."""


ACCOUNT_ENTRIES_KEPT: Final = 200
"""Of what our devices have told each other, the newest: what older ones said is in the values they set."""
FORGET_EVERY: Final = 50


class Intake:
    """Takes entries, each once and in order. `set_counter` notes a counter of ours that stands in a log."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        expiry: Expiry,
        *,
        people: People,
        inbox: Inbox,
        reader: Reader,
        outbox: Outbox,
        requests: KeyRequests,
        changes: Changes,
        account: Account,
        rooms: Rooms,
        members: RoomMembers,
        deliveries: Deliveries,
        set_counter: Callable[[Log, int], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._expiry = expiry
        self._people = people
        self._inbox = inbox
        self._reader = reader
        self._outbox = outbox
        self._requests = requests
        self._changes = changes
        self._account = account
        self._rooms = rooms
        self._members = members
        self._deliveries = deliveries
        self._reads = deliveries.reads
        self._set_counter = set_counter
        self._backlog_ends: dict[bytes, int] = {}
        self.is_live = False
        """Whether the backlog is in: from now on a missing key is asked for at once."""

    def logged_in(self) -> None:
        """A new connection: what it first says of each log is where its backlog ends."""
        self.is_live = False
        self._backlog_ends.clear()

    def caught_up(self) -> None:
        """The backlog is in."""
        self.is_live = True

    def note_heads(self, heads: list[Head]) -> None:
        """Note where the backlog of logs ends."""
        for head in heads:
            self._backlog_ends.setdefault(head.log, head.seq)

    def take_run(self, log: Log, run: list[ChainedEntry]) -> None:
        """Take the next entries of a log, whose cursor has passed them already."""
        match log.stored.kind:
            case LogKind.DIRECTORY:
                self._take_statements(log, run)
            case LogKind.INBOX:
                for chained in run:
                    self._inbox.take_entry(chained.entry)
            case LogKind.EVERYONE | LogKind.DIRECT | LogKind.GROUP:
                self._take_messages(log, run)
            case LogKind.ROOM:
                self._take_room(log, run)
            case LogKind.ACCOUNT:
                self._take_account(log, run)

    def _take_statements(self, log: Log, run: list[ChainedEntry]) -> None:
        for chained in run:
            self._people.take_entry(chained.seq, chained.hash, chained.entry)
            self._reader.directory_advanced(log, chained.seq, chained.hash)
        self._account.directory_taken()
        self._deliveries.readers_changed()
        self._outbox.pump()  # only now: what we seal must know everybody up to our cursor

    def _take_room(self, log: Log, run: list[ChainedEntry]) -> None:
        """Take messages and changes of the members in their order: each is judged by those before it."""
        backlog_end = self._backlog_ends.get(log.stored.log, 0)
        for is_members, part in groupby(run, key=lambda each: each.entry.kind == EntryKind.MEMBERS):
            if not is_members:
                self._take_messages(log, list(part))
                continue
            for chained in part:
                self._members.take_entry(log, chained, is_backlog=chained.seq <= backlog_end)
            self._deliveries.readers_changed()
        self._outbox.pump()  # what was refused waits for the members that the hub meant

    def _take_messages(self, log: Log, run: list[ChainedEntry]) -> None:
        messages, returned = self._taken(log, run)
        backlog_end = self._backlog_ends.get(log.stored.log, 0)
        self._reads.take(log, messages)  # first: who is told of a message is told who has read it
        self._changes.take(log, messages, returned, backlog_end=backlog_end)
        for message in messages:
            self._take_setting(log, message, is_backlog=message.seq <= backlog_end)
            if message.seq in returned:
                self._rooms.check_setting(log, message)

    def _take_setting(self, log: Log, message: StoredMessage, *, is_backlog: bool) -> None:
        if message.kind == ContentKind.TOPIC:
            self._rooms.take_topic(log, message, is_backlog=is_backlog)
        elif message.kind == ContentKind.LIFETIME:
            self._expiry.tell(log, message, is_backlog=is_backlog)

    def _take_account(self, log: Log, run: list[ChainedEntry]) -> None:
        for message in self._taken(log, run)[0]:
            self._account.take(message)
        end = log.stored.seq
        if end // FORGET_EVERY > (run[0].seq - 1) // FORGET_EVERY:
            self._effects.save(ForgetEntries(log.stored.log, end - ACCOUNT_ENTRIES_KEPT))

    def _taken(self, log: Log, run: list[ChainedEntry]) -> tuple[list[StoredMessage], frozenset[int]]:
        """Read and store a run; return it, and the seqs of what was in our outbox."""
        messages = self._expiry.save(log, [self._reader.read(log, chained) for chained in run])
        own = [each for each in messages if each.sender == self._state.device]
        returned = frozenset(each.seq for each in own if self._take_own(log, each))
        for message in messages:
            is_others = message.sender != self._state.device
            if is_others and self.is_live and message.reason == UnreadableReason.MISSING_KEY:
                self._requests.ask_for(message)
        return messages, returned

    def _take_own(self, log: Log, message: StoredMessage) -> bool:
        """Take a message of ours out of the outbox; False if it was not there."""
        if message.reason in NOT_SIGNED:  # only the hub says that it is ours
            return False
        self._set_counter(log, message.counter)
        return self._outbox.returned(message.message_id, log)

    def got_key(self, session: bytes) -> None:
        """A session has come: read what waited for it."""
        for message in self._store.unreadable(session=session):
            if message.reason not in WAITS_FOR_KEY:  # a replay stays one, with any key
                continue
            log = self._state.logs.get(message.log)
            read = self._reader.read_again(log, message) if log is not None else None
            if log is None or read is None:
                continue
            (read,) = self._expiry.save(log, [read])
            if log.stored.kind is LogKind.ACCOUNT:
                self._account.take(read)
            else:
                self._reads.take(log, [read])
                is_past = message.reason == UnreadableReason.BEFORE_YOU_JOINED
                self._changes.take_late(log, read, is_backlog=is_past)
                self._take_setting(log, read, is_backlog=True)
                if read.kind == ContentKind.EXPIRED:
                    self._expiry.erase_amendments(log, read.message_id)
