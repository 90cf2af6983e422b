"""Takes away what has lived its time: from the store, the index and the screen, with all that was done to it.

When a text is over is fixed by the log: the hub's clock of its entry, and the lifetime that held there
(`lifetimes`). "Now" is the hub's clock as of this login; before the first login, our own. What is over when
it comes is never stored or told. One timer stands for all texts, and looks again every `LOOK_AGAIN_S`, for a
machine may have slept, or its clock been set.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from lanmsg.client.conversation_rules import has_setting
from lanmsg.client.effects import Effects
from lanmsg.client.events import LifetimeChanged, MessageExpired
from lanmsg.client.later import SHORTEST_WAIT_S, Later
from lanmsg.client.lifetimes import Lifetimes
from lanmsg.client.messages import Messages
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import ExpirySpan, Store, StoredMessage
from lanmsg.client.unread import UnreadBook
from lanmsg.wire.content import ContentKind, Lifetime
from lanmsg.wire.ids import MessageId

LOOK_AGAIN_S: Final = 10.0
BATCH: Final = 500
"""Texts of a step."""
SETTLING_MS: Final = 24 * 60 * 60 * 1000
"""For how long after it was added a device waits for the past before it erases: a lifetime that was
switched off again may stand in an entry that can't be read yet."""
_AMENDING: Final = frozenset({ContentKind.EDIT, ContentKind.DELETE, ContentKind.REACTION, ContentKind.PIN})


