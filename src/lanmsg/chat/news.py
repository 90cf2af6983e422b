"""What happens to people, rooms and our own devices, as sentences of a chat."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lanmsg.chat.device_lines import device_event_words, progress_words
from lanmsg.chat.gap_lines import gap_news
from lanmsg.chat.message_lines import Style
from lanmsg.chat.room_news import RoomEvent, RoomNews, setting_failed_words
from lanmsg.chat.verification_lines import ALARMING, VerificationEvent, after_emoji, before_emoji
from lanmsg.client.events import (
    DeviceAdded,
    DeviceRevoked,
    Event,
    GapFound,
    HistoryProgress,
    HubNotice,
    LifetimeChanged,
    MembersChanged,
    PersonJoined,
    PresenceChanged,
    RoomChanged,
    SettingFailed,
    TopicChanged,
    VerificationCancelled,
    VerificationDone,
    VerificationEmoji,
    VerificationRequested,
)
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_PEOPLE_ANNOUNCED: Final = 10
"""Among more people, comings and goings are noise; /who tells."""


def notice_words(text: str) -> str:
    """Say what who runs the hub says to everybody: never to be taken for a person's message."""
    return f"NOTICE of the hub: {isolated(text)}" if text else "The notice of the hub is taken back."


class ChatNews:
    """Shows them. `show` prints a sentence, `show_emoji` seven emoji; `refresh` asks anew who is here."""

    def __init__(
        self,
        client: "Client",
        *,
        show: Callable[[str, Style], None],
        show_emoji: Callable[[tuple[str, ...], tuple[str, ...]], None],
        refresh: Callable[[], None],
    ) -> None:
        self._client = client
        self._show = show
        self._show_emoji = show_emoji
        self._refresh = refresh
        self._room_news = RoomNews(client)

    def note(self, event: Event) -> None:
        """Note an event of before we came."""
        if isinstance(event, MembersChanged) and event.is_backlog:
            self._room_news.note(event)

    def show_missed(self) -> None:
        """Show what of that a person must know: all that was said is here now."""
        if self._client.hub_notice:
            self._show(notice_words(self._client.hub_notice), Style.NOTICE)
        for line in self._room_news.missed():
            self._show(f"While you were away: {line}.", Style.NOTICE)

    def take(self, event: Event) -> None:
        """Show an event, if it is news of this sort."""
        match event:
            case PersonJoined() | PresenceChanged():
                self._take_presence(event)
            case VerificationRequested() | VerificationEmoji() | VerificationDone() | VerificationCancelled():
                self._take_verification(event)
            case RoomChanged() | MembersChanged() | TopicChanged() | LifetimeChanged():
                self._take_room_event(event)
            case SettingFailed():
                self._show(setting_failed_words(event), Style.ERROR)
            case GapFound():
                self._show(gap_news(event), Style.NOTICE)
            case HistoryProgress() if words := progress_words(event):
                self._show(words, Style.NOTICE)
            case HubNotice(text=text):
                self._show(notice_words(text), Style.NOTICE)
            case DeviceAdded() | DeviceRevoked():
                self._show(device_event_words(event), Style.NOTICE)
            case _:
                pass

    def _take_presence(self, event: PersonJoined | PresenceChanged) -> None:
        self._refresh()
        if event.handle == self._client.handle or len(self._client.people()) > MAX_PEOPLE_ANNOUNCED:
            return
        if isinstance(event, PersonJoined):
            self._show(f"{isolated(event.handle)} joined", Style.NOTICE)
        else:
            what = "is here" if event.is_online else "left"
            self._show(f"{isolated(event.handle)} {what}", Style.NOTICE)

    def _take_verification(self, event: VerificationEvent) -> None:
        is_alarm = isinstance(event, VerificationCancelled) and event.reason in ALARMING
        self._show(before_emoji(event), Style.ERROR if is_alarm else Style.NOTICE)
        if isinstance(event, VerificationEmoji):
            self._show_emoji(event.emoji, event.names)
            self._show(after_emoji(event), Style.NOTICE)

    def _take_room_event(self, event: RoomEvent) -> None:
        self._refresh()
        is_old = not isinstance(event, RoomChanged) and event.is_backlog
        for line in self._room_news.lines(event):
            if not is_old:
                self._show(line, Style.NOTICE)
