"""What a person has begun to type and not entered: kept for each conversation, and given back.

A draft is kept when the person pauses and when they leave, not for each key: with several devices each
change of it is said to the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from lanmsg.client.model import Conversation
from lanmsg.wire.safe_text import clip, isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

KEEP_AFTER_S: Final = 4.0
"""Of no key."""
_QUOTED_COLUMNS: Final = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that is not entered yet, and whom it is for."""

    conversation: Conversation
    text: str


class Timer(Protocol):
    """What `loop.call_later` returns."""

    def cancel(self) -> None:
        """Make it not happen."""


class ChatDrafts:
    """Keeps drafts. `give_back` puts a text where the person types; `show` prints a sentence."""

    def __init__(
        self,
        client: "Client",
        *,
        give_back: Callable[[str], None],
        show: Callable[[str], None],
        call_later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._client = client
        self._give_back = give_back
        self._show = show
        self._call_later = call_later
        self._typed: Typed | None = None
        self._kept: Typed | None = None
        self._told: set[Conversation] = set()
        self._timer: Timer | None = None

    # --- typing ------------------------------------------------------------------------------

    def edited(self, typed: Typed | None) -> None:
        """The line is this now; None: no text for anybody."""
        self._typed = typed
        self._drop_timer()
        if typed != self._kept:
            self._timer = self._call_later(KEEP_AFTER_S, self.keep)

    def keep(self) -> None:
        """Keep what is typed now; what it was before is no draft any more."""
        self._drop_timer()
        typed, kept = self._typed, self._kept
        if typed == kept:
            return
        self._kept = typed
        if kept is not None and (typed is None or typed.conversation != kept.conversation):
            self._client.set_draft(kept.conversation, "")
        if typed is not None:
            self._client.set_draft(typed.conversation, typed.text)

    def entered(self, typed: Typed | None) -> None:
        """The line was entered: what waited to be finished there is."""
        self._typed = None
        if typed is None:
            self.keep()  # a command, in place of what stood there
            return
        self._drop_timer()
        self._kept = None
        if self._client.draft(typed.conversation):
            self._client.set_draft(typed.conversation, "")

    # --- coming back -------------------------------------------------------------------------

    def returned(self, conversation: Conversation) -> None:
        """The person writes to a conversation from now on: give back what is unfinished there."""
        text = self._client.draft(conversation)
        if text:
            self._typed = self._kept = Typed(conversation, text)
            self._give_back(text)

    def told(self) -> list[str]:
        """Return the names of the conversations with something unfinished."""
        return [isolated(self._client.conversation_name(each)) for each in self._client.drafts()]

    def changed(self, conversation: Conversation, text: str, *, is_current: bool) -> None:
        """A draft has changed: offer one of another device once, where the person is."""
        if not text:
            self._told.discard(conversation)
        if not text or not is_current or self._typed is not None or conversation in self._told:
            return
        self._told.add(conversation)
        quoted = clip(isolated(text), _QUOTED_COLUMNS)
        self._show(f"Unfinished here, on another device: “{quoted}” /draft takes it up.")

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
