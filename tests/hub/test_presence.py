"""Who is here: gathered, without flicker, and only what somebody may know anyway."""

import asyncio

from lanmsg.hub.presence import DeviceStatus, PresenceBook
from lanmsg.wire.codec import LENGTH_BYTES, decode_hub_frame
from lanmsg.wire.frames import PersonPresence, Presence
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import MAX_SIGNAL_BYTES, OFFLINE_GRACE_S, PRESENCE_INTERVAL_S
from lanmsg.wire.status import Status

from .lab import settle, virtual

ANN, BOB, CID = (UserId(name.ljust(16)) for name in (b"ann", b"bob", b"cid"))
LATE_MS = 2**53 - 1


class Office:
    """A book, who is really connected, and what was announced."""

    def __init__(self, **last_seen_ms: int) -> None:
        loop = asyncio.get_running_loop()
        self.devices: dict[UserId, list[DeviceStatus]] = {}
        self.announced: list[Presence] = []
        self.book = PresenceBook(
            loop,
            last_seen_ms={UserId(name.encode().ljust(16)): at_ms for name, at_ms in last_seen_ms.items()},
            statuses=lambda user: self.devices.get(user, []),
            now_ms=lambda: int(loop.time() * 1000),
            announce=self.announced.append,
        )

    def connect(self, *users: UserId) -> None:
        for user in users:
            self.devices[user] = [DeviceStatus()]
            self.book.connected(user)

    def disconnect(self, *users: UserId) -> None:
        for user in users:
            self.devices.pop(user, None)
            self.book.disconnected(user)

    def say(self, user: UserId, *statuses: DeviceStatus, after_s: float = 0.0) -> None:
        self.devices[user] = list(statuses)
        self.book.status_changed(user, after_s=after_s)

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
    crowd = [UserId(number.to_bytes(16, "big")) for number in range(1000)]
    office.connect(*crowd)
    for user in crowd[:100]:
        office.say(user, DeviceStatus(Status.AWAY, LATE_MS, bytes(MAX_SIGNAL_BYTES)))
    await settle(1)
    frames = office.book.newcomer_frames()
    assert [person.user for people in decode(frames) for person in people] == crowd
    assert max(map(len, frames)) < 16 * 1024
    assert len(frames) < 12


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


# --- statuses --------------------------------------------------------------------------------

AWAY = DeviceStatus(Status.AWAY, 5, b"sealed")


def shown(person: PersonPresence) -> tuple[bool, int, int, bytes]:
    return person.online, person.status, person.since_ms, person.note


@virtual
async def test_a_status_is_announced_with_its_time_and_its_sealed_reason() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    office.say(ANN, AWAY)
    await settle(1)
    assert office.take() == [[PersonPresence(ANN, True, 0, Status.AWAY, 5, b"sealed")]]
    assert shown(newcomer_sees(office)[ANN]) == (True, Status.AWAY, 5, b"sealed")


@virtual
async def test_of_several_devices_the_most_present_is_shown_and_of_two_alike_the_newest() -> None:
    office = Office()
    idle, later = DeviceStatus(Status.IDLE, 9), DeviceStatus(Status.AWAY, 7, b"newer")
    wish = DeviceStatus(Status.DO_NOT_DISTURB, 1)
    for devices, first in [
        ([AWAY, idle], idle),
        ([AWAY, later], later),
        ([idle, DeviceStatus(), AWAY], DeviceStatus()),
        ([DeviceStatus(), wish], wish),
    ]:
        office.say(ANN, *devices)
        await settle(1)
        assert shown(office.take()[-1][0]) == (True, first.status, first.since_ms, first.note)


@virtual
async def test_a_device_that_comes_or_goes_changes_what_is_shown() -> None:
    office = Office()
    office.say(ANN, AWAY)
    await settle(1)
    office.devices[ANN] = [AWAY, DeviceStatus()]
    office.book.connected(ANN)
    await settle(1)
    office.say(ANN, AWAY)
    await settle(1)
    assert [people[0].status for people in office.take()] == [Status.AWAY, Status.ONLINE, Status.AWAY]


@virtual
async def test_what_is_held_back_is_told_later_and_only_the_last_of_it() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.take()
    for note in (b"one", b"two", b"three"):
        office.say(ANN, DeviceStatus(Status.AWAY, 5, note), after_s=10)
    await settle(9)
    assert office.take() == []
    await settle(2)
    assert [people[0].note for people in office.take()] == [b"three"]


@virtual
async def test_who_drops_while_away_is_shown_away_until_the_grace_time_is_over() -> None:
    office = Office()
    office.say(ANN, AWAY)
    await settle(1)
    office.disconnect(ANN)
    assert shown(newcomer_sees(office)[ANN]) == (True, Status.AWAY, 5, b"sealed")
    await settle(OFFLINE_GRACE_S + 1)
    assert shown(newcomer_sees(office)[ANN]) == (False, 0, 0, b"")


@virtual
async def test_a_newcomer_who_heard_of_a_status_hears_that_it_was_taken_back() -> None:
    office = Office()
    office.connect(ANN)
    await settle(1)
    office.say(ANN, AWAY)
    assert newcomer_sees(office)[ANN].status == Status.AWAY
    office.say(ANN, DeviceStatus())
    office.take()
    await settle(1)
    assert [people[0].status for people in office.take()] == [Status.ONLINE]
