"""A client's state in memory: who we are, who exists, and how far we have each log.

The engine's parts share it; each field names the part that changes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from lanmsg.client.amendments import EqualPowers, Powers
from lanmsg.client.crypto.interface import Account
from lanmsg.client.identity import Identity
from lanmsg.client.model import ACCOUNT, EVERYONE, Conversation, ConversationKind, MemberRole, Trust, group_of
from lanmsg.client.room_state import RoomPowers, RoomState
from lanmsg.client.store.interface import (
    Profile,
    StoredGap,
    StoredLog,
    StoredMembers,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredState,
    StoredTopic,
)
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_as
from lanmsg.wire.directory import Directory, Person, decode_statement
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Entries, PersonPresence
from lanmsg.wire.ids import DatabaseId, DeviceId, LogId, RoomId, UserId
from lanmsg.wire.names import canonical_handle, skeleton
from lanmsg.wire.rooms import Membership
from lanmsg.wire.statements import DeviceStatement, MembersStatement, Role, Statement


@dataclass(frozen=True, slots=True)
class Pruned:
    """Up to where the hub has removed the messages of a log, and the hash there."""

    seq: int
    hash: bytes


@dataclass(slots=True)
class Log:
    """A log on this side: `stored` is what we have, `head` where the hub says it stands.

    Changed by `sync` (cursor, head, buffered) and by `outbox` (counter).
    """

    stored: StoredLog
    head: int = 0
    acknowledged: int = 0
    """Of our inbox: how far the hub says that we had it. What is older may be gone there."""
    is_fetching: bool = False
    is_stopped: bool = False
    """The hub told two stories about it; nothing more is taken."""
    buffered: dict[int, Entries] = field(default_factory=dict[int, Entries])
    counters: dict[DeviceId, int] | None = None
    needs_members: bool = False
    """Of a room, and on this connection: who was in it when we came has yet to be learned."""
    pruned: Pruned | None = None
    """Of a room, and on this connection: the hub has removed messages that we lack (see `gaps`)."""

    @property
    def is_behind(self) -> bool:
        """Whether the hub has entries we do not have."""
        return (self.stored.seq < self.head or self.needs_members) and not self.is_stopped

    @property
    def is_conversation(self) -> bool:
        """Whether people talk in it."""
        return self.stored.kind in _CONVERSATIONS


_CONVERSATIONS = frozenset({LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM})
_PRIVATE = frozenset({ConversationKind.DIRECT, ConversationKind.GROUP, ConversationKind.ROOM})


class ClientState:
    """Everything the engine's parts know."""

    def __init__(self, profile: Profile, account: Account) -> None:
        self.profile = profile
        self.account = account
        self.identity = Identity(profile.identity_secret)
        self.device: DeviceId = ids.device_id(account.signing_key, account.agreement_key)
        self.database = DatabaseId(profile.database)
        """The hub's database id."""
        self.inbox: LogId = ids.inbox_log(self.database, self.device)
        """Our device's inbox."""
        self.directory_log: LogId = ids.directory_log(self.database)
        """The hub's directory."""
        self.everyone_log: LogId = ids.everyone_log(self.database)
        """The conversation of all."""
        self.account_log: LogId = ids.account_log(self.database, self.identity.user)
        """What our own devices tell each other."""
        self.directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
        self.logs: dict[LogId, Log] = {}
        self.pins: dict[str, StoredPerson] = {}
        self.changed: set[str] = set()
        """The handles whose pin says `Trust.CHANGED`. Changed by `people`, as the pins."""
        self.accepted: set[tuple[RoomId, UserId]] = set()
        """Whose changed keys our person has accepted in which rooms; changed by `personal`."""
        self.presence: dict[UserId, PersonPresence] = {}
        self.device_added_ms: dict[DeviceId, int] = {}
        """When each device of ours was added, by the hub's clock."""
        self.pairings: dict[bytes, StoredPairing] = {}
        """By token; see `StoredPairing`."""
        self.receipts: dict[LogId, dict[DeviceId, int]] = {}
        """How far devices have each log in their stores. Changed by `deliveries`."""
        self.reads: dict[LogId, dict[DeviceId, int]] = {}
        """How far the people at them have read it, as they say. Changed by `read_receipts`."""
        self.rooms: dict[LogId, RoomState] = {}
        """Every room that the directory names, by its log, ours or not. Changed by `people`, `members`."""
        self.topics: dict[LogId, StoredTopic] = {}
        self.gaps: dict[LogId, list[StoredGap]] = {}
        """What the hub had removed before we got it, oldest first. Changed by `gaps`."""
        self.ignored: set[UserId] = set()
        """Whose messages are not shown; changed by `personal`."""
        self.clock_offset_ms = 0
        """What to add to our clock to get the hub's."""
        self.is_online = False

    def load(self, stored: StoredState) -> None:
        """Take over what the store holds."""
        self.logs = {log.log: Log(log, head=log.seq) for log in stored.logs}
        self.pins = {person.handle: person for person in stored.people}
        self.changed = {person.handle for person in stored.people if person.trust is Trust.CHANGED}
        for receipt in stored.receipts:
            self.receipts.setdefault(receipt.log, {})[receipt.device] = receipt.seq
            self.reads.setdefault(receipt.log, {})[receipt.device] = receipt.read_seq
        self.pairings = {pairing.token: pairing for pairing in stored.pairings}
        for entry in stored.statements:
            if entry.is_valid:
                statement = decode_statement(entry.kind, entry.body)
                self.directory.apply(entry.seq, statement)
                self.note_own_device(statement, entry.at_ms)
            else:
                self.directory.skip(entry.seq)
        self.take_rooms()
        for members in stored.members:
            if members.is_valid:
                self._take_members(members)
        self.topics = {topic.log: topic for topic in stored.topics}
        for gap in stored.gaps:
            self.gaps.setdefault(gap.log, []).append(gap)

    def take_rooms(self) -> None:
        """Make a place for each room that the directory has named since the last call."""
        for room in islice(self.directory.rooms, len(self.rooms), None):
            log = ids.room_log(self.database, room.room)
            self.rooms[log] = RoomState(log, room, Membership.at_first(room))

    def _take_members(self, members: StoredMembers) -> None:
        """Take over an entry that was found to be allowed when it came."""
        room, by = self.rooms[members.log], self.directory.owner(members.sender)
        statement = decode_as(MembersStatement, members.body, "a MEMBERS entry")
        record = room.room.at(statement.view.directory_seq)
        assert record is not None
        assert by is not None
        room.apply(members.seq, members.hash, statement, record, by.user)

    def receipt(self, log: LogId, device: DeviceId) -> StoredReceipt:
        """Return what is stored of a device's receipts."""
        seq, read_seq = (each.get(log, {}).get(device, 0) for each in (self.receipts, self.reads))
        return StoredReceipt(log, device, seq, read_seq)

    def note_own_device(self, statement: Statement, at_ms: int) -> None:
        """Remember when a device of ours was added."""
        if isinstance(statement, DeviceStatement) and statement.user == self.user:
            self.device_added_ms.setdefault(statement.device, at_ms)

    # --- who and where -----------------------------------------------------------------------

    @property
    def user(self) -> UserId:
        """Our user id."""
        return self.identity.user

    # --- conversations -----------------------------------------------------------------------

    def log_of(self, conversation: Conversation) -> LogId:
        """Name the log of a conversation, whether it exists or not."""
        if conversation == ACCOUNT:
            return self.account_log
        if conversation.room is not None:
            return ids.room_log(self.database, conversation.room)
        if conversation.users:
            return ids.group_log(self.database, conversation.users)
        if conversation.peer is None:
            return self.everyone_log
        return ids.direct_log(self.database, self.user, conversation.peer)

    def conversation_of(self, log: Log) -> Conversation:
        """Name the conversation of a log."""
        if log.stored.kind is LogKind.EVERYONE:
            return EVERYONE
        if log.stored.kind is LogKind.ACCOUNT:
            return ACCOUNT
        if log.stored.kind is LogKind.ROOM:
            return Conversation(ConversationKind.ROOM, log.stored.room)
        if log.stored.kind is LogKind.GROUP:
            return group_of(log.stored.users)
        others = [user for user in log.stored.users if user != self.user]
        return Conversation(ConversationKind.DIRECT, others[0] if others else self.user)

    def name_of(self, conversation: Conversation) -> str:
        """Name a conversation for people."""
        if conversation.room is not None:
            room = self.directory.room(conversation.room)
            return f"@{room.name}" if room is not None else f"@?{conversation.room.hex()[:8]}"
        if conversation.users:
            others = (self.handle_of(user) for user in conversation.users if user != self.user)
            return ",".join(f"@{handle}" for handle in sorted(others))
        if conversation.peer is None:
            return "everyone"
        return "@" + self.handle_of(conversation.peer)

    def handle_of(self, user: UserId) -> str:
        """Return a user's handle; for a stranger, the start of the id."""
        person = self.directory.person(user)
        return person.handle if person is not None else f"?{user.hex()[:8]}"

    def handle_of_device(self, device: DeviceId) -> str:
        """Return the handle of a device's owner; for a stranger, the start of the id."""
        person = self.directory.owner(device)
        return person.handle if person is not None else f"?{device.hex()[:8]}"

    def members(self, conversation: Conversation) -> list[Person]:
        """Return the people who read a conversation."""
        if conversation.kind is ConversationKind.EVERYONE:
            return list(self.directory.people)
        users = self._users(conversation)
        return [person for user in users if (person := self.directory.person(user)) is not None]

    def is_member(self, conversation: Conversation, user: UserId) -> bool:
        """Tell whether somebody who is enrolled reads a conversation."""
        return conversation.kind is ConversationKind.EVERYONE or user in self._users(conversation)

    def powers(self, conversation: Conversation) -> Powers:
        """Return who may do more to messages of a conversation than their authors."""
        room = self.rooms.get(self.log_of(conversation))
        return EqualPowers() if room is None else RoomPowers(room)

    def _users(self, conversation: Conversation) -> Iterable[UserId]:
        if conversation.room is not None:
            room = self.rooms.get(self.log_of(conversation))
            return room.membership.readers if room is not None else ()
        if conversation.users:
            return conversation.users
        return {self.user, conversation.peer or self.user}

    def readers(self, conversation: Conversation) -> dict[DeviceId, Person]:
        """Return the devices that must be able to read a conversation, this one apart."""
        return {
            device: person
            for person in self.members(conversation)
            for device in person.devices
            if device != self.device
        }

    def is_own_device(self, device: DeviceId) -> bool:
        """Tell whether a device is or was ours: this one or another."""
        person = self.directory.owner(device)
        return device == self.device or (person is not None and person.user == self.user)

    def is_ignored(self, device: DeviceId) -> bool:
        """Tell whether a device belongs to somebody whose messages are not shown."""
        person = self.directory.owner(device) if self.ignored else None
        return person is not None and person.user in self.ignored

    def silent_devices(self) -> list[DeviceId]:
        """Return the devices whose messages never count as unread: our own, and those of ignored people."""
        return [device for user in (self.user, *self.ignored) for device in self.directory.ever_devices(user)]

    def trust_of(self, person: Person) -> Trust:
        """Tell what we know of a person's key."""
        pin = self.pins.get(person.handle)
        return Trust.FIRST_SEEN if pin is None else pin.trust

    def untrusted(self, conversation: Conversation) -> list[Person]:
        """Return the readers because of whose changed keys nothing is sent there.

        Never of everyone: who reads that is anybody whom the hub lets in.
        """
        if conversation.kind not in _PRIVATE or not self.changed:
            return []
        people = (self.directory.named(handle) for handle in sorted(self.changed))
        readers = [each for each in people if each is not None and self.is_member(conversation, each.user)]
        room = conversation.room
        return [each for each in readers if room is None or (room, each.user) not in self.accepted]

    # --- rooms -------------------------------------------------------------------------------

    def room_of_log(self, log: LogId) -> RoomId | None:
        """Return the room that a log is of, if the directory has one."""
        room = self.rooms.get(log)
        return None if room is None else room.room.room

    def membership_seq(self, log: LogId) -> int:
        """Return the newest entry that changed who reads a log; 0 where nothing does."""
        room = self.rooms.get(log)
        return 0 if room is None else room.membership.seq

    def could_read(self, log: Log, user: UserId, seq: int) -> bool:
        """Tell whether somebody could read the entry at `seq`, from what the log says of its members."""
        room = self.rooms.get(log.stored.log)
        if room is not None:
            return room.role_at(user, seq).is_reader
        return not log.stored.users or user in log.stored.users

    def membership_seq_at(self, log: Log, seq: int) -> int:
        """Return the newest entry before `seq` that changed who reads a log; 0 where nothing does."""
        room = self.rooms.get(log.stored.log)
        return 0 if room is None else room.membership_seq_at(seq)

    def membership_hash_at(self, log: Log, seq: int) -> bytes:
        """Return the hash of that entry: zeros if there is none, empty outside rooms."""
        room = self.rooms.get(log.stored.log)
        return b"" if room is None else room.membership_hash_at(seq)

    def keeps_history(self, log: Log) -> bool:
        """Tell whether newcomers of a room read what was before them."""
        room = self.rooms.get(log.stored.log)
        return room is not None and room.room.statement.keeps_history

    def shown_role(self, room: RoomState, user: UserId, role: Role) -> MemberRole:
        """Say what somebody with this role is, owners as such."""
        if role.is_reader and user in room.room.statement.owners:
            return MemberRole.OWNER
        return _SHOWN_ROLES[role]

    def role_in(self, room: RoomState, user: UserId) -> MemberRole:
        """Say what somebody is in a room now."""
        return self.shown_role(room, user, room.membership.role(user))


_SHOWN_ROLES = {
    Role.NONE: MemberRole.OUTSIDER,
    Role.MEMBER: MemberRole.MEMBER,
    Role.MODERATOR: MemberRole.MODERATOR,
    Role.BANNED: MemberRole.BANNED,
}
