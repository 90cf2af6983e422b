"""Every message of the logs as this side knows it: what is stored, and over it what is about to be.

A commit takes a while, and what arrives meanwhile must be judged by all that came before it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from lanmsg.client.effects import Effects
from lanmsg.client.store.interface import Store, StoredMessage
from lanmsg.wire.ids import LogId, MessageId


class Messages:
    """Saves messages, and finds them from the moment they are saved."""

    def __init__(self, store: Store, effects: Effects) -> None:
        self._store = store
        self._effects = effects
        self._unwritten: dict[LogId, dict[int, StoredMessage]] = {}
        self._by_name: dict[bytes, set[tuple[LogId, int]]] = {}
        """Places of unwritten messages, by their ids and by their targets."""

    def save(self, messages: Sequence[StoredMessage]) -> None:
        """Store messages, or replace those at the same places."""
        self._effects.save(*messages)
        for message in messages:
            self._unwritten.setdefault(message.log, {})[message.seq] = message
            for name in _names(message):
                self._by_name.setdefault(name, set()).add((message.log, message.seq))
        self._effects.then(partial(self._written, messages))

    def _written(self, messages: Sequence[StoredMessage]) -> None:
        """They are in the store; what replaced one of them meanwhile is still on its way."""
        for message in messages:
            unwritten = self._unwritten.get(message.log, {})
            if unwritten.get(message.seq) is message:
                del unwritten[message.seq]
                for name in _names(message):
                    self._forget(name, message)

    def _forget(self, name: bytes, message: StoredMessage) -> None:
        places = self._by_name.get(name, set[tuple[LogId, int]]())
        places.discard((message.log, message.seq))
        if not places:
            self._by_name.pop(name, None)

    def latest(self, message: StoredMessage) -> StoredMessage:
        """Return what is, or is about to be, in the place of a stored message."""
        return self._unwritten.get(message.log, {}).get(message.seq, message)

    # --- finding -----------------------------------------------------------------------------

    def with_id(self, log: LogId, message_id: MessageId) -> list[StoredMessage]:
        """Return all messages of a log with this id, by seq."""
        stored = self._store.find_in_log(log, message_id)
        return self._over(log, stored, [message_id], lambda each: each.message_id == message_id)

    def before(self, log: LogId, seq: int, *, limit: int) -> list[StoredMessage]:
        """Return the newest `limit` shown messages before a place, oldest first."""
        found = {each.seq: each for each in self._store.messages(log, before=seq, limit=limit)}
        found |= {place: each for place, each in self._unwritten.get(log, {}).items() if place < seq}
        return [found[place] for place in sorted(found) if found[place].is_shown][-limit:]

    def amendments(self, log: LogId, targets: Iterable[bytes]) -> list[StoredMessage]:
        """Return what is not shown and has one of these targets, by seq."""
        wanted = set(targets) - {b""}
        stored = self._store.amendments(log, wanted) if wanted else ()
        return self._over(log, stored, wanted, lambda each: each.target in wanted and not each.is_shown)

    def _over(
        self,
        log: LogId,
        stored: Iterable[StoredMessage],
        names: Iterable[bytes],
        is_wanted: Callable[[StoredMessage], bool],
    ) -> list[StoredMessage]:
        """Lay what is unwritten over what is stored."""
        found = {message.seq: message for message in stored}
        unwritten = self._unwritten.get(log)
        if unwritten:
            named = {seq for name in names for place, seq in self._by_name.get(name, ()) if place == log}
            found |= {seq: unwritten[seq] for seq in found.keys() | named if seq in unwritten}
        return [found[seq] for seq in sorted(found) if is_wanted(found[seq])]


def _names(message: StoredMessage) -> tuple[bytes, ...]:
    return (message.message_id, message.target) if message.target else (message.message_id,)
