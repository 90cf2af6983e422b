"""Writes the history of a simulated world: what clients do, store and show, and what the hub's disk holds."""

import dataclasses
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from lanmsg.client import Alarm, Client, MessageAdded, Stopped
from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.event_stream import EventStream
from lanmsg.client.model import ACCOUNT, MessageState
from lanmsg.client.store.interface import (
    OutboxRow,
    StoredLog,
    StoredMessage,
    StoredReceipt,
    StoredUnread,
)
from lanmsg.client.store.records import DeleteOutboxRow
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.codec import decode_message_body
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LanmsgError
from tests.checker import (
    Acknowledged,
    Cursor,
    Event,
    Failed,
    Final,
    Head,
    Invoke,
    Measured,
    Opened,
    Probe,
    Queued,
    Read,
    Receipt,
    Restarted,
    Stored,
    View,
    Withdrawn,
)

from .truth import Truth

if TYPE_CHECKING:
    from .machines import ClientMachine

CONVERSATIONS = {LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM}


class Recorder:
    """One history of all machines; devices go by the names of their machines."""

    def __init__(self, seed: str, index_of: Callable[[bytes], int]) -> None:
        self.seed = seed
        self._index_of = index_of
        self.history: list[Event] = []
        self.refusals: list[str] = []
        self._names: dict[bytes, str] = {}
        self._invoked: dict[bytes, int] = {}
        self._probes: set[bytes] = set()

    def name(self, device: bytes) -> str:
        """Return the machine of a device."""
        return self._names.get(device, device.hex()[:8])

    # --- a client ----------------------------------------------------------------------------

    def follow(self, machine: "ClientMachine", client: Client) -> None:
        """Write down what a client does from its first moment."""
        if machine.starts > 1:
            self.history.append(Restarted(machine.name))
        client._streams.append(_Stream(self, machine, client))
        make_engine = client._make_engine

        def make(opened):
            engine = make_engine(opened)
            self._names[engine.state.device] = machine.name
            self._watch_outbox(machine, engine)
            return engine

        client._make_engine = make

    def _watch_outbox(self, machine: "ClientMachine", engine) -> None:
        outbox, name = engine.outbox, machine.name
        add, acknowledged, fail, returned = outbox.add, outbox.acknowledged, outbox._fail, outbox.returned

        def watched_add(conversation, message_id, content):
            if conversation != ACCOUNT:
                log = engine.state.log_of(conversation)
                self._invoke(Invoke(name, log, message_id, content.hex(), frozenset(), is_told=False))
            return add(conversation, message_id, content)

        def watched_acknowledged(row, log):
            self._acknowledged(name, row.message_id)
            acknowledged(row, log)

        def watched_returned(message_id, log):
            self._acknowledged(name, message_id)
            return returned(message_id, log)

        def watched_fail(queue, row, text):
            if row.message_id in self._invoked:
                self.history.append(Failed(name, row.message_id))
            fail(queue, row, text)

        outbox.add, outbox.acknowledged, outbox._fail = watched_add, watched_acknowledged, watched_fail
        outbox.returned = watched_returned

    def _invoke(self, invoke: Invoke) -> None:
        self._invoked[invoke.message] = len(self.history)
        self.history.append(invoke)

    def _acknowledged(self, name: str, message: bytes) -> None:
        if message in self._invoked:
            self.history.append(Acknowledged(name, message))

    def opened(self, machine: "ClientMachine", client: Client) -> None:
        """A client has come up."""

    def note_refusal(self, machine: "ClientMachine", error: LanmsgError) -> None:
        """A client could not come up."""
        self.refusals.append(f"{machine.name}: {error}")

    def committed(self, machine: "ClientMachine", changes: Sequence[object]) -> None:
        """A client's disk has taken these changes."""
        for change in changes:
            match change:
                case StoredLog():
                    self._stored(machine.name, change)
                case StoredReceipt(log, device, seq):
                    self.history.append(Receipt(machine.name, log, self.name(device), seq))
                case StoredUnread() if change.read_seq:
                    self.history.append(Cursor(machine.name, change.log, change.read_seq, "read"))
                case OutboxRow() if change.message_id in self._invoked:
                    self._queued(machine.name, change)
                case DeleteOutboxRow() if change.message_id in self._invoked:
                    self._taken_out(machine.name, change.message_id)

    def _stored(self, name: str, log: StoredLog) -> None:
        self.history.append(Stored(name, log.log, log.seq))
        self.history.append(Cursor(name, log.log, log.seq))
        if log.seq:
            self.history.append(Head(name, log.log, log.seq, log.hash))

    def _queued(self, name: str, row: OutboxRow) -> None:
        if not row.frames:  # until it is sealed it may be rewritten
            at = self._invoked[row.message_id]
            self.history[at] = dataclasses.replace(self.history[at], text=row.content.hex())
        self.history.append(Queued(name, row.message_id))

    def _taken_out(self, name: str, message: bytes) -> None:
        """It has arrived, or was taken back."""
        if Acknowledged(name, message) not in self.history:
            self.history.append(Withdrawn(name, message))

    def told(self, machine: "ClientMachine", client: Client, event: object) -> None:
        """A client says something to its person."""
        match event:
            case MessageAdded(message=message):
                log = client._engine.state.log_of(message.conversation)
                stored = client._engine._store.message(log, message.seq)
                assert stored is not None, "what is told is stored"
                reason = message.reason if message.state is MessageState.UNREADABLE else ""
                self.history.append(self._read(machine.name, stored, reason))
                if not reason:  # whoever can't read it is told of an edit, too
                    self._is_told(stored.message_id)
            case Stopped():
                machine.stopped(event)
            case Alarm():
                machine.alarmed(event)

    def _is_told(self, message: bytes) -> None:
        """What one is told of as a message of its own, all are."""
        at = self._invoked.get(message)
        if at is not None and not self.history[at].is_told:
            self.history[at] = dataclasses.replace(self.history[at], is_told=True)

    def _read(self, name: str, row: StoredMessage, reason: str) -> Read:
        text = row.content.hex()
        at = self._invoked.get(row.message_id)
        if not text and at is not None:
            text = self.history[at].text  # deleted, or not readable
        author = self.name(row.sender)
        return Read(name, row.log, row.seq, row.message_id, author, text, row.hash, reason)

    def probe(self, machine: "ClientMachine", message: bytes) -> None:
        """This message is a probe."""
        self.history.append(Probe(machine.name, message))

    def measured(self, name: str, value: float, limit: float) -> None:
        """Note something that has a limit, if it has grown to a tenth of it."""
        if value * 10 > limit:
            self.history.append(Measured(name, value, limit))

    # --- looking -----------------------------------------------------------------------------

    def look_at_hub(self, storage: Storage, *, absent: Collection[str]) -> Truth:
        """Write down what the hub's disk holds; these machines are not there any more."""
        truth = Truth(storage, self._names, self._index_of, absent)
        self.history += truth.entries()
        return truth

    def finish(self, machine: "ClientMachine", truth: Truth) -> None:
        """Write down what a client shows at the end."""
        client = machine.client
        assert client is not None
        engine = client._engine
        for log in list(engine.state.logs.values()):
            if log.stored.kind in CONVERSATIONS:
                rows = engine._store.messages_after(log.stored.log, after=0, limit=1_000_000)
                entries = tuple(self._read(machine.name, row, row.reason) for row in rows)
                conversation = engine.state.conversation_of(log)
                waiting = len(engine.outbox._queue_of(conversation).rows)
                key = log.stored.log
                self.history.append(
                    Final(machine.name, key, log.stored.base + 1, entries, waiting, log.stored.seq)
                )
                if truth.is_inside(key, engine.state.user):
                    members = frozenset(
                        person.user.hex()[:8] for person in engine.state.members(conversation)
                    )
                    self.history.append(View(machine.name, key, members))

    def try_keys(self, machine: "ClientMachine", truth: Truth) -> None:
        """Try the keys a client holds on every message that is not for it."""
        assert machine.client is not None
        keys = machine.client._engine._keys
        for message, entry in truth.not_for(machine.name):
            body = decode_message_body(entry.body)
            receiving = keys.receiving(body.session, entry.sender)
            with suppress(CannotDecrypt):
                if receiving is not None and receiving.session.decrypt(body.ciphertext):
                    self.history.append(Opened(machine.name, message))


class _Stream(EventStream):
    """Hands a client's events on as they come."""

    def __init__(self, recorder: Recorder, machine: "ClientMachine", client: Client) -> None:
        super().__init__()
        self._take = partial(recorder.told, machine, client)

    def put(self, event) -> None:
        self._take(event)
