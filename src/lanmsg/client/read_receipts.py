"""Read receipts: how far people have read, told among few, and never more often than needed.

A receipt is an entry like a message, so it waits for nobody to be connected, and all devices of those who
get it learn the same. One that comes late or twice changes nothing: the farthest counts.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.messages import Messages
from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMessage
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.wire import ids
from lanmsg.wire.content import ContentKind, ReadUpTo, decode_content, encode_content
from lanmsg.wire.ids import LogId, MessageId, UserId
from lanmsg.wire.limits import MAX_READERS_TOLD, READ_RECEIPT_INTERVAL_S

_LOOKED_BACK: Final = 50
"""Among how many of the newest messages one of somebody else is looked for."""
_NEVER_TOLD: Final = frozenset({ConversationKind.EVERYONE, ConversationKind.ACCOUNT})


class ReadReceipts:
    """Tells what we have read, and takes what others have.

    `changed` is called with a log and the seq behind which messages of it may be read by more people.
    """

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        messages: Messages,
        outbox: Outbox,
        surroundings: EngineSurroundings,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        changed: Callable[[Log, int], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._messages = messages
        self._outbox = outbox
        self._random_bytes = surroundings.random_bytes
        self._now_s = surroundings.loop.time
        self._call_later = call_later
        self._changed = changed
        self._is_on = surroundings.sends_read_receipts
        self.wants_it: Callable[[], bool] = lambda: True
        """Whether our person wants others to know; the preference of all their devices."""
        self._untold: dict[Conversation, int] = {}
        self._told: dict[Conversation, int] = {}
        self._told_at_s: dict[Conversation, float] = {}

    # --- ours --------------------------------------------------------------------------------

    def read(self, conversation: Conversation, seq: int) -> None:
        """We have read a conversation up to here; it is told soon, if it is to be told there."""
        if not (self._is_on and self.wants_it()) or not self._is_told_in(conversation):
            return
        is_due = conversation in self._untold
        self._untold[conversation] = max(seq, self._untold.get(conversation, 0))
        if is_due or not self._state.is_online:
            return
        told_at_s = self._told_at_s.get(conversation, -READ_RECEIPT_INTERVAL_S)
        wait_s = told_at_s + READ_RECEIPT_INTERVAL_S - self._now_s()
        if wait_s > 0:
            self._call_later(wait_s, partial(self._tell, conversation))
        else:
            self._tell(conversation)

    def _is_told_in(self, conversation: Conversation) -> bool:
        """Tell whether others read this, and few enough of them."""
        if conversation.kind in _NEVER_TOLD:
            return False
        return 1 < len(self._state.members(conversation)) <= MAX_READERS_TOLD

    def _tell(self, conversation: Conversation) -> None:
        if not self._state.is_online:
            return  # `caught_up` will
        seq = self._newest_of_others(conversation, self._untold.pop(conversation, 0))
        if seq <= self._told_up_to(conversation):
            return
        self._told[conversation] = seq
        self._told_at_s[conversation] = self._now_s()
        message_id = MessageId(self._random_bytes(ids.ID_BYTES))
        self._outbox.add(conversation, message_id, encode_content(ReadUpTo(seq)))

    def caught_up(self) -> None:
        """The hub is back: tell what was read meanwhile."""
        for conversation in list(self._untold):
            self._tell(conversation)

    def _newest_of_others(self, conversation: Conversation, seq: int) -> int:
        """Return the newest message up to here that somebody else wrote; 0 if there is none lately."""
        log = self._state.log_of(conversation)
        newest = self._messages.before(log, seq + 1, limit=_LOOKED_BACK)
        return max((each.seq for each in newest if self._author(each) != self._state.user), default=0)

    def _author(self, message: StoredMessage) -> UserId | None:
        person = self._state.directory.owner(message.sender)
        return None if person is None else person.user

    def _told_up_to(self, conversation: Conversation) -> int:
        """Return how far others know that we have read, from this device or another one of ours."""
        reads = self._state.reads.get(self._state.log_of(conversation), {})
        me = self._state.directory.person(self._state.user)
        ours = [reads.get(device, 0) for device in me.devices] if me is not None else []
        return max([self._told.get(conversation, 0), *ours])

    # --- theirs ------------------------------------------------------------------------------

    def take(self, log: Log, messages: Iterable[StoredMessage]) -> None:
        """Note how far people have read, from new entries of a log or from one whose key came late.

        Where nobody tells it, as in everyone, it is not taken either.
        """
        if self._state.conversation_of(log).kind in _NEVER_TOLD:
            return
        after = log.stored.seq
        for message in messages:
            if message.kind == ContentKind.READ_UP_TO and not message.reason:
                after = min(after, self._note(log.stored.log, message))
        if after < log.stored.seq:
            self._changed(log, after)

    def _note(self, log: LogId, message: StoredMessage) -> int:
        """Keep how far a device says its person has read; return how far that was before."""
        content = decode_content(message.content)
        assert isinstance(content, ReadUpTo)
        reads = self._state.reads.setdefault(log, {})
        before = reads.get(message.sender, 0)
        seq = min(content.seq, message.seq - 1)  # nobody has read what came later
        if seq <= before:
            return message.seq
        reads[message.sender] = seq
        self._effects.save(self._state.receipt(log, message.sender))
        return before
