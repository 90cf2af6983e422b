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
from collections.abc import Callable, Iterable

from lanmsg.client.device_messages import DevicePlaintext, SessionShare, encode_device_plaintext
from lanmsg.client.effects import Effects
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.message_keys import MessageKeys, Sending
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import DeleteOutboxRow, OutboxRow
from lanmsg.wire.codec import FrameSplitter, decode_client_frame, encode, encode_frame
from lanmsg.wire.content import CONTENT_VERSION, Plaintext, Seen, seal
from lanmsg.wire.entries import EntryKind, MessageBody, View, message_signed_bytes
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Append, OpenDirect, Refused, Share, Shares
from lanmsg.wire.ids import DeviceId, MessageId, UserId
from lanmsg.wire.limits import MAX_FRAME_BYTES

MAX_IN_FLIGHT = 64
"""Sealed messages of one conversation that wait for the hub's answer."""
SHARES_PER_FRAME_BYTES = MAX_FRAME_BYTES // 2
"""Shares beyond this travel in `shares` frames before the append; half a frame leaves room for it."""
_RETRY = frozenset({Code.STALE_VIEW, Code.OUT_OF_ORDER, Code.THROTTLED, Code.UNKNOWN_LOG})
"""Refusals after which the same message is sealed anew."""


@dataclasses.dataclass(slots=True)
class _Queue:
    """The messages of one conversation, oldest first."""

    conversation: Conversation
    rows: list[OutboxRow] = dataclasses.field(default_factory=list[OutboxRow])
    in_flight: dict[MessageId, OutboxRow] = dataclasses.field(default_factory=dict[MessageId, OutboxRow])
    carried: dict[MessageId, tuple[DeviceId, ...]] = dataclasses.field(
        default_factory=dict[MessageId, tuple[DeviceId, ...]]
    )
    """The devices whose shares each message in flight carries."""
    needs_directory_seq: int = 0
    not_before_s: float = 0.0
    is_opening: bool = False


