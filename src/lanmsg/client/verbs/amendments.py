"""What can be done to a message that was written: edit, delete, react, pin."""

import asyncio

from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import ChangeFailed
from lanmsg.client.model import Message
from lanmsg.client.verbs.messages import MessageVerbs
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.ids import MessageId


class AmendmentVerbs(MessageVerbs):
    """Changes messages.

    Each returns at once how the message looks with the change, which others get as soon as we are
    online. Each raises UnknownMessage, LocalError if the message was deleted or refused by the hub, and
    IdentityNotTrusted if the person's key has changed.
    """

    async def wait_changed(self, message_id: MessageId, *, timeout_s: float | None = None) -> Message | None:
        """Wait until the hub has all that we did to a message; return it as it looks then.

        None: it is gone, for we deleted it before it was sent.

        Raises:
            TimeoutError: that has not happened in time; it still waits.
            Refusal: the hub refused something of it for good.
            ClientStopped: the client can't go on.
        """
        stream = self.events()
        try:
            if self._engine.outbox.book.amendments_of(message_id):
                self._check_running()
                async with asyncio.timeout(timeout_s):
                    await self._until_changed(stream, message_id)
        finally:
            self._streams.remove(stream)
        self._check_running()
        return self._engine.message(message_id)

    async def _until_changed(self, stream: EventStream, message_id: MessageId) -> None:
        async for event in stream:
            if isinstance(event, ChangeFailed) and event.message.id == message_id:
                raise Refusal(Code.NOT_ALLOWED, f"not done: {event.text}")
            if not self._engine.outbox.book.amendments_of(message_id):
                return

    async def edit(self, message_id: MessageId, text: str) -> Message:
        """Give a message of ours another text. Raises NotAllowed; LocalError: it is empty or too large."""
        message = self._engine.amender.edit(self._found(message_id), text)
        await self._done()
        return message

    async def delete(self, message_id: MessageId) -> None:
        """Take a message of ours away, or in a room that we moderate anybody's. Raises NotAllowed.

        Its place stays, without its text; one that nobody can have yet is gone without a trace.
        """
        self._engine.amender.delete(self._found(message_id))
        await self._done()

    async def react(self, message_id: MessageId, emoji: str, *, remove: bool = False) -> Message:
        """Put an emoji (at most 32 bytes) to a message, or take ours back. Twice is once.

        Raises:
            LocalError: it is no emoji, or 20 different ones are there already.
        """
        message = self._engine.amender.react(self._found(message_id), emoji, remove=remove)
        await self._done()
        return message

    async def pin(self, message_id: MessageId, *, remove: bool = False) -> Message:
        """Pin a message in its conversation, or unpin it. Twice is once. Raises NotAllowed."""
        message = self._engine.amender.pin(self._found(message_id), remove=remove)
        await self._done()
        return message

    def _found(self, message_id: MessageId) -> Message:
        message = self._engine.amender.find(message_id)
        self._check_trust(message.conversation)
        return message
