"""What every link must do: one function that runs on each implementation.

    async def test_my_links_keep_the_promises():
        await check_link_pair(make_my_pair)

A failed promise is an AssertionError. Nothing here looks at a real clock; the loop's own is enough.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from lanmsg.net.link import HIGH_MARK_BYTES, LOW_MARK_BYTES, Link
from lanmsg.wire.codec import LENGTH_BYTES
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.ids import HASH_BYTES
from lanmsg.wire.limits import MAX_FRAME_BYTES, MAX_UNAUTHENTICATED_FRAME_BYTES

PATIENCE_S = 10.0
"""How long a rule may take before it counts as broken."""


class RecordingHandler:
    """A handler that writes down what it is told; `until` waits for something to be there."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.payloads: list[bytes] = []
        self.errors: list[RemoteError] = []
        self.alive_count = 0
        self.drained_count = 0
        self.lost_reasons: list[str] = []
        self._changed = asyncio.Event()

    @property
    def link(self) -> Link:
        """The link this handler was given."""
        return self.links[0]

    def link_opened(self, link: Link) -> None:
        """Note the link."""
        assert not self.links, "link_opened is called once"
        self.links.append(link)
        self._changed.set()

    def frames_received(self, payloads: list[bytes]) -> None:
        """Note the payloads."""
        assert self.links, "nothing comes before link_opened"
        assert not self.lost_reasons, "nothing comes after link_lost"
        assert payloads, "payloads are never empty"
        self.payloads += payloads
        self._changed.set()

    def link_alive(self) -> None:
        """Count."""
        assert self.links, "nothing comes before link_opened"
        assert not self.lost_reasons, "nothing comes after link_lost"
        self.alive_count += 1
        self._changed.set()

    def link_broken(self, error: RemoteError) -> None:
        """Note the error, and close as a handler must."""
        assert not self.errors, "a link breaks once"
        self.errors.append(error)
        self.link.close()
        self._changed.set()

    def link_drained(self) -> None:
        """Count, and check what it promises."""
        assert self.link.unsent_bytes <= LOW_MARK_BYTES
        self.drained_count += 1
        self._changed.set()

    def link_lost(self, reason: str) -> None:
        """Note the reason."""
        assert not self.lost_reasons, "link_lost is called exactly once"
        assert reason, "a reason is in words"
        self.lost_reasons.append(reason)
        self._changed.set()

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until the condition holds; it is looked at after each call.

        Raises:
            TimeoutError: if it does not hold in `PATIENCE_S`.
        """
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()


class LinkPair(NamedTuple):
    """Two ends of one open link, with what each handler was told."""

    one: RecordingHandler
    other: RecordingHandler


MakePair = Callable[[RecordingHandler, RecordingHandler], Awaitable[object]]
"""Open a link between the two handlers, and return when `link_opened` was called on both."""


def framed(payload: bytes) -> bytes:
    """Put the length prefix before any bytes, whether or not they are a frame of the protocol."""
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


async def check_link_pair(make_pair: MakePair) -> None:
    """Check every promise of `net.link`, each on a new pair.

    Raises:
        AssertionError: a promise is broken.
        TimeoutError: something promised does not happen.
    """
    for check in _CHECKS:
        pair = LinkPair(RecordingHandler(), RecordingHandler())
        await make_pair(pair.one, pair.other)
        assert pair.one.links
        assert pair.other.links
        try:
            await check(pair)
        finally:
            pair.one.link.abort()
        await pair.one.until(lambda: pair.one.lost_reasons)  # noqa: B023 - used up in this round
        await pair.other.until(lambda: pair.other.lost_reasons)  # noqa: B023 - used up in this round


async def _frames_arrive_whole_and_in_order(pair: LinkPair) -> None:
    """Sizes around every border, one frame to a send and many, both ways at once."""
    sizes = [0, 1, 3, 4, 5, 255, 256, 1000, 16_383, 16_384, 16_385, 65_535, MAX_UNAUTHENTICATED_FRAME_BYTES]
    payloads = [bytes([index]) * size for index, size in enumerate(sizes)]
    for payload in payloads:
        pair.one.link.send(framed(payload))
        pair.other.link.send(framed(payload[::-1]))
    joined = b"".join(framed(payload) for payload in payloads)
    pair.one.link.send(joined)
    await pair.other.until(lambda: len(pair.other.payloads) == 2 * len(payloads))
    await pair.one.until(lambda: len(pair.one.payloads) == len(payloads))
    assert pair.other.payloads == payloads + payloads
    assert pair.one.payloads == [payload[::-1] for payload in payloads]


async def _many_small_frames_over_many_turns(pair: LinkPair) -> None:
    expected = [str(number).encode() for number in range(500)]
    for payload in expected:
        pair.one.link.send(framed(payload))
        if len(payload) == payload[-1] % 4:  # now and then, so that reads fall between frames
            await asyncio.sleep(0)
    await pair.other.until(lambda: len(pair.other.payloads) == len(expected))
    assert pair.other.payloads == expected


async def _both_ends_know_the_same_certificate(pair: LinkPair) -> None:
    assert len(pair.one.link.certificate_hash) == HASH_BYTES
    assert pair.one.link.certificate_hash == pair.other.link.certificate_hash
    assert pair.one.link.remote
    assert pair.other.link.remote


async def _close_sends_what_is_unsent(pair: LinkPair) -> None:
    pair.other.link.set_max_frame_bytes(MAX_FRAME_BYTES)
    payload = bytes(MAX_FRAME_BYTES)
    for _ in range(8):
        pair.one.link.send(framed(payload))
    pair.one.link.close()
    pair.one.link.close()
    await pair.other.until(lambda: pair.other.lost_reasons)
    await pair.one.until(lambda: pair.one.lost_reasons)
    assert pair.other.payloads == [payload] * 8


async def _send_after_close_does_nothing(pair: LinkPair) -> None:
    pair.one.link.close()
    pair.one.link.send(framed(b"late"))
    await pair.other.until(lambda: pair.other.lost_reasons)
    await pair.one.until(lambda: pair.one.lost_reasons)
    for _ in range(10):  # asyncio would warn after the fifth write to a closed transport
        pair.one.link.send(framed(b"later"))
        pair.other.link.send(framed(b"later"))
    assert pair.one.link.unsent_bytes == 0
    pair.one.link.close()
    pair.one.link.abort()
    pair.other.link.close()
    assert pair.other.payloads == []


async def _link_lost_comes_later_and_not_inside_close(pair: LinkPair) -> None:
    pair.one.link.close()
    assert pair.one.lost_reasons == []
    pair.other.link.abort()
    assert pair.other.lost_reasons == []
    await pair.one.until(lambda: pair.one.lost_reasons)
    await pair.other.until(lambda: pair.other.lost_reasons)


async def _abort_ends_both(pair: LinkPair) -> None:
    pair.one.link.abort()
    pair.one.link.abort()
    await pair.one.until(lambda: pair.one.lost_reasons)
    await pair.other.until(lambda: pair.other.lost_reasons)
    assert pair.one.link.unsent_bytes == 0


async def _nothing_arrives_after_own_close(pair: LinkPair) -> None:
    pair.other.link.send(framed(b"too late for you"))
    pair.one.link.close()
    await pair.one.until(lambda: pair.one.lost_reasons)
    assert pair.one.payloads == []


async def _an_oversize_frame_breaks_the_link(pair: LinkPair) -> None:
    pair.other.link.set_max_frame_bytes(100)
    pair.one.link.send(framed(bytes(100)))
    await pair.other.until(lambda: pair.other.payloads)
    pair.one.link.send(framed(bytes(101)))
    await pair.other.until(lambda: pair.other.errors)
    assert pair.other.errors[0].code is Code.TOO_LARGE
    await pair.one.until(lambda: pair.one.lost_reasons)
    await pair.other.until(lambda: pair.other.lost_reasons)
    assert pair.other.payloads == [bytes(100)]


async def _a_new_link_takes_little(pair: LinkPair) -> None:
    pair.one.link.send(framed(bytes(MAX_UNAUTHENTICATED_FRAME_BYTES + 1)))
    await pair.other.until(lambda: pair.other.errors)


async def _drained_is_told_after_the_high_mark(pair: LinkPair) -> None:
    """More than any socket buffer takes at once, so that some of it must wait."""
    pair.other.link.set_max_frame_bytes(MAX_FRAME_BYTES)
    payload = bytes(MAX_FRAME_BYTES)
    count = 0
    while pair.one.link.unsent_bytes <= 2 * HIGH_MARK_BYTES:
        pair.one.link.send(framed(payload))
        count += 1
    await pair.one.until(lambda: pair.one.drained_count)
    await pair.other.until(lambda: len(pair.other.payloads) == count)
    assert pair.one.drained_count == 1
    assert pair.one.link.unsent_bytes == 0


async def _below_the_high_mark_nothing_is_told(pair: LinkPair) -> None:
    pair.one.link.send(framed(bytes(MAX_UNAUTHENTICATED_FRAME_BYTES)))
    await pair.other.until(lambda: pair.other.payloads)
    assert pair.one.drained_count == 0
    assert pair.one.link.unsent_bytes == 0


_CHECKS: list[Callable[[LinkPair], Awaitable[None]]] = [
    _frames_arrive_whole_and_in_order,
    _many_small_frames_over_many_turns,
    _both_ends_know_the_same_certificate,
    _close_sends_what_is_unsent,
    _send_after_close_does_nothing,
    _link_lost_comes_later_and_not_inside_close,
    _abort_ends_both,
    _nothing_arrives_after_own_close,
    _an_oversize_frame_breaks_the_link,
    _a_new_link_takes_little,
    _drained_is_told_after_the_high_mark,
    _below_the_high_mark_nothing_is_told,
]
