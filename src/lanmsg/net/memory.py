"""Links in memory: what tests and simulations use instead of a network.

Bytes pass through the real frame splitter and arrive in later turns of the event loop, never inside
`send`. The loop's own clock is the only one, so a loop with simulated time simulates the delays.
"""
# ruff: noqa: SLF001 - the two ends are one thing and reach into each other

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from lanmsg.net.link import CLOSE_TIMEOUT_S, HIGH_MARK_BYTES, LinkHandler
from lanmsg.wire.codec import FrameSplitter
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import HASH_BYTES
from lanmsg.wire.limits import MAX_UNAUTHENTICATED_FRAME_BYTES

T = TypeVar("T")

_NO_CERTIFICATE = bytes(HASH_BYTES)


class MemoryLink:
    """One end of a link in memory; see `Link` for the promises. Made by `memory_link_pair`.

    `stall` and `cut` let a test play the network.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        remote: str,
        certificate_hash: bytes,
        delay_s: float,
        is_same_machine: bool = False,
    ) -> None:
        self._loop = loop
        self._remote = remote
        self._is_same_machine = is_same_machine
        self._certificate_hash = certificate_hash
        self._delay_s = delay_s
        self._handler: LinkHandler | None = None
        self._splitter = FrameSplitter(max_frame_bytes=MAX_UNAUTHENTICATED_FRAME_BYTES)
        self._peer: MemoryLink = self  # until `memory_link_pair` joins the two
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._in_flight: deque[bytes] = deque()
        """On the way from the peer to us; each timer takes the oldest, so that equal times keep order."""
        self._arrived: list[bytes] = []
        """Here before the handler was."""
        self._is_flush_scheduled = False
        self._is_above_high_mark = False
        self._is_stalled = False
        self._is_closing = False
        self._is_broken = False
        self._lost_reason: str | None = None
        self._is_loss_told = False
        self._close_timer: asyncio.TimerHandle | None = None

    # --- Link --------------------------------------------------------------------------------

    @property
    def remote(self) -> str:
        """The name given to `memory_link_pair`."""
        return self._remote

    @property
    def is_same_machine(self) -> bool:
        """What `memory_link_pair` was told."""
        return self._is_same_machine

    @property
    def certificate_hash(self) -> bytes:
        """The hash given to `memory_link_pair`."""
        return self._certificate_hash

    @property
    def unsent_bytes(self) -> int:
        """Bytes sent in this turn of the loop, or waiting for a stalled reader."""
        return self._unsent_bytes

    def send(self, data: bytes) -> None:
        """Send encoded frames; they arrive in a later turn of the loop."""
        if self._is_closing or self._lost_reason is not None or not data:
            return
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        self._is_above_high_mark = self._is_above_high_mark or self._unsent_bytes > HIGH_MARK_BYTES
        self._schedule_flush()

    def set_max_frame_bytes(self, limit: int) -> None:
        """Change what a frame from the other end may hold."""
        self._splitter.max_frame_bytes = limit

    def close(self) -> None:
        """Close when what was sent has arrived; at the latest after `CLOSE_TIMEOUT_S`."""
        if self._is_closing or self._lost_reason is not None:
            return
        self._is_closing = True
        self._close_timer = self._loop.call_later(CLOSE_TIMEOUT_S + self._delay_s, self.abort)
        self._schedule_flush()

    def abort(self) -> None:
        """Close at once; what has not arrived is lost."""
        if self._lost_reason is None:
            self._lose("closed by this side")
            self._peer._lose("connection reset by the other side")

    def join(self, peer: "MemoryLink") -> None:
        """Make the two the ends of one link; `memory_link_pair` does it."""
        self._peer, peer._peer = peer, self

    # --- for tests ---------------------------------------------------------------------------

    def attach(self, handler: LinkHandler) -> None:
        """Give this end its owner: calls `link_opened` now, and hands over what came before."""
        assert self._handler is None, "a link has one handler"
        self._handler = handler
        handler.link_opened(self)
        if self._arrived:
            self._loop.call_soon(self._hand_over)
        if self._lost_reason is not None:
            self._loop.call_soon(self._tell_lost)

    def cut(self, reason: str) -> None:
        """Break both ends, as a pulled cable does; what has not arrived is lost."""
        if self._lost_reason is None:
            self._lose(reason)
            self._peer._lose(reason)

    def stall(self) -> None:
        """Stop reading at this end: the bytes pile up at the other one."""
        self._is_stalled = True

    def resume(self) -> None:
        """Read again after `stall`."""
        self._is_stalled = False
        self._peer._schedule_flush()

    # --- the way of the bytes: _unsent -> peer._in_flight -> peer._arrived -> handler ------------

    def _schedule_flush(self) -> None:
        if not self._is_flush_scheduled:
            self._is_flush_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flush_scheduled = False
        if self._lost_reason is not None or self._peer._is_stalled:
            return
        if self._unsent:
            self._peer._take(b"".join(self._unsent))
            self._unsent.clear()
            self._unsent_bytes = 0
        if self._is_closing:
            self._end_after_the_last_bytes()
        elif self._is_above_high_mark:
            self._is_above_high_mark = False
            if self._handler is not None:
                self._handler.link_drained()

    def _end_after_the_last_bytes(self) -> None:
        if self._delay_s:
            self._loop.call_later(self._delay_s, self._end)
        else:
            self._loop.call_soon(self._end)

    def _end(self) -> None:
        if self._lost_reason is not None:
            return
        while self._peer._in_flight:  # timers of the same moment may come in any order
            self._peer._arrive()
        self._lose("closed by this side")
        self._peer._lose("closed by the other side")

    def _take(self, data: bytes) -> None:
        self._in_flight.append(data)
        if self._delay_s:
            self._loop.call_later(self._delay_s, self._arrive)
        else:
            self._loop.call_soon(self._arrive)

    def _arrive(self) -> None:
        if not self._in_flight or self._lost_reason is not None:
            return
        self._arrived.append(self._in_flight.popleft())
        if self._handler is not None:
            self._hand_over()

    def _hand_over(self) -> None:
        arrived, self._arrived = self._arrived, []
        if self._lost_reason is not None or self._is_closing or self._is_broken or not arrived:
            return
        assert self._handler is not None
        try:
            payloads = self._splitter.feed(b"".join(arrived))
        except RemoteError as error:
            self._is_broken = True
            self._call(self._handler.link_broken, error)
            return
        if payloads:
            self._call(self._handler.frames_received, payloads)

    def _call(self, method: Callable[[T], None], argument: T) -> None:
        try:
            method(argument)
        except BaseException:
            self.abort()  # as asyncio's transports do when a protocol raises
            raise

    def _lose(self, reason: str) -> None:
        if self._lost_reason is not None:
            return
        self._lost_reason = reason
        self._unsent.clear()
        self._unsent_bytes = 0
        self._in_flight.clear()
        if self._close_timer is not None:
            self._close_timer.cancel()
        self._loop.call_soon(self._tell_lost)

    def _tell_lost(self) -> None:
        if self._handler is not None and self._lost_reason is not None and not self._is_loss_told:
            self._is_loss_told = True
            self._handler.link_lost(self._lost_reason)


def memory_link_pair(
    loop: asyncio.AbstractEventLoop,
    *,
    remote: str = "memory",
    certificate_hash: bytes = _NO_CERTIFICATE,
    delay_s: float = 0.0,
    is_same_machine: bool = False,
) -> tuple[MemoryLink, MemoryLink]:
    """Make two joined ends; `attach` a handler to each.

    Args:
        loop: whose `call_soon`, `call_later` and clock move the bytes.
        remote: what both ends call the other one.
        certificate_hash: what both ends report, 32 bytes.
        delay_s: how long bytes travel, in either direction.
        is_same_machine: what both ends report.
    """
    one, other = (
        MemoryLink(
            loop,
            remote=remote,
            certificate_hash=certificate_hash,
            delay_s=delay_s,
            is_same_machine=is_same_machine,
        )
        for _ in range(2)
    )
    one.join(other)
    return one, other
