"""What is committed, as the event loop knows it: logs, directory, and who reads what from where."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lanmsg.hub.fan_out import FanOut, Reader
from lanmsg.hub.jobs import PrunedLog
from lanmsg.hub.logs import Log, Logs
from lanmsg.hub.storage.interface import Storage, StoredState
from lanmsg.wire import ids, limits
from lanmsg.wire.directory import Directory, decode_statement
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Head
from lanmsg.wire.ids import DatabaseId, DeviceId, LogId
from lanmsg.wire.names import canonical_handle, skeleton
from lanmsg.wire.statements import DeviceStatement, RevokeStatement, Statement

_NAMES_MEMBERS = frozenset({LogKind.DIRECT, LogKind.GROUP, LogKind.ACCOUNT})
"""Logs whose head says who is in them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a log: what comes after `base`, up to `end` (None: and goes on)."""

    base: int
    end: int | None = None


class Published:
    """The event loop's copy of the hub's state. Only `Publisher` changes it."""

    def __init__(self, state: StoredState, directory: Directory) -> None:
        self.database: DatabaseId = state.database
        self.logs = Logs.from_state(state)
        self.directory = directory
        self._inbox_owners: dict[LogId, DeviceId] = {}
        for person in directory.people:
            for device in person.devices:
                self._inbox_owners[ids.inbox_log(self.database, device)] = device

    def apply(self, seq: int, statement: Statement) -> None:
        """Record a committed statement."""
        self.directory.apply(seq, statement)
        match statement:
            case DeviceStatement():
                self._inbox_owners[ids.inbox_log(self.database, statement.device)] = statement.device
            case RevokeStatement():
                self._inbox_owners.pop(ids.inbox_log(self.database, statement.device), None)
            case _:
                pass

    def readers(self, log: Log, fan_out: FanOut) -> Iterable[Reader]:
        """Return the connected readers of a log."""
        match log.kind:
            case LogKind.DIRECTORY | LogKind.EVERYONE:
                return fan_out
            case LogKind.DIRECT | LogKind.GROUP | LogKind.ROOM | LogKind.ACCOUNT:
                return [reader for user in log.members for reader in fan_out.of_user(user)]
            case LogKind.INBOX:
                owner = self._inbox_owners.get(log.log)
                reader = None if owner is None else fan_out.device(owner)
                return [] if reader is None else [reader]

    def base(self, reader: Reader, log_id: LogId) -> int | None:
        """Return the seq after which this reader reads a log; None if they do not read it."""
        log = self.logs.get(log_id)
        if log is None:
            return None
        match log.kind:
            case LogKind.DIRECTORY:
                return 0
            case LogKind.INBOX:
                return 0 if self._inbox_owners.get(log_id) == reader.device else None
            case LogKind.EVERYONE | LogKind.DIRECT | LogKind.GROUP | LogKind.ROOM | LogKind.ACCOUNT:
                member = log.members.get(reader.user)
                return None if member is None else member.base_seq

    def span(self, reader: Reader, log_id: LogId) -> Span | None:
        """Return the part of a log that this reader may fetch; None if they may not fetch any of it."""
        base = self.base(reader, log_id)
        if base is not None:
            return Span(base)
        log = self.logs.get(log_id)
        member = None if log is None else log.former.get(reader.user)
        if member is None or not member.end_seq:
            return None
        return Span(member.base_seq, member.end_seq)

    def head(self, reader: Reader, log_id: LogId, *, counter: int = 0) -> Head:
        """Describe a log that this reader reads, or the part of it that they read."""
        log = self.logs[log_id]
        former = log.former.get(reader.user)
        member = former or log.members.get(reader.user)
        pruned = self._pruned(log)
        if former and pruned.seq > former.end_seq:
            pruned = PrunedLog(log_id, former.end_seq, former.end_hash)
        return Head(
            log=log_id,
            kind=log.kind,
            base=member.base_seq if member else 0,
            base_hash=member.base_hash if member else ids.ZERO_HASH,
            seq=former.end_seq if former else log.seq,
            hash=former.end_hash if former else log.hash,
            counter=counter,
            users=list(log.members) if log.kind in _NAMES_MEMBERS else [],
            pruned_seq=pruned.seq,
            pruned_hash=pruned.hash,
        )

    def _pruned(self, log: Log) -> PrunedLog:
        if log.kind is LogKind.INBOX:  # its reader knows what they have acknowledged
            return PrunedLog(log.log, 0, ids.ZERO_HASH)
        return PrunedLog(log.log, log.pruned_seq, log.pruned_hash)

    def heads(self, reader: Reader, counters: dict[LogId, int]) -> list[Head]:
        """Describe every log this reader reads: inbox and directory first, as a client needs them."""
        logs = [
            ids.inbox_log(self.database, reader.device),
            ids.directory_log(self.database),
            *(each.log for each in self.logs.of_user(reader.user)),
        ]
        return [self.head(reader, each, counter=counters.get(each, 0)) for each in logs]

    def last_heads(
        self, reader: Reader, counters: dict[LogId, int], cursor: Callable[[LogId, DeviceId], int]
    ) -> list[Head]:
        """Describe the rooms this reader's user was in, while this device has not acknowledged their end.

        One that had nothing to acknowledge there may still believe that it is in.
        """
        return [
            self.head(reader, log.log, counter=counters.get(log.log, 0))
            for log in self.logs.left_by(reader.user)
            if cursor(log.log, reader.device) < log.former[reader.user].end_seq
        ]


def load_directory(storage: Storage, state: StoredState) -> Directory:
    """Replay the directory log. Its statements were checked when they were appended."""
    directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
    log = ids.directory_log(state.database)
    if all(stored.log != log for stored in state.logs):
        return directory
    while True:
        run = storage.read_run(
            log, directory.seq, max_entries=limits.FETCH_PAGE_ENTRIES, max_bytes=limits.FETCH_PAGE_BYTES
        )
        for seq, entry in enumerate(run.entries, run.first_seq):
            directory.apply(seq, decode_statement(entry.kind, entry.body))
        if not run.entries:
            return directory
