"""The events of a history, in real-time order, and what the checks gather of them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

Device = str
Conversation = Hashable
MessageId = bytes
E = TypeVar("E")


@dataclass(frozen=True)
class Invoke:
    """A device begins to send. `readers` are the devices entitled to read it, its own apart.

    Where the hub's log was seen as well (`Logged`), what that says of the readers counts instead.
    `is_told` is False for what others are not told of as a message of its own: an edit, a reaction.
    """

    device: Device
    conversation: Conversation
    message: MessageId
    text: str
    readers: frozenset[Device]
    is_told: bool = True


@dataclass(frozen=True)
class Acknowledged:
    """The hub has said that it has the message; nothing of it may be lost from here on."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Queued:
    """A device's own disk has the message: it arrives without anybody's help, or is refused."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Withdrawn:
    """Its writer has taken the message back before it was sent."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Failed:
    """The hub has refused the message for good: it must not appear."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Read:
    """A device has shown an entry; `reason` says why it can't be read, and is empty if it can."""

    device: Device
    conversation: Conversation
    seq: int
    message: MessageId
    author: Device
    text: str
    hash: bytes = b""
    reason: str = ""


@dataclass(frozen=True)
class Restarted:
    """A device's program was killed and started again: what it did not say before, it need not say."""

    device: Device


@dataclass(frozen=True)
class Cursor:
    """How far a device says it has a conversation, or (`kind`) its person has read it."""

    device: Device
    conversation: Conversation
    seq: int
    kind: str = "stored"


@dataclass(frozen=True)
class Logged:
    """An entry as it stands on the hub's disk, looked at once or often.

    `readers` must be able to read it, `allowed` may (nobody else); None: only `Invoke` knows. `computed`
    is the hash that the recorder computed by the specification, from this entry and `previous`.
    `message` is empty for an entry that is none. `index` is the place of its key in the ratchet `session`.
    """

    conversation: Conversation
    seq: int
    message: MessageId
    author: Device
    hash: bytes
    previous: bytes
    computed: bytes
    counter: int = 0
    session: bytes = b""
    index: int = -1
    readers: frozenset[Device] | None = None
    allowed: frozenset[Device] | None = None


@dataclass(frozen=True)
class Head:
    """The end of a conversation as a member, or a message of theirs, names it."""

    device: Device
    conversation: Conversation
    seq: int
    hash: bytes


@dataclass(frozen=True)
class Stored:
    """From now on a device's own disk has a conversation up to here, whatever happens to its program."""

    device: Device
    conversation: Conversation
    seq: int


@dataclass(frozen=True)
class Receipt:
    """A device shows that another one (`by`) has a conversation up to here."""

    device: Device
    conversation: Conversation
    by: Device
    seq: int


@dataclass(frozen=True)
class Measured:
    """Something with a declared limit, as large as it was."""

    name: str
    value: float
    limit: float


@dataclass(frozen=True)
class Probe:
    """A message written after all faults, which must be acknowledged and read by everybody entitled."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Opened:
    """Tried with the keys a device holds, a message opened: whether it was ever shown there or not."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class View:
    """Who is in a conversation, as a member sees it when all faults are over."""

    device: Device
    conversation: Conversation
    members: frozenset[str]


@dataclass(frozen=True)
class Final:
    """What a device shows when all faults are over: entries in order from `first_seq`, and what waits.

    `end` is how far it has the conversation, where not every entry of it is a message; 0: to the last.
    """

    device: Device
    conversation: Conversation
    first_seq: int
    entries: tuple[Read, ...]
    waiting: int = 0
    end: int = 0


Event = (
    Invoke
    | Acknowledged
    | Queued
    | Withdrawn
    | Failed
    | Read
    | Restarted
    | Cursor
    | Logged
    | Head
    | Stored
    | Receipt
    | Measured
    | Probe
    | Opened
    | View
    | Final
)


@dataclass(frozen=True)
class Violation:
    """A broken property: its name in the test plan, and what shows it."""

    name: str
    detail: str


@dataclass
class Seen:
    """A history by kinds of events. `told` has the restarts between what was read."""

    history: list[Event]
    invoked: dict[MessageId, Invoke] = field(default_factory=dict)
    invoked_at: dict[MessageId, int] = field(default_factory=dict)
    acknowledged_at: dict[MessageId, int] = field(default_factory=dict)
    failed: set[MessageId] = field(default_factory=set)
    told: list[Read | Restarted] = field(default_factory=list)
    logged: list[Logged] = field(default_factory=list)
    finals: list[Final] = field(default_factory=list)

    @classmethod
    def of(cls, history: Iterable[Event]) -> "Seen":
        """Sort the events."""
        seen = cls(list(history))
        for at, event in enumerate(seen.history):
            match event:
                case Invoke():
                    assert event.message not in seen.invoked, "a message is begun once"
                    seen.invoked[event.message] = event
                    seen.invoked_at[event.message] = at
                case Acknowledged():
                    seen.acknowledged_at.setdefault(event.message, at)
                case Failed():
                    seen.failed.add(event.message)
                case Read() | Restarted():
                    seen.told.append(event)
                case Logged():
                    seen.logged.append(event)
                case Final():
                    seen.finals.append(event)
        return seen

    def of_kind(self, kind: type[E]) -> list[E]:
        """Return the events of one kind, in order."""
        return [event for event in self.history if isinstance(event, kind)]

    @property
    def reads(self) -> list[Read]:
        """What devices showed as it came."""
        return [event for event in self.told if isinstance(event, Read)]

    def all_reads(self) -> list[Read]:
        """What devices showed as it came, and at the end."""
        return [*self.reads, *(read for final in self.finals for read in final.entries)]

    @cached_property
    def logs(self) -> dict[Conversation, dict[int, Logged]]:
        """Each conversation as the hub's disk last had it; none if nobody looked."""
        logs: dict[Conversation, dict[int, Logged]] = defaultdict(dict)
        for each in self.logged:
            logs[each.conversation][each.seq] = each
        return logs

    @cached_property
    def logged_by_message(self) -> dict[MessageId, Logged]:
        """Where each message last stood on the hub's disk."""
        return {each.message: each for each in self.logged if each.message}

    def entitled(self, message: MessageId) -> frozenset[Device]:
        """Return the devices that must be able to read a message, its own too."""
        logged = self.logged_by_message.get(message)
        if logged is not None and logged.readers is not None:
            return logged.readers
        invoke = self.invoked[message]
        return invoke.readers | {invoke.device}

    def places(self) -> dict[Conversation, dict[MessageId, int]]:
        """Return the seq of each message, by conversation."""
        found: dict[Conversation, dict[MessageId, int]] = defaultdict(dict)
        for each in [*self.all_reads(), *self.logged]:
            if each.message:
                found[each.conversation][each.message] = each.seq
        return found
