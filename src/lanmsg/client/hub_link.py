"""The client's end of a link: frames one by one while we introduce ourselves, then all to the engine."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from lanmsg.client.store.interface import StoreFailed
from lanmsg.net.link import Link
from lanmsg.wire.codec import decode_hub_frame, encode_frame
from lanmsg.wire.errors import Code, LinkLost, RemoteError
from lanmsg.wire.frames import Bye, Frame, HubFrame

F = TypeVar("F", bound=HubFrame)


class HubLink:
    """Implements `net.link.LinkHandler`. Until `attach`, frames wait to be asked for with `next`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[HubFrame] = deque()
        self._arrived = asyncio.Event()
        self._take_batch: Callable[[list[HubFrame]], None] | None = None
        self._link: Link | None = None
        self._error: RemoteError | None = None
        self.bye: Bye | None = None
        """The hub's farewell, if it said one."""
        self.lost_reason = ""
        self.lost = asyncio.Event()
        self.received_at_s = loop.time()

    @property
    def link(self) -> Link:
        """The link; only once it is open."""
        assert self._link is not None
        return self._link

    # --- LinkHandler -------------------------------------------------------------------------

    def link_opened(self, link: Link) -> None:
        """Remember the link; the hub speaks first."""
        self._link = link

    def frames_received(self, payloads: list[bytes]) -> None:
        """Decode what came, and hand it on in one batch."""
        self.received_at_s = self._loop.time()
        try:
            frames = [frame for payload in payloads if (frame := decode_hub_frame(payload)) is not None]
            self._hand_on(frames)
        except RemoteError as error:
            self.link_broken(error)
        except StoreFailed:
            self.link.abort()  # the commit that failed tells it

    def link_alive(self) -> None:
        """Only WebSockets tell so."""

    def link_broken(self, error: RemoteError) -> None:
        """The hub broke the protocol: leave it."""
        self._error = error
        self.link.abort()

    def give_up(self, reason: str) -> None:
        """Leave a hub that does not answer."""
        self._error = RemoteError(Code.STUCK, reason)
        self.link.abort()

    def link_drained(self) -> None:
        """Nothing waits for this: the outbox keeps few bytes in flight."""

    def link_lost(self, reason: str) -> None:
        """Wake whoever waits."""
        self.lost_reason = str(self._error or (self.bye.text if self.bye else "") or reason)
        self.lost.set()
        self._arrived.set()

    # --- handing on --------------------------------------------------------------------------

    def _hand_on(self, frames: list[HubFrame]) -> None:
        for frame in frames:
            if isinstance(frame, Bye):
                self.bye = frame
        if self._take_batch is not None:
            self._take_batch(frames)
            return
        self._waiting += frames
        self._arrived.set()

    def attach(self, take_batch: Callable[[list[HubFrame]], None]) -> None:
        """From now on give everything to `take_batch`, what has waited first."""
        self._take_batch = take_batch
        waiting = list(self._waiting)
        self._waiting.clear()
        try:
            take_batch(waiting)
        except RemoteError as error:
            self.link_broken(error)

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.link.send(encode_frame(frame))

    async def next(self, *kinds: type[F], timeout_s: float) -> F:
        """Return the next frame, which must be of one of these kinds.

        Raises:
            RemoteError: the hub sent something else, or said `bye`.
            LinkLost: the link was lost, or nothing came in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not self._waiting and not self.lost.is_set():
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError as error:
            raise LinkLost(f"the hub said nothing for {timeout_s:g} s") from error
        if not self._waiting:
            raise self._error or LinkLost(self.lost_reason)
        frame = self._waiting.popleft()
        if isinstance(frame, kinds):
            return frame
        if isinstance(frame, Bye):
            raise RemoteError(_code(frame.code), frame.text)
        raise RemoteError(Code.PROTOCOL, f"the hub sent {type(frame).__name__.lower()} where it may not come")


def _code(text: str) -> Code:
    return Code(text) if text in set(Code) else Code.PROTOCOL
