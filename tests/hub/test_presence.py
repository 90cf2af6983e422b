"""Who is here: gathered, without flicker, and only what somebody may know anyway."""

import asyncio

from lanmsg.hub.presence import PEOPLE_PER_FRAME, PresenceBook
from lanmsg.wire.codec import LENGTH_BYTES, decode_hub_frame
from lanmsg.wire.frames import PersonPresence, Presence
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import OFFLINE_GRACE_S, PRESENCE_INTERVAL_S

from .lab import settle, virtual

ANN, BOB, CID = (UserId(name.ljust(16)) for name in (b"ann", b"bob", b"cid"))


class Office:
    """A book, who is really connected, and what was announced."""

    def __init__(self, **last_seen_ms: int) -> None:
        loop = asyncio.get_running_loop()
        self.online: set[UserId] = set()
        self.announced: list[Presence] = []
        self.book = PresenceBook(
            loop,
            last_seen_ms={UserId(name.encode().ljust(16)): at_ms for name, at_ms in last_seen_ms.items()},
            is_online=self.online.__contains__,
            now_ms=lambda: int(loop.time() * 1000),
            announce=self.announced.append,
        )

    def connect(self, *users: UserId) -> None:
        for user in users:
            self.online.add(user)
            self.book.connected(user)

    def disconnect(self, *users: UserId) -> None:
        for user in users:
            self.online.discard(user)
            self.book.disconnected(user)

    def take(self) -> list[list[PersonPresence]]:
        taken, self.announced[:] = [presence.people for presence in self.announced], []
        return taken


def newcomer_sees(office: Office) -> dict[UserId, PersonPresence]:
    """Return what somebody who comes now hears of each person, the newest last."""
    return {person.user: person for people in decode(office.book.newcomer_frames()) for person in people}


@virtual
async def test_a_storm_of_logins_is_one_announcement() -> None:
    office = Office()
    office.connect(ANN)
    await settle(PRESENCE_INTERVAL_S / 2)
    office.connect(BOB, CID)
    await settle(PRESENCE_INTERVAL_S)
    assert office.take() == [[PersonPresence(user, online=True) for user in (ANN, BOB, CID)]]
    await settle(60)
    assert office.take() == []


@virtual
async def test_a_second_device_is_no_news() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    office.connect(ANN)
    await settle(1)
    assert office.take() == []


@virtual
async def test_a_short_drop_is_not_seen() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    office.disconnect(ANN)
    await settle(OFFLINE_GRACE_S - 0.1)
    assert newcomer_sees(office)[ANN].online
    office.connect(ANN)
    await settle(60)
    assert office.take() == []


@virtual
async def test_after_the_grace_time_a_person_is_offline_since_they_left() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    office.disconnect(ANN)
    await settle(OFFLINE_GRACE_S + PRESENCE_INTERVAL_S + 0.01)
    assert office.take() == [[PersonPresence(ANN, online=False, last_seen_ms=1000)]]
    assert newcomer_sees(office) == {ANN: PersonPresence(ANN, online=False, last_seen_ms=1000)}


@virtual
async def test_who_drops_before_they_were_announced_ends_up_offline() -> None:
    office = Office()
    office.connect(ANN)
    office.disconnect(ANN)
    await settle(60)
    assert not office.take()[-1][0].online
    office.connect(ANN)
    await settle(1)
    assert office.take()[-1][0].online


@virtual
async def test_who_comes_back_while_their_leaving_is_announced_ends_up_online() -> None:
    for wait_s in (OFFLINE_GRACE_S, OFFLINE_GRACE_S + PRESENCE_INTERVAL_S / 2, OFFLINE_GRACE_S + 1):
        office = Office()
        office.connect(ANN)
        await settle(1)
        office.disconnect(ANN)
        await settle(wait_s)
        office.connect(ANN)
        await settle(10)
        assert office.take()[-1][0].online


@virtual
async def test_flapping_costs_no_announcements() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    for _ in range(20):
        office.disconnect(ANN)
        await settle(1)
        office.connect(ANN)
        await settle(1)
    assert office.take() == []


def decode(frames: list[bytes]) -> list[list[PersonPresence]]:
    decoded = [decode_hub_frame(frame[LENGTH_BYTES:]) for frame in frames]
    return [frame.people for frame in decoded if isinstance(frame, Presence)]


@virtual
async def test_a_newcomer_hears_what_was_announced_and_what_was_not_yet() -> None:
    office = Office(bob=5)
    bob = PersonPresence(BOB, online=False, last_seen_ms=5)
    assert decode(office.book.newcomer_frames()) == [[bob]]
    office.connect(ANN)
    ann = PersonPresence(ANN, online=True)
    assert decode(office.book.newcomer_frames()) == [[bob], [ann]]
    await settle(1)
    assert decode(office.book.newcomer_frames()) == [[bob, ann]]
    office.disconnect(ANN)
    await settle(OFFLINE_GRACE_S + 1)
    assert decode(office.book.newcomer_frames()) == [
        [bob, PersonPresence(ANN, online=False, last_seen_ms=1000)]
    ]


@virtual
async def test_what_was_announced_is_encoded_once_for_all_newcomers() -> None:
    office = Office(bob=5)
    assert office.book.newcomer_frames()[0] is office.book.newcomer_frames()[0]


@virtual
async def test_a_newcomer_hears_of_a_crowd_in_frames_that_fit_in_a_tls_record() -> None:
    office = Office()
    crowd = [UserId(number.to_bytes(16, "big")) for number in range(PEOPLE_PER_FRAME + 1)]
    office.connect(*crowd)
    office.disconnect(*crowd)
    await settle(OFFLINE_GRACE_S + 1)
    frames = office.book.newcomer_frames()
    assert [len(people) for people in decode(frames)] == [PEOPLE_PER_FRAME, 1]
    assert len(frames[0]) < 16 * 1024


@virtual
async def test_last_seen_times_are_saved_once() -> None:
    office = Office(bob=5)
    office.connect(ANN, BOB)
    await settle(2)
    office.disconnect(ANN)
    assert office.book.take_unsaved() == {ANN: 2000}
    assert office.book.take_unsaved() == {}
    assert newcomer_sees(office)[BOB] == PersonPresence(BOB, online=True, last_seen_ms=5)


@virtual
async def test_a_closed_book_announces_nothing_more() -> None:
    office = Office()
    office.connect(ANN, BOB)
    office.disconnect(BOB)
    office.book.close()
    await settle(60)
    assert office.take() == []
