"""The messages of one log in memory."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from lanmsg.client.store.interface import StoredMessage
from lanmsg.wire.ids import DeviceId


@dataclass(slots=True)
class LogMessages:
    """The messages of one log, `seqs` ascending."""

    by_seq: dict[int, StoredMessage] = field(default_factory=dict[int, StoredMessage])
    seqs: list[int] = field(default_factory=list[int])
    counters: dict[DeviceId, int] = field(default_factory=dict[DeviceId, int])
    targets: dict[bytes, frozenset[int]] = field(default_factory=dict[bytes, frozenset[int]])
    """Where a target was ever stored; what is there now may have another."""

    def put(self, message: StoredMessage) -> None:
        """Add a message, or replace the one in its place."""
        if message.seq not in self.by_seq:
            insort(self.seqs, message.seq)
        self.by_seq[message.seq] = message
        counter = max(self.counters.get(message.sender, 0), message.counter)
        self.counters[message.sender] = counter
        self.targets[message.target] = self.targets.get(message.target, frozenset()) | {message.seq}

    def remove(self, message: StoredMessage) -> None:
        """Take a message out; its counter stays."""
        del self.by_seq[message.seq]
        self.seqs.remove(message.seq)
        self.targets[message.target] -= {message.seq}

    def with_targets(self, targets: Iterable[bytes]) -> list[StoredMessage]:
        """Return the messages with one of these targets, by seq."""
        seqs = {seq for target in targets if target for seq in self.targets.get(target, ())}
        wanted = set(targets)
        found = [self.by_seq[seq] for seq in sorted(seqs)]
        return [message for message in found if message.target in wanted]

    def missing_sessions(self, reason: str, limit: int) -> list[bytes]:
        """See `Store.missing_sessions`."""
        newest_first = (self.by_seq[seq] for seq in reversed(self.seqs))
        found = (
            each.session + each.sender for each in newest_first if each.reason == reason and each.session
        )
        return list(dict.fromkeys(found))[:limit]

    def copy(self) -> "LogMessages":
        """Return what shares nothing with this one."""
        return LogMessages(dict(self.by_seq), list(self.seqs), dict(self.counters), dict(self.targets))
