"""Random changes of a room through real sessions, against two models: who may read what, and a client's fold.

A failure names its seed.
"""

import random
from dataclasses import dataclass, field

import msgspec
import pytest

from lanmsg.wire.codec import decode_as
from lanmsg.wire.directory import Directory, decode_statement
from lanmsg.wire.entries import EntryKind, entry_hash
from lanmsg.wire.errors import Code
from lanmsg.wire.frame_parts import MembersItem
from lanmsg.wire.frames import Ack, Appended, Entries, Fetch, FetchMembers, Members, Refused
from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.limits import MAX_ROOM_VERSIONS
from lanmsg.wire.names import canonical_handle, skeleton
from lanmsg.wire.rooms import Membership, check_members
from lanmsg.wire.statements import MembersStatement, Role

from .lab import Lab, Peer, virtual

STEPS = 300
NAMES = ("ann", "bob", "cid", "dot", "eve")


@dataclass
class Model:
    """What each user may read of the room's log, entry by entry, as the hub answered."""

    readable: dict[UserId, set[int]] = field(default_factory=dict)
    readers: set[UserId] = field(default_factory=set)
    head: int = 0

    def add(self, changes: dict[UserId, bool], *, keeps_history: bool) -> None:
        """Take the next entry; `changes` says of some users whether they read from here on."""
        self.head += 1
        for user in self.readers:
            self.readable.setdefault(user, set()).add(self.head)
        for user, reads in changes.items():
            if reads and user not in self.readers:
                self.readers.add(user)
                self.readable[user] = set(range(1, self.head + 1)) if keeps_history else set()
            elif not reads:
                self.readers.discard(user)


