"""What we do to messages: checks by the rules everybody else will apply, then the outbox.

A message of ours that was never sealed is changed in the outbox itself: nobody ever sees what it was.
"""

from collections.abc import Callable

from lanmsg.client.amendments import WAITING_SEQ
from lanmsg.client.changes import change_of
from lanmsg.client.conversation_rules import setting_of
from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.errors import NotAllowed, UnknownMessage
from lanmsg.client.events import ChangeFailed, MessageWithdrawn, SettingFailed
from lanmsg.client.model import ConversationKind, Message, MessageState
from lanmsg.client.outbox import Outbox
from lanmsg.client.outbox_rows import amended_by, content_in
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import OutboxRow
from lanmsg.wire import ids
from lanmsg.wire.content import Amending, Delete, Edit, Pin, Reaction, Text, encode_content
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import MessageId
from lanmsg.wire.limits import MAX_EMOJI_PER_MESSAGE


class Amender:
    """Queues amendments, and tells at once how the message looks with them."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        outbox: Outbox,
        conversations: Conversations,
        *,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._state = state
        self._effects = effects
        self._outbox = outbox
        self._conversations = conversations
        self._random_bytes = random_bytes

    def find(self, message_id: MessageId) -> Message:
        """Return a message that can be changed. Raises UnknownMessage, LocalError if it was deleted."""
        message = self._conversations.message(message_id)
        if message is None:
            raise UnknownMessage
        if message.is_deleted:
            raise LocalError("that message was deleted: nothing more can be done to it")
        return message

    def failed(self, row: OutboxRow) -> None:
        """Forget what the hub refused for good and is no message of its own; tell what is not done by it."""
        self._outbox.withdraw(row.message_id)
        setting = setting_of(content_in(row))
        if setting is not None:
            name = self._state.name_of(row.conversation)
            self._effects.emit(
                SettingFailed(
                    conversation=row.conversation, conversation_name=name, setting=setting, text=row.failed
                )
            )
        target = amended_by(row)
        message = self._conversations.message(target) if target is not None else None
        if message is not None:
            self._effects.emit(ChangeFailed(message=message, text=row.failed))

    # --- verbs -------------------------------------------------------------------------------

    def edit(self, message: Message, text: str) -> Message:
        """Give a message of ours another text. Raises NotAllowed, LocalError."""
        self._check_author(message, "edit")
        self._check_sendable(message)
        if message.state is MessageState.UNREADABLE:
            raise LocalError("this device can't read that message, so it can't edit it")
        row = self._outbox.book.row(message.id)
        if row is not None and not row.frames:
            return self._rewrite(message, text)
        return self._add(message, Edit(message.id, text))

    def _rewrite(self, message: Message, text: str) -> Message:
        content = encode_content(Text(text, message.is_action, message.reply_to or b""))
        row = self._outbox.rewrite(message.id, content)
        assert row is not None, "it waits and is not sealed"
        return self._tell(message.id, Edit(message.id, text))

    def delete(self, message: Message) -> None:
        """Take a message away. Raises NotAllowed."""
        powers = self._state.powers(message.conversation)
        if not powers.may_delete(self._state.user, WAITING_SEQ):
            self._check_author(message, "delete")
        if not self._outbox.withdraw(message.id):
            self._add(message, Delete(message.id))
            return
        for row in self._outbox.book.amendments_of(message.id):
            self._outbox.withdraw(row.message_id)
        self._effects.emit(MessageWithdrawn(id=message.id))

    def react(self, message: Message, emoji: str, *, remove: bool) -> Message:
        """Put an emoji to a message, or take it back. Raises LocalError."""
        self._check_sendable(message)
        encode_content(Reaction(message.id, emoji))  # says what is no emoji
        known = next((each for each in message.reactions if each.emoji == emoji), None)
        if (known is not None and known.has_ours) is not remove:
            return message
        if known is None and len(message.reactions) >= MAX_EMOJI_PER_MESSAGE:
            raise LocalError(
                f"that message has {MAX_EMOJI_PER_MESSAGE} different emoji already: use one of them"
            )
        return self._add(message, Reaction(message.id, emoji, remove))

    def pin(self, message: Message, *, remove: bool) -> Message:
        """Pin a message, or unpin it. Raises NotAllowed, LocalError."""
        self._check_sendable(message)
        if not self._state.powers(message.conversation).may_pin(self._state.user, WAITING_SEQ):
            raise NotAllowed("only moderators and owners pin messages in this room: ask one of them")
        if message.is_pinned is not remove:
            return message
        return self._add(message, Pin(message.id, remove))

    # --- steps -------------------------------------------------------------------------------

    def _check_author(self, message: Message, verb: str) -> None:
        author = self._state.directory.owner(message.sender_device)
        if author is None or author.user != self._state.user:
            is_moderated = verb == "delete" and message.conversation.kind is ConversationKind.ROOM
            others = ", or a moderator or owner of this room," if is_moderated else ""
            raise NotAllowed(f"only {message.sender}{others} may {verb} that message")

    def _check_sendable(self, message: Message) -> None:
        if message.state is MessageState.FAILED:
            raise LocalError("that message was refused for good, nobody has it: write it anew")

    def _add(self, message: Message, content: Amending) -> Message:
        message_id = MessageId(self._random_bytes(ids.ID_BYTES))
        self._outbox.add(message.conversation, message_id, encode_content(content))
        return self._tell(message.id, content)

    def _tell(self, message_id: MessageId, content: Amending) -> Message:
        shown = self._conversations.message(message_id)
        assert shown is not None, "it was there a moment ago"
        self._effects.emit(change_of(shown, content, self._state.profile.handle))
        return shown
