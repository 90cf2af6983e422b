"""Receipts: which of our messages stand in whose store, and who has read them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable

from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.events import MessageChanged
from lanmsg.client.messages import Messages
from lanmsg.client.outbox import Outbox
from lanmsg.client.read_receipts import ReadReceipts
from lanmsg.client.state import ClientState, Log
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.wire.frames import Receipt, Receipts
from lanmsg.wire.ids import DeviceId, LogId

MAX_DELIVERY_EVENTS = 256
"""Own messages whose new delivery state is told at once; older ones are right when read again."""
MAX_EARLY_RECEIPTS = 10_000
"""Receipts of devices that read a conversation only when what the hub sends next is here; oldest dropped."""


class Deliveries:
    """Takes receipts of both sorts, and tells which of our messages they change.

    Only devices of who reads a conversation count, so a hub can't fill our store with strangers.
    """

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
        self._early: OrderedDict[tuple[LogId, DeviceId], int] = OrderedDict()

    def take_receipts(self, frame: Receipts) -> None:
        """Note how far devices have a conversation; a receipt never takes anything back."""
        log = self._state.logs.get(frame.log)
        if log is None or not log.is_conversation:
            return
        for receipt in frame.receipts:
            if not self._is_readers(log, receipt.device):
                self._keep_early(frame.log, receipt)
        self._note(log, [each for each in frame.receipts if self._is_readers(log, each.device)])

    def readers_changed(self) -> None:
        """Other people or devices read some conversation now: take what came too early for them."""
        found: dict[LogId, list[Receipt]] = {}
        for (log_id, device), seq in self._early.items():
            if self._is_readers(self._state.logs[log_id], device):
                found.setdefault(log_id, []).append(Receipt(device, seq))
        for log_id, receipts in found.items():
            for receipt in receipts:
                del self._early[log_id, receipt.device]
            self._note(self._state.logs[log_id], receipts)

    def _is_readers(self, log: Log, device: DeviceId) -> bool:
        """Tell whether a device is or was one of somebody who reads a conversation now."""
        owner = self._state.directory.owner(device)
        return owner is not None and self._state.could_read(log, owner.user, log.stored.seq + 1)

    def _keep_early(self, log: LogId, receipt: Receipt) -> None:
        self._early[log, receipt.device] = receipt.seq
        self._early.move_to_end((log, receipt.device))
        if len(self._early) > MAX_EARLY_RECEIPTS:
            self._early.popitem(last=False)

    def _note(self, log: Log, receipts: Iterable[Receipt]) -> None:
        known = self._state.receipts.setdefault(log.stored.log, {})
        after = log.stored.seq
        for receipt in receipts:
            before = known.get(receipt.device, 0)
            if receipt.seq > before:
                after = min(after, before)
                known[receipt.device] = receipt.seq
                self._effects.save(self._state.receipt(log.stored.log, receipt.device))
        if after < log.stored.seq:
            self._announce(log, after)

    def _announce(self, log: Log, after: int) -> None:
        newest = self._messages.before(log.stored.log, log.stored.seq + 1, limit=MAX_DELIVERY_EVENTS)
        own = [each for each in newest if each.seq > after and self._state.is_own_device(each.sender)]
        for message in self._conversations.of_many(log, own):
            self._effects.emit(MessageChanged(message=message))
