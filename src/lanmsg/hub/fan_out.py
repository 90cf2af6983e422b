"""Who is connected, and getting bytes to them: encoded once, joined, written once per tick.

A connection whose queue is full is told `behind`: it gets no entries until it has drained, then the
heads of the logs it missed, and fetches at its own pace. Data is never dropped, connections are.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from lanmsg.net.link import Link
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.limits import OUTBOUND_QUEUE_BYTES


class Reader(Protocol):
    """A session that is logged in, as the fan-out sees it."""

    device: DeviceId
    user: UserId
    outgoing: "Outgoing"


class Outgoing:
    """One connection's bytes of this tick, and whether it keeps up."""

    __slots__ = ("is_behind", "link", "missed", "parts")

    def __init__(self, link: Link) -> None:
        self.link = link
        self.parts: list[bytes] = []
        self.is_behind = False
        self.missed: set[LogId] = set()


@dataclass(frozen=True, slots=True)
class FanOutStatistics:
    """Connections that are logged in, and how many of them are behind."""

    readers: int
    behind: int


class FanOut:
    """The registry of readers, and the one place that writes to links."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._readers: dict[DeviceId, Reader] = {}
        self._of_user: dict[UserId, dict[DeviceId, Reader]] = {}
        self._dirty: list[Outgoing] = []

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

    def send(self, outgoing: Outgoing, data: bytes) -> None:
        """Queue bytes for one connection; they leave at the end of this tick, in order."""
        if not outgoing.parts:
            if not self._dirty:
                self._loop.call_soon(self.flush)
            self._dirty.append(outgoing)
        outgoing.parts.append(data)

    def send_entries(self, readers: Iterable[Reader], log: LogId, frames: list[bytes]) -> None:
        """Queue a run of a log for all of its readers; who is behind only notes that it missed it."""
        for reader in readers:
            outgoing = reader.outgoing
            if outgoing.is_behind:
                outgoing.missed.add(log)
                continue
            for frame in frames:
                self.send(outgoing, frame)

    def flush(self) -> None:
        """Write what is queued: one joined write for each connection."""
        dirty, self._dirty = self._dirty, []
        for outgoing in dirty:
            parts, outgoing.parts = outgoing.parts, []
            link = outgoing.link
            link.send(parts[0] if len(parts) == 1 else b"".join(parts))
            if link.unsent_bytes > OUTBOUND_QUEUE_BYTES:
                outgoing.is_behind = True
