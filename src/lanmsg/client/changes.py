"""What new entries of a conversation mean for those who watch it: messages, and changes of messages.

A message comes as it looks with all that is known, so one that was edited or deleted before we came is
told as it is now. What was deleted loses its content in the same commit that stores the deletion.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from msgspec import structs

from lanmsg.client.amendments import Amended
from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.events import ChangeKind, MessageAdded, MessageChanged, MessageWithdrawn
from lanmsg.client.looks import text_of
from lanmsg.client.messages import Messages
from lanmsg.client.model import Message
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMessage
from lanmsg.client.unread import UnreadBook
from lanmsg.wire.content import Amending, ContentKind, Delete, Edit, Pin, Reaction
from lanmsg.wire.ids import MessageId

_ERASING = frozenset({ContentKind.DELETE, ContentKind.EDIT})
"""What makes something to erase: a deletion, and an edit of what was deleted before."""


class Changes:
    """Tells what saved entries have added and changed."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        messages: Messages,
        outbox: Outbox,
        conversations: Conversations,
        unread: UnreadBook,
    ) -> None:
        self._state = state
        self._effects = effects
        self._messages = messages
        self._outbox = outbox
        self._conversations = conversations
        self._unread = unread

    # --- entries as they come ----------------------------------------------------------------

    def take(
        self, log: Log, messages: Sequence[StoredMessage], returned: frozenset[int], *, backlog_end: int
    ) -> None:
        """Tell of a run of new entries. `returned` are the seqs of those that waited in our outbox."""
        seqs: dict[bytes, list[int]] = {}
        for message in messages:
            if message.target and not message.is_shown:
                seqs.setdefault(message.target, []).append(message.seq)
        erased = self._erase(log, {each.target for each in messages if each.kind in _ERASING})
        new = [erased.get(message.seq, message) for message in messages if message.is_shown]
        new_ids = {message.message_id for message in new}
        naming_us: list[int] = []
        for message in new:
            shown = self._show_new(log, message, seqs)
            if shown.mentions_me:
                naming_us.append(message.seq)
            if not self._state.is_ignored(message.sender):
                self._effects.emit(MessageAdded(message=shown, is_backlog=message.seq <= backlog_end))
        self._unread.take(log, new, naming_us)
        for target in [each for each in seqs if each not in new_ids]:
            self._tell(log, target, seqs[target], returned, is_backlog=seqs[target][-1] <= backlog_end)

    def _show_new(self, log: Log, message: StoredMessage, targets: Collection[bytes]) -> Message:
        """Only what stands behind a message can change it: of most there is nothing to look up."""
        if message.message_id in targets or self._outbox.book.amendments_of(message.message_id):
            return self._conversations.of_stored(log, message)
        return self._conversations.with_look(log, message, Amended(text_of(message)))

    def take_late(self, log: Log, message: StoredMessage, *, is_backlog: bool) -> None:
        """Tell of an entry that was stored unreadable, and can be read now."""
        touched = message.message_id if message.is_shown else message.target
        erased = self._erase(log, {touched})
        self._unread.take_late(log, erased.get(message.seq, message))
        if message.is_shown:
            shown = self._conversations.of_stored(log, erased.get(message.seq, message))
            if not self._state.is_ignored(message.sender):
                self._effects.emit(
                    MessageChanged(message=shown, change=ChangeKind.READABLE, is_backlog=is_backlog)
                )
            return
        self._effects.emit(MessageWithdrawn(id=message.message_id))
        self._tell(log, message.target, [message.seq], frozenset(), is_backlog=is_backlog)

    # --- changes of a message ----------------------------------------------------------------

    def _tell(
        self, log: Log, target: bytes, seqs: Collection[int], returned: frozenset[int], *, is_backlog: bool
    ) -> None:
        """Tell what the amendments at these seqs did; of a backlog only the last, ours as a new state."""
        if not target:
            return
        steps = [step for step in self._conversations.looks.steps(log, target) if step.stored.seq in seqs]
        steps = [step for step in steps if step.stored.seq not in returned]
        for step in steps[-1:] if is_backlog else steps:
            shown = self._conversations.of_stored(log, step.message)
            change = change_of(shown, step.amendment.content, self._state.handle_of(step.amendment.user))
            self._effects.emit(structs.replace(change, is_backlog=is_backlog))
        if not returned.isdisjoint(seqs):
            for message in self._messages.with_id(log.stored.log, MessageId(target)):
                if message.is_shown:
                    self._effects.emit(MessageChanged(message=self._conversations.of_stored(log, message)))

    def _erase(self, log: Log, targets: Iterable[bytes]) -> dict[int, StoredMessage]:
        """Take the content from what is deleted; return what was changed so, by its seq."""
        looks = self._conversations.looks
        gone = [each for target in targets if target for each in looks.erased(log, target)]
        erased = {each.seq: replace(each, content=b"") for each in gone}
        if erased:
            self._messages.save(list(erased.values()))
            self._unread.erased(log, erased.keys())
        return erased


def change_of(message: Message, content: Amending, by: str) -> MessageChanged:
    """Return the event that says what somebody did to a message."""
    match content:
        case Edit():
            return MessageChanged(message=message, change=ChangeKind.EDITED, by=by)
        case Delete():
            return MessageChanged(message=message, change=ChangeKind.DELETED, by=by)
        case Reaction(emoji=emoji, is_removed=is_removed):
            return MessageChanged(
                message=message, change=ChangeKind.REACTION, by=by, emoji=emoji, is_removed=is_removed
            )
        case Pin(is_removed=is_removed):
            return MessageChanged(message=message, change=ChangeKind.PIN, by=by, is_removed=is_removed)
