"""Delivery receipts: which of our messages stand in whose store."""

from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.events import MessageChanged
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import Store, StoredReceipt
from lanmsg.wire.frames import Receipts

MAX_DELIVERY_EVENTS = 256
"""Own messages whose new delivery state is told at once; older ones are right when read again."""


class Deliveries:
    """Takes receipts, and tells which of our messages they change."""

    def __init__(
        self, state: ClientState, effects: Effects, store: Store, conversations: Conversations
    ) -> None:
        self._state = state
        self._effects = effects
        self._store = store
        self._conversations = conversations

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
                self._effects.save(StoredReceipt(frame.log, receipt.device, receipt.seq))
        if after < log.stored.seq:
            self._announce(log, after)

    def _announce(self, log: Log, after: int) -> None:
        newest = max(after, log.stored.seq - MAX_DELIVERY_EVENTS)
        stored = self._store.messages_after(log.stored.log, after=newest, limit=MAX_DELIVERY_EVENTS)
        own = [each for each in stored if each.sender == self._state.device and each.is_shown]
        for message in self._conversations.of_many(log, own):
            self._effects.emit(MessageChanged(message=message))
