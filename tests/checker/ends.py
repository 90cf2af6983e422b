"""What is so when all is over, and what had to be so all along: convergence, receipts, bounds."""

from collections import defaultdict
from collections.abc import Iterator

from tests.checker.history import Conversation, Device, Measured, Receipt, Seen, Stored, View, Violation


def convergence(seen: Seen) -> Iterator[Violation]:
    """P9: when all faults are over, everybody shows the same end and the same members, and nothing waits."""
    ends: dict[Conversation, set[int]] = defaultdict(set)
    for final in seen.finals:
        if final.waiting:
            yield Violation("convergence", f"{final.waiting} messages of {final.device} wait")
        if _is_in_it(seen, final.device, final.conversation):
            ends[final.conversation].add(final.end or final.first_seq + len(final.entries) - 1)
    for conversation, log in seen.logs.items():
        if ends[conversation]:
            ends[conversation].add(max(log))
    for conversation, found in ends.items():
        if len(found) > 1:
            yield Violation("convergence", f"{conversation} ends at {sorted(found)}")
    yield from _different_views(seen)


def _is_in_it(seen: Seen, device: Device, conversation: Conversation) -> bool:
    """Tell whether a device has to have the end: where views were taken, only those inside did."""
    inside = {view.device for view in seen.of_kind(View) if view.conversation == conversation}
    return not inside or device in inside


def _different_views(seen: Seen) -> Iterator[Violation]:
    views: dict[Conversation, set[frozenset[str]]] = defaultdict(set)
    for view in seen.of_kind(View):
        views[view.conversation].add(view.members)
    for conversation, found in views.items():
        if len(found) > 1:
            yield Violation("convergence", f"members of {conversation}: {sorted(map(sorted, found))}")


def false_receipts(seen: Seen) -> Iterator[Violation]:
    """P14: what is shown as delivered to somebody is on their disk by then."""
    stored: dict[tuple[Device, Conversation], int] = defaultdict(int)
    for event in seen.history:
        if isinstance(event, Stored):
            key = event.device, event.conversation
            stored[key] = max(stored[key], event.seq)
        elif isinstance(event, Receipt) and event.seq > stored[event.by, event.conversation]:
            had = stored[event.by, event.conversation]
            text = (
                f"{event.device} shows {event.seq} of {event.conversation} as with {event.by}, who has {had}"
            )
            yield Violation("false receipt", text)


def bounds(seen: Seen) -> Iterator[Violation]:
    """P15: what has a declared limit stays within it, at all times."""
    for measured in seen.of_kind(Measured):
        if measured.value > measured.limit:
            yield Violation("bound", f"{measured.name}: {measured.value:g} of {measured.limit:g}")
