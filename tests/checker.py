"""Judges a history of a chat system, from what could be seen from outside. Knows nothing of the product.

A history is a list of events in real-time order. The checker holds it against the properties of the
test plan (P1 to P9) and returns every violation with its name; an empty list is a pass. An answer that
never came is `info`: the message may be there or not, and is never counted as lost.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

Device = str
Conversation = Hashable
MessageId = bytes


@dataclass(frozen=True)
class Invoke:
    """A device begins to send. `readers` are the devices entitled to read it, its own apart."""

    device: Device
    conversation: Conversation
    message: MessageId
    text: str
    readers: frozenset[Device]


@dataclass(frozen=True)
class Acknowledged:
    """The hub has said that it has the message; nothing of it may be lost from here on."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Failed:
    """The hub has refused the message for good: it must not appear."""

    device: Device
    message: MessageId


@dataclass(frozen=True)
class Read:
    """A device has shown an entry. `start` names the process: a restart shows nothing twice either."""

    device: Device
    conversation: Conversation
    seq: int
    message: MessageId
    author: Device
    text: str
    hash: bytes = b""


@dataclass(frozen=True)
class Cursor:
    """How far a device says it has a conversation."""

    device: Device
    conversation: Conversation
    seq: int


@dataclass(frozen=True)
class Final:
    """What a device shows when all faults are over: entries in order from `first_seq`, and what waits."""

    device: Device
    conversation: Conversation
    first_seq: int
    entries: tuple[Read, ...]
    waiting: int = 0


Event = Invoke | Acknowledged | Failed | Read | Cursor | Final


@dataclass(frozen=True)
class Violation:
    """A broken property: its name in the test plan, and what shows it."""

    name: str
    detail: str


@dataclass
class _Seen:
    invoked: dict[MessageId, Invoke] = field(default_factory=dict)
    invoked_at: dict[MessageId, int] = field(default_factory=dict)
    acknowledged_at: dict[MessageId, int] = field(default_factory=dict)
    failed: set[MessageId] = field(default_factory=set)
    reads: list[Read] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    finals: list[Final] = field(default_factory=list)


def check(history: Iterable[Event]) -> list[Violation]:
    """Return every violation of P1 to P9 that a history shows."""
    seen = _gather(history)
    return [
        *_lost(seen),
        *_phantoms(seen),
        *_duplicates(seen),
        *_inconsistent_offsets(seen),
        *_skips(seen),
        *_fifo(seen),
        *_real_time(seen),
        *_non_monotonic(seen),
        *_convergence(seen),
    ]


def _gather(history: Iterable[Event]) -> _Seen:
    seen = _Seen()
    for at, event in enumerate(history):
        match event:
            case Invoke():
                assert event.message not in seen.invoked, "a message is begun once"
                seen.invoked[event.message] = event
                seen.invoked_at[event.message] = at
            case Acknowledged():
                seen.acknowledged_at.setdefault(event.message, at)
            case Failed():
                seen.failed.add(event.message)
            case Read():
                seen.reads.append(event)
            case Cursor():
                seen.cursors.append(event)
            case Final():
                seen.finals.append(event)
    return seen


def _finals(seen: _Seen) -> dict[tuple[Device, Conversation], Final]:
    return {(final.device, final.conversation): final for final in seen.finals}


def _all_reads(seen: _Seen) -> list[Read]:
    return [*seen.reads, *(read for final in seen.finals for read in final.entries)]


def _lost(seen: _Seen) -> list[Violation]:
    """P1: every acknowledged message is shown, readable and unchanged, by everybody entitled to it."""
    finals = _finals(seen)
    broken: list[Violation] = []
    for message in seen.acknowledged_at:
        invoke = seen.invoked[message]
        for device in (*sorted(invoke.readers), invoke.device):
            final = finals.get((device, invoke.conversation))
            if final is None:
                broken.append(Violation("lost", f"{device} shows nothing of {invoke.conversation}"))
            elif message not in {read.message for read in final.entries}:
                broken.append(Violation("lost", f"{invoke.text!r} of {invoke.device} at {device}"))
    return broken


def _phantoms(seen: _Seen) -> list[Violation]:
    """P2: nothing is read that nobody sent, or otherwise than it was sent, or by a stranger."""
    broken: list[Violation] = []
    for read in _all_reads(seen):
        invoke = seen.invoked.get(read.message)
        if invoke is None or read.message in seen.failed:
            broken.append(Violation("phantom", f"{read.text!r} at {read.device}"))
        elif (read.text, read.author, read.conversation) != (
            invoke.text,
            invoke.device,
            invoke.conversation,
        ):
            broken.append(Violation("phantom", f"{invoke.text!r} became {read.text!r} at {read.device}"))
        elif read.device not in {*invoke.readers, invoke.device}:
            broken.append(Violation("leak", f"{read.text!r} at {read.device}"))
    return broken


