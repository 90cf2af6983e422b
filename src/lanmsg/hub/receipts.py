"""Delivery receipts: how far each device has stored each conversation, and who wants to know.

In a direct chat or a group everybody hears of every step. In everyone and in rooms only the authors of
what was newly stored do: telling everybody would cost the square of its size.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from lanmsg.hub.storage.interface import StoredCursor
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Receipt, Receipts
from lanmsg.wire.ids import DeviceId, LogId

RECEIPT_INTERVAL_S = 0.05
"""Receipts are gathered for so long: 500 readers who store one message make one frame, not 500."""
REMEMBERED_AUTHORS = 1024
"""Entries of a large conversation whose authors still get receipts; older ones ask nobody any more."""


class ReceiptBook:
    """All cursors, and the receipts that wait to be sent."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        cursors: Iterable[StoredCursor],
        send: Callable[[DeviceId, Receipts], None],
    ) -> None:
        self._loop = loop
        self._send = send
        self._cursors: dict[LogId, dict[DeviceId, int]] = {}
        self._unsaved: dict[tuple[LogId, DeviceId], int] = {}
        self._authors: dict[LogId, deque[tuple[int, DeviceId]]] = {}
        self._waiting: dict[tuple[DeviceId, LogId], dict[DeviceId, int]] = {}
        self._timer: asyncio.TimerHandle | None = None
        for cursor in cursors:
            self._cursors.setdefault(cursor.log, {})[cursor.device] = cursor.seq

    def cursor(self, log: LogId, device: DeviceId) -> int:
        """Return how far a device has acknowledged a log."""
        return self._cursors.get(log, {}).get(device, 0)

    def advance(self, log: LogId, device: DeviceId, seq: int) -> int:
        """Move a cursor forward; return where it was (at or above `seq`: nothing changed)."""
        cursors = self._cursors.setdefault(log, {})
        before = cursors.get(device, 0)
        if seq > before:
            cursors[device] = seq
            self._unsaved[log, device] = seq
        return before

    def note_author(self, log: LogId, seq: int, device: DeviceId) -> None:
        """Remember who wrote an entry of a conversation of many."""
        self._authors.setdefault(log, deque(maxlen=REMEMBERED_AUTHORS)).append((seq, device))

    def authors(self, log: LogId, after: int, up_to: int) -> set[DeviceId]:
        """Return who wrote the remembered entries with `after` < seq <= `up_to`."""
        found: set[DeviceId] = set()
        for seq, device in reversed(self._authors.get(log, ())):
            if seq <= after:
                break
            if seq <= up_to:
                found.add(device)
        return found

    def tell(self, listeners: Iterable[DeviceId], log: LogId, device: DeviceId, seq: int) -> None:
        """Let these devices know, soon, that `device` has `log` up to `seq`."""
        for listener in listeners:
            self._waiting.setdefault((listener, log), {})[device] = seq
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(RECEIPT_INTERVAL_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        for (listener, log), receipts in waiting.items():
            self._send(listener, _frame(log, receipts))

    def of_log(self, log: LogId, *, but: DeviceId) -> Receipts | None:
        """Return what other devices have stored of a log, for a device that logs in."""
        receipts = {device: seq for device, seq in self._cursors.get(log, {}).items() if device != but}
        return _frame(log, receipts) if receipts else None

    def take_unsaved(self) -> list[StoredCursor]:
        """Return the cursors that changed since the last call."""
        unsaved, self._unsaved = self._unsaved, {}
        return [StoredCursor(log, device, seq) for (log, device), seq in unsaved.items()]

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()


def _frame(log: LogId, receipts: dict[DeviceId, int]) -> Receipts:
    return Receipts(log, [Receipt(device, seq) for device, seq in receipts.items()])


def wants_all_receipts(kind: LogKind) -> bool:
    """Tell whether every member of such a conversation hears of every receipt."""
    return kind in {LogKind.DIRECT, LogKind.GROUP}
