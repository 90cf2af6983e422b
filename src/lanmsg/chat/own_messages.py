"""What the person sees of their own messages: each once, and how far it has come.

A message that the hub takes at once (the usual case) is shown when it is there, in its place of the
conversation. One that has to wait is shown as waiting, and then gets a line for each step it makes.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from lanmsg.chat.message_lines import INDENT, Line, Piece, Style, state_words
from lanmsg.client.model import Message, MessageState
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import clip, isolated

ECHO_AFTER_S: Final = 0.5
"""How long the hub may take before a message is shown as waiting."""
MAX_REMEMBERED: Final = 1000
"""Own messages whose next steps are still told; older ones end silently."""
_QUOTED_COLUMNS: Final = 40
_RANK: Final = {
    MessageState.WAITING: 0,
    MessageState.SENT: 1,
    MessageState.DELIVERED: 2,
    MessageState.READ: 3,
    MessageState.FAILED: 4,
}


class Timer(Protocol):
    """What `loop.call_later` returns."""

    def cancel(self) -> None:
        """Make it not happen."""


@dataclass(slots=True)
class _Own:
    message: Message
    shown: MessageState | None = None
    is_followed: bool = False
    timer: Timer | None = None


class OwnMessages:
    """Shows each message of ours once, then the steps that matter.

    Args:
        show: Prints a message, in the state it has.
        show_step: Prints a line about a message that stands further up.
        call_later: As `loop.call_later`.
        is_away: Tells whether nobody whom a message is for is here: its delivery is then news.
    """

    def __init__(
        self,
        show: Callable[[Message], None],
        *,
        show_step: Callable[[list[Line]], None],
        call_later: Callable[[float, Callable[[], None]], Timer],
        is_away: Callable[[Message], bool],
    ) -> None:
        self._show = show
        self._show_step = show_step
        self._call_later = call_later
        self._is_away = is_away
        self._messages: OrderedDict[bytes, _Own] = OrderedDict()
        self.last: Message | None = None
        """The newest message, in the state we heard of last."""

    @property
    def is_settled(self) -> bool:
        """Whether the hub has had its word about every message."""
        return all(own.message.state is not MessageState.WAITING for own in self._messages.values())

    def queued(self, message: Message, *, is_online: bool) -> None:
        """Note a message that was just written."""
        if message.id in self._messages:  # the hub was quicker than we
            return
        own = self._remember(message)
        if is_online:
            own.timer = self._call_later(ECHO_AFTER_S, lambda: self._show_waiting(own))
        else:
            self._show_waiting(own)

    def already_shown(self, message: Message) -> None:
        """Note a message that was shown with the backlog."""
        own = self._remember(message)
        self._drop_timer(own)
        own.message = message
        own.shown = message.state
        own.is_followed = message.state is MessageState.WAITING

    def knows(self, message_id: bytes) -> bool:
        """Tell whether the next steps of a message are told."""
        return message_id in self._messages

    def added(self, message: Message) -> None:
        """Show a message of ours that stands in the log now, of this device or of another one of ours."""
        if not self.knows(message.id):
            self._remember(message)
        self.changed(message)

    def changed(self, message: Message) -> None:
        """Show what is news about a message of ours: it is there, or has come further.

        One of another device that can't be read here has no steps to show.
        """
        if message.state not in _RANK:
            return
        if self.last is not None and message.id == self.last.id:
            self.last = message
        own = self._messages.get(message.id)
        if own is None:
            if message.state in {MessageState.WAITING, MessageState.DELIVERED, MessageState.READ}:
                return  # `queued` will come; or it was shown long ago
            own = self._remember(message)
        if message.state is MessageState.WAITING or _RANK[message.state] < _RANK[own.message.state]:
            return
        own.message = message
        self._drop_timer(own)
        if own.shown is None:
            self._show(message)
            own.is_followed = self._is_away(message)
        elif own.shown is not message.state and (own.is_followed or message.state is MessageState.FAILED):
            self._show_step([_step_line(message, state_words(message))])
        own.shown = message.state

    def is_shown(self, message: Message) -> bool:
        """Tell whether a message stands further up: one that was just written may come, as it is then."""
        own = self._messages.get(message.id)
        if own is not None and own.shown is None:
            own.message = message
            return False
        return True

    def withdrawn(self, message_id: MessageId) -> None:
        """Forget a message that was taken back, and say so if it was shown."""
        own = self._messages.pop(message_id, None)
        if self.last is not None and self.last.id == message_id:
            self.last = None
        if own is None:
            return
        self._drop_timer(own)
        if own.shown is not None:
            self._show_step([_step_line(own.message, "✗ taken back")])

    def close(self) -> None:
        """Show nothing any more."""
        for own in self._messages.values():
            self._drop_timer(own)

    def _remember(self, message: Message) -> _Own:
        own = self._messages.setdefault(message.id, _Own(message))
        self.last = message
        if len(self._messages) > MAX_REMEMBERED:
            self._drop_timer(self._messages.popitem(last=False)[1])
        return own

    def _show_waiting(self, own: _Own) -> None:
        own.timer = None
        own.is_followed = True
        own.shown = MessageState.WAITING
        self._show(own.message)

    @staticmethod
    def _drop_timer(own: _Own) -> None:
        if own.timer is not None:
            own.timer.cancel()
            own.timer = None


def _step_line(message: Message, step: str) -> Line:
    """Return the line for a step of a message that stands further up."""
    quoted = clip(isolated(message.text), _QUOTED_COLUMNS)
    words = f"{step} → {isolated(message.conversation_name)}: {quoted}"
    style = Style.ERROR if message.state is MessageState.FAILED else Style.MARK
    return (Piece(Style.TIME, INDENT), Piece(style, words))
