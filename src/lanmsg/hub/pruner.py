"""The log writer's part that removes old messages: the oldest of the whole hub first, a slice at a time.

A slice is a part of some batch's transaction, so it is on disk as a whole or not at all, and small
enough that nobody waits for it. Changes of members stay: whoever comes to a room must know all of them.
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import islice, takewhile
from typing import Final, NamedTuple

from lanmsg.hub.jobs import PrunedLog, PruneDone, PruneJob
from lanmsg.hub.logs import Logs
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import LogId

SLICE_ENTRIES: Final = 256
"""Entries of one slice: 2 ms of the log writer's time, 8 ms on a very busy machine (measured)."""
LOOK_COSTS: Final = 16
"""Looking for a log's oldest message takes about as long as removing so many."""
STEP_MS: Final = 10 * 60 * 1000
"""By size, conversations are taken in turns of so much time: what is older by less may go a little later."""

_KEPT_KINDS: Final = frozenset({LogKind.DIRECTORY, LogKind.ACCOUNT, LogKind.INBOX})


class _Oldest(NamedTuple):
    """No message of this log is older than this."""

    at_ms: int
    log: LogId


@dataclass(slots=True)
class _Slice:
    job: PruneJob
    is_too_large: bool
    left: int
    entries: int


class Pruner:
    """Knows which conversation has the oldest message."""

    def __init__(self, storage: Storage, logs: Logs) -> None:
        self._storage = storage
        self._logs = logs
        self._oldest: list[_Oldest] = []
        self._known_logs = 0

    def prune(self, job: PruneJob) -> PruneDone:
        """Remove a slice of what is to go, inside a transaction."""
        self._take_new_logs()
        size_bytes = self._storage.disk_use().used_bytes
        slice_ = _Slice(job, 0 < job.keep_bytes < size_bytes, SLICE_ENTRIES, 0)
        pruned: dict[LogId, PrunedLog] = {}
        while slice_.left > 0 and self._is_due(slice_):
            found = self._prune_oldest(slice_)
            if found is not None:
                pruned[found.log] = found
        return PruneDone(
            list(pruned.values()),
            entries=slice_.entries,
            size_bytes=size_bytes,
            is_finished=not self._is_due(slice_),
        )

    def _take_new_logs(self) -> None:
        """What is in a log is not known before it is looked at: it may be of any age."""
        new = [log for log in islice(self._logs, self._known_logs, None) if log.kind not in _KEPT_KINDS]
        self._known_logs = len(self._logs)
        self._oldest += [_Oldest(0, log.log) for log in new]
        if new:
            heapify(self._oldest)

    def _is_due(self, slice_: _Slice) -> bool:
        before_ms = slice_.job.now_ms if slice_.is_too_large else slice_.job.before_ms
        return bool(self._oldest) and self._oldest[0].at_ms < before_ms

    def _prune_oldest(self, slice_: _Slice) -> PrunedLog | None:
        """Remove the oldest messages of the log that may have the oldest of all."""
        log = self._logs[heappop(self._oldest).log]
        slice_.left -= LOOK_COSTS
        before_ms = self._before_ms(slice_)
        first = self._storage.oldest_entries(log.log, limit=1)
        if not first or first[0].at_ms >= before_ms:
            heappush(self._oldest, _Oldest(first[0].at_ms if first else slice_.job.now_ms, log.log))
            return None
        entries = self._storage.oldest_entries(log.log, limit=max(slice_.left, LOOK_COSTS))
        gone = list(takewhile(lambda each: each.at_ms < before_ms, entries))
        slice_.left -= len(gone)
        slice_.entries += len(gone)
        log.pruned_seq, log.pruned_hash = log.pruned_seq + len(gone), gone[-1].hash
        self._storage.prune(log.log, log.pruned_seq)
        rest = entries[len(gone) :]
        heappush(self._oldest, _Oldest(rest[0].at_ms if rest else gone[-1].at_ms, log.log))
        return PrunedLog(log.log, log.pruned_seq, log.pruned_hash)

    def _before_ms(self, slice_: _Slice) -> int:
        """Return from when on the log's messages stay for now."""
        job = slice_.job
        if not slice_.is_too_large:
            return job.before_ms
        next_ms = self._oldest[0].at_ms + STEP_MS if self._oldest else job.now_ms
        return min(max(job.before_ms, next_ms), job.now_ms)
