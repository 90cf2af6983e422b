"""Conversations and what was said in them."""

from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, Message
from lanmsg.client.verbs.people import PeopleVerbs

EVERYONE_TARGETS = frozenset({"#", "everyone", "#everyone"})


class ConversationVerbs(PeopleVerbs):
    """Finds conversations and reads them."""

    def conversation(self, target: str) -> Conversation:
        """Return the conversation a target names: `@bob`, `bob`, `#`, `everyone`. Raises UnknownPerson."""
        if target.strip() in EVERYONE_TARGETS:
            return EVERYONE
        return Conversation(ConversationKind.DIRECT, self._person(target.strip()).user)

    def conversation_name(self, conversation: Conversation) -> str:
        """Return `everyone`, or `@` and the peer's handle."""
        return self._engine.state.name_of(conversation)

    def history(
        self, conversation: Conversation, *, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Return the newest messages (before this seq), oldest first; ours that wait come last."""
        return self._engine.conversations.history(conversation, limit=limit, before=before)
