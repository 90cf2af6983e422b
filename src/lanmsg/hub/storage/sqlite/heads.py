"""The heads of all logs, in memory."""

from dataclasses import dataclass, field

import msgspec

from lanmsg.hub.storage.sqlite.read_ahead import Ids
from lanmsg.hub.storage.sqlite.schema import SEQ_BITS
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import ZERO_HASH, LogId


class Head(msgspec.Struct, gc=False):
    """A row of the table `log`, as of the last commit, or as a batch will leave it.

    A Struct, because each batch copies those it changes: `dataclasses.replace` takes 7 µs for one.
    """

    number: int
    log: LogId
    kind: LogKind
    seq: int = 0
    hash: bytes = ZERO_HASH
    pruned_seq: int = 0
    pruned_hash: bytes = ZERO_HASH
    merged_seq: int = 0
    size_bytes: int = 0

    @property
    def first_id(self) -> int:
        """The id that an entry with seq 0 would have."""
        return self.number << SEQ_BITS

    def ids(self, first_seq: int, last_seq: int) -> Ids:
        """Return the ids of these entries."""
        return Ids(self.first_id + first_seq, self.first_id + last_seq)


@dataclass(slots=True)
class Heads:
    """Heads by the two names of a log."""

    by_log: dict[LogId, Head] = field(default_factory=dict[LogId, Head])
    by_number: dict[int, Head] = field(default_factory=dict[int, Head])

    def put(self, head: Head) -> None:
        """Add a head, or replace it."""
        self.by_log[head.log] = head
        self.by_number[head.number] = head
