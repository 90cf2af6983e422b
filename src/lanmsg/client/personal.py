"""What belongs to a person and not to a conversation: kept in step between their devices.

It connects the account log (`client.account`) with the parts that its values are for.
"""

import asyncio
from collections.abc import Callable

from lanmsg.client.account import Account
from lanmsg.client.effects import Effects
from lanmsg.client.model import ACCOUNT
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import OutboxRow, StoredState
from lanmsg.wire import ids
from lanmsg.wire.account import Change
from lanmsg.wire.ids import MessageId


class Personal:
    """Owns what the devices of one person share."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        outbox: Outbox,
        stored: StoredState,
        random_bytes: Callable[[int], bytes],
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self.account = Account(
            state,
            effects,
            outbox,
            new_message_id=lambda: MessageId(random_bytes(ids.ID_BYTES)),
            call_later=call_later,
            changed=self._changed,
        )
        self.account.load(stored.values)

    def took(self, row: OutboxRow) -> bool:
        """Take the new state of an outbox row, if it is for our own devices."""
        if row.conversation == ACCOUNT and row.failed:
            self.account.failed(row)
        return row.conversation == ACCOUNT

    def _changed(self, change: Change) -> None:
        pass
