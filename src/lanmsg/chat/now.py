"""What a chat shows of this moment, in its status line: our own status, and who is typing to whom."""

import math
from collections.abc import Callable, Collection
from time import monotonic
from typing import TYPE_CHECKING, Final

from lanmsg.chat.people_lines import status_words
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.events import Typing
from lanmsg.client.model import Conversation, ConversationKind, Message, MessageState, PersonStatus
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

NAMES_SHOWN: Final = 2
"""Who else is typing is a number."""
ATTENTION_S: Final = 30.0
"""So long after a key was pressed what comes is taken for read; else with the next key."""
_SPECIAL: Final = frozenset({PersonStatus.AWAY, PersonStatus.DO_NOT_DISTURB})


class ChatNow:
    """Follows who is typing, and tells the client what our own keys mean."""

    def __init__(self, client: "Client", *, now_s: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._now_s = now_s
        self._typists: dict[Conversation, list[str]] = {}
        self._typed: set[Conversation] = set()
        self._told_absences: dict[str, int] = {}
        self._unread: dict[Conversation, int] = {}
        self._held: set[Conversation] = set()
        """Where older messages are unread that were not shown: nothing there counts as read."""
        self._touched_at_s = -math.inf

    # --- theirs ------------------------------------------------------------------------------

    def take(self, event: Typing) -> None:
        """Note who types, or types no more."""
        typists = self._typists.setdefault(event.conversation, [])
        if event.handle in typists:
            typists.remove(event.handle)
        if event.is_typing:
            typists.append(event.handle)
        if not typists:
            del self._typists[event.conversation]

    def words(self, current: Conversation) -> list[str]:
        """Return the parts of the status line: our status if it is a special one, who is typing."""
        conversations = sorted(self._typists, key=lambda each: each != current)
        return self._own_words() + [self._typing_words(each, current) for each in conversations[:NAMES_SHOWN]]

    def _own_words(self) -> list[str]:
        try:
            own = self._client.person(self._client.handle)
        except UnknownPerson:  # at our first visit the hub has not told us yet who is here
            return []
        return [f"you are {status_words(own)}"] if own.status in _SPECIAL else []

    def _typing_words(self, conversation: Conversation, current: Conversation) -> str:
        handles = [isolated(handle) for handle in self._typists[conversation]]
        shown, others = handles[:NAMES_SHOWN], len(handles) - NAMES_SHOWN
        names = " and ".join(shown) if others <= 0 else f"{', '.join(shown)} and {others} more"
        verb = "is typing" if len(handles) == 1 else "are typing"
        if conversation == current:
            return f"{names} {verb}…"
        is_direct = conversation.kind is ConversationKind.DIRECT
        target = "you" if is_direct else isolated(self._client.conversation_name(conversation))
        return f"{names} {verb} to {target}…"

    def absence_from(self, conversation: Conversation) -> str:
        """Return that the one we write to does not look now; once for each time they went away."""
        if conversation.kind is not ConversationKind.DIRECT:
            return ""
        person = self._client.person(self._client.conversation_name(conversation))
        is_special = person.status in _SPECIAL and not person.is_me
        if not is_special or self._told_absences.get(person.handle) == person.since_ms:
            return ""
        self._told_absences[person.handle] = person.since_ms
        return f"{isolated(person.handle)} is {status_words(person)}"

    # --- ours --------------------------------------------------------------------------------

    def edited(self, conversations: Collection[Conversation]) -> None:
        """A key was pressed; the line, as it is, is a text for these."""
        self._touched()
        for conversation in self._typed.difference(conversations):
            self._client.typing(conversation, is_typing=False)
        self._typed = set(conversations)
        for conversation in conversations:
            self._client.typing(conversation)

    def entered(self) -> None:
        """The line was entered: the message itself says that we type no more."""
        self._touched()
        self._typed.clear()

    def shown(self, message: Message) -> None:
        """Somebody's message is on the screen: it counts as read while the person is at the keys."""
        if message.is_own or message.state is not MessageState.RECEIVED:
            return
        if message.conversation in self._held:
            return
        self._unread[message.conversation] = max(self._unread.get(message.conversation, 0), message.seq)
        if self._now_s() - self._touched_at_s < ATTENTION_S:
            self._mark_read()

    def shown_from(self, conversation: Conversation, seq: int) -> int:
        """Messages from this seq on (0: none) are on the screen; return what is unread, if more than they.

        As long as that is so, what is shown of the conversation does not count as read: the mark would pass
        what is not.
        """
        unread = self._client.unread(conversation)
        is_all = not unread.count or 0 < seq <= unread.first_unread_seq
        if is_all:
            self._held.discard(conversation)
            return 0
        self._held.add(conversation)
        self._unread.pop(conversation, None)
        return unread.count

    def read_all(self, conversation: Conversation) -> None:
        """The person says that they have read a conversation."""
        self._held.discard(conversation)
        self._unread.pop(conversation, None)
        self._client.mark_read(conversation)

    def _touched(self) -> None:
        self._touched_at_s = self._now_s()
        self._client.touched()
        self._mark_read()

    def _mark_read(self) -> None:
        unread, self._unread = self._unread, {}
        for conversation, seq in unread.items():
            self._client.mark_read(conversation, seq)