def _duplicates(seen: _Seen) -> list[Violation]:
    """P3: a message stands once in a conversation, and is told to a reader once."""
    broken: list[Violation] = []
    for name, reads in (("told", seen.reads), *((f.device, f.entries) for f in seen.finals)):
        counted: dict[tuple[Device, Conversation, MessageId], int] = defaultdict(int)
        for read in reads:
            counted[read.device, read.conversation, read.message] += 1
        broken += [
            Violation("duplicate", f"{key[0]} has a message {count} times ({name})")
            for key, count in counted.items()
            if count > 1
        ]
    return broken


def _inconsistent_offsets(seen: _Seen) -> list[Violation]:
    """P4: (conversation, seq) names one message with one hash, for all readers at all times."""
    places: dict[tuple[Conversation, int], tuple[MessageId, bytes]] = {}
    broken: list[Violation] = []
    for read in _all_reads(seen):
        here = (read.message, read.hash)
        if places.setdefault((read.conversation, read.seq), here) != here:
            broken.append(Violation("inconsistent offset", f"{read.conversation} {read.seq}"))
    return broken


def _skips(seen: _Seen) -> list[Violation]:
    """P5: what a device shows has no gap from where it began, at the end and while it came."""
    broken: list[Violation] = []
    for final in seen.finals:
        seqs = [read.seq for read in final.entries]
        if seqs != list(range(final.first_seq, final.first_seq + len(seqs))):
            broken.append(Violation("skip", f"{final.device} has {seqs[:20]}… of {final.conversation}"))
    newest: dict[tuple[Device, Conversation], int] = {}
    for read in seen.reads:
        key = read.device, read.conversation
        if key in newest and read.seq != newest[key] + 1:
            broken.append(Violation("skip", f"{read.device} was told {read.seq} after {newest[key]}"))
        newest[key] = read.seq
    return broken


def _log_order(seen: _Seen) -> dict[Conversation, dict[MessageId, int]]:
    order: dict[Conversation, dict[MessageId, int]] = defaultdict(dict)
    for read in _all_reads(seen):
        order[read.conversation][read.message] = read.seq
    return order


def _fifo(seen: _Seen) -> list[Violation]:
    """P6: what one device wrote into a conversation stands in the order in which it was written."""
    broken: list[Violation] = []
    for conversation, places in _log_order(seen).items():
        newest: dict[Device, int] = {}
        for message, invoke in seen.invoked.items():  # in the order of writing
            if invoke.conversation != conversation or message not in places:
                continue
            if places[message] < newest.get(invoke.device, 0):
                broken.append(Violation("fifo", f"{invoke.text!r} of {invoke.device} came too early"))
            newest[invoke.device] = max(newest.get(invoke.device, 0), places[message])
    return broken


def _real_time(seen: _Seen) -> list[Violation]:
    """P7: what was acknowledged before another message was begun stands before it."""
    broken: list[Violation] = []
    for conversation, places in _log_order(seen).items():
        highest = 0
        moments = [(at, 0, m) for m, at in seen.acknowledged_at.items() if m in places]
        moments += [(seen.invoked_at[m], 1, m) for m in places if m in seen.invoked_at]
        for _, is_invoke, message in sorted(moments):
            if seen.invoked[message].conversation != conversation:
                continue
            if is_invoke and places[message] <= highest:
                broken.append(Violation("real-time order", f"{seen.invoked[message].text!r}"))
            elif not is_invoke:
                highest = max(highest, places[message])
    return broken


def _non_monotonic(seen: _Seen) -> list[Violation]:
    """P8: a cursor never goes back."""
    newest: dict[tuple[Device, Conversation], int] = {}
    broken: list[Violation] = []
    for cursor in seen.cursors:
        key = cursor.device, cursor.conversation
        if cursor.seq < newest.get(key, 0):
            broken.append(Violation("non-monotonic", f"{cursor.device} went back to {cursor.seq}"))
        newest[key] = max(newest.get(key, 0), cursor.seq)
    return broken


def _convergence(seen: _Seen) -> list[Violation]:
    """P9: when all faults are over, everybody shows the same end of a conversation, and nothing waits."""
    broken: list[Violation] = []
    ends: dict[Conversation, set[int]] = defaultdict(set)
    for final in seen.finals:
        if final.waiting:
            broken.append(Violation("convergence", f"{final.waiting} messages of {final.device} wait"))
        ends[final.conversation].add(final.first_seq + len(final.entries) - 1)
    broken += [
        Violation("convergence", f"{conversation} ends at {sorted(found)}")
        for conversation, found in ends.items()
        if len(found) > 1
    ]
    return broken
