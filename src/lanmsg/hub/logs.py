"""The heads and readers of all logs, as far as they are committed and told.

The log writer has one on its thread, ahead by the batch it works on; the event loop has another,
behind by the same batch. Each is only touched by its owner.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lanmsg.hub.storage.interface import StoredMember, StoredState
from lanmsg.wire.entries import LogKind, View
from lanmsg.wire.ids import ZERO_HASH, DeviceId, LogId, UserId


@dataclass(slots=True)
class Log:
    """A log's head and, for a conversation, who reads it from where."""

    log: LogId
    kind: LogKind
    seq: int = 0
    hash: bytes = ZERO_HASH
    members: dict[UserId, StoredMember] = field(default_factory=dict[UserId, StoredMember])
    former: dict[UserId, StoredMember] = field(default_factory=dict[UserId, StoredMember])
    """Who is out of a room, or was never let in."""
    membership_seq: int = 0
    """The newest entry of this log that changed its members; only in rooms something does."""
    membership_hash: bytes = ZERO_HASH
    """Its hash."""
    pruned_seq: int = 0
    """Up to here the messages are gone, and the hash there; of inboxes nobody asks."""
    pruned_hash: bytes = ZERO_HASH
    counters: dict[DeviceId, int] = field(default_factory=dict[DeviceId, int])
    """The log writer's memory of the highest counter of each device that wrote since the start."""


class Logs:
    """All logs by id, and by the users who are named as their members."""

    def __init__(self) -> None:
        self._logs: dict[LogId, Log] = {}
        self._of_user: dict[UserId, list[Log]] = {}
        self._left_by: dict[UserId, list[Log]] = {}

    @classmethod
    def from_state(cls, state: StoredState) -> "Logs":
        """Start from what is stored."""
        logs = cls()
        for stored in state.logs:
            logs._logs[stored.log] = Log(
                stored.log,
                stored.kind,
                stored.seq,
                stored.hash,
                pruned_seq=stored.pruned_seq,
                pruned_hash=stored.pruned_hash,
            )
        logs.add_members(state.members)
        return logs

    def get(self, log: LogId) -> Log | None:
        """Find a log."""
        return self._logs.get(log)

    def __getitem__(self, log: LogId) -> Log:
        """Return a log that is known to exist."""
        return self._logs[log]

    def __contains__(self, log: LogId) -> bool:
        """Tell whether there is such a log."""
        return log in self._logs

    def __len__(self) -> int:
        """Count the logs."""
        return len(self._logs)

    def of_user(self, user: UserId) -> Iterable[Log]:
        """Return the conversations this user reads."""
        return self._of_user.get(user, ())

    def left_by(self, user: UserId) -> Iterable[Log]:
        """Return the rooms this user is out of."""
        return self._left_by.get(user, ())

    def add(self, log: LogId, kind: LogKind) -> Log:
        """Add an empty log, or return the one there is."""
        return self._logs.setdefault(log, Log(log, kind))

    def add_members(self, members: Iterable[StoredMember]) -> None:
        """Record what users are in logs that exist."""
        for member in members:
            log = self._logs[member.log]
            if member.changed_seq > log.membership_seq:
                log.membership_seq, log.membership_hash = member.changed_seq, member.changed_hash
            if member.role.is_reader:
                _move(log, member, log.former, self._left_by, log.members, self._of_user)
            else:
                _move(log, member, log.members, self._of_user, log.former, self._left_by)

    def __iter__(self) -> Iterator[Log]:
        """Iterate over all logs."""
        return iter(self._logs.values())


def _move(
    log: Log,
    member: StoredMember,
    before: dict[UserId, StoredMember],
    logs_before: dict[UserId, list[Log]],
    after: dict[UserId, StoredMember],
    logs_after: dict[UserId, list[Log]],
) -> None:
    if before.pop(member.user, None) is not None:
        logs_before[member.user].remove(log)
    if member.user not in after:
        logs_after.setdefault(member.user, []).append(log)
    after[member.user] = member


def is_current(view: View, log: Log, *, devices_seq: int) -> bool:
    """Tell whether a sender who saw `view` knew all of the log's readers and nobody else.

    `devices_seq` is the directory entry that last changed a reader's devices.
    """
    return view.membership_seq >= log.membership_seq and view.directory_seq >= devices_seq
