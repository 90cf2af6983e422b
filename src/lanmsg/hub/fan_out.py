"""Who is connected, and getting bytes to them: encoded once, joined, one write a connection and turn.

What is for one connection or a few leaves at the end of the tick. What is for a crowd leaves a slice of
the connections at a time, so that a room of thousands holds up nobody else; a connection gets all that
has gathered for it when its turn comes, so the more there is to send, the less each message costs.

A connection whose queue is full is `behind`: it gets no entries until it has drained, then the heads of
the logs it missed, and fetches at its own pace. Data is never dropped, connections are.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lanmsg.net.link import Link
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.limits import OUTBOUND_QUEUE_BYTES, SIGNAL_QUEUE_BYTES

SLICE_CONNECTIONS = 64
SLICE_BYTES = 1024 * 1024
"""What is written to a crowd between two looks at everything else: 1 to 2 ms."""


class Reader(Protocol):
    """A session that is logged in, as the fan-out sees it."""

    device: DeviceId
    user: UserId
    outgoing: "Outgoing"


class Outgoing:
    """One connection's bytes that wait for their turn, and whether it keeps up.

    `caught_up` is called when entries were missed because too much was waiting already, though the link
    then took all of it; when the link is behind it says so itself, by `link_drained`.
    """

    __slots__ = (
        "_progress_at_s",
        "_taken_bytes",
        "caught_up",
        "is_behind",
        "is_urgent",
        "link",
        "missed",
        "parts",
        "queued_bytes",
        "sent_bytes",
    )

    def __init__(self, link: Link, *, caught_up: Callable[[], None]) -> None:
        self.link = link
        self.caught_up = caught_up
        self.parts: list[bytes] = []
        self.queued_bytes = 0
        self.sent_bytes = 0
        self.is_urgent = False
        self.is_behind = False
        self.missed: set[LogId] = set()
        self._taken_bytes = 0
        self._progress_at_s = 0.0

    def stuck_for_s(self, now_s: float) -> float:
        """Return for how long this connection has been behind and taken no byte, as far as we asked."""
        taken_bytes = self.sent_bytes - self.link.unsent_bytes
        if not self.is_behind or taken_bytes > self._taken_bytes:
            self._taken_bytes = taken_bytes
            self._progress_at_s = now_s
        return now_s - self._progress_at_s


@dataclass(frozen=True, slots=True)
class FanOutStatistics:
    """Connections that are logged in, and how many of them are behind."""

    readers: int
    behind: int


class FanOut:
    """The registry of readers, and the one place that writes to links.

    `crowd_served` is called when all that was for a crowd has been written.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.crowd_served: Callable[[], None] = lambda: None
        self._readers: dict[DeviceId, Reader] = {}
        self._of_user: dict[UserId, dict[DeviceId, Reader]] = {}
        self._urgent: list[Outgoing] = []
        self._crowd: deque[Outgoing] = deque()
        self._is_flush_due = False

    # --- the registry ------------------------------------------------------------------------

    def add(self, reader: Reader) -> None:
        """Register a reader whose device is not registered."""
        self._readers[reader.device] = reader
        self._of_user.setdefault(reader.user, {})[reader.device] = reader

    def remove(self, reader: Reader) -> bool:
        """Take a reader out; False if it was not (or no longer) registered."""
        if self._readers.get(reader.device) is not reader:
            return False
        del self._readers[reader.device]
        devices = self._of_user[reader.user]
        del devices[reader.device]
        if not devices:
            del self._of_user[reader.user]
        return True

    def device(self, device: DeviceId) -> Reader | None:
        """Find the reader of a device."""
        return self._readers.get(device)

    def of_user(self, user: UserId) -> Iterable[Reader]:
        """Return the readers of a user."""
        return self._of_user.get(user, {}).values()

    def is_online(self, user: UserId) -> bool:
        """Tell whether a user has a connection."""
        return user in self._of_user

    def __iter__(self) -> Iterator[Reader]:
        """Iterate over all readers."""
        return iter(self._readers.values())

    def __len__(self) -> int:
        """Count the readers."""
        return len(self._readers)

    def statistics(self) -> FanOutStatistics:
        """Return a snapshot."""
        return FanOutStatistics(len(self), sum(reader.outgoing.is_behind for reader in self))

    # --- writing -----------------------------------------------------------------------------

    def is_serving_crowd(self) -> bool:
        """Tell whether messages for a crowd are still on their way."""
        return bool(self._crowd)

    def send(self, outgoing: Outgoing, data: bytes) -> None:
        """Queue bytes for one connection; they leave at the end of this tick, in order."""
        if not outgoing.is_urgent:
            outgoing.is_urgent = True
            self._urgent.append(outgoing)
            self._flush_soon()
        outgoing.parts.append(data)
        outgoing.queued_bytes += len(data)

    def send_at_once(self, readers: Iterable[Reader], data: bytes) -> None:
        """Queue bytes that are worth nothing later: for a reader who has much waiting they are dropped."""
        for reader in readers:
            outgoing = reader.outgoing
            waiting_bytes = outgoing.queued_bytes + outgoing.link.unsent_bytes
            if not outgoing.is_behind and waiting_bytes <= SIGNAL_QUEUE_BYTES:
                self.send(outgoing, data)

    def send_apart(self, outgoing: Outgoing, frames: Iterable[bytes]) -> None:
        """Write frames now, each by itself, behind what waits for this connection.

        A connection's TLS buffer keeps the memory of its largest write, and what a newcomer is told is
        the largest that most connections ever get.
        """
        _write(outgoing)
        for frame in frames:
            outgoing.parts.append(frame)
            outgoing.queued_bytes += len(frame)
            _write(outgoing)

    def broadcast(self, data: bytes) -> None:
        """Queue bytes for everybody, as for a crowd."""
        for reader in self:
            self._send_in_turn(reader.outgoing, data)
        self._flush_soon()

    def send_entries(self, readers: Sequence[Reader], log: LogId, frames: Sequence[bytes]) -> None:
        """Queue a run of a log for all of its readers.

        A few get it at the end of this tick; a crowd gets it in slices, behind whatever is urgent. Who
        is behind, or has too much waiting, only notes that it missed some of it.
        """
        is_crowd = len(readers) > SLICE_CONNECTIONS
        send = self._send_in_turn if is_crowd else self.send
        for reader in readers:
            outgoing = reader.outgoing
            for frame in frames:
                if outgoing.is_behind or outgoing.queued_bytes > OUTBOUND_QUEUE_BYTES:
                    outgoing.missed.add(log)
                    break
                send(outgoing, frame)
        if is_crowd:
            self._flush_soon()

    def _send_in_turn(self, outgoing: Outgoing, data: bytes) -> None:
        if not outgoing.parts:  # else its turn will come anyhow
            self._crowd.append(outgoing)
        outgoing.parts.append(data)
        outgoing.queued_bytes += len(data)

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is urgent, and a slice of what is for a crowd: one joined write a connection."""
        self._is_flush_due = False
        urgent, self._urgent = self._urgent, []
        for outgoing in urgent:
            outgoing.is_urgent = False
            _write(outgoing)
        if self._crowd:
            self._serve_crowd()

    def _serve_crowd(self) -> None:
        crowd, written_bytes = self._crowd, 0
        for _ in range(min(len(crowd), SLICE_CONNECTIONS)):
            outgoing = crowd.popleft()
            written_bytes += outgoing.queued_bytes
            _write(outgoing)
            if written_bytes >= SLICE_BYTES:
                break
        if crowd:
            self._flush_soon()
        else:
            self.crowd_served()


def _write(outgoing: Outgoing) -> None:
    parts = outgoing.parts
    if not parts:
        return  # it was in both queues
    outgoing.parts = []
    outgoing.sent_bytes += outgoing.queued_bytes
    outgoing.queued_bytes = 0
    link = outgoing.link
    link.send(parts[0] if len(parts) == 1 else b"".join(parts))
    if link.unsent_bytes > OUTBOUND_QUEUE_BYTES:
        outgoing.is_behind = True
    elif outgoing.missed and not outgoing.is_behind:
        outgoing.caught_up()
