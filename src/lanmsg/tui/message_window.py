"""The messages of a conversation that are in memory: a window of its log that moves, never all of it.

They are in the order of the log without a gap, ours that wait last. What is hidden (messages of before this
device, those of ignored people) is in no window.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from lanmsg.client.conversations import reason_text
from lanmsg.client.model import Conversation, Message, UnreadableReason
from lanmsg.wire.ids import MessageId

if TYPE_CHECKING:
    from lanmsg.client import Client

PAGE: Final = 100
"""Messages that are read at once."""
MAX_MESSAGES: Final = 500
"""Messages in memory; more are dropped at the end one is not at."""
_BEFORE_US: Final = reason_text(UnreadableReason.BEFORE_YOU_JOINED)
_MAX_EMPTY_PAGES: Final = 50
"""Pages in a row in which everything is hidden, before one stops for this time."""


class MessageWindow:
    """A part of one conversation.

    Attributes:
        messages: What is shown, oldest first. Nothing before one of the `show` methods was called.
        has_older: Whether there is more before it.
        has_newer: Whether there is more behind it: then what comes is not added, but found on the way there.
    """

    def __init__(self, client: "Client", conversation: Conversation) -> None:
        self._client = client
        self.conversation = conversation
        self.messages: list[Message] = []
        self.has_older = False
        self.has_newer = True
        self._first_seq: int = 0
        self._last_seq: int = 0

    # --- moving ------------------------------------------------------------------------------

    def show_newest(self) -> None:
        """Go to the end."""
        found = self._client.history(self.conversation, limit=PAGE)
        stored = [each.seq for each in found if each.seq]
        self.messages = self._shown(found)
        self._first_seq, self._last_seq = (stored[0], stored[-1]) if stored else (0, 0)
        self.has_older, self.has_newer = len(stored) >= PAGE, False
        if len(self.messages) < PAGE // 2:
            self.load_older()

    def show_around(self, seq: int) -> None:
        """Go to where a message stands, with as much before it as behind it."""
        before = self._client.history(self.conversation, limit=PAGE // 2, before=seq)
        page = self._client.page(self.conversation, after=seq - 1, limit=PAGE // 2)
        found = [*before, *page.messages]
        stored = [each.seq for each in found if each.seq]
        self.messages = self._shown(found)
        self._first_seq = stored[0] if stored else seq
        self._last_seq = (page.next_after or stored[-1]) if stored else seq
        self.has_older, self.has_newer = len(before) >= PAGE // 2, page.next_after is not None

    def load_older(self) -> bool:
        """Add a page before the window; tell whether anything came."""
        for _ in range(_MAX_EMPTY_PAGES):
            if not self.has_older:
                return False
            found = self._client.history(self.conversation, limit=PAGE, before=self._first_seq)
            self.has_older = len(found) >= PAGE
            if found:
                self._first_seq = found[0].seq
            if shown := self._shown(found):
                self.messages[:0] = shown
                self._drop_newest()
                return True
        return False

    def load_newer(self) -> bool:
        """Add a page behind the window; tell whether anything came."""
        for _ in range(_MAX_EMPTY_PAGES):
            if not self.has_newer:
                return False
            page = self._client.page(self.conversation, after=self._last_seq, limit=PAGE)
            stored = [each.seq for each in page.messages if each.seq]
            self._last_seq = page.next_after or (stored[-1] if stored else self._last_seq)
            self.has_newer = page.next_after is not None
            if shown := self._shown(page.messages):
                self.messages += shown
                self._drop_oldest()
                return True
        return False

    def _drop_newest(self) -> None:
        if len(self.messages) > MAX_MESSAGES:
            del self.messages[MAX_MESSAGES:]
            self._last_seq = next((each.seq for each in reversed(self.messages) if each.seq), self._last_seq)
            self.has_newer = True

    def _drop_oldest(self) -> None:
        if len(self.messages) > MAX_MESSAGES:
            del self.messages[:-MAX_MESSAGES]
            self._first_seq = self.messages[0].seq
            self.has_older = True

    def _shown(self, messages: Iterable[Message]) -> list[Message]:
        ignored = self._client.preferences.ignored
        return [
            each
            for each in messages
            if each.reason != _BEFORE_US and (each.is_own or each.sender not in ignored)
        ]

    # --- what happens ------------------------------------------------------------------------

    def put(self, message: Message) -> bool:
        """Add a message or draw it anew; tell whether it is in the window now."""
        place = self.place_of(message.id) if self._may_be_here(message) else None
        if place is not None and self.messages[place].seq == message.seq:
            self.messages[place] = message
            return True
        if place is not None:
            del self.messages[place]
        if not self._shown([message]):
            return place is not None
        if self.has_newer and (not message.seq or message.seq > self._last_seq):
            return False
        if message.seq and message.seq < self._first_seq and self.has_older:
            return False
        self._insert(message)
        return True

    def _may_be_here(self, message: Message) -> bool:
        """A message of others behind our last one is new: it need not be looked for."""
        return message.is_own or message.seq <= self._last_seq

    def _insert(self, message: Message) -> None:
        place = len(self.messages)
        while message.seq and place and not 0 < self.messages[place - 1].seq < message.seq:
            place -= 1
        self.messages.insert(place, message)
        self._last_seq = max(self._last_seq, message.seq)
        if not self._first_seq:
            self._first_seq = message.seq
        if place == len(self.messages) - 1:
            self._drop_oldest()

    def remove(self, message_id: MessageId) -> bool:
        """Take a message away; tell whether it was here."""
        place = self.place_of(message_id)
        if place is not None:
            del self.messages[place]
        return place is not None

    # --- finding -----------------------------------------------------------------------------

    def place_of(self, message_id: MessageId) -> int | None:
        """Return where a message stands in the window; the newest are looked at first."""
        for place in range(len(self.messages) - 1, -1, -1):
            if self.messages[place].id == message_id:
                return place
        return None

    def with_id(self, message_id: MessageId | None) -> Message | None:
        """Return a message of the window."""
        place = self.place_of(message_id) if message_id is not None else None
        return self.messages[place] if place is not None else None
