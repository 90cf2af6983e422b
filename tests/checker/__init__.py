"""Judges a history of a chat system, from what could be seen from outside. Knows nothing of the product.

A history is a list of events in real-time order (`history.py`). The checker holds it against the
properties P1 to P16 of the test plan and returns every violation with its name; an empty list is a pass.
An answer that never came is `info`: the message may be there or not, and is never counted as lost.

    P1   lost                  P5   skip               P9   convergence      P13  unable to decrypt
    P2   phantom               P6   fifo               P10  mutation         P14  false receipt
    P3   duplicate             P7   real-time order    P11  leak             P15  bound
    P4   inconsistent offset   P8   non-monotonic      P12  fork             P16  probe
"""

from collections.abc import Iterable

from tests.checker import ends, messages, order
from tests.checker.history import (
    Acknowledged,
    Conversation,
    Cursor,
    Device,
    Event,
    Failed,
    Final,
    Head,
    Invoke,
    Logged,
    Measured,
    MessageId,
    Opened,
    Probe,
    Queued,
    Read,
    Receipt,
    Restarted,
    Seen,
    Stored,
    View,
    Violation,
    Withdrawn,
)

__all__ = [
    "PROPERTIES",
    "Acknowledged",
    "Conversation",
    "Cursor",
    "Device",
    "Event",
    "Failed",
    "Final",
    "Head",
    "Invoke",
    "Logged",
    "Measured",
    "MessageId",
    "Opened",
    "Probe",
    "Queued",
    "Read",
    "Receipt",
    "Restarted",
    "Seen",
    "Stored",
    "View",
    "Violation",
    "Withdrawn",
    "check",
    "recovered",
]

PROPERTIES = {
    "P1": messages.lost,
    "P2": messages.phantoms,
    "P3": messages.duplicates,
    "P4": order.inconsistent_offsets,
    "P5": order.skips,
    "P6": order.fifo,
    "P7": order.real_time,
    "P8": order.non_monotonic,
    "P9": ends.convergence,
    "P10": order.mutations,
    "P11": messages.leaks,
    "P12": order.forks,
    "P13": messages.unable_to_decrypt,
    "P14": ends.false_receipts,
    "P15": ends.bounds,
    "P16": messages.probes,
}


def check(history: Iterable[Event]) -> list[Violation]:
    """Return every violation of P1 to P16 that a history shows."""
    seen = Seen.of(history)
    return [violation for broken in PROPERTIES.values() for violation in broken(seen)]


def recovered(history: Iterable[Event]) -> int:
    """Count the messages that nobody acknowledged and that are there all the same: allowed, but told."""
    seen = Seen.of(history)
    there = {read.message for read in seen.all_reads()}
    return sum(message in there and message not in seen.acknowledged_at for message in seen.invoked)
