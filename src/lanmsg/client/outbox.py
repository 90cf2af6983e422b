"""Sending: from a typed text to a place in the log, whatever happens on the way.

    queued --seal--> sealed, in flight --own entry comes back--> gone
      ^                   | stale_view, throttled, out_of_order
      +-------------------+          (any other refusal: failed, kept to be shown)

A sealed message is stored with its exact bytes before the first send and is sent again, unchanged,
after every silence: the hub takes a message id once. A refused one stored nothing, so it is sealed
anew, in order: the hub takes a device's counters one after the other, which keeps the order even when
the first of several in flight is refused.
"""

import asyncio
import dataclasses
from collections.abc import Callable

from lanmsg.client.effects import Effects
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.client.openings import Openings
from lanmsg.client.outbox_book import OutboxBook
from lanmsg.client.outbox_queue import Queue
from lanmsg.client.sealed import carried_by
from lanmsg.client.sealer import Sealer
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import DeleteOutboxRow, OutboxRow
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Refused
from lanmsg.wire.ids import DeviceId, MessageId
from lanmsg.wire.token_bucket import TokenBucket

MAX_IN_FLIGHT = 64
"""Sealed messages of one conversation that wait for the hub's answer."""
MISCOUNTED_RETRY_S = 5.0
"""The hub counts our messages otherwise than we do, by a lie or a mistake: the next login settles it."""
_ANY_BURST = 1_000_000.0
"""Until the hub has said how fast we may send, we send nothing; its first word is a full bucket."""
_OWN_SHARE = 0.9
"""Of the hub's burst: the rest is for what the network presses together, and for messages to devices."""
_RETRY = frozenset({Code.STALE_VIEW, Code.OUT_OF_ORDER, Code.THROTTLED, Code.UNKNOWN_LOG})
"""Refusals after which the same message is sealed anew."""