class Outbox:
    """Every message of ours that the hub may not have. `changed` is called with a row's new state."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        keys: MessageKeys,
        sessions: PeerSessions,
        claims: KeyClaims,
        *,
        loop: asyncio.AbstractEventLoop,
        now_ms: Callable[[], int],
        changed: Callable[[OutboxRow], None],
        pump_later: Callable[[float], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._keys = keys
        self._sessions = sessions
        self._claims = claims
        self._loop = loop
        self._now_ms = now_ms
        self._changed = changed
        self._pump_later = pump_later
        self._queues: dict[Conversation, _Queue] = {}
        self._rows: dict[MessageId, OutboxRow] = {}
        self._next_position = 1
        self._acknowledged: set[MessageId] = set()
        self._pace = _Pace()

    def load(self, rows: list[OutboxRow]) -> None:
        """Take over what the store holds, in order."""
        for row in rows:
            self._rows[row.message_id] = row
            self._next_position = row.position + 1
            if row.failed:
                continue
            queue = self._queue_of(conversation_of(row))
            queue.rows.append(row)
            if row.frames:
                queue.carried[row.message_id] = _devices_served_by(row.frames)

    # --- asking ------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many messages wait for the hub."""
        return sum(len(queue.rows) for queue in self._queues.values()) - len(self._acknowledged)

    def is_acknowledged(self, message_id: MessageId) -> bool:
        """Tell whether the hub has said that it has a message, whose entry has not come back yet."""
        return message_id in self._acknowledged

    def highest_counter(self, log: Log) -> int:
        """Return the highest counter we may have used in a log, answered or not."""
        queue = self._queues.get(self._state.conversation_of(log))
        sealed = [row.counter for row in queue.rows if row.frames] if queue is not None else []
        return max([log.stored.counter, *sealed])

    def row(self, message_id: MessageId) -> OutboxRow | None:
        """Find a message, waiting or failed."""
        return self._rows.get(message_id)

    def rows_of(self, conversation: Conversation) -> list[OutboxRow]:
        """Return a conversation's messages, waiting and failed, in the order they were written."""
        return [row for row in self._rows.values() if conversation_of(row) == conversation]

    def _queue_of(self, conversation: Conversation) -> _Queue:
        return self._queues.setdefault(conversation, _Queue(conversation))

    # --- verbs -------------------------------------------------------------------------------

    def add(self, conversation: Conversation, message_id: MessageId, content: bytes) -> OutboxRow:
        """Queue a message; it is sealed and sent as soon as it can be."""
        row = OutboxRow(
            self._next_position, conversation.peer or b"", message_id, content, self._now_ms(), b"", 0, ""
        )
        self._next_position += 1
        self._rows[message_id] = row
        self._queue_of(conversation).rows.append(row)
        self._effects.save(row)
        self.pump()
        return row

    def withdraw(self, message_id: MessageId) -> bool:
        """Take back a message that was never sealed, or has failed; False if it may arrive."""
        row = self._rows.get(message_id)
        if row is None or row.frames:
            return False
        self._forget(row)
        return True

    def _forget(self, row: OutboxRow) -> None:
        del self._rows[row.message_id]
        queue = self._queue_of(conversation_of(row))
        queue.rows = [each for each in queue.rows if each.message_id != row.message_id]
        queue.in_flight.pop(row.message_id, None)
        self._acknowledged.discard(row.message_id)
        self._effects.save(DeleteOutboxRow(row.message_id))

    # --- the connection ----------------------------------------------------------------------

    def logged_in(self, *, messages_per_second: float, messages_burst: float) -> None:
        """A new connection: whatever was in flight has an unknown fate."""
        self._pace = _Pace(messages_per_second, messages_burst, self._loop.time())
        self._acknowledged.clear()
        for queue in self._queues.values():
            queue.in_flight.clear()
            queue.is_opening = False
            queue.not_before_s = 0.0

    def link_lost(self) -> None:
        """Nothing can be sent; everything waits."""
        for queue in self._queues.values():
            queue.in_flight.clear()

    def resend(self) -> None:
        """All heads are here: send what is sealed again, the same bytes in the same order."""
        for queue in self._queues.values():
            for row in queue.rows:
                if row.frames and row.message_id not in queue.in_flight:
                    self._launch(queue, row)
        self.pump()

    # --- the pump ----------------------------------------------------------------------------

    def pump(self) -> None:
        """Seal and send everything that can go now."""
        if not self._state.is_online:
            return
        for queue in self._queues.values():
            if queue.rows:
                self._pump_queue(queue)

    def _pump_queue(self, queue: _Queue) -> None:
        log = self._state.logs.get(self._state.log_of(queue.conversation))
        if log is None:
            self._open(queue)
            return
        if log.is_stopped or self._must_wait(queue):
            return
        while (row := self._next_unsealed(queue)) is not None and len(queue.in_flight) < MAX_IN_FLIGHT:
            if not self._has_keys(queue.conversation):
                return
            wait_s = self._pace.wait_s(self._loop.time())
            if wait_s:
                self._pump_later(wait_s)
                return
            self._seal(queue, log, row)

    def _open(self, queue: _Queue) -> None:
        if not queue.is_opening and queue.conversation.peer is not None:
            queue.is_opening = True
            self._effects.send(OpenDirect(queue.conversation.peer))

    def _must_wait(self, queue: _Queue) -> bool:
        """After a refusal nothing is sealed until the rest of what was in flight is answered."""
        now_s = self._loop.time()
        if queue.not_before_s > now_s:
            self._pump_later(queue.not_before_s - now_s)
            return True
        has_refused = any(not row.frames and row.counter for row in queue.rows)
        if has_refused and queue.in_flight:
            return True
        return self._state.directory.seq < queue.needs_directory_seq

    def _next_unsealed(self, queue: _Queue) -> OutboxRow | None:
        return next((row for row in queue.rows if not row.frames), None)

    def _has_keys(self, conversation: Conversation) -> bool:
        """Tell whether every reader can be served, asking for the keys that are missing."""
        sending = self._keys.sending(self._state.log_of(conversation))
        served = sending.shared_with | sending.pending.keys() if sending is not None else set[DeviceId]()
        return self._claims.ensure(
            device for device in self._state.readers(conversation) if device not in served
        )

    # --- sealing -----------------------------------------------------------------------------

    def _seal(self, queue: _Queue, log: Log, row: OutboxRow) -> None:
        readers = self._state.readers(queue.conversation)
        sending = self._sending_for(log, set(readers))
        self._make_shares(sending, readers)
        in_flight = {device for carried in queue.carried.values() for device in carried}
        shares = [Share(d, body) for d, body in sending.pending.items() if d not in in_flight]
        counter = log.stored.counter + len(queue.in_flight) + 1
        append = self._append(log, row, sending, counter)
        sealed = dataclasses.replace(row, frames=_frames(append, shares), counter=counter)
        sending.messages += 1
        self._keys.save_sending(sending)
        queue.carried[row.message_id] = tuple(share.device for share in shares)
        self._replace(queue, sealed)
        self._launch(queue, sealed)

    def _sending_for(self, log: Log, readers: set[DeviceId]) -> Sending:
        """Return a session that nobody but the readers can follow."""
        log_id = log.stored.log
        sending = self._keys.sending(log_id)
        has_leaver = sending is not None and not (sending.shared_with | sending.pending.keys()) <= readers
        if sending is None or has_leaver or sending.is_worn_out(self._now_ms()):
            sending = self._keys.new_sending(log_id, own_device=self._state.device, now_ms=self._now_ms())
            self._queue_of(self._state.conversation_of(log)).carried.clear()
        return sending

    def _make_shares(self, sending: Sending, readers: Iterable[DeviceId]) -> None:
        key: bytes | None = None
        for device in readers:
            if device in sending.shared_with or device in sending.pending or not self._sessions.has(device):
                continue
            key = key or sending.session.key()
            plaintext = DevicePlaintext(
                self._state.database, self._state.device, device, SessionShare(sending.log, key)
            )
            body = self._sessions.encrypt(device, encode_device_plaintext(plaintext))
            sending.pending[device] = encode(body)

    def _append(self, log: Log, row: OutboxRow, sending: Sending, counter: int) -> Append:
        state = self._state
        directory = state.logs[state.directory_log].stored
        plaintext = Plaintext(
            CONTENT_VERSION,
            state.database,
            log.stored.log,
            row.message_id,
            counter,
            row.queued_at_ms,
            Seen(log.stored.seq, log.stored.hash),
            Seen(directory.seq, directory.hash),
            row.content,
        )
        ciphertext = sending.session.encrypt(seal(plaintext))
        unsigned = MessageBody(View(0, directory.seq), counter, sending.session.id, ciphertext, b"")
        signature = state.account.sign(message_signed_bytes(log.stored.log, row.message_id, unsigned))
        body = MessageBody(unsigned.view, counter, unsigned.session, ciphertext, signature)
        return Append(row.message_id, log.stored.log, EntryKind.MESSAGE, encode(body))

    def _replace(self, queue: _Queue, row: OutboxRow) -> None:
        self._rows[row.message_id] = row
        queue.rows = [row if each.message_id == row.message_id else each for each in queue.rows]
        self._effects.save(row)

    def _launch(self, queue: _Queue, row: OutboxRow) -> None:
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

    def returned(self, message_id: MessageId, log: Log) -> None:
        """A message of ours stands in the log: that is the end of its way."""
        row = self._rows.get(message_id)
        if row is not None:
            self._settle(row, log)
            self._forget(row)
            self.pump()

    def _settle(self, row: OutboxRow, log: Log) -> None:
        """The shares a message carried are in their inboxes."""
        queue = self._queue_of(conversation_of(row))
        queue.in_flight.pop(row.message_id, None)
        sending = self._keys.sending(log.stored.log)
        carried = queue.carried.pop(row.message_id, ())
        if sending is None or not carried:
            return
        for device in carried:
            if sending.pending.pop(device, None) is not None:
                sending.shared_with.add(device)
        self._keys.save_sending(sending)

    def refused(self, frame: Refused) -> None:
        """The hub stored nothing of a message: try again, or give up for good."""
        row = self._rows.get(MessageId(frame.message_id))
        if row is None or not row.frames:
            return
        queue = self._queue_of(conversation_of(row))
        queue.in_flight.pop(row.message_id, None)
        queue.carried.pop(row.message_id, None)
        if frame.code not in _RETRY:
            self._fail(queue, row, frame)
            return
        if frame.view is not None:
            queue.needs_directory_seq = max(queue.needs_directory_seq, frame.view.directory_seq)
        queue.not_before_s = max(queue.not_before_s, self._loop.time() + frame.retry_after_ms / 1000)
        self._replace(queue, dataclasses.replace(row, frames=b""))
        self.pump()

    def _fail(self, queue: _Queue, row: OutboxRow, frame: Refused) -> None:
        failed = dataclasses.replace(row, frames=b"", failed=frame.text or frame.code)
        self._replace(queue, failed)
        queue.rows = [each for each in queue.rows if each.message_id != row.message_id]
        self._changed(failed)
        self.pump()

    def rewind(self, log: Log) -> None:
        """The hub knows newer messages of ours than this store does: never use its old session."""
        self._keys.drop_sending(log.stored.log)
        queue = self._queue_of(self._state.conversation_of(log))
        for row in [row for row in queue.rows if row.frames]:
            self._replace(queue, dataclasses.replace(row, frames=b""))


