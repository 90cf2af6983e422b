"""Disappearing messages: how long those of a conversation live."""

from lanmsg.client.conversation_rules import has_setting, may_set_now
from lanmsg.client.errors import NotAllowed
from lanmsg.client.model import Conversation
from lanmsg.client.verbs.messages import MessageVerbs
from lanmsg.client.verbs.rooms import RoomVerbs
from lanmsg.wire import ids
from lanmsg.wire.content import Lifetime, encode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import MessageId


class LifetimeVerbs(MessageVerbs, RoomVerbs):
    """Asks and sets."""

    def lifetime(self, conversation: Conversation) -> int:
        """Return after how many seconds the messages written now disappear; 0: they stay."""
        return self._engine.expiry.lifetimes.current(conversation)

    async def set_lifetime(self, conversation: Conversation, seconds: int) -> None:
        """Let the messages that follow disappear after so many seconds (at most 366 days); 0: they stay.

        It travels like a message, encrypted, and waits for the hub if need be; what was said before stays.

        Raises:
            LocalError: too many seconds, or fewer than none.
            NotAllowed: we may not; the text says who may.
            Refusal: the room is archived.
            NotInRoom, IdentityNotTrusted: as `send`.
        """
        self._check_trust(conversation)
        self._check_in_room(conversation)
        self._check_may_set_lifetime(conversation)
        self._check_not_archived(conversation)
        content = encode_content(Lifetime(seconds))
        message_id = MessageId(self._surroundings.random_bytes(ids.ID_BYTES))
        self._engine.outbox.add(conversation, message_id, content)
        await self._done()

    def _check_may_set_lifetime(self, conversation: Conversation) -> None:
        state, kind = self._engine.state, LogKind[conversation.kind.name]
        if not has_setting(Lifetime, kind):
            raise NotAllowed(
                "messages to everyone stay: nobody may decide that for all. They disappear in direct "
                "chats and groups, where anybody may set it, and in rooms"
            )
        room = state.rooms.get(state.log_of(conversation))
        if not may_set_now(Lifetime, state, kind, room):
            assert room is not None, "only rooms have roles"
            raise NotAllowed(
                "only a moderator or an owner of the room sets how long its messages live: "
                f"ask {self._owners(room)}"
            )
