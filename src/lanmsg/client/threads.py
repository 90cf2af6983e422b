"""Messages that belong together: a thread of replies, and what is pinned."""

from lanmsg.client.conversations import Conversations
from lanmsg.client.model import Conversation, Message
from lanmsg.client.outbox import Outbox
from lanmsg.client.outbox_rows import amended_by
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import Store, StoredMessage
from lanmsg.wire.content import ContentKind, Text, decode_content
from lanmsg.wire.ids import LogId, MessageId
from lanmsg.wire.limits import MAX_PINS, MAX_THREAD_MESSAGES

_PINS_LOOKED_AT = 10 * MAX_PINS
"""Pins and unpins that are looked through: each pinned message has been pinned among them."""


class Threads:
    """Finds them in the store and in the outbox."""

    def __init__(
        self, state: ClientState, store: Store, outbox: Outbox, conversations: Conversations
    ) -> None:
        self._state = state
        self._store = store
        self._outbox = outbox
        self._conversations = conversations

    def thread(self, root: Message) -> list[Message]:
        """Return a message and what replies to it, directly or not.

        Oldest first, ours that wait last; at most the first `MAX_THREAD_MESSAGES`.
        """
        log = self._state.logs.get(self._state.log_of(root.conversation))
        if log is None:
            return [root, *self._waiting_replies(root, {root.id})]
        replies = self._replies(log.stored.log, root.id)
        messages = self._conversations.of_many(log, [each for each in replies if not self._is_ignored(each)])
        waiting = self._waiting_replies(root, {root.id, *(each.id for each in messages)})
        return [root, *messages, *waiting][:MAX_THREAD_MESSAGES]

    def _replies(self, log: LogId, root: MessageId) -> list[StoredMessage]:
        found: dict[bytes, StoredMessage] = {}
        wanted = frozenset({bytes(root)})
        while wanted and len(found) < MAX_THREAD_MESSAGES:
            replies = self._store.replies(log, wanted, limit=MAX_THREAD_MESSAGES)
            new = {bytes(each.message_id): each for each in replies if each.message_id != root}
            wanted = frozenset(new.keys() - found.keys())
            found = new | found
        return sorted(found.values(), key=lambda each: each.seq)

    def _is_ignored(self, message: StoredMessage) -> bool:
        return self._state.is_ignored(message.sender)

    def _waiting_replies(self, root: Message, thread: set[bytes]) -> list[Message]:
        waiting: list[Message] = []
        for row in self._outbox.book.shown_rows_of(root.conversation):
            content = decode_content(row.content)
            if isinstance(content, Text) and content.reply_to in thread and row.message_id not in thread:
                thread.add(row.message_id)
                waiting.append(self._conversations.of_row(row, root.conversation))
        return waiting

    def pinned(self, conversation: Conversation) -> list[Message]:
        """Return the pinned messages in the order of the conversation: at most the newest `MAX_PINS`."""
        targets = {amended_by(row) for row in self._outbox.book.shown_rows_of(conversation)} - {None}
        log = self._state.logs.get(self._state.log_of(conversation))
        if log is not None:
            pins = self._store.of_kind(log.stored.log, ContentKind.PIN, limit=_PINS_LOOKED_AT)
            targets |= {MessageId(pin.target) for pin in pins}
        messages = [self._conversations.message(target) for target in targets if target is not None]
        pinned = [each for each in messages if each is not None and each.is_pinned]
        pinned = [each for each in pinned if not self._state.is_ignored(each.sender_device)]
        here = [message for message in pinned if message.conversation == conversation]
        return sorted(here, key=lambda message: (message.seq == 0, message.seq))[-MAX_PINS:]
