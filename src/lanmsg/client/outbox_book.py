"""Every row of the outbox by its id and by what it changes; and, for a moment, those that have left it."""

from collections.abc import Callable
from functools import partial

from lanmsg.client.effects import Effects
from lanmsg.client.model import Conversation
from lanmsg.client.outbox_rows import amended_by, is_said_by_itself
from lanmsg.client.store.interface import OutboxRow
from lanmsg.wire.ids import MessageId


class OutboxBook:
    """Finds rows. A row whose entry has come is found until that entry can be read from the store."""

    def __init__(self, effects: Effects) -> None:
        self._then: Callable[[Callable[[], None]], None] = effects.then
        self._rows: dict[MessageId, OutboxRow] = {}
        self._returning: dict[MessageId, OutboxRow] = {}
        self._amendments: dict[MessageId, dict[MessageId, None]] = {}
        """The rows that change a message, by the message they change."""
        self.said_by_itself: set[MessageId] = set()
        """Of what waits: what nobody wrote."""

    # --- asking ------------------------------------------------------------------------------

    @property
    def amended(self) -> list[MessageId]:
        """The messages that something waits to change."""
        return list(self._amendments)

    def amendments_of(self, target: MessageId) -> list[OutboxRow]:
        """Return what waits to change this message, in the order it was written."""
        return [self._rows[message_id] for message_id in self._amendments.get(target, ())]

    def row(self, message_id: MessageId) -> OutboxRow | None:
        """Find a message, waiting or failed."""
        return self._rows.get(message_id)

    def shown_row(self, message_id: MessageId) -> OutboxRow | None:
        """Find a message that the store does not have yet: waiting, failed, or about to be stored."""
        return self._rows.get(message_id) or self._returning.get(message_id)

    def rows_of(self, conversation: Conversation) -> list[OutboxRow]:
        """Return a conversation's messages, waiting and failed, in the order they were written."""
        return [row for row in self._rows.values() if row.conversation == conversation]

    def shown_rows_of(self, conversation: Conversation) -> list[OutboxRow]:
        """Return the same behind those that are about to be stored; some of these may just have been."""
        returning = [row for row in self._returning.values() if row.conversation == conversation]
        return [*returning, *self.rows_of(conversation)]

    def is_returning(self, message_id: MessageId) -> bool:
        """Tell whether its entry has come, and can't be read from the store yet."""
        return message_id in self._returning

    def conversations(self) -> set[Conversation]:
        """Return those with messages, waiting or failed."""
        return {row.conversation for row in self._rows.values()}

    # --- changing ----------------------------------------------------------------------------

    def note(self, row: OutboxRow) -> None:
        """Take a row in, or its new state."""
        self._rows[row.message_id] = row
        if is_said_by_itself(row) and not row.failed:
            self.said_by_itself.add(row.message_id)
        target = amended_by(row)
        if target is not None:
            self._amendments.setdefault(target, {})[row.message_id] = None

    def forget(self, row: OutboxRow) -> None:
        """Take a row out."""
        del self._rows[row.message_id]
        self.said_by_itself.discard(row.message_id)
        target = amended_by(row)
        if target is not None:
            self._amendments[target].pop(row.message_id, None)
            if not self._amendments[target]:
                del self._amendments[target]

    def returned(self, row: OutboxRow) -> None:
        """Take a row out whose entry is stored with this step."""
        self.forget(row)
        self._returning[row.message_id] = row
        self._then(partial(self._stored, row.message_id))

    def _stored(self, message_id: MessageId) -> None:
        self._returning.pop(message_id, None)
