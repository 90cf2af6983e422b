"""Our one-time keys at the hub: made, stored, published, and only then counted as published.

In that order, so that a crash anywhere publishes the same keys again and never forgets a key that
somebody may already be using. The fallback key, which many may use, is replaced every week, and an hour after
its first use; the one before it opens sessions until the next replacement, for who had claimed it by then.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.later import Later
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.wire import labels
from lanmsg.wire.frames import PublishKeys, Stock
from lanmsg.wire.limits import ONE_TIME_KEYS_LOW, ONE_TIME_KEYS_STOCK
from lanmsg.wire.statements import PublishedKey, published_key_bytes

KEYS_PER_PUBLICATION = 50
FALLBACK_LIFETIME_MS: Final = 7 * 24 * 60 * 60 * 1000
"""A fallback key is replaced after so long, used or not: whether it was handed out is the hub's word."""
FALLBACK_USED_MS: Final = 60 * 60 * 1000
"""After its first use it is replaced so soon; not at once, so that nobody can make us forget the last two."""


class KeySupply:
    """Keeps the stock filled."""

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        sessions: PeerSessions,
        later: Later,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._state = state
        self._effects = effects
        self._later = later
        self._now_ms = now_ms
        self._stock = 0
        self._is_publishing = False
        self._has_new_fallback = False
        """Whether what is being published has a new fallback key."""
        self._timer: asyncio.TimerHandle | None = None
        sessions.fallback_used = self._fallback_used

    def first_keys(self) -> tuple[PublishedKey, list[PublishedKey]]:
        """Return a fallback key and one-time keys for an enrolment, saved before it is sent."""
        account = self._state.account
        fallback = self._signed(labels.FALLBACK_KEY, account.fallback_key())
        keys = [
            self._signed(labels.ONE_TIME_KEY, key) for key in account.unpublished_keys(KEYS_PER_PUBLICATION)
        ]
        self._save()
        return fallback, keys

    def enrolled(self) -> None:
        """The hub has the first keys."""
        self._state.account.mark_published()
        self._replace_fallback_at(self._now_ms() + FALLBACK_LIFETIME_MS)
        self._save()

    def take_frame(self, frame: Stock) -> None:
        """The hub says how many it holds; an answer that nothing was asked for is none."""
        if frame.is_answer and not self._is_publishing:
            return
        self.take_stock(frame.count, is_answer=frame.is_answer)

    def take_stock(self, count: int, *, has_fallback_key: bool = True, is_answer: bool = False) -> None:
        """The hub holds so many of our keys: refill if that is little.

        Only with its answer to a publication are those keys published for certain.
        """
        if self._is_publishing and not is_answer:
            return
        if is_answer:
            self._published()
        self._stock = count
        is_fallback_due = not has_fallback_key or self._now_ms() >= self._state.profile.new_fallback_ms
        if count >= ONE_TIME_KEYS_LOW and not is_fallback_due:
            self._look_again()
            return
        self._publish(is_fallback_due=is_fallback_due)

    def _published(self) -> None:
        self._state.account.mark_published()
        if self._has_new_fallback:
            self._replace_fallback_at(self._now_ms() + FALLBACK_LIFETIME_MS)
        self._save()
        self._is_publishing = self._has_new_fallback = False

    def _publish(self, *, is_fallback_due: bool) -> None:
        account = self._state.account
        keys = account.unpublished_keys(min(KEYS_PER_PUBLICATION, ONE_TIME_KEYS_STOCK - self._stock))
        fallback = self._signed(labels.FALLBACK_KEY, account.fallback_key()) if is_fallback_due else None
        self._has_new_fallback = is_fallback_due
        self._save()
        self._effects.send(PublishKeys([self._signed(labels.ONE_TIME_KEY, key) for key in keys], fallback))
        self._is_publishing = True

    def link_lost(self) -> None:
        """No answer will come; the same keys are published again at the next login."""
        self._is_publishing = self._has_new_fallback = False

    # --- the fallback key --------------------------------------------------------------------

    def _fallback_used(self) -> None:
        """Somebody has started a session with it; the caller saves the profile."""
        self._replace_fallback_at(min(self._state.profile.new_fallback_ms, self._now_ms() + FALLBACK_USED_MS))
        self._look_again()

    def _replace_fallback_at(self, at_ms: int) -> None:
        self._state.profile = dataclasses.replace(self._state.profile, new_fallback_ms=at_ms)

    def _look_again(self) -> None:
        """Look when the fallback key is to be replaced; after a sleep of the machine the next login does."""
        if self._timer is not None:
            self._later.cancel(self._timer)
        wait_s = max(0, self._state.profile.new_fallback_ms - self._now_ms()) / 1000
        self._timer = self._later.call_later(wait_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._state.is_online:
            self.take_stock(self._stock)

    def _signed(self, label: bytes, key: bytes) -> PublishedKey:
        signed = published_key_bytes(label, self._state.device, key)
        return PublishedKey(key, self._state.account.sign(signed))

    def _save(self) -> None:
        profile = dataclasses.replace(self._state.profile, account=self._state.account.pickle())
        self._state.profile = profile
        self._effects.save(profile)
