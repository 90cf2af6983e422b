"""Presence: who has a connection, since when not, and what they say of it. The reasons are sealed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lanmsg.wire.codec import encode_frame
from lanmsg.wire.frames import PersonPresence, Presence
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import OFFLINE_GRACE_S, PRESENCE_INTERVAL_S
from lanmsg.wire.status import Status, rank

NEWCOMER_FRAME_BYTES: Final = 15 * 1024
"""What a newcomer is sent in one frame: it fits in a TLS record of 16 KiB."""
PERSON_BYTES: Final = 44
"""One person in it without a note, at most."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What one connection says of its person, and since when (Unix ms; 0: from the start)."""

    status: Status = Status.ONLINE
    since_ms: int = 0
    note: bytes = b""


class PresenceBook:
    """Gathers changes and announces them together.

    `announce` gets one frame for everybody; `statuses` is asked when it is made and returns one for each
    connection of a user, so a person who came back within the grace time was never away.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        last_seen_ms: dict[UserId, int],
        statuses: Callable[[UserId], Sequence[DeviceStatus]],
        now_ms: Callable[[], int],
        announce: Callable[[Presence], None],
    ) -> None:
        self._loop = loop
        self._last_seen_ms = last_seen_ms
        self._statuses = statuses
        self._now_ms = now_ms
        self._announce = announce
        self._announced = {
            user: PersonPresence(user, online=False, last_seen_ms=at_ms)
            for user, at_ms in last_seen_ms.items()
        }
        self._announced_frames: list[bytes] | None = None
        self._changed: set[UserId] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._grace: dict[UserId, asyncio.TimerHandle] = {}
        self._held_back: dict[UserId, asyncio.TimerHandle] = {}
        self._unsaved: set[UserId] = set()

    def connected(self, user: UserId) -> None:
        """A connection of this user has logged in."""
        timer = self._grace.pop(user, None)
        if timer is not None:
            timer.cancel()
        self._change(user)

    def status_changed(self, user: UserId, *, after_s: float = 0.0) -> None:
        """A connection of this user has another status, or is gone while others are left.

        With `after_s` it is told so much later, together with what changes meanwhile.
        """
        if not after_s:
            self._change(user)
        elif user not in self._held_back:
            self._held_back[user] = self._loop.call_later(after_s, self._let_go, user)

    def _let_go(self, user: UserId) -> None:
        del self._held_back[user]
        self._change(user)

    def disconnected(self, user: UserId) -> None:
        """The last connection of this user is gone."""
        self._last_seen_ms[user] = self._now_ms()
        self._unsaved.add(user)
        if user not in self._grace:
            self._grace[user] = self._loop.call_later(OFFLINE_GRACE_S, self._grace_over, user)

    def _grace_over(self, user: UserId) -> None:
        del self._grace[user]
        self._change(user)

    # --- announcing --------------------------------------------------------------------------

    def _change(self, user: UserId) -> None:
        """Announce somebody soon, even if they change back meanwhile: a newcomer may have been told."""
        if not self._is_news(self._presence(user)):
            return
        self._changed.add(user)
        if self._timer is None:
            self._timer = self._loop.call_later(PRESENCE_INTERVAL_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        presence = Presence([self._presence(user) for user in sorted(changed)])
        self._announced.update((person.user, person) for person in presence.people)
        self._announced_frames = None
        self._announce(presence)

    def _is_news(self, person: PersonPresence) -> bool:
        """Tell whether people would see a difference. Of who is here, nobody sees the last time they left."""
        before = self._announced.get(person.user)
        return before is None or _shown(person) != _shown(before)

    def _presence(self, user: UserId) -> PersonPresence:
        last_seen_ms = self._last_seen_ms.get(user, 0)
        statuses = self._statuses(user)
        if statuses:
            shown = min(statuses, key=lambda each: (rank(each.status), -each.since_ms))
            return PersonPresence(
                user,
                online=True,
                last_seen_ms=last_seen_ms,
                status=shown.status,
                since_ms=shown.since_ms,
                note=shown.note,
            )
        before = self._announced.get(user)
        if user in self._grace and before is not None and before.online:
            return before
        return PersonPresence(user, online=user in self._grace, last_seen_ms=last_seen_ms)

    def newcomer_frames(self) -> list[bytes]:
        """Return encoded frames with the presence of everybody who was ever seen.

        First what was announced so far, encoded once for all who come before the next announcement:
        made anew for each, a storm of 5,000 logins took 25 s. Then what has changed since. No frame is
        larger than a TLS record: written one by one, they leave a connection's buffer small.
        """
        if self._announced_frames is None:
            self._announced_frames = _encode(list(self._announced.values()))
        return self._announced_frames + _encode([self._presence(user) for user in sorted(self._changed)])

    def last_seen_ms(self, user: UserId) -> int:
        """Return when the last connection of a user ended (Unix ms); 0: never seen to leave."""
        return self._last_seen_ms.get(user, 0)

    def take_unsaved(self) -> dict[UserId, int]:
        """Return the last-seen times (Unix ms) that changed since the last call."""
        unsaved, self._unsaved = self._unsaved, set()
        return {user: self._last_seen_ms[user] for user in unsaved}

    def close(self) -> None:
        """Stop all timers."""
        own = [self._timer] if self._timer is not None else []
        for timer in (*self._grace.values(), *self._held_back.values(), *own):
            timer.cancel()


def _shown(person: PersonPresence) -> tuple[bool, int, int, bytes]:
    return person.online, person.status, person.since_ms, person.note


def _encode(people: list[PersonPresence]) -> list[bytes]:
    pieces: list[list[PersonPresence]] = []
    size = NEWCOMER_FRAME_BYTES
    for person in people:
        size += PERSON_BYTES + len(person.note)
        if size > NEWCOMER_FRAME_BYTES:
            pieces.append([])
            size = PERSON_BYTES + len(person.note)
        pieces[-1].append(person)
    return [encode_frame(Presence(piece)) for piece in pieces]