class History:
    """One run."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self.lab = lab
        self.chance = random.Random(seed)
        self.model = Model()
        self.peers: list[Peer] = []
        self.ever: dict[UserId, set[int]] = {}
        self.log: LogId

    async def begin(self) -> None:
        self.peers = [await self.lab.join(name) for name in NAMES]
        ann = self.peers[0]
        await ann.ask(ann.room(ann.device.room_statement("kitchen")))
        self.log = self.lab.room("kitchen")
        self.model.readers.add(ann.device.user)
        self.model.readable[ann.device.user] = set()

    @property
    def room(self):
        room = self.lab.hub.published.directory.room_named("kitchen")
        assert room is not None
        return room

    async def step(self) -> None:
        steps = [self.change, self.change, self.change, self.say, self.say, self.set_record, self.look]
        steps += [self.reconnect, self.restart] if self.chance.random() < 0.3 else []
        await self.chance.choice(steps)()
        self.note_what_was_read()

    async def change(self) -> None:
        peer = self.chance.choice(self.peers)
        count = self.chance.choice([1, 1, 1, 2])
        chosen = [peer, *self.chance.sample(self.peers, 2)][-count:] if count > 1 else []
        chosen = chosen or [self.chance.choice([peer, self.chance.choice(self.peers)])]
        changes = [(each.device, self.chance.choice(list(Role))) for each in chosen]
        peer.take(Appended)
        keeps_history = self.room.statement.keeps_history
        await peer.ask(peer.members(self.log, *changes))
        if peer.all(Appended):
            made = {device.user: role.is_reader for device, role in changes}
            self.model.add(made, keeps_history=keeps_history)
        else:
            assert set(peer.refusals) <= {Code.NOT_ALLOWED, Code.NOT_A_MEMBER, Code.ARCHIVED}

    async def say(self) -> None:
        peer = self.chance.choice(self.peers)
        peer.take(Appended)
        counter = peer.device.counters.get(self.log, 0) + 1
        await peer.ask(peer.message(self.log, counter=counter))
        if peer.all(Appended):
            peer.device.counters[self.log] = counter
            assert peer.device.user in self.model.readers
            assert not self.room.statement.is_archived
            self.model.add({}, keeps_history=False)
        else:
            assert set(peer.refusals) <= {Code.NOT_A_MEMBER, Code.ARCHIVED}

    async def set_record(self) -> None:
        peer = self.chance.choice(self.peers)
        if self.room.statement.version >= MAX_ROOM_VERSIONS:
            return
        owners = [each.device.user for each in self.chance.sample(self.peers, self.chance.randint(1, 2))]
        fields = {
            "version": self.room.statement.version + 1,
            "is_open": self.chance.random() < 0.7,
            "keeps_history": self.chance.random() < 0.3,
            "is_archived": self.chance.random() < 0.1,
            "owners": owners,
        }
        is_owner = peer.device.user in self.room.statement.owners
        peer.take(Appended)
        statement = peer.device.sign_room(msgspec.structs.replace(self.room.statement, **fields))
        await peer.ask(peer.room(statement))
        assert bool(peer.all(Appended)) is is_owner

    async def look(self) -> None:
        """Ask for all of it, wherever one stands."""
        peer = self.chance.choice(self.peers)
        await peer.ask(*(Fetch(self.log, after) for after in (0, self.model.head // 2)))
        await peer.ask(Ack(self.log, self.chance.randint(0, self.model.head)))

    async def reconnect(self) -> None:
        index = self.chance.randrange(len(self.peers))
        self.note_what_was_read()
        self.peers[index] = await self.lab.log_in(self.peers[index].device)

    async def restart(self) -> None:
        self.note_what_was_read()
        await self.lab.restart()
        self.peers = [await self.lab.log_in(peer.device) for peer in self.peers]

    # --- checks ------------------------------------------------------------------------------

    def note_what_was_read(self) -> None:
        """Nobody has ever got an entry that was not for them at some time."""
        for user, seqs in self.model.readable.items():
            self.ever.setdefault(user, set()).update(seqs)
        for peer in self.peers:
            assert set(peer.entries(self.log)) <= self.ever.get(peer.device.user, set())

    async def check_everything(self) -> None:
        for peer in self.peers:
            peer.take(Entries)
            await peer.ask(Fetch(self.log, 0))
            if peer.device.user in self.model.readers:
                assert set(peer.entries(self.log)) == self.model.readable[peer.device.user]
                await self.check_fold(peer)
            elif peer.all(Entries):
                assert set(peer.entries(self.log)) <= self.model.readable[peer.device.user]
            else:
                assert set(peer.refusals) <= {Code.NOT_A_MEMBER, Code.UNKNOWN_LOG}

    async def check_fold(self, peer: Peer) -> None:
        """Who is in the room, folded by a newcomer from what the hub gives out, is what the hub holds."""
        directory = await self.read_directory(peer)
        room = directory.room(self.room.room)
        assert room is not None
        membership = Membership.at_first(room)
        for item in reversed(await self.read_members(peer)):
            entry = item.entry
            statement = decode_as(MembersStatement, entry.body, "members")
            place = {"log": self.log, "message_id": entry.message_id, "sender": entry.sender}
            record = check_members(directory, room, membership, statement, **place)
            membership.apply(
                item.seq, entry_hash(self.log, item.seq, item.previous, entry), statement, record
            )
        assert set(membership.readers) == self.model.readers
        held = self.lab.hub.published.logs[self.log]
        everybody = {**held.members, **held.former}
        assert membership.roles == {user: member.role for user, member in everybody.items()}
        assert (membership.seq, membership.hash) == (held.membership_seq, held.membership_hash)

    async def read_directory(self, peer: Peer) -> Directory:
        peer.take(Entries)
        directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
        await peer.ask(Fetch(self.lab.directory, 0))
        for seq, entry in peer.entries(self.lab.directory).items():
            statement = decode_statement(entry.kind, entry.body)
            directory.check(statement)
            directory.apply(seq, statement)
        return directory

    async def read_members(self, peer: Peer) -> list[MembersItem]:
        """Return the MEMBERS entries, newest first."""
        found: list[MembersItem] = []
        seq = self.lab.hub.published.logs[self.log].membership_seq
        while seq:
            await peer.ask(FetchMembers(self.log, seq))
            assert not peer.all(Refused)
            items = peer.last(Members).items
            found += items
            seq = decode_as(MembersStatement, items[-1].entry.body, "members").view.membership_seq
        assert all(item.entry.kind == EntryKind.MEMBERS for item in found)
        return found


@pytest.mark.parametrize("seed", range(10))
@virtual
async def test_nobody_reads_what_is_not_theirs_and_all_agree_who_is_in(seed: int) -> None:
    async with Lab() as lab:
        history = History(lab, seed)
        await history.begin()
        for _ in range(STEPS):
            await history.step()
        await history.check_everything()
        await history.restart()
        await history.check_everything()
