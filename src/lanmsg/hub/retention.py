"""How long the hub keeps messages: looks from time to time what is to go, and has it removed.

Removing goes on in slices between the batches of messages, with a pause after each, so that nobody
notices. What a device has not fetched by then it never gets; it is told so (`docs/protocol.md` §7.7).
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from lanmsg.hub.jobs import Job, Outcome, PruneDone, PruneJob
from lanmsg.hub.settings import HubSettings

PRUNE_INTERVAL_S: Final = 60.0
"""A message lives a minute longer than it must, and a hub grows beyond its size for so long."""
PRUNE_PAUSE_S: Final = 0.02
"""Between two slices: some 10,000 entries a second go, and most of the log writer's time is left."""
DAY_MS: Final = 24 * 60 * 60 * 1000

log = structlog.get_logger("lanmsg.hub")


class Retention:
    """Owned by the event loop. `put` queues a job for the log writer."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        now_ms: Callable[[], int],
        settings: Callable[[], HubSettings],
        put: Callable[[Job, Callable[[Outcome], None]], None],
    ) -> None:
        self._loop = loop
        self._now_ms = now_ms
        self._settings = settings
        self._put = put
        self._entries = 0
        self._logs: set[bytes] = set()
        self._started_s = 0.0
        self._has_warned = False
        self._is_running = False
        self._timer = loop.call_later(PRUNE_INTERVAL_S, self._start)

    def settings_changed(self) -> None:
        """Look at once what is to go by the new settings."""
        self._has_warned = False
        if not self._is_running:
            self._timer.cancel()
            self._start()

    def close(self) -> None:
        """Start nothing more."""
        self._timer.cancel()

    def _start(self) -> None:
        settings = self._settings()
        if not settings.keep_days and not settings.keep_bytes:
            self._timer = self._loop.call_later(PRUNE_INTERVAL_S, self._start)
            return
        self._is_running = True
        self._entries, self._logs, self._started_s = 0, set(), self._loop.time()
        self._prune_slice()

    def _prune_slice(self) -> None:
        settings, now_ms = self._settings(), self._now_ms()
        before_ms = now_ms - settings.keep_days * DAY_MS if settings.keep_days else 0
        self._put(PruneJob(before_ms, settings.keep_bytes, now_ms), self._slice_pruned)

    def _slice_pruned(self, outcome: Outcome) -> None:
        if not isinstance(outcome, PruneDone):
            raise AssertionError(outcome)
        self._entries += outcome.entries
        self._logs |= {each.log for each in outcome.logs}
        if not outcome.is_finished:
            self._timer = self._loop.call_later(PRUNE_PAUSE_S, self._prune_slice)
            return
        self._is_running = False
        self._timer = self._loop.call_later(PRUNE_INTERVAL_S, self._start)
        self._report(outcome)

    def _report(self, last: PruneDone) -> None:
        if self._entries:
            took_s = round(self._loop.time() - self._started_s, 3)
            log.info("pruned", entries=self._entries, conversations=len(self._logs), took_s=took_s)
        keep_bytes = self._settings().keep_bytes
        is_too_large = 0 < keep_bytes < last.size_bytes and not last.entries
        if is_too_large and not self._has_warned:
            log.warning("cannot prune to size", size_bytes=last.size_bytes, keep_bytes=keep_bytes)
        self._has_warned = is_too_large
