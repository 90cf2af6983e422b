"""One connection: which frames may come when, and what becomes of a peer that breaks the protocol."""

import itertools

import msgspec
import pytest

from lanmsg.hub.commands import COMMANDS
from lanmsg.hub.session import MAX_HELD_FRAMES, SessionState
from lanmsg.wire import limits
from lanmsg.wire.admin import GetStatus
from lanmsg.wire.codec import encode, encode_frame
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import (
    Ack,
    Admin,
    Append,
    Appended,
    Bye,
    Challenge,
    ClaimKeys,
    CreateInvite,
    Enrol,
    Enrolled,
    Entries,
    Fetch,
    FetchMembers,
    Frame,
    Hello,
    Login,
    OpenDirect,
    OpenGroup,
    Ping,
    Pong,
    PublishKeys,
    Refused,
    SetStatus,
    Share,
    Shares,
    Signal,
    StorePairing,
    TakePairing,
    Welcome,
)

from .lab import Device, Lab, Peer, message_id, olm_body, settle, virtual

ID = bytes(16)
FRAMES: dict[type, Frame] = {
    Hello: Hello(1, bytes(32)),
    Enrol: Device("somebody").enrol(),
    Login: Login(ID, bytes(64)),
    Append: Append(message_id(1), ID, 21, olm_body()),
    Shares: Shares(message_id(1), []),
    Fetch: Fetch(ID, 0),
    Ack: Ack(ID, 1),
    ClaimKeys: ClaimKeys(1, []),
    PublishKeys: PublishKeys([]),
    OpenDirect: OpenDirect(ID),
    OpenGroup: OpenGroup(1, [ID] * 3),
    FetchMembers: FetchMembers(ID, 1),
    CreateInvite: CreateInvite(1, bytes(32), 1),
    StorePairing: StorePairing(1, bytes(32), b"sealed"),
    TakePairing: TakePairing(bytes(32)),
    Ping: Ping(7),
    Admin: Admin(1, encode(GetStatus())),
    SetStatus: SetStatus(2),
    Signal: Signal(ID, b"sealed"),
}
BEFORE_LOGIN = {
    Hello: SessionState.GREETING,
    Enrol: SessionState.KNOWN,
    TakePairing: SessionState.KNOWN,
    Login: SessionState.KNOWN,
}
OPEN_STATES = [SessionState.GREETING, SessionState.KNOWN, SessionState.LOGGED_IN]


def test_every_command_is_in_this_table() -> None:
    assert set(COMMANDS) == set(FRAMES)


async def peer_in(lab: Lab, state: SessionState) -> Peer:
    match state:
        case SessionState.GREETING:
            return await lab.connect()
        case SessionState.KNOWN:
            return await lab.greet()
        case _:
            return await lab.join("ann")


