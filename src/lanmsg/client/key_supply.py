"""Our one-time keys at the hub: made, stored, published, and only then counted as published.

In that order, so that a crash anywhere publishes the same keys again and never forgets a key that
somebody may already be using.
"""

import dataclasses

from lanmsg.client.effects import Effects
from lanmsg.client.state import ClientState
from lanmsg.wire import labels
from lanmsg.wire.frames import PublishKeys, Stock
from lanmsg.wire.limits import ONE_TIME_KEYS_LOW, ONE_TIME_KEYS_STOCK
from lanmsg.wire.statements import PublishedKey, published_key_bytes

KEYS_PER_PUBLICATION = 50


class KeySupply:
    """Keeps the stock filled."""

    def __init__(self, state: ClientState, effects: Effects) -> None:
        self._state = state
        self._effects = effects
        self._is_publishing = False

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
        self._save()

    def take_frame(self, frame: Stock) -> None:
        """The hub says how many it holds."""
        self.take_stock(frame.count, is_answer=frame.is_answer)

    def take_stock(self, count: int, *, has_fallback_key: bool = True, is_answer: bool = False) -> None:
        """The hub holds so many of our keys: refill if that is little.

        Only with its answer to a publication are those keys published for certain.
        """
        if self._is_publishing and not is_answer:
            return
        if is_answer:
            self._state.account.mark_published()
            self._save()
            self._is_publishing = False
        if count >= ONE_TIME_KEYS_LOW and has_fallback_key:
            return
        account = self._state.account
        keys = account.unpublished_keys(min(KEYS_PER_PUBLICATION, ONE_TIME_KEYS_STOCK - count))
        fallback = None if has_fallback_key else self._signed(labels.FALLBACK_KEY, account.fallback_key())
        self._save()
        self._effects.send(PublishKeys([self._signed(labels.ONE_TIME_KEY, key) for key in keys], fallback))
        self._is_publishing = True

    def link_lost(self) -> None:
        """No answer will come; the same keys are published again at the next login."""
        self._is_publishing = False

    def _signed(self, label: bytes, key: bytes) -> PublishedKey:
        signed = published_key_bytes(label, self._state.device, key)
        return PublishedKey(key, self._state.account.sign(signed))

    def _save(self) -> None:
        profile = dataclasses.replace(self._state.profile, account=self._state.account.pickle())
        self._state.profile = profile
        self._effects.save(profile)
