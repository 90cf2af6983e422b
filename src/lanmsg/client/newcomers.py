"""What newcomers of a room can't read because it was said before they came: its topic, its lifetime.

Whoever leads the room says it again, with the place where it was said first: who has that entry passes it
over. Of several who could, the first one who is here does; the others see it said, and need not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from lanmsg.client.conversation_rules import Setting, could_set
from lanmsg.client.later import Later
from lanmsg.client.lifetimes import Lifetimes
from lanmsg.client.outbox import Outbox
from lanmsg.client.room_state import RoomState
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import Store
from lanmsg.wire import ids
from lanmsg.wire.content import Content, ContentKind, Lifetime, Topic, encode_content
from lanmsg.wire.ids import LogId, MessageId

SAY_AFTER_S: Final = 2.0
"""After somebody came in: several who come at once are told at once."""
NEXT_AFTER_S: Final = 5.0
"""How long the next who could say it leaves to the one before."""
_LOOKED_AT: Final = 20
"""Among how many of the newest entries of a kind one is looked for that counts."""


@dataclass(frozen=True, slots=True)
class _Kind:
    setting: Setting
    kind: ContentKind


_KINDS: Final = (_Kind(Topic, ContentKind.TOPIC), _Kind(Lifetime, ContentKind.LIFETIME))


class Newcomers:
    """Looks after them in the rooms that we lead."""

    def __init__(
        self,
        state: ClientState,
        store: Store,
        outbox: Outbox,
        lifetimes: Lifetimes,
        later: Later,
        *,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._state = state
        self._store = store
        self._outbox = outbox
        self._lifetimes = lifetimes
        self._later = later
        self._random_bytes = random_bytes
        self._waiting: set[LogId] = set()

    def look_everywhere(self) -> None:
        """Everything of before we came is stored: look at all rooms."""
        for room in self._state.rooms.values():
            self.look(room)

    def look(self, room: RoomState) -> None:
        """Somebody may have come in: see soon whether they lack something, and nobody was quicker."""
        if room.log in self._waiting or not self._is_ours_to_say(room):
            return
        self._waiting.add(room.log)
        chance_s = SAY_AFTER_S * self._random_bytes(1)[0] / 256  # two devices of one person are not equal
        wait_s = SAY_AFTER_S + chance_s + NEXT_AFTER_S * self._rank(room)
        self._later.call_later(wait_s, partial(self._say, room))

    def _is_ours_to_say(self, room: RoomState) -> bool:
        record = room.room.statement
        is_open_book = record.keeps_history or record.is_archived
        return self._state.is_online and not is_open_book and room.leads_now(self._state.user)

    def _rank(self, room: RoomState) -> int:
        """Return how many who are here come before us."""
        us = self._state.user
        here = (each for each in room.membership.readers if each < us and room.leads_now(each))
        return sum(
            1 for each in here if (known := self._state.presence.get(each)) is not None and known.online
        )

    # --- saying it ---------------------------------------------------------------------------

    def _say(self, room: RoomState) -> None:
        self._waiting.discard(room.log)
        log = self._state.logs.get(room.log)
        if log is None or not self._is_ours_to_say(room):
            return
        others = (user for user in room.membership.readers if user != self._state.user)
        came_seq = max(map(room.came_in_at, others), default=0)
        for each in _KINDS:
            content = self._content(log, each)
            if content is not None and 0 < self._said_seq(log, each) < came_seq:
                conversation = self._state.conversation_of(log)
                message_id = MessageId(self._random_bytes(ids.ID_BYTES))
                self._outbox.add(conversation, message_id, encode_content(content))

    def _content(self, log: Log, kind: _Kind) -> Content | None:
        """Return what holds now, with the place it has; None if we know of nothing."""
        if kind.setting is Lifetime:
            known = self._lifetimes.of(log)
            return Lifetime(known[-1].seconds, known[-1].seq) if known else None
        topic = self._state.topics.get(log.stored.log)
        return Topic(topic.text, topic.seq) if topic is not None else None

    def _said_seq(self, log: Log, kind: _Kind) -> int:
        """Return the newest entry that said it, or said it again; 0 if there is none."""
        stored = self._store.of_kind(log.stored.log, kind.kind, limit=_LOOKED_AT)
        said = (each.seq for each in stored if could_set(kind.setting, self._state, log, each))
        return max(said, default=0)
