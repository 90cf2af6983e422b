"""Conversations and what was said in them."""

from lanmsg.client.errors import UnknownMessage
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Gap, Message, MessagePage
from lanmsg.client.verbs.rooms import RoomVerbs
from lanmsg.wire.ids import MessageId

EVERYONE_TARGETS = frozenset({"#", "everyone", "#everyone"})


class ConversationVerbs(RoomVerbs):
    """Finds conversations and reads them."""

    def conversation(self, target: str) -> Conversation:
        """Return the conversation a target names: `@bob`, `bob`, `@kitchen`, `@ann,@bob`, `#`, `everyone`.

        A room is found whether we are in it or not.

        Raises:
            UnknownPerson: neither a person nor a room is called so.
            LocalError: as `group`.
        """
        target = target.strip()
        if target in EVERYONE_TARGETS:
            return EVERYONE
        if "," in target:
            return self.group(name.strip() for name in target.split(","))
        state = self._engine.state
        room = state.directory.room_named(target.removeprefix("@").casefold())
        if room is not None:
            return Conversation(ConversationKind.ROOM, room.room)
        return Conversation(ConversationKind.DIRECT, self._person(target).user)

    def conversation_name(self, conversation: Conversation) -> str:
        """Return `everyone`, `@bob`, `@kitchen`, or the others of a group as in `@ann,@bob`."""
        return self._engine.state.name_of(conversation)

    def history(
        self, conversation: Conversation, *, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Return the newest messages (before this seq), oldest first; ours that wait come last."""
        return self._engine.conversations.history(conversation, limit=limit, before=before)

    def message(self, message_id: MessageId) -> Message | None:
        """Return a message as it looks now, stored or waiting; None if there is none with this id."""
        return self._engine.message(message_id)

    def thread(self, message_id: MessageId) -> list[Message]:
        """Return a message and all that replies to it, directly or not: oldest first, at most 1000.

        Raises:
            UnknownMessage: there is none with this id.
        """
        message = self.message(message_id)
        if message is None:
            raise UnknownMessage
        return self._engine.threads.thread(message)

    def pinned(self, conversation: Conversation) -> list[Message]:
        """Return the pinned messages in the order of the conversation, at most the newest 100."""
        return self._engine.threads.pinned(conversation)

    def gaps(self, conversation: Conversation) -> list[Gap]:
        """Return where the hub had removed messages before this device got them, oldest first."""
        return self._engine.gaps.of(conversation)

    def conversations(self) -> list[Conversation]:
        """Return those in which something was said or waits: everyone first, then by name."""
        return self._engine.conversations.conversations()

    def page(self, conversation: Conversation, *, after: int = 0, limit: int = 200) -> MessagePage:
        """Return the oldest messages after this seq; ours that wait come at the end of the last page."""
        return self._engine.conversations.page(conversation, after=after, limit=limit)
