"""Receipts: which of our messages stand in whose store, and who has read them."""

import asyncio
from collections.abc import Callable

from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.events import MessageChanged
from lanmsg.client.messages import Messages
from lanmsg.client.outbox import Outbox
from lanmsg.client.read_receipts import ReadReceipts
from lanmsg.client.state import ClientState, Log
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.wire.frames import Receipts

MAX_DELIVERY_EVENTS = 256
"""Own messages whose new delivery state is told at once; older ones are right when read again."""


class Deliveries:
    """Takes receipts of both sorts, and tells which of our messages they change."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        messages: Messages,
        outbox: Outbox,
        conversations: Conversations,
        surroundings: EngineSurroundings,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self._state = state
        self._effects = effects
        self._messages = messages
        self._conversations = conversations
        self.reads = ReadReceipts(
            state,
            effects,
            messages,
            outbox,
            surroundings,
            call_later=call_later,
            changed=self._announce,
        )

    def take_receipts(self, frame: Receipts) -> None:
        """Note how far devices have a conversation; a receipt never takes anything back."""
        log = self._state.logs.get(frame.log)
        if log is None or not log.is_conversation:
            return
        known = self._state.receipts.setdefault(frame.log, {})
        after = log.stored.seq
        for receipt in frame.receipts:
            before = known.get(receipt.device, 0)
            if receipt.seq > before:
                after = min(after, before)
                known[receipt.device] = receipt.seq
                self._effects.save(self._state.receipt(frame.log, receipt.device))
        if after < log.stored.seq:
            self._announce(log, after)

    def _announce(self, log: Log, after: int) -> None:
        newest = self._messages.before(log.stored.log, log.stored.seq + 1, limit=MAX_DELIVERY_EVENTS)
        own = [each for each in newest if each.seq > after and self._state.is_own_device(each.sender)]
        for message in self._conversations.of_many(log, own):
            self._effects.emit(MessageChanged(message=message))
