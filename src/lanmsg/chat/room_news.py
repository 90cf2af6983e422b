"""What happens in rooms, as sentences of a chat."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lanmsg.chat.room_lines import change_lines
from lanmsg.chat.spans import span_words
from lanmsg.client.events import LifetimeChanged, MembersChanged, RoomChanged, TopicChanged
from lanmsg.client.model import Conversation
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_PEOPLE_TOLD: Final = 10
"""At a larger hub new rooms are noise; /rooms tells."""

RoomEvent = RoomChanged | MembersChanged | TopicChanged | LifetimeChanged


class RoomNews:
    """Tells each thing once. What rooms there are when it is made is no news."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._known = {room.conversation: room.name for room in client.rooms()}
        self._missed: dict[Conversation, list[str]] = {}
        self._archived = {room.conversation for room in client.rooms() if room.is_archived}

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
        self._known[room.conversation] = room.name
        was_archived = room.conversation in self._archived
        self._archived.discard(room.conversation)
        if room.is_archived:
            self._archived.add(room.conversation)
        if before is None:
            is_news = room.is_open and not room.is_mine and len(self._client.people()) <= MAX_PEOPLE_TOLD
            return [f"There is a room {name} now: /join {name} enters it"] if is_news else []
        if not room.is_mine:
            return []
        lines = [f"The room {isolated(before)} is called {name} now"] if before != room.name else []
        if room.is_archived is not was_archived:
            lines.append(f"The room {name} is {'archived' if room.is_archived else 'no longer archived'}")
        return lines

    def _topic_line(self, event: TopicChanged) -> str:
        who = "you" if event.by == self._client.handle else isolated(event.by)
        room = isolated(event.conversation_name)
        if not event.topic:
            return f"{who} took the topic of {room} away"
        return f"{who} set the topic of {room}: {isolated(event.topic)}"

    def _lifetime_line(self, event: LifetimeChanged) -> str:
        who = "you" if event.by == self._client.handle else isolated(event.by)
        where = isolated(event.conversation_name)
        if not event.seconds:
            return f"{who} let messages stay: what is written in {where} from now on does not disappear"
        span = span_words(event.seconds)
        return f"{who} let messages disappear: what is written in {where} from now on is gone after {span}"
