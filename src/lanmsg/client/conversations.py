"""From entries and outbox rows to messages as faces show them."""

from lanmsg.client.model import Conversation, Message, MessageState, UnreadableReason
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow, Store, StoredMessage
from lanmsg.wire.content import Text, decode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import DeviceId, MessageId

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

    def __init__(self, state: ClientState, store: Store, outbox: Outbox) -> None:
        self._state = state
        self._store = store
        self._outbox = outbox

    def of_stored(self, log: Log, stored: StoredMessage) -> Message:
        """Show an entry of a log."""
        conversation = self._state.conversation_of(log)
        content = _content(stored)
        is_own = stored.sender == self._state.device
        delivered_to = self.delivered_to(log, stored.seq, stored.sender) if is_own else 0
        return Message(
            conversation=conversation,
            conversation_name=self._state.name_of(conversation),
            id=stored.message_id,
            seq=stored.seq,
            sender=self._state.handle_of_device(stored.sender),
            sender_device=stored.sender,
            is_own=is_own,
            text=content.text if content is not None else "",
            sent_at_ms=stored.at_ms,
            state=_state_of(stored, is_own=is_own, delivered_to=delivered_to),
            is_action=content is not None and content.is_action,
            reply_to=MessageId(content.reply_to) if content is not None and content.reply_to else None,
            reason=reason_text(stored.reason),
            delivered_to=delivered_to,
        )

    def of_row(self, row: OutboxRow, conversation: Conversation) -> Message:
        """Show a message that waits or has failed."""
        content = decode_content(row.content)
        return Message(
            conversation=conversation,
            conversation_name=self._state.name_of(conversation),
            id=row.message_id,
            seq=0,
            sender=self._state.profile.handle,
            sender_device=self._state.device,
            is_own=True,
            text=content.text,
            sent_at_ms=row.queued_at_ms,
            state=self._state_of_row(row),
            is_action=content.is_action,
            reply_to=MessageId(content.reply_to) if content.reply_to else None,
            reason=row.failed,
        )

    def _state_of_row(self, row: OutboxRow) -> MessageState:
        if row.failed:
            return MessageState.FAILED
        if self._outbox.is_acknowledged(row.message_id):
            return MessageState.SENT
        return MessageState.WAITING

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

    def history(self, conversation: Conversation, *, limit: int, before: int | None) -> list[Message]:
        """Return the newest stored messages, oldest first, then what waits (not with `before`)."""
        log = self._state.logs.get(self._state.log_of(conversation))
        messages: list[Message] = []
        if log is not None:
            stored = self._store.messages(log.stored.log, before=before, limit=limit)
            messages = [self.of_stored(log, each) for each in stored]
        if before is not None:
            return messages
        known = {message.id for message in messages}
        waiting = [row for row in self._outbox.rows_of(conversation) if row.message_id not in known]
        return [*messages, *(self.of_row(row, conversation) for row in waiting)]


def reason_text(reason: str) -> str:
    """Say an `UnreadableReason` in words; empty for none."""
    return _REASON_TEXTS[UnreadableReason(reason)] if reason else ""


def is_conversation(log: Log) -> bool:
    """Tell whether people talk in this log."""
    return log.stored.kind in {LogKind.EVERYONE, LogKind.DIRECT}


def _content(stored: StoredMessage) -> Text | None:
    if not stored.content:
        return None
    try:
        return decode_content(stored.content)
    except RemoteError:
        return None


def _state_of(stored: StoredMessage, *, is_own: bool, delivered_to: int) -> MessageState:
    if stored.reason:
        return MessageState.UNREADABLE
    if not is_own:
        return MessageState.RECEIVED
    return MessageState.DELIVERED if delivered_to else MessageState.SENT
