"""Planted bugs of a client: its store, its sync and outbox, its keys."""

import dataclasses
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from lanmsg.client.committer import Committer
from lanmsg.client.connection import Connection
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.outbox import Outbox
from lanmsg.client.outbox_queue import Queue
from lanmsg.client.sealer import Sealer
from lanmsg.client.store.interface import OutboundSession
from lanmsg.client.store.memory import MemoryStore
from lanmsg.client.sync import Sync
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import ZERO_HASH

from . import disk as disks
from .planting import bug, instead

# --- a client's store ----------------------------------------------------------------------------


@bug("a client acknowledges before it has stored", "false receipt", "skip", "lost")
def _receipt_before_store():
    def hasty(carry_out):
        def run(self, effects, link):
            if link is not None and effects.frames:
                link.send(b"".join(effects.frames))
            effects.frames = []
            carry_out(self, effects, link)

        return run

    return instead(Committer, "carry_out", hasty)


@bug("a client tells before it has stored", "skip", "duplicate", "bug")
def _told_before_stored():
    def hasty(carry_out):
        def run(self, effects, link):
            for event in effects.events:
                self._emit(event)
            effects.events = []
            carry_out(self, effects, link)

        return run

    return instead(Committer, "carry_out", hasty)


@bug(
    "a client goes on when its disk fails",
    "skip",
    "lost",
    "unable to decrypt",
    "phantom",
    "convergence",
    stress=("disk error client", "kill client"),
)
def _client_ignores_write_errors():
    def careless(commit):
        def run(self):
            is_broken, self._weather.is_broken = self._weather.is_broken, False
            if is_broken:
                store, self._store = self._store, self._store.copy_durable()
                commit(self)
                self._store = store
            else:
                commit(self)
            self._weather.is_broken = is_broken

        return run

    return instead(disks.StoreExecutor, "_commit", careless)


@bug(
    "a client forgets its last transaction in a power cut",
    "non-monotonic",
    "skip",
    "lost",
    "false receipt",
    "fork",
    stress=("power cut client",),
)
def _client_forgets_fsync():
    from .machines import ClientMachine

    newest: dict[int, MemoryStore] = {}

    def remembering(commit):
        def run(self, changes):
            newest[id(self)] = self.copy_durable()
            commit(self, changes)

        return run

    def forgetful(lose_power):
        def run(self):
            lose_power(self)
            self.stores = {hub: newest.get(id(store), store) for hub, store in self.stores.items()}

        return run

    stack = ExitStack()
    stack.enter_context(instead(MemoryStore, "commit", remembering))
    stack.enter_context(instead(ClientMachine, "lose_power", forgetful))
    return stack


def _not_stored(kind: type):
    def without(commit):
        def run(self, changes):
            commit(self, [change for change in changes if not isinstance(change, kind)])

        return run

    return instead(MemoryStore, "commit", without)


@bug("a client does not store how far its ratchet is", "fifo", "unable to decrypt", stress=("kill client",))
def _old_ratchet():
    stored: set[bytes] = set()

    def only_first(commit):
        def run(self, changes):
            kept = []
            for change in changes:
                if isinstance(change, OutboundSession):
                    if change.log in self._tables.outbound:
                        continue
                    stored.add(change.log)
                kept.append(change)
            commit(self, kept)

        return run

    return instead(MemoryStore, "commit", only_first)


# --- a client's sync and outbox ------------------------------------------------------------------


@bug("a client takes what is newest as all it needs", "skip", "lost")
def _cursor_is_newest():
    def jumping(buffer):
        def run(self, log, frame):
            log.stored = dataclasses.replace(log.stored, seq=frame.first_seq - 1, hash=frame.previous)
            self._take_run(log, frame)

        return run

    return instead(Sync, "_buffer", jumping)


@bug("a client begins again when it has logged in", "duplicate", "skip", "non-monotonic")
def _cursor_goes_back():
    def back(start):
        def run(self, log_count):
            for log in self._state.logs.values():
                if log.stored.kind is LogKind.EVERYONE and not log.stored.base:
                    log.stored = dataclasses.replace(log.stored, seq=0, hash=ZERO_HASH)
            start(self, log_count)

        return run

    return instead(Sync, "start", back)


@bug(
    "a client sends again under a new id",
    "phantom",
    "duplicate",
    stress=("reset", "kill client", "partition"),
)
def _new_id():
    def renamed(resend):
        def run(self):
            for queue in self._queues.values():
                for row in [row for row in queue.rows.values() if row.frames]:
                    self._forget(row)
                    other = dataclasses.replace(row, message_id=row.message_id[::-1], frames=b"")
                    self.book.note(other)
                    queue.put(other)
                    self._effects.save(other)
            resend(self)

        return run

    return instead(Outbox, "resend", renamed)


@bug("a client does not send again what was on the way", "convergence")
def _no_resend():
    return patch.object(Outbox, "resend", lambda self: self.pump())


@bug(
    "a client forgets what waits when it is started again",
    "lost",
    "convergence",
    stress=("partition", "kill client"),
)
def _outbox_forgotten():
    def nothing(load):
        return lambda self, rows: load(self, rows[:0])

    return instead(Outbox, "load", nothing)


@bug("a client sends the newest of what waits first", "fifo")
def _newest_of_outbox_first():
    def newest(self):
        rows = [row for row in self.rows.values() if not row.frames and row.message_id not in self.in_flight]
        return rows[-1] if rows else None

    return patch.object(Queue, "next_unsealed", newest)


@bug("a client gives up after the first loss of its link", "convergence")
def _never_reconnects():
    async def give_up(*_):
        return False

    return patch.object(Connection, "_reconnect", give_up)


# --- a client's keys -----------------------------------------------------------------------------


@bug(
    "a client goes on with its session when somebody has left",
    "leak",
    stress=("remove", "leave", "invite", "join", "say in room"),
)
@contextmanager
def _no_rotation():
    never = patch.object(MessageKeys, "drop_sending", lambda *_: None)
    with patch.object(Sealer, "_may_go_on", lambda *_: True), never:
        yield


@bug("a client encrypts for itself alone", "unable to decrypt", "probe")
def _no_shares():
    return patch.object(Sealer, "_make_shares", lambda *_: None)


@bug("a client forgets the keys it was given", "unable to decrypt", "probe")
def _keys_forgotten():
    return patch.object(MessageKeys, "add_receiving", lambda *_, **__: True)