class Outbox:
    """Every message of ours that the hub may not have. `changed` is called with a row's new state."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        keys: MessageKeys,
        sealer: Sealer,
        claims: KeyClaims,
        *,
        new_request: Callable[[], int],
        loop: asyncio.AbstractEventLoop,
        now_ms: Callable[[], int],
        changed: Callable[[OutboxRow], None],
        pump_later: Callable[[float], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._keys = keys
        self._sealer = sealer
        self._claims = claims
        self._openings = Openings(effects, new_request)
        self._loop = loop
        self._now_ms = now_ms
        self._changed = changed
        self._pump_later = pump_later
        self._queues: dict[Conversation, Queue] = {}
        self.book = OutboxBook(effects)
        self._next_position = 1
        self._acknowledged: set[MessageId] = set()
        self._pace = TokenBucket(per_second=0, burst=_ANY_BURST, now_s=0)

    def load(self, rows: list[OutboxRow]) -> None:
        """Take over what the store holds, in order."""
        for row in rows:
            self.book.note(row)
            self._next_position = row.position + 1
            if row.failed:
                continue
            queue = self._queue_of(row.conversation)
            queue.put(row)
            if row.frames:
                queue.carried[row.message_id] = carried_by(row.frames)

    # --- asking ------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many messages wait for the hub, of those that somebody wrote."""
        in_queues = sum(len(queue.rows) for queue in self._queues.values())
        return in_queues - len(self._acknowledged | self.book.said_by_itself)

    def is_acknowledged(self, message_id: MessageId) -> bool:
        """Tell whether the hub is known to have a message, whose entry can't be read yet."""
        return message_id in self._acknowledged or self.book.is_returning(message_id)

    def highest_counter(self, log: Log) -> int:
        """Return the highest counter we may have used in a log, answered or not."""
        queue = self._queues.get(self._state.conversation_of(log))
        sealed = [row.counter for row in queue.rows.values() if row.frames] if queue is not None else []
        return max([log.stored.counter, *sealed])

    def _queue_of(self, conversation: Conversation) -> Queue:
        return self._queues.setdefault(conversation, Queue(conversation))

    # --- verbs -------------------------------------------------------------------------------

    def add(self, conversation: Conversation, message_id: MessageId, content: bytes) -> OutboxRow:
        """Queue a message; it is sealed and sent as soon as it can be."""
        row = OutboxRow(self._next_position, conversation, message_id, content, self._now_ms(), b"", 0, "")
        self._next_position += 1
        self.book.note(row)
        self._queue_of(conversation).put(row)
        self._effects.save(row)
        self.pump()
        return row

    def rewrite(self, message_id: MessageId, content: bytes) -> OutboxRow | None:
        """Replace the content of a message that was never sealed; None if it may have been sent."""
        row = self.book.row(message_id)
        if row is None or row.frames or row.failed:
            return None
        row = dataclasses.replace(row, content=content)
        self._replace(self._queue_of(row.conversation), row)
        return row

    def withdraw(self, message_id: MessageId) -> bool:
        """Take back a message that was never sealed, or has failed; False if it may arrive."""
        row = self.book.row(message_id)
        if row is None or row.frames:
            return False
        self._forget(row)
        return True

    def _forget(self, row: OutboxRow) -> None:
        self.book.forget(row)
        self._gone(row)

    def _gone(self, row: OutboxRow) -> None:
        self._queue_of(row.conversation).remove(row.message_id)
        self._acknowledged.discard(row.message_id)
        self._effects.save(DeleteOutboxRow(row.message_id))

    # --- the connection ----------------------------------------------------------------------

    def set_pace(self, per_second: float, burst: float) -> None:
        """Send so many messages a second from now on, and nearly so many at once.

        A new login brings no new burst: the hub counts over all connections of this device.
        """
        burst *= _OWN_SHARE
        self._pace.change(per_second=per_second, burst=burst, now_s=self._loop.time())

    def logged_in(self) -> None:
        """A new connection: whatever was in flight has an unknown fate."""
        self._acknowledged.clear()
        self._openings.clear()
        for queue in self._queues.values():
            queue.in_flight.clear()
            queue.unsent.clear()
            queue.is_opening = False
            queue.needs_directory_seq = queue.needs_membership_seq = 0
            queue.not_before_s = 0.0

    def link_lost(self) -> None:
        """Nothing can be sent; everything waits."""
        for queue in self._queues.values():
            queue.in_flight.clear()
            queue.unsent.clear()

    def resend(self) -> None:
        """All heads are here: send what is sealed again, the same bytes in the same order, at our pace."""
        for queue in self._queues.values():
            sealed = [row for row in queue.rows.values() if row.frames]
            for row in sorted(sealed, key=lambda each: each.counter):
                if row.message_id not in queue.in_flight:
                    queue.in_flight[row.message_id] = row
                    queue.unsent.append(row)
        self.pump()

    # --- the pump ----------------------------------------------------------------------------

    def pump(self) -> None:
        """Seal and send everything that can go now."""
        if not self._state.is_online:
            return
        for queue in self._queues.values():
            if queue.rows:
                self._pump_queue(queue)

    def _pump_queue(self, queue: Queue) -> None:
        if not self._send_again(queue):
            return
        if not self._may_write(queue.conversation):
            self._fail_all(
                queue, f"you are not in {self._state.name_of(queue.conversation)}: it was not sent"
            )
            return
        log = self._state.logs.get(self._state.log_of(queue.conversation))
        if log is None:
            self._openings.open(queue)
            return
        if log.is_stopped or log.needs_members or self._must_wait(queue):
            return
        if self._state.untrusted(queue.conversation):
            return  # it was written for somebody else, perhaps
        while (row := queue.next_unsealed()) is not None and len(queue.in_flight) < MAX_IN_FLIGHT:
            if not self._has_keys(queue.conversation):
                return
            if not self._is_its_turn():
                return
            self._seal(queue, log, row)

    def _is_its_turn(self) -> bool:
        """Tell whether one more message may be sent now; if not, pump again when it may."""
        wait_s = self._pace.wait_s(self._loop.time())
        if wait_s:
            self._pump_later(wait_s)
        return not wait_s

    def _send_again(self, queue: Queue) -> bool:
        """Send what was in flight when the link was lost, before all else; False: some has yet to go."""
        while queue.unsent:
            row = queue.unsent[0]
            is_open = queue.in_flight.get(row.message_id) is row  # else its entry has come, or a refusal
            if is_open and not self._is_its_turn():
                return False
            queue.unsent.popleft()
            if is_open:
                self._effects.send_encoded(row.frames)
        return True

    def _may_write(self, conversation: Conversation) -> bool:
        """Tell whether we are in a room; what waits for one that we left, or were taken out of, fails."""
        room = self._state.rooms.get(self._state.log_of(conversation))
        if conversation.kind is not ConversationKind.ROOM:
            return True
        log = None if room is None else self._state.logs.get(room.log)
        if room is None or log is None:
            return False
        return log.needs_members or log.is_behind or room.is_reader(self._state.user)

    def _fail_all(self, queue: Queue, text: str) -> None:
        for row in [row for row in queue.rows.values() if row.message_id not in queue.in_flight]:
            self._fail(queue, row, text)

    def opening_refused(self, frame: Refused) -> bool:
        """The hub makes no such group, or not now; False if the refusal is of something else."""
        queue = self._openings.refused(frame.request)
        if queue is None:
            return False
        if frame.retry_after_ms:
            self._pump_later(frame.retry_after_ms / 1000)
        else:
            self._fail_all(queue, frame.text or frame.code)
        return True

    def _must_wait(self, queue: Queue) -> bool:
        """After a refusal nothing is sealed until the rest of what was in flight is answered."""
        now_s = self._loop.time()
        if queue.not_before_s > now_s:
            self._pump_later(queue.not_before_s - now_s)
            return True
        if queue.refused and queue.in_flight:
            return True
        membership_seq = self._state.membership_seq(self._state.log_of(queue.conversation))
        return (
            self._state.directory.seq < queue.needs_directory_seq
            or membership_seq < queue.needs_membership_seq
        )

    def _has_keys(self, conversation: Conversation) -> bool:
        """Tell whether every reader can be served, asking for the keys that are missing."""
        sending = self._keys.sending(self._state.log_of(conversation))
        served = sending.shared_with | sending.pending.keys() if sending is not None else set[DeviceId]()
        return self._claims.ensure(
            device for device in self._state.readers(conversation) if device not in served
        )

    # --- sealing -----------------------------------------------------------------------------

    def _seal(self, queue: Queue, log: Log, row: OutboxRow) -> None:
        counter = log.stored.counter + len(queue.in_flight) + 1
        sealed = self._sealer.seal(log, row, counter=counter, on_their_way=queue.carried.values())
        queue.carried[row.message_id] = sealed.carried
        queue.refused.discard(row.message_id)
        self._replace(queue, sealed.row)
        self._launch(queue, sealed.row)

    def _replace(self, queue: Queue, row: OutboxRow) -> None:
        self.book.note(row)
        queue.put(row)
        self._effects.save(row)

    def _launch(self, queue: Queue, row: OutboxRow) -> None:
        queue.in_flight[row.message_id] = row
        self._effects.send_encoded(row.frames)

    # --- answers -----------------------------------------------------------------------------

    def acknowledged(self, row: OutboxRow, log: Log) -> None:
        """The hub says that it has a message on disk; it is kept until its entry has come back."""
        if row.frames and row.message_id not in self._acknowledged:
            self._acknowledged.add(row.message_id)
            self._settle(row, log)
            self._changed(row)
            self.pump()

    def returned(self, message_id: MessageId, log: Log) -> bool:
        """A message of ours stands in the log: that is the end of its way. False: it did not wait here."""
        row = self.book.row(message_id)
        if row is not None:
            self._settle(row, log)
            self.book.returned(row)
            self._gone(row)
            self.pump()
        return row is not None

    def _settle(self, row: OutboxRow, log: Log) -> None:
        """The shares a message carried are in their inboxes."""
        queue = self._queue_of(row.conversation)
        queue.in_flight.pop(row.message_id, None)
        sending = self._keys.sending(log.stored.log)
        carried = queue.carried.pop(row.message_id, None)
        if sending is None or carried is None or carried.session != sending.session.id or not carried.devices:
            return
        for device in carried.devices:
            if sending.pending.pop(device, None) is not None:
                sending.shared_with.add(device)
        self._keys.save_sending(sending)

    def refused(self, frame: Refused) -> None:
        """The hub stored nothing of a message: try again, or give up for good."""
        row = self.book.row(MessageId(frame.message_id))
        if row is None or not row.frames:
            return
        queue = self._queue_of(row.conversation)
        queue.in_flight.pop(row.message_id, None)
        queue.carried.pop(row.message_id, None)
        if frame.code not in _RETRY:
            self._fail(queue, row, frame.text or frame.code)
            self.pump()
            return
        if frame.view is not None:
            queue.needs_directory_seq = max(queue.needs_directory_seq, frame.view.directory_seq)
            queue.needs_membership_seq = max(queue.needs_membership_seq, frame.view.membership_seq)
        wait_s = frame.retry_after_ms / 1000
        if frame.code == Code.OUT_OF_ORDER and queue.was_first_in_flight(row):
            wait_s = max(wait_s, MISCOUNTED_RETRY_S)
        queue.not_before_s = max(queue.not_before_s, self._loop.time() + wait_s)
        queue.refused.add(row.message_id)
        self._replace(queue, dataclasses.replace(row, frames=b""))
        self.pump()

    def _fail(self, queue: Queue, row: OutboxRow, text: str) -> None:
        failed = dataclasses.replace(row, frames=b"", failed=text)
        self._replace(queue, failed)
        queue.remove(row.message_id)
        self.book.said_by_itself.discard(row.message_id)
        self._changed(failed)

    def rewind(self, log: Log) -> None:
        """The hub knows newer messages of ours than this store does: never use its old session."""
        self._keys.drop_sending(log.stored.log)
        queue = self._queue_of(self._state.conversation_of(log))
        for row in [row for row in queue.rows.values() if row.frames]:
            self._replace(queue, dataclasses.replace(row, frames=b""))
