"""Getting bytes to many: joined once a tick, and never more than a connection can take."""

import asyncio
from dataclasses import dataclass, field

from lanmsg.hub.fan_out import (
    SLICE_BYTES,
    SLICE_CONNECTIONS,
    FanOut,
    FanOutStatistics,
    Outgoing,
)
from lanmsg.wire.ids import DeviceId, LogId, UserId
from lanmsg.wire.limits import OUTBOUND_QUEUE_BYTES

from .lab import settle, virtual

ROOM, HALL = LogId(b"room".ljust(16)), LogId(b"hall".ljust(16))


class FakeLink:
    """Records writes; `takes_all` says whether the network takes them at once."""

    remote = "fake"
    certificate_hash = bytes(32)

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.takes_all = True
        self.unsent_bytes = 0

    def send(self, data: bytes) -> None:
        self.writes.append(data)
        if not self.takes_all:
            self.unsent_bytes += len(data)

    def set_max_frame_bytes(self, limit: int) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


@dataclass
class FakeReader:
    device: DeviceId
    user: UserId
    link: FakeLink = field(default_factory=FakeLink)
    caught_up: int = 0

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self.link, caught_up=self._caught_up)

    def _caught_up(self) -> None:
        self.caught_up += 1
        self.outgoing.missed.clear()


def reader(number: int, user: int | None = None) -> FakeReader:
    owner = number if user is None else user
    return FakeReader(DeviceId(bytes([number]) * 16), UserId(bytes([owner]) * 16))


def make(*readers: FakeReader) -> FanOut:
    fan_out = FanOut(asyncio.get_running_loop())
    for each in readers:
        fan_out.add(each)
    return fan_out


@virtual
async def test_the_registry_knows_devices_and_their_users() -> None:
    phone, laptop, other = reader(1, user=1), reader(2, user=1), reader(3)
    fan_out = make(phone, laptop, other)
    assert list(fan_out) == [phone, laptop, other]
    assert list(fan_out.of_user(phone.user)) == [phone, laptop]
    assert fan_out.device(other.device) is other
    assert fan_out.remove(phone)
    assert fan_out.is_online(phone.user)
    assert fan_out.remove(laptop)
    assert not fan_out.is_online(phone.user)
    assert list(fan_out.of_user(phone.user)) == []
    assert fan_out.device(phone.device) is None
    assert len(fan_out) == 1


@virtual
async def test_a_displaced_reader_does_not_take_its_successor_out() -> None:
    old, new = reader(1), reader(1)
    fan_out = make(old)
    assert fan_out.remove(old)
    fan_out.add(new)
    assert not fan_out.remove(old)
    assert fan_out.device(new.device) is new


@virtual
async def test_what_is_sent_in_one_tick_leaves_in_one_write_in_order() -> None:
    one, two = reader(1), reader(2)
    fan_out = make(one, two)
    fan_out.send(one.outgoing, b"a")
    fan_out.send_entries([one, two], ROOM, [b"b", b"c"])
    fan_out.send(one.outgoing, b"d")
    assert one.link.writes == []
    await settle()
    assert (one.link.writes, two.link.writes) == ([b"abcd"], [b"bc"])
    fan_out.send(one.outgoing, b"e")
    await settle()
    assert one.link.writes == [b"abcd", b"e"]


@virtual
async def test_a_flush_ahead_of_time_writes_everything_once() -> None:
    one = reader(1)
    fan_out = make(one)
    fan_out.send(one.outgoing, b"a")
    fan_out.flush()
    fan_out.send(one.outgoing, b"b")
    await settle()
    assert one.link.writes == [b"a", b"b"]


@virtual
async def test_who_is_behind_gets_no_entries_and_others_do() -> None:
    slow, fast = reader(1), reader(2)
    fan_out = make(slow, fast)
    slow.link.takes_all = False
    fan_out.send(slow.outgoing, bytes(OUTBOUND_QUEUE_BYTES + 1))
    await settle()
    assert fan_out.statistics() == FanOutStatistics(readers=2, behind=1)
    fan_out.send_entries([slow, fast], ROOM, [b"entry"])
    fan_out.send(slow.outgoing, b"pong")
    await settle()
    assert slow.link.writes[1:] == [b"pong"]
    assert slow.outgoing.missed == {ROOM}
    assert slow.caught_up == 0
    assert fast.link.writes == [b"entry"]


@virtual
async def test_exactly_a_full_queue_is_not_behind() -> None:
    slow = reader(1)
    fan_out = make(slow)
    slow.link.takes_all = False
    fan_out.send(slow.outgoing, bytes(OUTBOUND_QUEUE_BYTES))
    await settle()
    assert not slow.outgoing.is_behind


