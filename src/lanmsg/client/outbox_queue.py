"""The messages that wait for one conversation."""

import dataclasses
import heapq
from collections import deque

from lanmsg.client.model import Conversation
from lanmsg.client.sealed import Carried
from lanmsg.client.store.interface import OutboxRow
from lanmsg.wire.ids import MessageId


@dataclasses.dataclass(slots=True)
class Queue:
    """The messages of one conversation, oldest first; every step is as cheap with thousands waiting."""

    conversation: Conversation
    rows: dict[MessageId, OutboxRow] = dataclasses.field(default_factory=dict[MessageId, OutboxRow])
    unsealed: list[tuple[int, MessageId]] = dataclasses.field(default_factory=list[tuple[int, MessageId]])
    """A heap of positions; what is no longer there, or sealed, is passed over."""
    refused: set[MessageId] = dataclasses.field(default_factory=set[MessageId])
    """Messages that were sealed once and have to be again."""
    in_flight: dict[MessageId, OutboxRow] = dataclasses.field(default_factory=dict[MessageId, OutboxRow])
    unsent: deque[OutboxRow] = dataclasses.field(default_factory=deque[OutboxRow])
    """Of those in flight: what has yet to be sent again on this connection."""
    carried: dict[MessageId, Carried] = dataclasses.field(default_factory=dict[MessageId, Carried])
    """The shares each sealed message carries, until it is answered."""
    needs_directory_seq: int = 0
    needs_membership_seq: int = 0
    not_before_s: float = 0.0
    is_opening: bool = False

    def put(self, row: OutboxRow) -> None:
        """Add a message, or replace it with its new state."""
        self.rows[row.message_id] = row
        if not row.frames:
            heapq.heappush(self.unsealed, (row.position, row.message_id))

    def remove(self, message_id: MessageId) -> None:
        """Take a message out."""
        self.rows.pop(message_id, None)
        self.in_flight.pop(message_id, None)
        self.refused.discard(message_id)

    def was_first_in_flight(self, row: OutboxRow) -> bool:
        """Tell whether nothing that was written before a message, taken out of flight, was in its way."""
        return not self.refused and all(row.counter < each.counter for each in self.in_flight.values())

    def next_unsealed(self) -> OutboxRow | None:
        """Return the oldest message that is not sealed."""
        while self.unsealed:
            row = self.rows.get(self.unsealed[0][1])
            if row is not None and not row.frames:
                return row
            heapq.heappop(self.unsealed)
        return None
