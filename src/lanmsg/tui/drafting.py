"""What is written and not entered, kept for each conversation: given back when one returns, on any device."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lanmsg.chat.drafts import KEEP_AFTER_S, Timer
from lanmsg.client.model import Conversation
from lanmsg.wire.errors import LocalError

if TYPE_CHECKING:
    from lanmsg.client import Client


class Drafting:
    """Keeps what stands in the composer as the draft of the current conversation, once the person pauses."""

    def __init__(self, client: "Client", *, call_later: Callable[[float, Callable[[], None]], Timer]) -> None:
        self._client = client
        self._call_later = call_later
        self._timer: Timer | None = None
        self._conversation: Conversation | None = None
        self._text = ""

    def edited(self, conversation: Conversation, text: str) -> None:
        """This stands in the composer now."""
        self._drop_timer()
        self._conversation, self._text = conversation, text
        if text != self._client.draft(conversation):
            self._timer = self._call_later(KEEP_AFTER_S, self.keep)

    def keep(self) -> None:
        """Keep it now: another conversation is opened, or the person leaves."""
        self._drop_timer()
        conversation, text = self._conversation, self._text
        if conversation is None or text == self._client.draft(conversation):
            return
        try:
            self._client.set_draft(conversation, text)
        except LocalError:  # larger than any message: it is not kept, and Enter will say so
            return

    def entered(self, conversation: Conversation) -> None:
        """It was entered: nothing is unfinished here."""
        self.edited(conversation, "")
        self.keep()

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