class _Pace:
    """Keeps to the hub's rate, so that it need not throttle us. A rate of 0 is no limit."""

    def __init__(self, per_second: float = 0.0, burst: float = 0.0, now_s: float = 0.0) -> None:
        self._per_second = per_second
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._updated_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        if not self._per_second:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now_s - self._updated_s) * self._per_second)
        self._updated_s = now_s
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


def conversation_of(row: OutboxRow) -> Conversation:
    """Name the conversation a waiting message is for."""
    return Conversation(ConversationKind.DIRECT, UserId(row.peer)) if row.peer else EVERYONE


def _devices_served_by(frames: bytes) -> tuple[DeviceId, ...]:
    """Return the devices whose shares these stored frames carry."""
    splitter = FrameSplitter(max_frame_bytes=MAX_FRAME_BYTES)
    decoded = [decode_client_frame(payload) for payload in splitter.feed(frames)]
    return tuple(
        share.device for frame in decoded if isinstance(frame, Append | Shares) for share in frame.shares
    )


def _frames(append: Append, shares: list[Share]) -> bytes:
    """Encode an append with its shares: in one frame if they fit, else in `shares` frames before it."""
    pieces: list[list[Share]] = [[]]
    size = 0
    for share in shares:
        if size + len(share.body) > SHARES_PER_FRAME_BYTES:
            pieces.append([])
            size = 0
        pieces[-1].append(share)
        size += len(share.body)
    *before, last = pieces
    frames = [encode_frame(Shares(append.message_id, piece)) for piece in before]
    frames.append(encode_frame(Append(append.message_id, append.log, append.kind, append.body, last)))
    return b"".join(frames)
