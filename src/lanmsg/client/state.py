"""A client's state in memory: who we are, who exists, and how far we have each log.

The engine's parts share it; each field names the part that changes it.
"""

from dataclasses import dataclass, field

from lanmsg.client.amendments import EqualPowers, Powers
from lanmsg.client.crypto.interface import Account
from lanmsg.client.identity import Identity
from lanmsg.client.model import ACCOUNT, EVERYONE, Conversation, ConversationKind, Trust
from lanmsg.client.store.interface import Profile, StoredLog, StoredPerson, StoredState
from lanmsg.wire import ids
from lanmsg.wire.directory import Directory, Person, decode_statement
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Entries, PersonPresence
from lanmsg.wire.ids import DatabaseId, DeviceId, LogId, UserId
from lanmsg.wire.names import canonical_handle, skeleton


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

    @property
    def is_behind(self) -> bool:
        """Whether the hub has entries we do not have."""
        return self.stored.seq < self.head and not self.is_stopped


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
        self.presence: dict[UserId, PersonPresence] = {}
        self.receipts: dict[LogId, dict[DeviceId, int]] = {}
        self.clock_offset_ms = 0
        """What to add to our clock to get the hub's."""
        self.is_online = False

    def load(self, stored: StoredState) -> None:
        """Take over what the store holds."""
        self.logs = {log.log: Log(log, head=log.seq) for log in stored.logs}
        self.pins = {person.handle: person for person in stored.people}
        for receipt in stored.receipts:
            self.receipts.setdefault(receipt.log, {})[receipt.device] = receipt.seq
        for entry in stored.statements:
            if entry.is_valid:
                self.directory.apply(entry.seq, decode_statement(entry.kind, entry.body))
            else:
                self.directory.skip(entry.seq)

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
        if conversation.peer is None:
            return self.everyone_log
        return ids.direct_log(self.database, self.user, conversation.peer)

    def conversation_of(self, log: Log) -> Conversation:
        """Name the conversation of a log."""
        if log.stored.kind is LogKind.EVERYONE:
            return EVERYONE
        if log.stored.kind is LogKind.ACCOUNT:
            return ACCOUNT
        others = [user for user in log.stored.users if user != self.user]
        return Conversation(ConversationKind.DIRECT, others[0] if others else self.user)

    def name_of(self, conversation: Conversation) -> str:
        """Name a conversation for people."""
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
        users = {self.user, conversation.peer or self.user}
        return [person for user in users if (person := self.directory.person(user)) is not None]

    def is_member(self, conversation: Conversation, user: UserId) -> bool:
        """Tell whether somebody who is enrolled reads a conversation."""
        return conversation.peer is None or user in {self.user, conversation.peer}

    def powers(self, conversation: Conversation) -> Powers:
        """Return who may do more to messages of a conversation than their authors."""
        return EqualPowers()

    def readers(self, conversation: Conversation) -> dict[DeviceId, Person]:
        """Return the devices that must be able to read a conversation, this one apart."""
        return {
            device: person
            for person in self.members(conversation)
            for device in person.devices
            if device != self.device
        }

    def trust_of(self, person: Person) -> Trust:
        """Tell what we know of a person's key."""
        pin = self.pins.get(person.handle)
        return Trust.FIRST_SEEN if pin is None else pin.trust
