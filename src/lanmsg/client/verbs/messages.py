"""Writing messages, and what becomes of them."""

import asyncio

from lanmsg.client.errors import ClientStopped, IdentityNotTrusted, MembersNotTrusted, NotInRoom
from lanmsg.client.events import MessageAdded, MessageChanged, MessageWithdrawn
from lanmsg.client.model import Conversation, ConversationKind, Message, MessageState
from lanmsg.client.verbs.base import Verbs
from lanmsg.wire import ids
from lanmsg.wire.content import Text, encode_content
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import MessageId


class MessageVerbs(Verbs):
    """Sends."""

    async def send(
        self,
        conversation: Conversation,
        text: str,
        *,
        is_action: bool = False,
        reply_to: MessageId | None = None,
    ) -> Message:
        """Queue a message and return it, waiting, once it is on our own disk.

        Raises:
            LocalError: it is empty or too large.
            StoreFailed: our own disk does not take it; the client has stopped.
            IdentityNotTrusted: the key of the person, or of somebody in the group, has changed.
            MembersNotTrusted: that of somebody in the room: `trust` them, or `trust_room`.
            NotInRoom: we are not in that room.
        """
        self._check_trust(conversation)
        self._check_in_room(conversation)
        content = encode_content(Text(text, is_action, reply_to or b""))
        message_id = MessageId(self._surroundings.random_bytes(ids.ID_BYTES))
        row = self._engine.outbox.add(conversation, message_id, content)
        self._engine.personal.account.save()  # the draft it was, emptied: with it or not at all
        message = self._engine.conversations.of_row(row, conversation)
        self._engine.effects.emit(MessageChanged(message=message))
        await self._done()
        return message

    def _check_trust(self, conversation: Conversation) -> None:
        untrusted = [person.handle for person in self._engine.state.untrusted(conversation)]
        if untrusted and conversation.kind is ConversationKind.ROOM:
            raise MembersNotTrusted(self._engine.state.name_of(conversation).removeprefix("@"), untrusted)
        if untrusted:
            raise IdentityNotTrusted(untrusted[0])

    def _check_in_room(self, conversation: Conversation) -> None:
        state = self._engine.state
        room = state.rooms.get(state.log_of(conversation))
        if room is not None and not room.is_reader(state.user):
            record = room.room.statement
            raise NotInRoom(record.name, is_open=record.is_open and not record.is_archived)

    async def wait_sent(self, message_id: MessageId, *, timeout_s: float | None = None) -> Message:
        """Wait until the hub has a message on disk, or has refused it for good.

        Raises:
            TimeoutError: neither has happened in time; it still waits.
            ClientStopped: the client can't go on; it still waits, unless our own disk failed first.
            LocalError: it was withdrawn meanwhile.
        """
        stream = self.events()
        try:
            message = self._settled(message_id)
            if message is not None:
                return message
            self._check_running()
            async with asyncio.timeout(timeout_s):
                async for event in stream:
                    if isinstance(event, MessageAdded | MessageChanged):
                        message = event.message
                        if message.id == message_id and message.state is not MessageState.WAITING:
                            return message
                    elif isinstance(event, MessageWithdrawn) and event.id == message_id:
                        raise LocalError("the message was withdrawn")
        finally:
            self._streams.remove(stream)
        self._check_running()
        raise TimeoutError("the client was closed before the hub answered")

    def _check_running(self) -> None:
        if self._stopped is not None:
            raise ClientStopped(self._stopped.code, self._stopped.text)

    def _settled(self, message_id: MessageId) -> Message | None:
        """Return a message of ours if the hub has had its word about it."""
        row = self._engine.outbox.book.shown_row(message_id)
        if row is None:
            return self._engine.message(message_id)
        message = self._engine.message_of_row(row)
        return None if message.state is MessageState.WAITING else message

    async def withdraw(self, message_id: MessageId) -> bool:
        """Take back a message that nobody can have; False: too late, it may arrive."""
        is_withdrawn = self._engine.outbox.withdraw(message_id)
        if is_withdrawn:
            self._engine.effects.emit(MessageWithdrawn(id=message_id))
        await self._done()
        return is_withdrawn
