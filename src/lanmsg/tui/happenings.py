"""What the client tells, and what becomes of it on the screen."""

import asyncio
from typing import TYPE_CHECKING, Final

from lanmsg.chat.attention import ChatAttention
from lanmsg.chat.message_marks import quote
from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.chat.news import ChatNews
from lanmsg.chat.verification_lines import emoji_rows
from lanmsg.client.errors import EventsLost
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import (
    Alarm,
    ChangeFailed,
    Connected,
    Disconnected,
    Event,
    MessageAdded,
    MessageChanged,
    MessageExpired,
    MessageWithdrawn,
    PersonJoined,
    PreferencesChanged,
    PresenceChanged,
    Stopped,
    Synced,
    Typing,
)

if TYPE_CHECKING:
    from lanmsg.tui.app_talk import AppTalk
    from lanmsg.tui.chat_view import ChatView

AT_ONCE: Final = 50
"""Events in a row before keys get their turn."""


class Happenings:
    """Follows the events of a client, for the screen."""

    def __init__(self, view: "ChatView", talk: "AppTalk", attention: ChatAttention) -> None:
        self._view = view
        self._talk = talk
        self._attention = attention
        self._is_lost = False
        self._is_synced = False
        self._ignored = talk.client.preferences.ignored
        self._news = ChatNews(
            talk.client, show=talk.show, show_emoji=self._show_emoji, refresh=talk.prompter.refresh
        )

    async def follow(self, events: EventStream) -> None:
        """Show events until the client stops or closes."""
        count = 0
        while True:
            try:
                async for event in events:
                    self.take(event)
                    count += 1
                    if count % AT_ONCE == 0:
                        await asyncio.sleep(0)
            except EventsLost:
                self._view.messages.reload()
                self._view.unsettle()
            else:
                return

    def take(self, event: Event) -> None:
        """Do what one event means."""
        match event:
            case MessageAdded() | MessageChanged() | MessageWithdrawn() | MessageExpired() | ChangeFailed():
                self._take_talk(event)
            case Connected() | Disconnected() | Synced():
                self._take_connection(event)
            case Typing():
                self._talk.now.take(event)
            case Alarm(text=text):
                self._talk.show(f"ALARM: {text}", Style.ERROR)
            case Stopped(code=code, text=text):
                self._view.stopped(code, text)
            case PersonJoined() | PresenceChanged():
                self._talk.prompter.refresh()  # the list of people shows it
            case PreferencesChanged():
                self._take_ignored()
            case _:
                self._take_news(event)
        self._view.unsettle()

    def _take_ignored(self) -> None:
        """Hide what somebody wrote who is ignored now, and show it of who is no more."""
        ignored = self._talk.client.preferences.ignored
        if ignored != self._ignored:
            self._ignored = ignored
            self._view.messages.reload()

    def _take_talk(
        self, event: MessageAdded | MessageChanged | MessageWithdrawn | MessageExpired | ChangeFailed
    ) -> None:
        messages = self._view.messages
        match event:
            case MessageAdded(message=message):
                self._talk.note(message)
                self._attention.added(event)
                if message.conversation == messages.conversation:
                    messages.put(message)
            case MessageChanged(message=message):
                if message.conversation == messages.conversation:
                    messages.put(message)
            case MessageWithdrawn(id=message_id) | MessageExpired(id=message_id):
                messages.take_away(message_id)
            case ChangeFailed(message=message, text=text):
                self._talk.show(f"The hub refused what you did to {quote(message)}: {text}", Style.ERROR)

    def _take_connection(self, event: Connected | Disconnected | Synced) -> None:
        match event:
            case Synced():
                self._talk.prompter.refresh()
                if not self._is_synced:
                    self._is_synced = True
                    self._news.show_missed()
                    self._view.opened_first()
            case Connected():
                if self._is_lost:
                    self._talk.show("Online again.")
                self._is_lost = False
            case Disconnected(reason=reason):
                if not self._is_lost:
                    self._talk.show(
                        f"OFFLINE: {reason}. What you write waits. Trying again by itself.", Style.ERROR
                    )
                self._is_lost = True

    def _take_news(self, event: Event) -> None:
        if self._is_synced:
            self._news.take(event)
        else:
            self._news.note(event)

    def _show_emoji(self, emoji: tuple[str, ...], names: tuple[str, ...]) -> None:
        rows: list[Line] = [(Piece(Style.TEXT, row),) for row in emoji_rows(emoji, names)]
        self._talk.show_lines(rows)
