"""Planted bugs of the hub: its disk, its log, its connections."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from lanmsg.client import outbox
from lanmsg.client.outbox import Outbox
from lanmsg.hub import receipts
from lanmsg.hub.fan_out import FanOut
from lanmsg.hub.hub import Hub
from lanmsg.hub.log_writer import LogWriter
from lanmsg.hub.logs import Logs
from lanmsg.hub.rooms import Rooms
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import database
from lanmsg.wire.entries import LogKind

from . import disk as disks
from .disk import MemoryDisk
from .planting import bug, instead

# --- the hub's disk ------------------------------------------------------------------------------


@bug("the hub acknowledges before its disk has it", "lost", "mutation", "fork", "false alarm", "duplicate")
@contextmanager
def _ack_before_commit() -> Iterator[None]:
    """The power takes the last two transactions that were acknowledged."""
    newest: list[MemoryStorage] = []

    def remembering(run: Callable[..., Any]) -> Callable[..., Any]:
        def do(self: MemoryStorage, *arguments: Any) -> Any:
            newest.append(self.copy_durable())
            del newest[:-2]
            return run(self, *arguments)

        return do

    def forget(self: MemoryDisk, _chance: object) -> None:
        if newest:
            self._storage = newest[0]

    with instead(MemoryStorage, "transaction", remembering), patch.object(MemoryDisk, "lose_power", forget):
        yield


@bug(
    "the hub does not sync its disk",
    "lost",
    "mutation",
    "fork",
    "false alarm",
    "duplicate",
    "skip",
    disk="ext4",
)
def _forget_fsync():
    pragmas = ("locking_mode = EXCLUSIVE", "synchronous = OFF", "journal_mode = WAL")
    return patch.object(database, "PRAGMAS", pragmas)


@bug(
    "the hub goes on when its disk fails",
    "lost",
    "mutation",
    "fork",
    "false alarm",
    "skip",
    "convergence",
    stress=("disk error hub", "kill client", "kill hub"),
)
def _hub_ignores_write_errors():
    def careless(do):
        def run(self, function, done, failed):
            if not self._weather.is_broken:
                return do(self, function, done, failed)
            storage = function.func.__self__._storage if hasattr(function, "func") else None
            if not isinstance(storage, MemoryStorage):
                return do(self, function, done, failed)
            before = storage.copy_durable()._tables
            self._weather.is_broken = False
            try:
                do(self, function, done, failed)
            finally:
                self._weather.is_broken = True
                storage._tables = before

        return run

    return instead(disks.HubExecutor, "_do", careless)


# --- the hub's log -------------------------------------------------------------------------------


def nervous_clients() -> AbstractContextManager[Any]:
    """Let clients send everything twice and at once: the protocol allows that.

    Ours look what came back, and wait, before they send again: the hub's own care would hardly ever matter.
    """

    def twice(launch):
        def run(self, queue, row):
            launch(self, queue, row)
            self._effects.send_encoded(row.frames)

        return run

    stack = ExitStack()
    stack.enter_context(instead(Outbox, "_launch", twice))
    stack.enter_context(patch.object(outbox, "MISCOUNTED_RETRY_S", 0.0))
    return stack


LOST_ANSWERS = ("reset", "slow disk", "kill client", "kill hub")


@bug("the hub stores what is sent again a second time", "duplicate", "fifo", stress=LOST_ANSWERS)
def _drop_dedup():
    stack = ExitStack()
    stack.enter_context(nervous_clients())
    stack.enter_context(patch.object(LogWriter, "_find", lambda _self, _job: None))
    return stack


@bug(
    "the hub looks at the rest before it looks for an earlier copy",
    "duplicate",
    "phantom",
    stress=LOST_ANSWERS,
)
def _view_before_dedup():
    def first_the_rest(append):
        def run(self, job):
            log = self._logs.get(job.frame.log)
            if job.body is not None and log is not None and log.kind is not LogKind.ROOM:
                self._check_message(job, log)
            return append(self, job)

        return run

    stack = ExitStack()
    stack.enter_context(nervous_clients())
    stack.enter_context(_instead_in_table("_append", first_the_rest))
    return stack


def _instead_in_table(name: str, make):
    """Replace a handler of the log writer, which keeps a table of them."""

    def wrapped(init):
        def run(self, *arguments, **named):
            setattr(self, name, make(getattr(type(self), name)).__get__(self))
            init(self, *arguments, **named)

        return run

    return instead(LogWriter, "__init__", wrapped)


@bug(
    "the hub takes messages that were written for other readers",
    "unable to decrypt",
    "leak",
    "probe",
    stress=("remove", "invite", "join", "leave", "say in room", "link"),
)
def _skip_view_check():
    return patch.object(LogWriter, "_check_view", lambda *_: None)


@bug(
    "the hub counts on from an older place after a restart",
    "inconsistent offset",
    "mutation",
    "fork",
    "false alarm",
)
def _reuse_seq():
    def one_less(load):
        def run(state):
            heads = [
                dataclasses.replace(log, seq=log.seq - 1) if log.kind is LogKind.EVERYONE and log.seq else log
                for log in state.logs
            ]
            return load(dataclasses.replace(state, logs=heads))

        return run

    return instead(Logs, "from_state", one_less)


@bug("the hub writes times into entries that are stored", "mutation", "fork", "inconsistent offset")
def _entries_change():
    def later(open_disk):
        def run(self):
            storage = open_disk(self)
            for place, placed in list(storage._tables.entries.items()):
                entry = placed.entry
                changed = type(entry)(entry.kind, entry.sender, entry.message_id, entry.at_ms + 1, entry.body)
                storage._tables.entries[place] = msgspec.structs.replace(placed, entry=changed)
            return storage

        return run

    return instead(MemoryDisk, "open", later)


@bug("the hub keeps the shares that come with a message", "unable to decrypt", "probe")
def _drop_shares():
    return patch.object(LogWriter, "_add_shares", lambda *_: None)


@bug("the hub files messages for one under everyone", "phantom", "leak", "convergence", "unable to decrypt")
def _wrong_conversation():
    def astray(append):
        def run(self, job):
            log = self._logs.get(job.frame.log)
            everyone = next(each for each in self._logs._logs.values() if each.kind is LogKind.EVERYONE)
            if (
                log is not None
                and log.kind is LogKind.DIRECT
                and job.body is not None
                and not job.body.counter % 3
            ):
                frame = type(job.frame)(everyone.log, *_fields(job.frame)[1:])
                job = dataclasses.replace(job, frame=frame)
            return append(self, job)

        return run

    return _instead_in_table("_append", astray)


def _fields(struct):
    return [getattr(struct, name) for name in struct.__struct_fields__]


@bug("the hub lets anybody change who is in a room", "convergence", "leak", "unable to decrypt")
def _no_roles():
    return patch.object(Rooms, "check", lambda *_: None)


# --- the hub's connections -----------------------------------------------------------------------


@bug("the hub drops what is for a slow reader", "convergence", "skip", "lost")
def _drop_for_slow_readers():
    def dropping(send):
        def run(self, readers, log, frames):
            send(self, readers, log, frames)
            for reader in readers:
                reader.outgoing.missed.clear()

        return run

    return instead(FanOut, "send_entries", dropping)


@bug("the hub leaves devices connected that were cut off", "bound", stress=("link", "cut off"))
def _keep_sockets():
    return patch.object(Hub, "_cut_off", lambda *_: None)


@bug("the hub never forgets a connection", "bound", "convergence", "bug", "stopped", stress=("reset",))
def _keep_sessions():
    return patch.object(Hub, "_session_closed", lambda *_: None)


@bug("the hub says that the reader has what it was sent", "false receipt")
def _receipt_on_sending():
    def one_more(frame):
        return lambda log, receipts: frame(log, {device: seq + 1 for device, seq in receipts.items()})

    return instead(receipts, "_frame", one_more)
