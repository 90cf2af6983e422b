"""The order of things: one place for each entry, no gaps, nothing before its time, and a chain that holds."""

from collections import defaultdict
from collections.abc import Iterator

from tests.checker.history import (
    Conversation,
    Cursor,
    Device,
    Final,
    Head,
    Logged,
    MessageId,
    Read,
    Restarted,
    Seen,
    Violation,
)


def inconsistent_offsets(seen: Seen) -> Iterator[Violation]:
    """P4: (conversation, seq) names one message with one hash, for all readers at all times."""
    places: dict[tuple[Conversation, int], tuple[MessageId, bytes]] = {}
    for each in [*seen.all_reads(), *seen.logged]:
        here = (each.message, each.hash)
        if places.setdefault((each.conversation, each.seq), here) != here:
            yield Violation("inconsistent offset", f"{each.conversation} {each.seq}")


def skips(seen: Seen) -> Iterator[Violation]:
    """P5: what a device shows has no gap from where it began, at the end and while it came.

    Nor does a device say that it has more than its store has without a gap.
    """
    yield from _skips_at_the_end(seen)
    yield from _skips_on_the_way(seen)
    yield from _cursors_beyond(seen)


def _skips_at_the_end(seen: Seen) -> Iterator[Violation]:
    for final in seen.finals:
        seqs = [read.seq for read in final.entries]
        if seqs != _expected_at_the_end(seen, final):
            yield Violation("skip", f"{final.device} has {seqs[:20]}… of {final.conversation}")


def _expected_at_the_end(seen: Seen, final: Final) -> list[int]:
    """Without a look at the log: each one. With it: all that it must show, and of others what it has."""
    log = seen.logs.get(final.conversation)
    if log is None:
        return list(range(final.first_seq, final.first_seq + len(final.entries)))
    shown = {read.seq for read in final.entries}
    return [seq for seq, each in sorted(log.items()) if _must_show(each, final.device) or seq in shown]


def _must_show(each: Logged, device: Device) -> bool:
    return bool(each.message) and (each.readers is None or device in each.readers)


def _skips_on_the_way(seen: Seen) -> Iterator[Violation]:
    newest: dict[tuple[Device, Conversation], int] = {}
    restarted: set[tuple[Device, Conversation]] = set()
    for event in seen.told:
        if isinstance(event, Restarted):
            restarted |= {key for key in newest if key[0] == event.device}
            continue
        key = event.device, event.conversation
        if key in newest and not _may_follow(seen, event, newest[key], was_restarted=key in restarted):
            yield Violation("skip", f"{event.device} was told {event.seq} after {newest[key]}")
        newest[key] = event.seq
        restarted.discard(key)


def _may_follow(seen: Seen, read: Read, newest: int, *, was_restarted: bool) -> bool:
    if was_restarted or read.seq <= newest:
        return read.seq > newest
    log = seen.logs.get(read.conversation)
    if log is None:
        return read.seq == newest + 1
    between = [log[seq] for seq in range(newest + 1, read.seq) if seq in log]
    return not any(_must_show(each, read.device) and _is_told(seen, each) for each in between)


def _is_told(seen: Seen, each: Logged) -> bool:
    invoke = seen.invoked.get(each.message)
    return invoke is None or invoke.is_told


def _cursors_beyond(seen: Seen) -> Iterator[Violation]:
    ends = {(final.device, final.conversation): final.end for final in seen.finals}
    for cursor in seen.of_kind(Cursor):
        end = ends.get((cursor.device, cursor.conversation), 0)
        if end and cursor.seq > end:
            yield Violation("skip", f"{cursor.device} claimed {cursor.seq}, and has {end} at the end")


def fifo(seen: Seen) -> Iterator[Violation]:
    """P6: what one device wrote into a conversation stands in the order in which it was written.

    Its counters go up by one, and its ratchets go forward: no key is ever used twice.
    """
    for conversation, places in seen.places().items():
        newest: dict[Device, int] = {}
        for message, invoke in seen.invoked.items():  # in the order of writing
            if invoke.conversation != conversation or message not in places:
                continue
            if places[message] < newest.get(invoke.device, 0):
                yield Violation("fifo", f"{invoke.text!r} of {invoke.device} came too early")
            newest[invoke.device] = max(newest.get(invoke.device, 0), places[message])
    for conversation, log in seen.logs.items():
        counters: dict[Device, int] = defaultdict(int)
        positions: dict[bytes, int] = defaultdict(lambda: -1)
        for _, each in sorted(log.items()):
            if each.session and each.index <= positions[each.session]:
                yield Violation("fifo", f"{each.author} used key {each.index} of a ratchet again")
            positions[each.session] = each.index
            if each.counter and each.counter != counters[each.author] + 1:
                yield Violation("fifo", f"counter {each.counter} of {each.author} in {conversation}")
            counters[each.author] = each.counter or counters[each.author]


def real_time(seen: Seen) -> Iterator[Violation]:
    """P7: what was acknowledged before another message was begun stands before it."""
    for conversation, places in seen.places().items():
        highest = 0
        moments = [(at, 0, m) for m, at in seen.acknowledged_at.items() if m in places]
        moments += [(seen.invoked_at[m], 1, m) for m in places if m in seen.invoked_at]
        for _, is_invoke, message in sorted(moments):
            if seen.invoked[message].conversation != conversation:
                continue
            if is_invoke and places[message] <= highest:
                yield Violation("real-time order", f"{seen.invoked[message].text!r}")
            elif not is_invoke:
                highest = max(highest, places[message])


def non_monotonic(seen: Seen) -> Iterator[Violation]:
    """P8: a cursor never goes back, nor how far a person has read."""
    newest: dict[tuple[Device, Conversation, str], int] = {}
    for cursor in seen.of_kind(Cursor):
        key = cursor.device, cursor.conversation, cursor.kind
        if cursor.seq < newest.get(key, 0):
            yield Violation("non-monotonic", f"{cursor.device} went back to {cursor.seq} ({cursor.kind})")
        newest[key] = max(newest.get(key, 0), cursor.seq)


def mutations(seen: Seen) -> Iterator[Violation]:
    """P10: the bytes of an entry never change, and each is chained to the one before it."""
    hashes: dict[tuple[Conversation, int], bytes] = {}
    for each in seen.logged:
        where = f"{each.seq} of {each.conversation}"
        if each.computed != each.hash:
            yield Violation("mutation", f"the bytes of {where} do not fit their hash")
        if hashes.setdefault((each.conversation, each.seq), each.hash) != each.hash:
            yield Violation("mutation", f"{where} was another entry before")
    for conversation, log in seen.logs.items():
        for seq, each in log.items():
            if seq - 1 in log and log[seq - 1].hash != each.previous:
                yield Violation("mutation", f"{seq} of {conversation} is not chained to {seq - 1}")


def forks(seen: Seen) -> Iterator[Violation]:
    """P12: one chain for all: members and the heads that their messages carry name the same entries."""
    known = {(each.conversation, each.seq): each.hash for each in seen.logged}
    for head in seen.of_kind(Head):
        if known.setdefault((head.conversation, head.seq), head.hash) != head.hash:
            yield Violation("fork", f"{head.device} has another {head.seq} of {head.conversation}")