@virtual
async def test_a_tick_holds_a_queue_full_for_one_reader_and_the_rest_is_missed() -> None:
    """Otherwise a batch of the largest messages would hold gigabytes for some hundred readers."""
    one = reader(1)
    fan_out = make(one)
    frame = bytes(OUTBOUND_QUEUE_BYTES // 4)
    fan_out.send_entries([one], ROOM, [frame] * 20)
    fan_out.send_entries([one], HALL, [frame])
    assert one.outgoing.missed == {ROOM, HALL}
    await settle()
    assert len(one.link.writes[0]) <= OUTBOUND_QUEUE_BYTES + len(frame)
    assert one.caught_up == 1
    fan_out.send_entries([one], HALL, [b"next"])
    await settle()
    assert one.link.writes[1:] == [b"next"]


@virtual
async def test_a_full_tick_that_the_link_does_not_take_waits_for_the_link() -> None:
    slow = reader(1)
    slow.link.takes_all = False
    fan_out = make(slow)
    fan_out.send_entries([slow], ROOM, [bytes(OUTBOUND_QUEUE_BYTES)] * 3)
    await settle()
    assert slow.outgoing.is_behind
    assert slow.caught_up == 0


@virtual
async def test_stuck_is_who_is_behind_and_takes_nothing() -> None:
    slow = reader(1)
    slow.link.takes_all = False
    fan_out = make(slow)
    assert slow.outgoing.stuck_for_s(100) == 0
    fan_out.send(slow.outgoing, bytes(OUTBOUND_QUEUE_BYTES + 1))
    fan_out.flush()
    assert [slow.outgoing.stuck_for_s(now_s) for now_s in (101, 130)] == [1, 30]
    fan_out.send(slow.outgoing, bytes(1000))  # more to send is no progress
    fan_out.flush()
    assert slow.outgoing.stuck_for_s(140) == 40
    slow.link.unsent_bytes -= 1
    assert [slow.outgoing.stuck_for_s(now_s) for now_s in (141, 150)] == [0, 9]
    slow.outgoing.is_behind = False
    assert slow.outgoing.stuck_for_s(160) == 0


# --- crowds ----------------------------------------------------------------------------------


@virtual
async def test_a_crowd_is_served_a_slice_at_a_time() -> None:
    readers = [reader(number) for number in range(1, SLICE_CONNECTIONS + 11)]
    fan_out = make(*readers)
    fan_out.send_entries(readers, ROOM, [b"news"])
    served: list[bool] = []
    fan_out.crowd_served = lambda: served.append(fan_out.is_serving_crowd())
    await asyncio.sleep(0)
    assert sum(len(each.link.writes) for each in readers) == SLICE_CONNECTIONS
    assert fan_out.is_serving_crowd()
    assert not served
    await asyncio.sleep(0)
    assert all(each.link.writes == [b"news"] for each in readers)
    assert served == [False]


@virtual
async def test_a_slice_is_limited_by_its_bytes() -> None:
    readers = [reader(number) for number in range(SLICE_CONNECTIONS + 1)]
    fan_out = make(*readers)
    fan_out.send_entries(readers, ROOM, [bytes(SLICE_BYTES // 3)])
    await asyncio.sleep(0)
    assert sum(len(each.link.writes) for each in readers) == 4


@virtual
async def test_what_is_for_one_overtakes_what_is_for_a_crowd() -> None:
    readers = [reader(number) for number in range(1, SLICE_CONNECTIONS + 11)]
    fan_out = make(*readers)
    fan_out.send_entries(readers, ROOM, [b"news "])
    last = readers[-1]
    fan_out.send(last.outgoing, b"for you")
    await asyncio.sleep(0)
    assert last.link.writes == [b"news for you"]  # in the order it came, on each connection
    await settle()
    assert last.link.writes == [b"news for you"]
    assert all(each.link.writes == [b"news "] for each in readers[:-1])


@virtual
async def test_what_gathers_for_a_crowd_goes_in_one_write() -> None:
    readers = [reader(number) for number in range(1, 3 * SLICE_CONNECTIONS)]
    fan_out = make(*readers)
    fan_out.send_entries(readers, ROOM, [b"one ", b"two "])
    await asyncio.sleep(0)
    fan_out.send_entries(readers, ROOM, [b"three "])
    await settle()
    first, last = readers[0].link, readers[-1].link
    assert first.writes == [b"one two ", b"three "]
    assert last.writes == [b"one two three "]


@virtual
async def test_a_few_are_no_crowd() -> None:
    readers = [reader(number) for number in range(SLICE_CONNECTIONS)]
    fan_out = make(*readers)
    fan_out.send_entries(readers, ROOM, [b"news"])
    assert not fan_out.is_serving_crowd()
    await asyncio.sleep(0)
    assert all(each.link.writes == [b"news"] for each in readers)


@virtual
async def test_a_broadcast_reaches_everybody_in_slices_and_in_order() -> None:
    readers = [reader(number) for number in range(SLICE_CONNECTIONS + 1)]
    fan_out = make(*readers)
    fan_out.send(readers[0].outgoing, b"first ")
    fan_out.broadcast(b"news")
    await asyncio.sleep(0)
    assert readers[0].link.writes == [b"first news"]
    await settle()
    assert all(each.link.writes == [b"news"] for each in readers[1:])


@virtual
async def test_what_is_sent_apart_follows_what_waits_in_writes_of_its_own() -> None:
    one = reader(1)
    fan_out = make(one)
    fan_out.send(one.outgoing, b"a")
    fan_out.send(one.outgoing, b"b")
    fan_out.send_apart(one.outgoing, [b"c", b"d"])
    fan_out.send(one.outgoing, b"e")
    await settle()
    assert one.link.writes == [b"ab", b"c", b"d", b"e"]