@pytest.mark.parametrize("state", OPEN_STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
@virtual
async def test_a_frame_may_come_in_one_state_only(kind: type, state: SessionState) -> None:
    async with Lab() as lab:
        peer = await peer_in(lab, state)
        await peer.ask(FRAMES[kind])
        may_come = BEFORE_LOGIN.get(kind, SessionState.LOGGED_IN) is state
        byes = [bye.code for bye in peer.all(Bye)]
        assert byes == ([] if may_come else [Code.PROTOCOL])
        assert (peer.lost is None) == may_come


@virtual
async def test_the_hub_speaks_first() -> None:
    async with Lab() as lab:
        peer = await lab.connect()
        challenge = peer.last(Challenge)
        assert challenge.database == lab.hub.published.database
        assert challenge.nonce != (await lab.connect()).last(Challenge).nonce


@pytest.mark.parametrize(("version", "code"), [(0, Code.PROTOCOL_TOO_OLD), (2, Code.PROTOCOL_TOO_NEW)])
@virtual
async def test_an_unknown_version_is_refused(version: int, code: Code) -> None:
    async with Lab() as lab:
        peer = await lab.connect()
        await peer.ask(Hello(version, bytes(32)))
        assert peer.bye == code


# --- time ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SessionState.GREETING, SessionState.KNOWN], ids=lambda state: state.name)
@virtual
async def test_who_does_not_log_in_is_closed_after_the_login_timeout(state: SessionState) -> None:
    async with Lab() as lab:
        peer = await peer_in(lab, state)
        await settle(limits.LOGIN_TIMEOUT_S - 0.1)
        assert peer.lost is None
        await settle(0.2)
        assert peer.bye == Code.LOGIN_TIMEOUT
        assert peer.lost


@virtual
async def test_slow_hellos_and_refused_logins_do_not_extend_the_login_timeout() -> None:
    async with Lab() as lab:
        peer = await lab.greet()
        for _ in range(4):
            await settle(1.2)
            await peer.ask(Login(bytes(16), bytes(64)))
        await settle(0.5)
        assert peer.bye == Code.LOGIN_TIMEOUT


@virtual
async def test_a_silent_link_is_closed_after_45_seconds() -> None:
    async with Lab() as lab:
        silent, alive = await lab.join("ann"), await lab.join("bob")
        for _ in range(9):
            assert silent.lost is None
            await settle(5)
            await alive.ask(Ping())
        await settle(limits.DEAD_AFTER_S - 43)
        assert silent.lost
        assert alive.lost is None
        assert lab.hub.statistics().logged_in == 1


@virtual
async def test_bytes_that_never_make_a_frame_are_no_sign_of_life() -> None:
    async with Lab() as lab:
        peer = await lab.join("ann")
        peer.link.send(b"\0\0\xff\xff")
        for _ in range(60):
            peer.link.send(b"x")
            await settle(1)
        assert peer.lost


# --- what is no frame ------------------------------------------------------------------------

GARBAGE = {
    "no msgpack": b"\xc1",
    "empty": b"",
    "no array": b"\x01",
    "empty array": b"\x90",
    "wrong tag type": b"\x91\xa1x",
    "hello without fields": b"\x91\x01",
    "wrong field types": b"\x93\x01\xa1x\xa1y",
    "unknown critical tag": b"\x91\x3f",
    "frame of the hub": encode_frame(Challenge(1, 1, bytes(32), bytes(64), bytes(32), bytes(32), bytes(16)))[
        4:
    ],
    "deep nesting": b"\x91" * 5000 + b"\x01",
    "huge array header": b"\xdd\xff\xff\xff\xff",
    "huge array in a field": b"\x93\x0b\xc4\x10" + bytes(16) + b"\xdd\xff\xff\xff\xff",
    "huge string header": b"\x92\x01\xdb\xff\xff\xff\xff",
    "bad utf-8": b"\x94\x01\x01\xc4\x20" + bytes(32) + b"\xa2\xff\xff",
    "timestamp for a number": b"\x93\x01\xd6\xff\0\0\0\0\xc4\x20" + bytes(32),
    "trailing bytes": encode_frame(Hello(1, bytes(32)))[4:] + b"\0",
    "negative number": b"\x93\x01\xff\xc4\x20" + bytes(32),
    "number beyond 2**53": b"\x93\x01\xcf" + b"\xff" * 8 + b"\xc4\x20" + bytes(32),
    "short nonce": b"\x93\x01\x01\xc4\x1f" + bytes(31),
}


@pytest.mark.parametrize("state", OPEN_STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("payload", GARBAGE.values(), ids=GARBAGE.keys())
@virtual
async def test_what_is_no_frame_costs_the_link(payload: bytes, state: SessionState) -> None:
    async with Lab() as lab:
        bob = await lab.join("bob")
        peer = await peer_in(lab, state)
        peer.link.send(len(payload).to_bytes(4, "big") + payload)
        await settle()
        assert peer.bye == Code.MALFORMED
        assert peer.lost
        await bob.ask(Ping(1))
        assert bob.all(Pong) == [Pong(1)]


@pytest.mark.parametrize("tag", [199, 200, 2**31, 2**53])
@pytest.mark.parametrize("state", OPEN_STATES, ids=lambda state: state.name)
@virtual
async def test_an_unknown_skippable_frame_is_skipped(tag: int, state: SessionState) -> None:
    async with Lab() as lab:
        peer = await peer_in(lab, state)
        payload = msgspec.msgpack.encode([tag, "whatever", {"a": 1}])
        peer.link.send(len(payload).to_bytes(4, "big") + payload)
        await settle()
        assert peer.lost is None
        assert not peer.all(Bye)


@virtual
async def test_later_fields_of_a_newer_client_are_ignored() -> None:
    async with Lab() as lab:
        peer = await lab.connect(Device("ann"))
        payload = msgspec.msgpack.encode([1, 1, peer.nonce, "software", "new field", 17])
        peer.link.send(len(payload).to_bytes(4, "big") + payload)
        await peer.ask(peer.device.enrol())
        assert peer.all(Enrolled)


@virtual
async def test_a_frame_too_large_is_refused_by_its_length_alone() -> None:
    async with Lab() as lab:
        stranger, ann = await lab.connect(), await lab.join("ann")
        stranger.link.send((limits.MAX_UNAUTHENTICATED_FRAME_BYTES + 1).to_bytes(4, "big"))
        ann.link.send((limits.MAX_FRAME_BYTES + 1).to_bytes(4, "big"))
        await settle()
        assert (stranger.bye, ann.bye) == (Code.TOO_LARGE, Code.TOO_LARGE)
        assert stranger.lost
        assert ann.lost


@virtual
async def test_a_member_may_send_larger_frames_than_a_stranger() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.message(lab.everyone, bytes(limits.MAX_BODY_BYTES - 200)))
        assert ann.all(Appended)


@virtual
async def test_a_session_cut_off_anywhere_leaves_nothing_behind() -> None:
    async with Lab() as lab:
        device = Device("ann")
        for cut in range(0, 400, 7):
            peer = await lab.connect(device)
            data = encode_frame(Hello(1, peer.nonce)) + encode_frame(device.enrol())
            data += encode_frame(device.login(peer.last(Challenge), peer.nonce)) + encode_frame(Ping())
            peer.link.send(data[:cut] if cut < 399 else data)
            await settle()
            peer.link.cut("cable pulled")
            await settle()
        assert lab.hub.statistics().connections == 0
        assert lab.hub.statistics().users <= 1


# --- frames sent ahead -----------------------------------------------------------------------


@virtual
async def test_a_whole_join_may_be_sent_at_once() -> None:
    async with Lab() as lab:
        ann = await lab.connect(Device("ann"))
        login = ann.device.login(ann.last(Challenge), ann.nonce)
        ann.send(Hello(1, ann.nonce), ann.device.enrol(), login, Ping(1), Fetch(lab.directory, 0))
        await settle()
        kinds = [type(frame) for frame in ann.frames]
        assert [kind for kind in kinds if kind in {Enrolled, Welcome, Pong, Entries}] == [
            Enrolled,
            Welcome,
            Pong,
            Entries,
        ]


@virtual
async def test_a_login_behind_a_refused_enrolment_is_still_looked_at() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        twin = await lab.greet(Device("ann", seed="another"))
        login = twin.device.login(twin.last(Challenge), twin.nonce)
        await twin.ask(twin.device.enrol(), login)
        assert twin.refusals == [Code.NAME_TAKEN, Code.UNKNOWN_DEVICE]


@virtual
async def test_too_many_frames_ahead_of_a_login_cost_the_link() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        for count, is_too_many in [(MAX_HELD_FRAMES, False), (MAX_HELD_FRAMES + 1, True)]:
            ann = await lab.greet(Device("ann"))
            login = ann.device.login(ann.last(Challenge), ann.nonce)
            await ann.ask(login, *itertools.repeat(Ping(), count))
            assert bool(ann.lost) is is_too_many
            assert len(ann.all(Pong)) == (0 if is_too_many else count)


@virtual
async def test_nothing_is_done_for_frames_behind_a_broken_one() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(Ping(1), Hello(1, bytes(32)), Ping(2), ann.message(lab.everyone))
        assert ann.all(Pong) == [Pong(1)]
        assert lab.hub.published.logs[lab.everyone].seq == 0


# --- shares of a large message ---------------------------------------------------------------


@virtual
async def test_shares_may_come_in_frames_of_their_own() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        tablet = await lab.join("tablet", owner=bob.device)
        message = ann.message(lab.everyone, shares=[Share(tablet.device.id, b"two")])
        await ann.ask(Shares(message.message_id, [Share(bob.device.id, b"one")]), message)
        assert ann.all(Appended)
        assert [each.body for each in bob.entries(lab.inbox(bob.device.id)).values()] == [b"one"]
        assert [each.body for each in tablet.entries(lab.inbox(tablet.device.id)).values()] == [b"two"]


@virtual
async def test_shares_for_another_message_are_dropped() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        first, second = ann.message(lab.everyone), ann.message(lab.everyone)
        await ann.ask(Shares(second.message_id, [Share(bob.device.id, b"one")]), first, second)
        assert len(ann.all(Appended)) == 2
        assert bob.entries(lab.inbox(bob.device.id)) == {}


@virtual
async def test_too_many_shares_cost_the_link() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        half = Shares(message_id(1), [Share(ann.device.id, b"")] * (limits.MAX_SHARES // 2))
        await ann.ask(half, half)
        assert ann.lost is None
        await ann.ask(Shares(message_id(1), [Share(ann.device.id, b"")]))
        assert ann.bye == Code.TOO_LARGE


@virtual
async def test_shares_of_both_kinds_count_together() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        share = Share(ann.device.id, b"")
        message = ann.message(lab.everyone, shares=[share])
        await ann.ask(Shares(message.message_id, [share] * limits.MAX_SHARES), message)
        assert ann.all(Refused)[0].code == Code.TOO_LARGE
        assert ann.all(Refused)[0].message_id == message.message_id


# --- our own mistakes ------------------------------------------------------------------------


@virtual
async def test_a_bug_in_a_command_costs_that_link_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        monkeypatch.setattr(lab.hub.pace, "limit_claims", lambda _session: 1 / 0)
        await ann.ask(ClaimKeys(1, []))
        await bob.ask(Ping())
        assert ann.bye == Code.INTERNAL
        assert bob.all(Pong)
