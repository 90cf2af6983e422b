"""Who is in each room: its MEMBERS entries, judged one after the other by the rules of `wire.rooms`.

Whoever came later may not read what was said before, but must know for whom to encrypt: the MEMBERS
entries from before are asked for apart. Each is signed and names the one before it and its hash, and the
newest is the one that let us in, whose hash our part of the log begins with. So nobody who is out of the
room, the hub's help included, can put another entry in the place of one, or leave one out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lanmsg.client.effects import Effects
from lanmsg.client.events import Alarm, AlarmKind, MemberChanged, MembersChanged
from lanmsg.client.gaps import Gaps
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.room_state import RoomState
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMembers
from lanmsg.wire.codec import decode_as
from lanmsg.wire.entries import ChainedEntry, LogKind, entry_hash
from lanmsg.wire.errors import Refusal, RemoteError
from lanmsg.wire.frames import FetchMembers, Members, MembersItem
from lanmsg.wire.ids import ZERO_HASH, LogId
from lanmsg.wire.rooms import check_members
from lanmsg.wire.statements import MembersStatement


@dataclass(slots=True)
class _Chain:
    """MEMBERS entries that we lack, newest first; the next must be that with this seq and hash.

    Of those from before messages that are gone nothing names the newest: it is the first of the answer.
    """

    next_seq: int
    next_hash: bytes | None
    entries: list[ChainedEntry] = field(default_factory=list[ChainedEntry])


class RoomMembers:
    """Takes MEMBERS entries. `changed` is called when a room's members are other ones than before."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        keys: MessageKeys,
        gaps: Gaps,
        *,
        changed: Callable[[RoomState], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._keys = keys
        self._gaps = gaps
        self._changed = changed
        self._chains: dict[LogId, _Chain] = {}

    # --- entries of the log ------------------------------------------------------------------

    def take_entry(self, log: Log, chained: ChainedEntry, *, is_backlog: bool) -> None:
        """Judge a MEMBERS entry and record it, counting or not."""
        room = self._state.rooms[log.stored.log]
        entry = chained.entry
        try:
            statement = decode_as(MembersStatement, entry.body, "a MEMBERS entry")
            record = check_members(
                self._state.directory,
                room.room,
                room.membership,
                statement,
                log=room.log,
                message_id=entry.message_id,
                sender=entry.sender,
            )
        except (RemoteError, Refusal) as error:
            self._save(room, chained, is_valid=False)
            self._alarm(log, chained.seq, error)
            return
        by = self._state.directory.owner(entry.sender)
        assert by is not None  # check_members has looked
        event = self._event(log, chained.seq, statement, by.handle, is_backlog=is_backlog)
        room.apply(chained.seq, chained.hash, statement, record, by.user)
        self._save(room, chained, is_valid=True)
        self._effects.emit(event)
        if not all(change.role.is_reader for change in statement.changes):
            self._keys.drop_sending(room.log)  # who leaves may have its key: see `rotation`
        self._changed(room)

    def _save(self, room: RoomState, chained: ChainedEntry, *, is_valid: bool) -> None:
        entry = chained.entry
        self._effects.save(
            StoredMembers(
                room.log, chained.seq, chained.hash, entry.sender, entry.at_ms, entry.body, is_valid
            )
        )

    def _event(
        self, log: Log, seq: int, statement: MembersStatement, by: str, *, is_backlog: bool
    ) -> MembersChanged:
        state, room = self._state, self._state.rooms[log.stored.log]
        conversation = state.conversation_of(log)
        changes = tuple(
            MemberChanged(
                handle=state.handle_of(change.user),
                before=state.role_in(room, change.user),
                role=state.shown_role(room, change.user, change.role),
            )
            for change in statement.changes
        )
        name = state.name_of(conversation)
        return MembersChanged(
            conversation=conversation,
            conversation_name=name,
            seq=seq,
            by=by,
            changes=changes,
            is_backlog=is_backlog and not self._is_news(room, statement),
        )

    def _is_news(self, room: RoomState, statement: MembersStatement) -> bool:
        """Tell whether we were let in just now: all else of a log that is new to us is old."""
        user = self._state.user
        comes_in = any(change.user == user and change.role.is_reader for change in statement.changes)
        return comes_in and self._state.is_online and not room.is_reader(user)

    def _alarm(self, log: Log, seq: int, error: Exception) -> None:
        conversation = self._state.conversation_of(log)
        text = (
            f"The hub let a change of the members of {self._state.name_of(conversation)} through that it "
            f"must refuse (entry {seq}: {error}). It was ignored. Tell the person who runs the hub."
        )
        self._effects.emit(Alarm(kind=AlarmKind.FORBIDDEN_CHANGE, text=text, conversation=conversation))

    # --- from before we came, and from before what is gone -----------------------------------

    def reset(self) -> None:
        """A new connection: nothing that was asked for will be answered."""
        self._chains.clear()

    def needs(self, log: Log) -> bool:
        """Tell whether we have yet to learn who was in a room when we came, or who came in what is gone."""
        return log.stored.kind is LogKind.ROOM and (self._is_new(log) or log.pruned is not None)

    def _is_new(self, log: Log) -> bool:
        room = self._state.rooms.get(log.stored.log)
        return room is not None and log.stored.base > room.membership.seq

    def fetch(self, log: Log) -> bool:
        """Ask for the MEMBERS entries that we lack; False if they are here."""
        if not self.needs(log):
            return False
        if log.stored.log not in self._chains:
            chain = self._chains[log.stored.log] = self._next_chain(log)
            self._effects.send(FetchMembers(log.stored.log, chain.next_seq))
        return True

    def _next_chain(self, log: Log) -> _Chain:
        if self._is_new(log) or log.pruned is None:
            return _Chain(log.stored.base, log.stored.hash)
        return _Chain(log.pruned.seq, None)

    def take_members(self, frame: Members) -> None:
        """Take some of them; when all are here, judge them in order."""
        log, chain = self._state.logs.get(frame.log), self._chains.get(frame.log)
        if log is None or chain is None or frame.seq != chain.next_seq:
            return
        known = self._state.rooms[frame.log].membership
        if chain.next_hash is None:
            self._begin(chain, frame)
        for item in frame.items:
            if chain.next_seq <= known.seq or not self._take_item(log, chain, item):
                break
        else:
            if chain.next_seq > known.seq and frame.items:
                self._effects.send(FetchMembers(frame.log, chain.next_seq))
                return
        del self._chains[frame.log]
        log.is_fetching = False
        if (chain.next_seq, chain.next_hash) == (known.seq, known.hash):
            self._take_chain(log, chain)
        else:
            self._stop(log)

    def _begin(self, chain: _Chain, frame: Members) -> None:
        """Take what the hub says is the newest. Nobody vouches for it yet, but it must lead to what we know.

        A false one is found out by the next entry, and by each message that was made for the true members.
        """
        newest = frame.items[0] if frame.items else None
        if newest is None:
            chain.next_seq, chain.next_hash = 0, ZERO_HASH
        elif newest.seq <= chain.next_seq:
            found = entry_hash(frame.log, newest.seq, newest.previous, newest.entry)
            chain.next_seq, chain.next_hash = newest.seq, found

    def _take_item(self, log: Log, chain: _Chain, item: MembersItem) -> bool:
        """Take the next older entry; False if it is not the one that must stand there."""
        found = entry_hash(log.stored.log, item.seq, item.previous, item.entry)
        if (item.seq, found) != (chain.next_seq, chain.next_hash):
            return False
        try:
            statement = decode_as(MembersStatement, item.entry.body, "a MEMBERS entry")
        except RemoteError:
            return False
        chain.next_seq, chain.next_hash = statement.view.membership_seq, statement.membership_hash
        chain.entries.append(ChainedEntry(item.seq, found, item.entry))
        return chain.next_seq < item.seq

    def _take_chain(self, log: Log, chain: _Chain) -> None:
        is_new = self._is_new(log)
        for chained in reversed(chain.entries):
            self.take_entry(log, chained, is_backlog=True)
        newest = chain.entries[0].seq if chain.entries else chain.next_seq
        counts = self._state.rooms[log.stored.log].membership.seq == newest
        if not counts or (is_new and not self._lets_us_in(log.stored.log, log.stored.base)):
            self._stop(log)
        elif not is_new:
            self._gaps.pass_over(log)

    def _lets_us_in(self, log: LogId, seq: int) -> bool:
        room, user = self._state.rooms[log], self._state.user
        return not room.role_at(user, seq).is_reader and room.role_at(user, seq + 1).is_reader

    def _stop(self, log: Log) -> None:
        """Take nothing of a room of whose members the hub can't tell an honest story."""
        log.is_stopped = True
        conversation = self._state.conversation_of(log)
        text = (
            f"The hub can't show who let us into {self._state.name_of(conversation)}, or hides who is in it. "
            "Nothing is taken from that room. Tell the person who runs the hub."
        )
        self._effects.emit(Alarm(kind=AlarmKind.FORBIDDEN_CHANGE, text=text, conversation=conversation))
