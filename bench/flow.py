"""The closed loop: so many messages in flight, the next one when one is done, and what that gives.

A message is done when every reader has it and, where the server acknowledges, its sender was told.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from bench.connections import Connection, ignore
from bench.processes import machine_cpu_s

DRAIN_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one measurement gave.

    `machine_cpu_s` is what all programs of the machine used; what is over generator and server was
    somebody else. `lost` counts deliveries that were owed and never came.
    """

    messages: int
    deliveries: int
    seconds: float
    generator_cpu_s: float
    server_cpu_s: float
    machine_cpu_s: float
    lost: int

    def as_json(self) -> dict[str, float]:
        """Return it for the raw results."""
        return asdict(self)


class RoomFlow:
    """One sender, many readers, `window` messages in flight."""

    def __init__(
        self, sender: Connection, readers: Sequence[Connection], *, window: int, acknowledges: bool
    ) -> None:
        self._sender = sender
        self._readers = readers
        self._window = window
        self._sent = 0
        self._acknowledged = 0
        self._delivered = 0
        self._next_mark = len(readers)
        self._is_open = True
        self.is_used_up = False
        """Whether somebody has no more messages to send."""
        for reader in readers:
            reader.on_delivered = self._on_delivered
        self._acknowledges = acknowledges
        sender.on_acknowledged = self._on_acknowledged if acknowledges else ignore

    @property
    def messages(self) -> int:
        """Messages that are done."""
        done = self._delivered // len(self._readers)
        return min(done, self._acknowledged) if self._acknowledges else done

    @property
    def deliveries(self) -> int:
        """Messages times readers that have it."""
        return self._delivered

    def start(self) -> None:
        """Begin."""
        self._refill()

    def stop(self) -> None:
        """Send no more."""
        self._is_open = False

    @property
    def owed(self) -> int:
        """Deliveries that must still come."""
        return self._sent * len(self._readers) - self._delivered

    def _on_delivered(self, count: int) -> None:
        self._delivered += count
        if self._delivered >= self._next_mark:
            self._refill()

    def _on_acknowledged(self, count: int) -> None:
        self._acknowledged += count
        self._refill()

    def _refill(self) -> None:
        done = self.messages
        self._next_mark = (self._delivered // len(self._readers) + 1) * len(self._readers)
        count = done + self._window - self._sent
        if count > 0 and self._is_open:
            self._sent += (sent := self._sender.send(count))
            self.is_used_up |= sent < count


class PairsFlow:
    """Many senders, each with its own reader, `window` messages in flight each."""

    def __init__(
        self, clients: Sequence[Connection], partners: Sequence[int], *, window: int, acknowledges: bool
    ) -> None:
        self._clients = clients
        self._window = window
        self._done = 0
        self._sent = 0
        self._delivered = 0
        self._is_open = True
        self.is_used_up = False
        """Whether somebody has no more messages to send."""
        for index, client in enumerate(clients):
            reader = clients[partners[index]]
            if acknowledges:
                client.on_acknowledged = self._crediting(client)
                reader.on_delivered = self._on_delivered
            else:
                reader.on_delivered = self._crediting(client)
        self._acknowledges = acknowledges

    @property
    def messages(self) -> int:
        """Messages that are done."""
        return self._done

    @property
    def deliveries(self) -> int:
        """Messages that came."""
        return self._delivered if self._acknowledges else self._done

    @property
    def owed(self) -> int:
        """Messages sent that are not done."""
        return self._sent - self._done

    def start(self) -> None:
        """Begin."""
        for client in self._clients:
            self._send(client, self._window)

    def stop(self) -> None:
        """Send no more."""
        self._is_open = False

    def _on_delivered(self, count: int) -> None:
        self._delivered += count

    def _crediting(self, client: Connection) -> Callable[[int], None]:
        def credit(count: int) -> None:
            self._done += count
            if self._is_open:
                self._send(client, count)

        return credit

    def _send(self, client: Connection, count: int) -> None:
        self._sent += (sent := client.send(count))
        self.is_used_up |= sent < count


async def measure(
    flow: RoomFlow | PairsFlow,
    *,
    warm_up_s: float,
    seconds: float,
    server_cpu_s: Callable[[], float],
) -> Reading:
    """Run a flow, and count between the end of the warm-up and the end of time or messages."""
    flow.start()
    await _sleep(flow, warm_up_s)
    start = _moment(flow, server_cpu_s)
    await _sleep(flow, seconds)
    passed = [now - then for then, now in zip(start, _moment(flow, server_cpu_s), strict=True)]
    flow.stop()
    await _drain(flow)
    return Reading(int(passed[0]), int(passed[1]), *passed[2:], lost=flow.owed)


def _moment(flow: RoomFlow | PairsFlow, server_cpu_s: Callable[[], float]) -> tuple[float, ...]:
    own_s, server_s = time.process_time(), server_cpu_s()
    return flow.messages, flow.deliveries, time.perf_counter(), own_s, server_s, machine_cpu_s()


async def _sleep(flow: RoomFlow | PairsFlow, seconds: float) -> None:
    deadline_s = time.perf_counter() + seconds
    while not flow.is_used_up and (left_s := deadline_s - time.perf_counter()) > 0:
        await asyncio.sleep(min(left_s, 0.05))


async def _drain(flow: RoomFlow | PairsFlow) -> None:
    deadline_s = time.perf_counter() + DRAIN_TIMEOUT_S
    while flow.owed and time.perf_counter() < deadline_s:
        await asyncio.sleep(0.02)
