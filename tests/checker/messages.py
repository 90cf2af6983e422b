"""What becomes of each message: not lost, invented or doubled; read by whom it is for, and by nobody else."""

from collections import defaultdict
from collections.abc import Iterator

from tests.checker.history import (
    Conversation,
    Device,
    Final,
    MessageId,
    Opened,
    Probe,
    Queued,
    Read,
    Seen,
    Violation,
    Withdrawn,
)


def _finals(seen: Seen) -> dict[tuple[Device, Conversation], Final]:
    return {(final.device, final.conversation): final for final in seen.finals}


def lost(seen: Seen) -> Iterator[Violation]:
    """P1: every acknowledged message is in the log, and is shown by everybody entitled to it.

    And what a device has taken on its own disk is there as well, at the end.
    """
    yield from _never_sent(seen)
    finals = _finals(seen)
    shown = {key: {read.message for read in final.entries} for key, final in finals.items()}
    for message in seen.acknowledged_at:
        invoke = seen.invoked[message]
        if seen.logged and message not in seen.logged_by_message:
            yield Violation("lost", f"{invoke.text!r} of {invoke.device} is not in the hub's log")
        for device in sorted(seen.entitled(message)):
            key = device, invoke.conversation
            if key not in finals:
                yield Violation("lost", f"{device} shows nothing of {invoke.conversation}")
            elif message not in shown[key]:
                where = _part(seen, finals[key], message)
                yield Violation("lost", f"{invoke.text!r} of {invoke.device} at {device} ({where})")


def _never_sent(seen: Seen) -> Iterator[Violation]:
    there = {read.message for read in seen.all_reads()} | seen.logged_by_message.keys()
    settled = {withdrawn.message for withdrawn in seen.of_kind(Withdrawn)} | seen.failed | there
    at_the_end = {final.device for final in seen.finals}
    for queued in dict.fromkeys(seen.of_kind(Queued)):
        if queued.message not in settled and queued.device in at_the_end:
            yield Violation("lost", f"{queued.device} never sent {seen.invoked[queued.message].text!r}")


def _part(seen: Seen, final: Final, message: MessageId) -> str:
    """Say as Jepsen does where in what a reader has the message is missing."""
    seq = seen.places()[final.conversation].get(message)
    seqs = [read.seq for read in final.entries]
    if seq is None or not seqs:
        return "nobody has it" if seq is None else "all is missing"
    return "prefix" if seq < seqs[0] else "postfix" if seq > seqs[-1] else "middle"


def phantoms(seen: Seen) -> Iterator[Violation]:
    """P2: nothing is read, or stands in the log, that nobody sent, or otherwise than it was sent."""
    for read in seen.all_reads():
        invoke = seen.invoked.get(read.message)
        if invoke is None or read.message in seen.failed:
            yield Violation("phantom", f"{read.text!r} at {read.device}")
        elif (read.author, read.conversation) != (invoke.device, invoke.conversation) or (
            not read.reason and read.text != invoke.text
        ):
            yield Violation("phantom", f"{invoke.text!r} of {invoke.device} became {read}")
    for each in seen.logged:
        invoke = seen.invoked.get(each.message)
        if each.message and (invoke is None or each.message in seen.failed or invoke.device != each.author):
            yield Violation("phantom", f"{each.message.hex()} of {each.author} in the log")


def duplicates(seen: Seen) -> Iterator[Violation]:
    """P3: a message stands once in a conversation, and is told to a reader once."""
    for name, reads in (("told", seen.reads), *((f.device, f.entries) for f in seen.finals)):
        counted: dict[tuple[Device, Conversation, MessageId], int] = defaultdict(int)
        for read in reads:
            counted[read.device, read.conversation, read.message] += 1
        for key, count in counted.items():
            if count > 1:
                yield Violation("duplicate", f"{key[0]} has a message {count} times ({name})")
    for conversation, log in seen.logs.items():
        messages = [each.message for each in log.values() if each.message]
        if len(messages) > len(set(messages)):
            yield Violation("duplicate", f"the log of {conversation} has a message twice")


def leaks(seen: Seen) -> Iterator[Violation]:
    """P11: nobody reads, or could, what was written for others, before they came or when they had gone."""
    for read in seen.all_reads():
        if not read.reason and read.message in seen.invoked and not _is_allowed(seen, read):
            yield Violation("leak", f"{read.text!r} at {read.device}")
    for opened in seen.of_kind(Opened):
        if not _is_allowed(seen, opened):
            yield Violation("leak", f"{opened.device} has the key of {opened.message.hex()}")


def _is_allowed(seen: Seen, read: Read | Opened) -> bool:
    return read.device in _allowed(seen, read.message)


def _allowed(seen: Seen, message: MessageId) -> frozenset[Device]:
    logged = seen.logged_by_message.get(message)
    if logged is not None and logged.allowed is not None:
        return logged.allowed
    invoke = seen.invoked[message]
    return invoke.readers | {invoke.device}


def unable_to_decrypt(seen: Seen) -> Iterator[Violation]:
    """P13: who is entitled to an entry can read it at the end; and nobody is left without a reason."""
    for read in seen.all_reads():
        if read.reason == "unknown":
            yield Violation("unable to decrypt", f"{read.device} is told no reason at {read.seq}")
    for final in seen.finals:
        for read in final.entries:
            if read.reason and read.message in seen.invoked and read.device in seen.entitled(read.message):
                text = f"{read.device} can't read {read.seq} of {read.conversation}: {read.reason}"
                yield Violation("unable to decrypt", text)


def probes(seen: Seen) -> Iterator[Violation]:
    """P16: what each member sends when all is over is acknowledged, and every other one reads it."""
    finals = _finals(seen)
    for probe in seen.of_kind(Probe):
        invoke = seen.invoked[probe.message]
        if probe.message not in seen.acknowledged_at:
            yield Violation("probe", f"{invoke.text!r} of {probe.device} was never acknowledged")
        for device in sorted(seen.entitled(probe.message)):
            final = finals.get((device, invoke.conversation))
            reads = [] if final is None else [each for each in final.entries if each.message == probe.message]
            if not reads or reads[0].reason:
                yield Violation("probe", f"{device} can't read {invoke.text!r} of {probe.device}")