class Expiry:
    """Erases. `is_past_coming` tells whether keys of the past are on their way to this device."""

    def __init__(  # noqa: PLR0913 - the parts it works with
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        messages: Messages,
        outbox: Outbox,
        unread: UnreadBook,
        later: Later,
        *,
        hub_now_ms: Callable[[], int],
        is_past_coming: Callable[[], bool],
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._messages = messages
        self._outbox = outbox
        self._unread = unread
        self._later = later
        self._hub_now_ms = hub_now_ms
        self._is_past_coming = is_past_coming
        self.lifetimes = Lifetimes(state, store)
        self._timer: asyncio.TimerHandle | None = None

    # --- what comes --------------------------------------------------------------------------

    def save(self, log: Log, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        """Store new entries, or ones that can be read now, and when they expire; return them.

        Of those that are over, and of what was done to them, only the places are stored.
        """
        if not has_setting(Lifetime, log.stored.kind):
            self._messages.save(messages)
            return list(messages)
        changed_after = self.lifetimes.note(log, messages)
        judged: list[StoredMessage] = []
        for message in messages:
            is_over = self._is_over(log, message) or self._is_of_nothing(log, message, judged)
            judged.append(_expired(message) if is_over else message)
        self._messages.save(judged)
        after, up_to = messages[0].seq - 1, messages[-1].seq
        if changed_after is not None:
            after, up_to = min(after, changed_after), log.stored.seq
        self._stamp(log, after=after, up_to=up_to)
        return judged

    def take_handed(self, log: Log) -> None:
        """Take the lifetimes that another device of ours has said, for what is here already, too."""
        changed_after = self.lifetimes.note_handed(log)
        if changed_after is not None:
            self._stamp(log, after=changed_after, up_to=log.stored.seq)

    def _stamp(self, log: Log, *, after: int, up_to: int) -> None:
        """Note when the texts of a part of a log expire."""
        if self.lifetimes.of(log):
            self._effects.save(*self.lifetimes.spans(log, after=after, up_to=up_to))
            self._later.when_stored(self.schedule)

    def _is_over(self, log: Log, message: StoredMessage) -> bool:
        if message.kind != ContentKind.TEXT or self._is_settling():
            return False
        lifetime_s = self.lifetimes.at(log, message.seq)
        return lifetime_s > 0 and message.at_ms + lifetime_s * 1000 <= self._hub_now_ms()

    def _is_of_nothing(self, log: Log, message: StoredMessage, run: Iterable[StoredMessage]) -> bool:
        """Whether it amends what has expired, or what this device never had: it may hold the text of that."""
        if message.kind not in _AMENDING or not self.lifetimes.was_said_before(log, message.seq):
            return False
        in_run = [each for each in run if each.message_id == message.target]
        return _all_expired(in_run) and self._is_gone(log, message.target)

    def _is_gone(self, log: Log, target: bytes) -> bool:
        return _all_expired(self._messages.with_id(log.stored.log, MessageId(target)))

    def tell(self, log: Log, message: StoredMessage, *, is_backlog: bool) -> None:
        """Tell of an entry that set a lifetime."""
        change = self.lifetimes.said_by(log, message)
        if change is None:
            return
        conversation = self._state.conversation_of(log)
        self._effects.emit(
            LifetimeChanged(
                conversation=conversation,
                conversation_name=self._state.name_of(conversation),
                by=self._state.handle_of_device(message.sender),
                seconds=change.seconds,
                is_backlog=is_backlog,
            )
        )

    # --- what is over ------------------------------------------------------------------------

    def _is_settling(self) -> bool:
        """Whether keys of the past are on their way, to a device that is not older than a day."""
        added_ms = self._state.device_added_ms.get(self._state.device, 0)
        return self._is_past_coming() and self._hub_now_ms() < added_ms + SETTLING_MS

    def erase_some(self) -> bool:
        """Erase at most `BATCH` texts that are over, with this step; False: there are none."""
        if self._is_settling():
            return False
        due = self._store.expiring(until_ms=self._hub_now_ms(), limit=BATCH)
        for log_id in dict.fromkeys(message.log for message in due):
            log = self._state.logs[log_id]
            self._erase(log, [self._messages.latest(each) for each in due if each.log == log_id])
        return bool(due)

    def _erase(self, log: Log, messages: Sequence[StoredMessage]) -> None:
        self._messages.save([_expired(message) for message in messages])
        self._effects.save(*(ExpirySpan(each.log, each.seq - 1, each.seq, 0) for each in messages))
        for message in messages:
            self.erase_amendments(log, message.message_id)
            self._tell_expired(log, message)
        self._unread.erased(log, {message.seq for message in messages})

    def erase_amendments(self, log: Log, target: MessageId) -> None:
        """Erase what was done to a message that is over, also what waits to be done."""
        if self._is_gone(log, target):
            found = self._messages.amendments(log.stored.log, [target])
            self._messages.save([_expired(each) for each in found])
            for row in self._outbox.book.amendments_of(target):
                self._outbox.withdraw(row.message_id)  # what was sent already is erased when it comes back

    def _tell_expired(self, log: Log, message: StoredMessage) -> None:
        conversation = self._state.conversation_of(log)
        self._effects.emit(
            MessageExpired(
                conversation=conversation,
                conversation_name=self._state.name_of(conversation),
                id=message.message_id,
                seq=message.seq,
            )
        )

    # --- when --------------------------------------------------------------------------------

    def schedule(self) -> None:
        """Look again when the next text is over."""
        next_ms = self._store.next_expiry_ms()
        if next_ms is None:
            return
        left_s = (next_ms - self._hub_now_ms()) / 1000
        wait_s = LOOK_AGAIN_S if self._is_settling() else min(max(left_s, SHORTEST_WAIT_S), LOOK_AGAIN_S)
        if self._timer is not None:
            if self._timer.when() <= self._later.time_s() + wait_s:
                return
            self._later.cancel(self._timer)
        self._timer = self._later.call_later(wait_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.erase_some()
        self._later.when_stored(self.schedule)


def _expired(message: StoredMessage) -> StoredMessage:
    """Return what is left of an entry: its place, its hash, who sent it."""
    return replace(message, kind=ContentKind.EXPIRED, content=b"", target=b"")


def _all_expired(messages: Iterable[StoredMessage]) -> bool:
    return all(message.kind == ContentKind.EXPIRED for message in messages)
