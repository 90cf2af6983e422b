"""Presence: who has a connection, and since when not. What the hub knows anyway, and no more."""

import asyncio
from collections.abc import Callable
from typing import Final

from lanmsg.wire.codec import encode_frame
from lanmsg.wire.frames import PersonPresence, Presence
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import OFFLINE_GRACE_S, PRESENCE_INTERVAL_S

PEOPLE_PER_FRAME: Final = 500
"""In what a newcomer is sent: some 30 bytes each, so a frame fits in a TLS record of 16 KiB."""


class PresenceBook:
    """Gathers changes and announces them together.

    `announce` gets one frame for everybody; `is_online` is asked when it is made, so a person who
    came back within the grace time was never away.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        last_seen_ms: dict[UserId, int],
        is_online: Callable[[UserId], bool],
        now_ms: Callable[[], int],
        announce: Callable[[Presence], None],
    ) -> None:
        self._loop = loop
        self._last_seen_ms = last_seen_ms
        self._is_online = is_online
        self._now_ms = now_ms
        self._announce = announce
        self._announced = {
            user: PersonPresence(user, online=False, last_seen_ms=at_ms)
            for user, at_ms in last_seen_ms.items()
        }
        self._announced_frames: list[bytes] | None = None
        self._shown: set[UserId] = set()
        self._changed: set[UserId] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._grace: dict[UserId, asyncio.TimerHandle] = {}
        self._unsaved: set[UserId] = set()

    def connected(self, user: UserId) -> None:
        """A connection of this user has logged in."""
        timer = self._grace.pop(user, None)
        if timer is not None:
            timer.cancel()
        if user not in self._shown:
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

    def _change(self, user: UserId) -> None:
        self._changed.add(user)
        if self._timer is None:
            self._timer = self._loop.call_later(PRESENCE_INTERVAL_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        for user in changed:
            if self._is_online(user):
                self._shown.add(user)
            else:
                self._shown.discard(user)
        presence = Presence([self._presence(user) for user in sorted(changed)])
        self._announced.update((person.user, person) for person in presence.people)
        self._announced_frames = None
        self._announce(presence)

    def _presence(self, user: UserId) -> PersonPresence:
        online = self._is_online(user) or user in self._grace
        return PersonPresence(user, online, self._last_seen_ms.get(user, 0))

    def newcomer_frames(self) -> list[bytes]:
        """Return encoded frames with the presence of everybody who was ever seen.

        First what was announced so far, encoded once for all who come before the next announcement:
        made anew for each, a storm of 5,000 logins took 25 s. Then what has changed since. No frame is
        larger than a TLS record: written one by one, they leave a connection's buffer small.
        """
        if self._announced_frames is None:
            self._announced_frames = _encode(list(self._announced.values()))
        return self._announced_frames + _encode([self._presence(user) for user in sorted(self._changed)])

    def take_unsaved(self) -> dict[UserId, int]:
        """Return the last-seen times (Unix ms) that changed since the last call."""
        unsaved, self._unsaved = self._unsaved, set()
        return {user: self._last_seen_ms[user] for user in unsaved}

    def close(self) -> None:
        """Stop all timers."""
        for timer in (*self._grace.values(), *([self._timer] if self._timer else [])):
            timer.cancel()


def _encode(people: list[PersonPresence]) -> list[bytes]:
    return [
        encode_frame(Presence(people[start : start + PEOPLE_PER_FRAME]))
        for start in range(0, len(people), PEOPLE_PER_FRAME)
    ]
