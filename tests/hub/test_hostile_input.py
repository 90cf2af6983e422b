"""F-02: whatever strangers and members send, the hub lives, others do not notice, nothing is left behind."""

import random

import msgspec
import pytest

from lanmsg.hub.config import HubConfig
from lanmsg.wire import ids
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.entries import View
from lanmsg.wire.frames import (
    Ack,
    Append,
    Challenge,
    ClaimKeys,
    CreateInvite,
    Entries,
    Fetch,
    FetchMembers,
    Hello,
    OpenDirect,
    OpenGroup,
    Ping,
    Pong,
    PublishKeys,
    Share,
    Shares,
    Welcome,
)
from lanmsg.wire.statements import Role
from lanmsg.wire.token_bucket import TokenBucket

from .lab import Device, Lab, Peer, message_id, olm_body, published_key, settle, virtual

SESSIONS = 150
GENEROUS = HubConfig(messages_per_second=0)


def whole_session(lab: Lab, peer: Peer) -> bytes:
    """Return the bytes of an honest session with every kind of frame."""
    device = peer.device
    room = lab.room(device.handle + "-room")
    frames = [
        Hello(1, peer.nonce),
        device.enrol(keys=3),
        device.login(peer.last(Challenge), peer.nonce),
        Ping(1),
        Fetch(lab.directory, 0),
        Ack(lab.directory, 2),
        OpenDirect(device.user),
        PublishKeys([published_key(b"new")], published_key(b"fallback")),
        ClaimKeys(1, [device.id]),
        CreateInvite(2, bytes(32), lab.now_ms() + 1000),
        OpenGroup(3, [device.user, ids.UserId(bytes(16)), ids.UserId(b"1" * 16)]),
        peer.room(device.room_statement(device.handle + "-room")),
        peer.members(room, (device, Role.NONE), view=View(0, 3)),
        FetchMembers(room, 1),
        peer.device_message(device.id),
        Shares(message_id(77), [Share(device.id, b"key")]),
        peer.message(lab.everyone, b"hello", counter=1, mid=message_id(77)),
        Append(message_id(78), lab.inbox(device.id), 21, olm_body()),
        peer.revoke(device.id),
    ]
    return b"".join(map(encode_frame, frames))


def random_bytes(chance: random.Random, _session: bytes) -> bytes:
    return chance.randbytes(chance.randint(1, 500))


def random_frames(chance: random.Random, _session: bytes) -> bytes:
    """Well-formed lengths around random payloads."""
    payloads = [chance.randbytes(chance.randint(0, 60)) for _ in range(chance.randint(1, 10))]
    return b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)


def random_values(chance: random.Random, _session: bytes) -> bytes:
    """Well-formed msgpack with known tags and random fields."""

    def value(depth: int = 0) -> object:
        kinds = [
            None,
            True,
            chance.randint(-(2**63), 2**64 - 1),
            chance.random(),
            "x" * chance.randint(0, 300),
        ]
        kinds += [chance.randbytes(size) for size in (0, 16, 32, 64)]
        if depth < 3:
            kinds += [[value(depth + 1) for _ in range(chance.randint(0, 5))], {"a": value(depth + 1)}]
        return chance.choice(kinds)

    payloads = [
        msgspec.msgpack.encode(
            [chance.choice([*range(12), 64, 65, 200]), *(value() for _ in range(chance.randint(0, 6)))]
        )
        for _ in range(5)
    ]
    return b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)


def flipped(chance: random.Random, session: bytes) -> bytes:
    data = bytearray(session)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def truncated(chance: random.Random, session: bytes) -> bytes:
    return session[: chance.randrange(len(session))]


def shuffled(chance: random.Random, session: bytes) -> bytes:
    """The honest frames in any order."""
    frames, rest = [], session
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        frames.append(rest[:size])
        rest = rest[size:]
    chance.shuffle(frames)
    return b"".join(frames)


def after_login(chance: random.Random, session: bytes) -> bytes:
    """An honest session, then anything."""
    frames = session[: session.rindex(encode_frame(Ping(1)))]
    return frames + chance.choice([random_bytes, random_frames, random_values])(chance, session)


@pytest.mark.parametrize(
    "attack", [random_bytes, random_frames, random_values, flipped, truncated, shuffled, after_login]
)
@virtual
async def test_the_hub_and_its_people_survive(attack) -> None:
    chance = random.Random(attack.__name__)
    async with Lab(GENEROUS) as lab:
        lab.hub.pace.enrolments = TokenBucket(
            per_second=0, burst=1, now_s=0
        )  # no limit: the limit would protect the code behind it
        ann, bob = await lab.join("ann"), await lab.join("bob")
        for number in range(SESSIONS):
            peer = await lab.connect(Device(f"p{number}"))
            data = attack(chance, whole_session(lab, peer))
            while data:  # cut as the network likes
                size = chance.choice([1, 10, 200, len(data)])
                peer.link.send(data[:size])
                data = data[size:]
                if chance.random() < 0.3:
                    await settle()
            await settle()
            if chance.random() < 0.5:
                peer.link.cut("gone")
            if number % 50 == 0:
                await ann.ask(ann.message(lab.everyone), Ping(number))
                assert ann.last(Pong) == Pong(number)
                assert ann.entries(lab.everyone).items() <= bob.entries(lab.everyone).items()
                bob.send(Ping())
        await settle(6)
        for peer in lab.peers:
            if peer not in (ann, bob):
                peer.link.cut("gone")
        await settle()
        assert (ann.lost, bob.lost) == (None, None)
        assert lab.hub.statistics().connections == 2
        assert lab.hub.statistics().logged_in == 2
        assert lab.hub._open_links == 2
        cid = await lab.join("cid")
        await cid.ask(cid.message(lab.everyone, b"still here"))
        assert bob.all(Entries)[-1].log == lab.everyone


@virtual
async def test_an_honest_session_of_these_tests_is_taken_to_its_end() -> None:
    """Or the attacks above would only ever meet the door."""
    async with Lab(GENEROUS) as lab:
        peer = await lab.connect(Device("ann"))
        peer.link.send(whole_session(lab, peer))
        await settle()
        assert peer.all(Welcome)
        # A group with people nobody knows; and what was sent before its own room and enrolment could be seen.
        assert sorted(peer.refusals) == ["stale_view", "unknown_log", "unknown_user"]
        assert peer.bye == "revoked_device"


@virtual
async def test_thousands_of_unknown_kinds_are_skipped() -> None:
    async with Lab(GENEROUS) as lab:
        ann = await lab.join("ann")
        for tag in range(200, 10_200):
            payload = msgspec.msgpack.encode([tag, b"x"])
            ann.link.send(len(payload).to_bytes(4, "big") + payload)
        await ann.ask(Ping(5))
        assert ann.all(Pong) == [Pong(5)]
