import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.net.conformance import RecordingHandler, check_link_pair, framed
from lanmsg.net.link import CLOSE_TIMEOUT_S, HIGH_MARK_BYTES
from lanmsg.net.memory import memory_link_pair


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now = max(self._now, self._scheduled[0]._when)
        super()._run_once()


def run_simulated(main):
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(main)


def opened_pair(**options):
    ends = memory_link_pair(asyncio.get_running_loop(), **options)
    handlers = RecordingHandler(), RecordingHandler()
    for end, handler in zip(ends, handlers, strict=True):
        end.attach(handler)
    return *ends, *handlers


@pytest.mark.parametrize("delay_s", [0.0, 0.3])
def test_memory_links_keep_the_promises_of_links(delay_s):
    async def make_pair(one, other):
        left, right = memory_link_pair(asyncio.get_running_loop(), delay_s=delay_s)
        left.attach(one)
        right.attach(other)

    run_simulated(check_link_pair(make_pair))


async def test_nothing_is_delivered_inside_send():
    left, _, _, receiver = opened_pair()
    left.send(framed(b"hello"))
    assert receiver.payloads == []
    assert left.unsent_bytes == len(framed(b"hello"))
    await receiver.until(lambda: receiver.payloads)
    assert left.unsent_bytes == 0


async def test_what_was_sent_in_one_turn_arrives_together():
    left, _, _, receiver = opened_pair()
    batches = []
    receiver.frames_received = batches.append
    left.send(framed(b"1"))
    left.send(framed(b"2") + framed(b"3"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert batches == [[b"1", b"2", b"3"]]


@given(st.lists(st.binary(max_size=300)), st.data())
def test_any_cut_of_the_bytes_gives_the_same_frames(payloads, data):
    stream = b"".join(map(framed, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    async def main():
        left, _, _, receiver = opened_pair()
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            left.send(stream[start:end])
            await asyncio.sleep(0)
        await receiver.until(lambda: len(receiver.payloads) == len(payloads))
        assert receiver.payloads == payloads

    run_simulated(main())


def test_a_delay_is_time_of_the_loop_and_keeps_the_order():
    async def main():
        left, _, _, receiver = opened_pair(delay_s=60.0)
        started = asyncio.get_running_loop().time()
        for number in range(20):
            left.send(framed(bytes([number])))
            await asyncio.sleep(0)
        await asyncio.sleep(59.9)
        assert receiver.payloads == []
        await asyncio.sleep(0.2)
        assert receiver.payloads == [bytes([number]) for number in range(20)]
        assert asyncio.get_running_loop().time() - started < 61

    run_simulated(main())


async def test_a_stalled_reader_lets_bytes_pile_up_and_resume_drains_them():
    left, right, sender, receiver = opened_pair()
    right.stall()
    data = framed(bytes(50_000))
    while left.unsent_bytes <= HIGH_MARK_BYTES:
        left.send(data)
        await asyncio.sleep(0)
    assert sender.drained_count == 0
    assert receiver.payloads == []
    right.resume()
    await sender.until(lambda: sender.drained_count)
    assert left.unsent_bytes == 0


def test_close_waits_a_few_seconds_for_a_stalled_reader_and_no_longer():
    async def main():
        left, right, sender, receiver = opened_pair()
        right.stall()
        left.send(framed(b"never read"))
        left.close()
        await asyncio.sleep(CLOSE_TIMEOUT_S - 0.1)
        assert sender.lost_reasons == []
        await asyncio.sleep(0.2)
        assert sender.lost_reasons == ["closed by this side"]
        assert receiver.lost_reasons == ["connection reset by the other side"]
        assert receiver.payloads == []

    run_simulated(main())


async def test_a_cut_is_told_to_both_ends_and_loses_what_was_on_the_way():
    left, _, sender, receiver = opened_pair()
    left.send(framed(b"lost"))
    left.cut("the cable is gone")
    left.cut("again")
    await receiver.until(lambda: receiver.lost_reasons)
    assert sender.lost_reasons == receiver.lost_reasons == ["the cable is gone"]
    assert receiver.payloads == []


async def test_a_handler_that_comes_late_is_told_everything_in_order():
    left, right = memory_link_pair(asyncio.get_running_loop())
    sender, receiver = RecordingHandler(), RecordingHandler()
    left.attach(sender)
    left.send(framed(b"early"))
    for _ in range(5):
        await asyncio.sleep(0)
    right.attach(receiver)
    await receiver.until(lambda: receiver.payloads == [b"early"])


async def test_a_handler_that_comes_after_the_end_is_told_of_it():
    left, right = memory_link_pair(asyncio.get_running_loop())
    left.cut("no luck")
    await asyncio.sleep(0)
    late = RecordingHandler()
    right.attach(late)
    await late.until(lambda: late.lost_reasons == ["no luck"])
    assert late.links


async def test_a_handler_that_raises_loses_its_link_but_not_the_loop():
    left, _, sender, receiver = opened_pair()
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    receiver.frames_received = lambda _: 1 / 0
    left.send(framed(b"bang"))
    await sender.until(lambda: sender.lost_reasons)
    assert isinstance(reported[0], ZeroDivisionError)


async def test_an_end_without_a_handler_loses_no_bytes_and_wants_no_news():
    left, right = memory_link_pair(asyncio.get_running_loop(), delay_s=0.001)
    left.send(framed(bytes(HIGH_MARK_BYTES)))
    await asyncio.sleep(0.01)
    left.send(framed(b"never arrives"))
    await asyncio.sleep(0)
    right.cut("gone")
    await asyncio.sleep(0.01)
    assert left.unsent_bytes == 0


async def test_bytes_on_the_way_arrive_before_the_end_of_a_closed_link():
    left, _, _, receiver = opened_pair(delay_s=0.001)
    left.send(framed(b"last"))
    left._flush()
    left._end()
    await receiver.until(lambda: receiver.lost_reasons)
    assert receiver.payloads == [b"last"]


async def test_both_ends_report_what_they_were_given():
    left, right = memory_link_pair(asyncio.get_running_loop(), remote="anna", certificate_hash=b"h" * 32)
    assert left.remote == right.remote == "anna"
    assert left.certificate_hash == right.certificate_hash == b"h" * 32
