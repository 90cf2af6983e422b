"""Quiet hours as others see them: while they last we are not to be disturbed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from lanmsg.client.own_status import OwnStatus
from lanmsg.client.preferences import QuietHours

_MINUTE_S: Final = 60.0
_LATER_S: Final = 0.05
"""A timer may ring a little early: it is set for a moment after the minute."""


class QuietTime:
    """Looks at this machine's clock each minute while there are quiet hours; tells beginning and end once."""

    def __init__(
        self,
        own: OwnStatus,
        *,
        hours: Callable[[], QuietHours | None],
        now_ms: Callable[[], int],
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
    ) -> None:
        self._own = own
        self._hours = hours
        self._now_ms = now_ms
        self._call_later = call_later
        self._is_quiet = False
        self._is_watching = False

    def look(self) -> None:
        """See whether quiet hours have begun or ended; call it when they were changed."""
        hours, now_s = self._hours(), self._now_ms() / 1000
        local = datetime.fromtimestamp(now_s, tz=UTC).astimezone()
        is_quiet = hours is not None and hours.covers(local.hour * 60 + local.minute)
        if is_quiet is not self._is_quiet:
            self._is_quiet = is_quiet
            self._own.set_quiet_time(is_quiet=is_quiet)
        if hours is not None and not self._is_watching:
            self._is_watching = True
            self._call_later(_MINUTE_S - now_s % _MINUTE_S + _LATER_S, self._look_again)

    def _look_again(self) -> None:
        self._is_watching = False
        self.look()
