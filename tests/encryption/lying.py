"""A hub between a machine and the true hub: it rewrites frames, both ways, and says what nobody asked."""

from collections.abc import Callable, Sequence

from lanmsg.net.link import Link, LinkHandler
from lanmsg.net.memory import MemoryLink
from lanmsg.wire.addresses import Address
from lanmsg.wire.codec import LENGTH_BYTES, decode_client_frame, decode_hub_frame, encode, encode_frame
from lanmsg.wire.frames import ClientFrame, Frame, HubFrame
from tests.scenarios.world import Machine, World

Answers = Callable[[HubFrame], Sequence[Frame | bytes]]
"""What becomes of a frame of the hub; bytes are payloads as they are."""
Requests = Callable[[ClientFrame], Sequence[Frame]]
"""What becomes of a frame for the hub."""


class LiedTo(Machine):
    """A machine whose hub lies while `answers` or `requests` is set."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.answers: Answers | None = None
        self.requests: Requests | None = None
        self._handler: LinkHandler | None = None

    async def dial(self, address: Address, handler: LinkHandler) -> Link:
        """Connect through the liar."""
        link = await self._world.dial(address, _Between(handler, self))
        assert isinstance(link, MemoryLink)
        self.link = link
        return link

    def push(self, *frames: Frame | bytes) -> None:
        """Let the hub say something of its own accord."""
        assert self._handler is not None
        self._handler.frames_received([_payload(frame) for frame in frames])

    def asked(self, data: bytes) -> bytes:
        """Return what reaches the true hub of what the client has sent."""
        if self.requests is None:
            return data
        frames = [each for frame in _client_frames(data) for each in self.requests(frame)]
        return b"".join(map(encode_frame, frames))

    def answered(self, payloads: list[bytes]) -> list[bytes]:
        """Return what reaches the client of what the true hub has sent."""
        if self.answers is None:
            return payloads
        frames = [decode_hub_frame(payload) for payload in payloads]
        return [_payload(each) for frame in frames if frame is not None for each in self.answers(frame)]


class _Between:
    """Implements `LinkHandler` for the true hub, and gives the client a link that it hears."""

    def __init__(self, handler: LinkHandler, machine: LiedTo) -> None:
        self._handler = handler
        self._machine = machine
        self.link_broken = handler.link_broken
        self.link_drained = handler.link_drained
        self.link_alive = handler.link_alive
        self.link_lost = handler.link_lost

    def link_opened(self, link: Link) -> None:
        """Let the client send through us."""
        self._machine._handler = self._handler
        send = link.send
        link.send = lambda data: send(self._machine.asked(data))  # type: ignore[method-assign]
        self._handler.link_opened(link)

    def frames_received(self, payloads: list[bytes]) -> None:
        """Hand on what the lie leaves."""
        payloads = self._machine.answered(payloads)
        if payloads:
            self._handler.frames_received(payloads)


def _payload(frame: Frame | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else encode(frame)


def _client_frames(data: bytes) -> list[ClientFrame]:
    frames: list[ClientFrame] = []
    while data:
        end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "big")
        frame = decode_client_frame(data[LENGTH_BYTES:end])
        assert frame is not None
        frames.append(frame)
        data = data[end:]
    return frames
