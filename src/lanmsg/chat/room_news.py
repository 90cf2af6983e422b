"""What happens in rooms, as sentences of a chat."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lanmsg.chat.room_lines import change_lines
from lanmsg.chat.spans import span_words
from lanmsg.client.events import LifetimeChanged, MembersChanged, RoomChanged, SettingFailed, TopicChanged
from lanmsg.client.model import Conversation, ConversationSetting, RoomInfo
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_PEOPLE_TOLD: Final = 10
"""At a larger hub new rooms are noise; /rooms tells."""

RoomEvent = RoomChanged | MembersChanged | TopicChanged | LifetimeChanged


def setting_failed_words(event: SettingFailed) -> str:
    """Return what a person reads whose topic or lifetime does not hold."""
    where = isolated(event.conversation_name)
    is_topic = event.setting is ConversationSetting.TOPIC
    what = f"The topic of {where}" if is_topic else f"How long messages of {where} stay"
    return f"{what} was not changed: {isolated(event.text)}"


class RoomNews:
    """Tells each thing once. What rooms there are when it is made is no news."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._known = {room.conversation: room for room in client.rooms()}
        self._missed: dict[Conversation, list[str]] = {}

    def note(self, event: MembersChanged) -> None:
        """Note what happened before we came, and is told when all of it is known."""
        if event.by == self._client.handle:
            return
        about_us = [each for each in event.changes if each.handle == self._client.handle]
        if about_us:
            self._missed[event.conversation] = change_lines(
                replace(event, changes=tuple(about_us)), me=self._client.handle
            )

    def missed(self) -> list[str]:
        """Return who took us out of which rooms while we were away, where we still are out."""
        missed, self._missed = self._missed, {}
        out = [room.conversation for room in self._client.rooms() if not room.is_mine]
        return [line for conversation in out for line in missed.get(conversation, ())]

    def lines(self, event: RoomEvent) -> list[str]:
        """Return what an event says to a person, a sentence each."""
        match event:
            case RoomChanged():
                return self._room_lines(event)
            case MembersChanged():
                return change_lines(event, me=self._client.handle)
            case TopicChanged():
                return [self._topic_line(event)]
            case LifetimeChanged():
                return [self._lifetime_line(event)]

    def _room_lines(self, event: RoomChanged) -> list[str]:
        room, name = event.room, isolated(event.room.name)
        before = self._known.get(room.conversation)
        self._known[room.conversation] = room
        if before is None:
            is_news = room.is_open and not room.is_mine and len(self._client.people()) <= MAX_PEOPLE_TOLD
            return [f"There is a room {name} now: /join {name} enters it"] if is_news else []
        if not room.is_mine or not event.by:
            return []
        return [
            f"{self._who(event.by)} {what}"
            for what in [*_settings_words(before, room), *self._owner_words(before, room)]
        ]

    def _owner_words(self, before: RoomInfo, room: RoomInfo) -> Iterator[str]:
        name = isolated(room.name)
        for handle in room.owners:
            if handle not in before.owners:
                yield f"made {self._who(handle)} owner of @{name}"
        for handle in before.owners:
            if handle not in room.owners:
                yield f"made {self._who(handle)} an ordinary member of @{name}"

    def _who(self, handle: str) -> str:
        return "you" if handle == self._client.handle else isolated(handle)

    def _topic_line(self, event: TopicChanged) -> str:
        who = self._who(event.by)
        room = isolated(event.conversation_name)
        if not event.topic:
            return f"{who} took the topic of {room} away"
        return f"{who} set the topic of {room}: {isolated(event.topic)}"

    def _lifetime_line(self, event: LifetimeChanged) -> str:
        who = self._who(event.by)
        where = isolated(event.conversation_name)
        if not event.seconds:
            return f"{who} let messages stay: what is written in {where} from now on does not disappear"
        span = span_words(event.seconds)
        return f"{who} let messages disappear: what is written in {where} from now on is gone after {span}"


def _settings_words(before: RoomInfo, room: RoomInfo) -> Iterator[str]:
    """Say what of a room is another than before, and what that means."""
    name = isolated(room.name)
    if before.name != room.name:
        yield f"renamed @{isolated(before.name)} to @{name}"
    if before.is_archived is not room.is_archived:
        yield (
            f"archived @{name}: nothing more is written there"
            if room.is_archived
            else f"opened @{name} again"
        )
    if before.is_open is not room.is_open:
        yield f"made @{name} " + (
            "open: anybody may enter" if room.is_open else "private: members let people in"
        )
    if before.keeps_history is not room.keeps_history:
        what = "what was before them, too" if room.keeps_history else "only what follows"
        yield f"changed @{name}: newcomers read {what}"
