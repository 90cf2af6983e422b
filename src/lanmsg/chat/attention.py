"""What a chat does about new messages beside printing them: bell, notices, and what is unread.

What was printed is marked as read by `chat_now`, while the person is at the keys.
"""

import os
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from lanmsg.chat.message_lines import Line, notice_lines
from lanmsg.client.model import Conversation, Message, Unread
from lanmsg.wire.safe_text import clip, isolated, safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client
    from lanmsg.client.events import MessageAdded

BUSY_S: Final = 5.0
"""Who touched a key so recently sees what is printed: no bell then."""
BETWEEN_BELLS_S: Final = 2.0
"""A burst of messages rings once."""
UNREAD_SHOWN: Final = 3
"""Conversations that the status line names."""
_NOTICE_COLUMNS: Final = 120


class Alert(Protocol):
    """Where a bell or a notice can be given."""

    def alert(self, data: str) -> None:
        """Write these control characters to the terminal, between two lines."""


class ChatAttention:
    """Rings, gives notices, and says what is unread.

    Args:
        client: Whose messages they are.
        screen: Where to ring.
        notice: How this terminal takes a notice, see `notice_style`; empty for not at all.
    """

    def __init__(self, client: "Client", screen: Alert, *, notice: str = "") -> None:
        self._client = client
        self._screen = screen
        self._notice = notice
        self._touched_s = self._rang_s = float("-inf")

    # --- messages ----------------------------------------------------------------------------

    def added(self, event: "MessageAdded") -> None:
        """Ring or give a notice for a new message, if it calls for that and nobody touches the keys."""
        now_s = monotonic()
        if now_s - self._touched_s < BUSY_S or now_s - self._rang_s < BETWEEN_BELLS_S:
            return
        message = event.message
        data = "\a" if self._client.rings(event) else ""
        if self._client.attention(event):
            data += notice(self._notice, message.sender, message.text)
        if data:
            self._rang_s = now_s
            self._screen.alert(data)

    # --- reading -----------------------------------------------------------------------------

    def is_unread(self, message: Message) -> bool:
        """Tell whether a message was not read yet, on any device."""
        first_seq = self._client.unread(message.conversation).first_unread_seq
        return not message.is_own and 0 < first_seq <= message.seq

    def touched(self) -> None:
        """The person is at the keys: no bell now."""
        self._touched_s = monotonic()

    def words(self) -> list[str]:
        """Return the part of the status line that says what is unread."""
        unread = self._client.all_unread()
        if not unread:
            return []
        names = [
            f"{isolated(self._client.conversation_name(each))} {unread[each].count}"
            for each in sorted(unread, key=lambda each: -unread[each].mentions)[:UNREAD_SHOWN]
        ]
        more = len(unread) - len(names)
        return [f"unread: {', '.join(names)}{f' and {more} more' if more > 0 else ''}"]


def unread_lines(unread: Mapping[Conversation, Unread], client: "Client") -> list[str]:
    """Return what is unread, a line for each conversation."""
    return [
        f"{isolated(client.conversation_name(each))}: {count_words(unread[each])}"
        for each in sorted(unread, key=client.conversation_name)
    ]


def hidden_lines(hidden: Mapping[Conversation, int], client: "Client") -> list[str]:
    """Return where more is unread than what was printed, and how to see it."""
    names = sorted(hidden, key=client.conversation_name)[:UNREAD_SHOWN]
    lines = [
        f"{hidden[each]} unread in {isolated(client.conversation_name(each))}, not all of them here: "
        f"/history {hidden[each]} there shows them."
        for each in names
    ]
    more = len(hidden) - len(names)
    return [*lines, f"More is unread in {more} other conversations: /unread lists it."] if more > 0 else lines


def count_words(unread: Unread) -> str:
    """Say how many messages are unread, and whether they name us."""
    words = f"{unread.count} unread"
    return f"{words}, {unread.mentions} for you by name" if unread.mentions else words


def first_unread_line() -> list[Line]:
    """Return the line above the first unread message."""
    return notice_lines("— unread from here —")


# --- notices of terminals --------------------------------------------------------------------

_BY_PROGRAM: Final = {"iTerm.app": "9", "WezTerm": "9", "ghostty": "9"}
_BY_TERM: Final = (("xterm-kitty", "9"), ("xterm-ghostty", "9"), ("rxvt-unicode", "777"), ("foot", "777"))


def notice_style(environment: Mapping[str, str] = os.environ) -> str:
    """Return the operating system command with which this terminal gives a notice: `9`, `777` or none.

    Only terminals that are known to take it: others might print it.
    """
    found = _BY_PROGRAM.get(environment.get("TERM_PROGRAM", ""), "")
    term = environment.get("TERM", "")
    return found or next((style for start, style in _BY_TERM if term.startswith(start)), "")


def notice(style: str, title: str, text: str) -> str:
    """Return the control sequence for a notice; what others wrote can neither end nor extend it."""
    title = clip(safe_line(title), _NOTICE_COLUMNS)
    text = clip(safe_line(text), _NOTICE_COLUMNS)
    match style:
        case "9":
            return f"\x1b]9;{title}: {text}\a"
        case "777":
            return f"\x1b]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}\a"
        case _:
            return ""
