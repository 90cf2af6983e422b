"""How fast: each device over all of its connections, and everybody together."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from lanmsg.hub.config import HubConfig
from lanmsg.hub.settings import HubSettings
from lanmsg.wire import limits
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.token_bucket import TokenBucket

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast one device may send messages, claim keys, change rooms, change its status and send signals."""

    appends: TokenBucket
    claims: TokenBucket
    statuses: TokenBucket
    signals: TokenBucket
    statements: TokenBucket


class Pace:
    """The hub's buckets. `now_s` is the loop's clock; `is_queue_full` tells whether the disk keeps up."""

    def __init__(
        self,
        config: HubConfig,
        settings: HubSettings,
        *,
        now_s: Callable[[], float],
        is_queue_full: Callable[[], bool],
    ) -> None:
        self._config = config
        self._message_rate = settings.messages_per_second, settings.messages_burst
        self._now_s = now_s
        self._is_queue_full = is_queue_full
        self._rates: dict[DeviceId, Rates] = {}
        self.enrolments = self._bucket(limits.ENROLMENTS_PER_MINUTE / 60, limits.ENROLMENTS_BURST)
        self._failed_invites = self._bucket(
            limits.FAILED_INVITES_PER_MINUTE / 60, limits.FAILED_INVITES_PER_MINUTE
        )

    def _bucket(self, per_second: float, burst: float) -> TokenBucket:
        return TokenBucket(per_second=per_second, burst=burst, now_s=self._now_s())

    def rates_of(self, device: DeviceId) -> Rates:
        """Return the device's own buckets: a new connection is no way around them."""
        rates = self._rates.get(device)
        if rates is None:
            rates = self._rates[device] = Rates(
                appends=self._bucket(*self._message_rate),
                claims=self._bucket(limits.CLAIMS_PER_MINUTE / 60, limits.CLAIMS_BURST),
                statuses=self._bucket(limits.STATUSES_PER_MINUTE / 60, limits.STATUSES_BURST),
                signals=self._bucket(limits.SIGNALS_PER_SECOND, limits.SIGNALS_BURST),
                statements=self._bucket(self._config.statements_per_minute / 60, limits.STATEMENTS_BURST),
            )
        return rates

    def set_message_rate(self, per_second: float, burst: float) -> None:
        """Let every device send so fast from now on."""
        self._message_rate = per_second, burst
        for rates in self._rates.values():
            rates.appends.change(per_second=per_second, burst=burst, now_s=self._now_s())

    def limit_enrolments(self) -> None:
        """Raise Refusal (THROTTLED) when people enrol faster than a hall of people can."""
        _limit(self.enrolments, self._now_s(), "too many people join at once: try again in a moment")

    def limit_appends(self, rates: Rates, now_s: float) -> None:
        """Raise Refusal (THROTTLED) when a device sends too fast, or the disk can't keep up."""
        _limit(rates.appends, now_s, "too many messages at once: wait a moment")
        if self._is_queue_full():
            raise Refusal(Code.THROTTLED, "the hub's disk can't keep up: wait a moment", retry_after_ms=1000)

    def limit_claims(self, rates: Rates) -> None:
        """Raise Refusal (THROTTLED) when a device drains other people's keys."""
        _limit(rates.claims, self._now_s(), "too many key requests: wait a moment")

    def limit_statements(self, rates: Rates) -> None:
        """Raise Refusal (THROTTLED) when a device changes rooms, or opens groups, too fast.

        Who asks and is refused then gives the token back: many who join a room at once refuse each other.
        """
        _limit(rates.statements, self._now_s(), "too many changes of rooms and groups: wait a moment")

    def count_failed_invite(self, refusal: Refusal) -> None:
        """Note a wrong invite in the log, but not more often than somebody can read."""
        if refusal.code is Code.INVITE_UNKNOWN and not self._failed_invites.wait_s(self._now_s()):
            log.warning("wrong invite")


def _limit(bucket: TokenBucket, now_s: float, text: str) -> None:
    wait_s = bucket.wait_s(now_s)
    if wait_s:
        raise Refusal(Code.THROTTLED, text, retry_after_ms=int(wait_s * 1000) + 1)
