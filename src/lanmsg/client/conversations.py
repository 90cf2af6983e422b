"""From entries and outbox rows to messages as faces show them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from lanmsg.client.amendments import Amended, EmojiPeople
from lanmsg.client.group_mentions import GroupMentions
from lanmsg.client.looks import Looks, content_of
from lanmsg.client.messages import Messages
from lanmsg.client.model import (
    ACCOUNT,
    Conversation,
    ConversationKind,
    Message,
    MessagePage,
    MessageReaction,
    MessageState,
    UnreadableReason,
)
from lanmsg.client.outbox import Outbox
from lanmsg.client.outbox_rows import is_message
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow, Store, StoredMessage
from lanmsg.wire.content import Text, decode_content
from lanmsg.wire.ids import DeviceId, MessageId
from lanmsg.wire.mentions import GROUP_MENTIONS, mentions_in

_REASON_TEXTS: dict[UnreadableReason, str] = {
    UnreadableReason.BEFORE_YOU_JOINED: "written before you joined",
    UnreadableReason.MISSING_KEY: "its key has not come yet; it was asked for",
    UnreadableReason.UNKNOWN_SENDER: "sent by a device nobody vouches for",
    UnreadableReason.BAD_SIGNATURE: "not signed by the device it is said to come from",
    UnreadableReason.BAD_CIPHERTEXT: "damaged or altered on the way",
    UnreadableReason.MISPLACED: "taken from another place or repeated; not shown",
    UnreadableReason.UNKNOWN_CONTENT: "made by a newer version: update to read it",
}


class Conversations:
    """Makes messages for display."""

    def __init__(self, state: ClientState, store: Store, messages: Messages, outbox: Outbox) -> None:
        self._state = state
        self._store = store
        self._outbox = outbox
        self._group_mentions = GroupMentions(state, messages)
        self.looks = Looks(state, messages, outbox)

    def of_stored(self, log: Log, stored: StoredMessage) -> Message:
        """Show an entry of a log."""
        return self.of_many(log, [stored])[0]

    def of_many(self, log: Log, stored: Sequence[StoredMessage]) -> list[Message]:
        """Show entries of a log, in their order."""
        looks = self.looks.of(log, stored)
        return [self.with_look(log, each, look) for each, look in zip(stored, looks, strict=True)]

    def with_look(self, log: Log, stored: StoredMessage, look: Amended) -> Message:
        """Show an entry of a log that looks like this."""
        conversation = self._state.conversation_of(log)
        content = content_of(stored)
        is_own = self._state.is_own_device(stored.sender)
        read_by = self._read_by(log, stored)
        delivered_to = self.delivered_to(log, stored.seq, stored.sender) if is_own else 0
        message = Message(
            conversation=conversation,
            conversation_name=self._state.name_of(conversation),
            id=stored.message_id,
            seq=stored.seq,
            sender=self._state.handle_of_device(stored.sender),
            sender_device=stored.sender,
            is_own=is_own,
            text=look.text or "",
            sent_at_ms=stored.at_ms,
            state=_state_of(stored, is_own=is_own, delivered_to=delivered_to, is_read=bool(read_by)),
            is_action=isinstance(content, Text) and content.is_action,
            reply_to=MessageId(stored.target) if stored.is_shown and stored.target else None,
            reason=reason_text(stored.reason),
            delivered_to=max(delivered_to, len(read_by)) if is_own else 0,
            read_by=read_by,
        )
        message = self._with_amendments(message, look)
        return self._with_calls(log, stored, message) if message.mentions else message

    def of_row(self, row: OutboxRow, conversation: Conversation) -> Message:
        """Show a message that waits or has failed; not a change of one."""
        content = cast("Text", decode_content(row.content))
        look = self.looks.of_row(row)
        message = Message(
            conversation=conversation,
            conversation_name=self._state.name_of(conversation),
            id=row.message_id,
            seq=0,
            sender=self._state.profile.handle,
            sender_device=self._state.device,
            is_own=True,
            text=look.text or "",
            sent_at_ms=row.queued_at_ms,
            state=self._state_of_row(row),
            is_action=content.is_action,
            reply_to=MessageId(content.reply_to) if content.reply_to else None,
            reason=row.failed,
        )
        return self._with_amendments(message, look)

    def _state_of_row(self, row: OutboxRow) -> MessageState:
        if row.failed:
            return MessageState.FAILED
        if self._outbox.is_acknowledged(row.message_id):
            return MessageState.SENT
        return MessageState.WAITING

    # --- what was done to it, and whom it names -----------------------------------------------

    def _with_amendments(self, message: Message, look: Amended) -> Message:
        mentions = self._mentions(message) if "@" in message.text else ()
        if look == Amended(look.text) and not mentions:
            return message
        return replace(
            message,
            edited_at_ms=look.edited_at_ms,
            is_deleted=look.is_deleted,
            deleted_by=self._state.handle_of(look.deleted_by) if look.deleted_by is not None else "",
            reactions=tuple(map(self._reaction, look.reactions)),
            is_pinned=look.is_pinned,
            mentions=mentions,
        )

    def _reaction(self, reaction: EmojiPeople) -> MessageReaction:
        people = tuple(self._state.handle_of(user) for user in reaction.users)
        return MessageReaction(reaction.emoji, people, self._state.user in reaction.users)

    def _mentions(self, message: Message) -> tuple[str, ...]:
        def is_member(handle: str) -> bool:
            person = self._state.directory.named(handle)
            return person is not None and self._state.is_member(message.conversation, person.user)

        return mentions_in(message.text, is_member)

    def _with_calls(self, log: Log, stored: StoredMessage, message: Message) -> Message:
        """Note whether somebody else's message names us, or all of us."""
        author = self._state.directory.owner(stored.sender)
        if author is None or author.user == self._state.user:
            return message
        is_called = not GROUP_MENTIONS.isdisjoint(message.mentions) and self._group_mentions.counts(
            log, stored
        )
        return replace(message, mentions_me=is_called or self._state.profile.handle in message.mentions)

    # --- receipts ----------------------------------------------------------------------------

    def delivered_to(self, log: Log, seq: int, author: DeviceId) -> int:
        """Count the people, the author apart, of whom a device has this entry in its store."""
        author_person = self._state.directory.owner(author)
        people = {
            owner.user
            for device, stored_seq in self._state.receipts.get(log.stored.log, {}).items()
            if stored_seq >= seq and (owner := self._state.directory.owner(device)) is not None
        }
        if author_person is not None and set(log.stored.users) != {author_person.user}:
            people.discard(author_person.user)
        return len(people)

    def _read_by(self, log: Log, stored: StoredMessage) -> tuple[str, ...]:
        """Name the people, the author apart, who say that they have read up to here."""
        reads = self._state.reads.get(log.stored.log)
        if not reads:
            return ()
        author = self._state.directory.owner(stored.sender)
        owners = [self._state.directory.owner(device) for device, seq in reads.items() if seq >= stored.seq]
        return tuple(sorted({each.handle for each in owners if each is not None and each is not author}))

    # --- finding -----------------------------------------------------------------------------

    def history(self, conversation: Conversation, *, limit: int, before: int | None) -> list[Message]:
        """Return the newest stored messages, oldest first, then what waits (not with `before`)."""
        log = self._state.logs.get(self._state.log_of(conversation))
        messages: list[Message] = []
        if log is not None:
            messages = self.of_many(log, self._newest(log, before=before, limit=limit))
        if before is not None:
            return messages
        return [*messages, *self._waiting(conversation, messages)]

    def _newest(self, log: Log, *, before: int | None, limit: int) -> list[StoredMessage]:
        """Return the newest messages, those of ignored people apart."""
        found: list[StoredMessage] = []
        while len(found) < limit:
            page = self._store.messages(log.stored.log, before=before, limit=limit)
            found = [each for each in page if not self._state.is_ignored(each.sender)] + found
            if len(page) < limit or len(found) == len(page):
                break
            before = page[0].seq
        return found[-limit:]

    def page(self, conversation: Conversation, *, after: int, limit: int) -> MessagePage:
        """Return the oldest stored messages with seq > `after`; the last page ends with what waits."""
        log = self._state.logs.get(self._state.log_of(conversation))
        messages: list[Message] = []
        if log is not None:
            stored = self._store.messages_after(log.stored.log, after=after, limit=limit)
            messages = self.of_many(log, [each for each in stored if each.is_shown])
            if len(stored) >= limit:
                return MessagePage(tuple(messages), stored[-1].seq)
        return MessagePage((*messages, *self._waiting(conversation, messages)), None)

    def _waiting(self, conversation: Conversation, messages: list[Message]) -> list[Message]:
        """Return what waits of a conversation, and is not among its messages yet."""
        known = {message.id for message in messages}
        rows = self._outbox.book.shown_rows_of(conversation)
        waiting = [row for row in rows if row.message_id not in known and is_message(row)]
        return [self.of_row(row, conversation) for row in waiting]

    def message(self, message_id: MessageId) -> Message | None:
        """Find a message, in the logs or waiting, and show it; None for what is no message of its own."""
        row = self._outbox.book.shown_row(message_id)
        if row is not None:
            return self.of_row(row, row.conversation) if is_message(row) else None
        stored = self._store.find_message(message_id)
        log = self._state.logs.get(stored.log) if stored is not None and stored.is_shown else None
        if log is not None and not log.is_conversation:
            return None
        return self.of_stored(log, stored) if stored is not None and log is not None else None

    def conversations(self) -> list[Conversation]:
        """Return those in which something was said or waits: everyone first, then by name."""
        logs = (log for log in self._state.logs.values() if log.is_conversation)
        used = {self._state.conversation_of(log) for log in logs if log.stored.seq > log.stored.base}
        return sorted((used | self._outbox.book.conversations()) - {ACCOUNT}, key=self._place)

    def _place(self, conversation: Conversation) -> tuple[bool, str]:
        return conversation.kind is not ConversationKind.EVERYONE, self._state.name_of(conversation)


def reason_text(reason: str) -> str:
    """Say an `UnreadableReason` in words; empty for none."""
    return _REASON_TEXTS[UnreadableReason(reason)] if reason else ""


def _state_of(stored: StoredMessage, *, is_own: bool, delivered_to: int, is_read: bool) -> MessageState:
    if stored.reason:
        return MessageState.UNREADABLE
    if not is_own:
        return MessageState.RECEIVED
    if is_read:
        return MessageState.READ
    return MessageState.DELIVERED if delivered_to else MessageState.SENT
