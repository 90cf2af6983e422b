"""A hub that answers falsely: acknowledgements, refusals, receipts, presence, farewells; and at the door."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace as with_field

import msgspec
from msgspec.structs import replace

from lanmsg.wire.entries import View
from lanmsg.wire.frame_parts import PersonPresence, Receipt
from lanmsg.wire.frames import (
    AdminAnswer,
    Append,
    Appended,
    Bye,
    Challenge,
    Entries,
    Heads,
    InviteCreated,
    Members,
    Notice,
    PairingTaken,
    Pong,
    Presence,
    RatesChanged,
    Receipts,
    Refused,
    Signal,
    Welcome,
)

from .attack import Ends, HubAttack
from .stage import Stage

STRANGER = b"?" * 16


def says(*frames: object) -> Callable[[Stage], None]:
    """Let the hub say this to bob, beside all else; a function gets the stage."""

    def lie(stage: Stage) -> None:
        stage.hub_of_bob.push(*[each(stage) if callable(each) else each for each in frames])

    return lie


def answers_appends(
    answer: Callable[[Stage, Append], object], *, swallows: bool = True
) -> Callable[[Stage], None]:
    """Answer what bob appends to the conversation by a lie; the true hub never gets it."""

    def lie(stage: Stage) -> None:
        log = stage.log

        def requests(frame):
            if not isinstance(frame, Append) or frame.log != log:
                return [frame]
            stage.world.loop.call_later(0.01, stage.hub_of_bob.push, answer(stage, frame))
            return [] if swallows else [frame]

        stage.hub_of_bob.requests = requests

    return lie


def _appended(_: Stage, frame: Append) -> Appended:
    return Appended(frame.message_id, frame.log, 5, bytes(32))


def _refused(code: str, **more) -> Callable[[Stage, Append], Refused]:
    return lambda _, frame: Refused(code, "a lie", frame.message_id, **more)


def at_the_next_login(kind: type, **changes) -> Callable[[Stage], None]:
    """Change what the hub says of itself when bob comes back."""

    def lie(stage: Stage) -> None:
        stage.hub_of_bob.answers = lambda frame: (
            [replace(frame, **changes)] if isinstance(frame, kind) else [frame]
        )

    return lie


async def come_back_and_talk(stage: Stage) -> None:
    """Let bob's connection break, and talk when he has had time to come back."""
    stage.hub_of_bob.link.cut("the lie is over")
    await asyncio.sleep(3)
    await stage.talk()


def _of_everybody(stage: Stage, **fields) -> Presence:
    users = [each._engine.state.user for each in stage.people]
    return Presence([PersonPresence(user, **fields) for user in users])


def _old_challenge(stage: Stage) -> None:
    kept: list[Challenge] = []

    def answers(frame):
        if isinstance(frame, Challenge):
            kept.append(frame)
            return [kept[0]]
        return [frame]

    stage.hub_of_bob.answers = answers


async def come_back_twice_and_talk(stage: Stage) -> None:
    """Let bob's connection break twice, so that a challenge can be repeated."""
    stage.hub_of_bob.link.cut("the lie is over")
    await asyncio.sleep(3)
    await come_back_and_talk(stage)


GONE = frozenset({"bob is disconnected"})
NO_LIMIT = math.inf

APPENDS = (
    HubAttack("what bob says is acknowledged and thrown away", answers_appends(_appended)),
    HubAttack("what bob says is never answered", answers_appends(lambda *_: Pong())),
    HubAttack("what bob says is refused as if the view were old", answers_appends(_refused("stale_view"))),
    HubAttack(
        "what bob says is refused for a view that never comes",
        answers_appends(_refused("stale_view", view=View(0, 10_000))),
    ),
    HubAttack("what bob says is refused as out of order", answers_appends(_refused("out_of_order"))),
    HubAttack(
        "bob is told to come back in a thousand years",
        answers_appends(_refused("throttled", retry_after_ms=2**45)),
    ),
    HubAttack(
        "what bob says is refused for good",
        answers_appends(_refused("not_a_member")),
        frozenset({"failed"}),
        Ends.SPOILT,
    ),
    HubAttack(
        "what bob says is refused with a code from the future",
        answers_appends(_refused("because")),
        frozenset({"failed"}),
        Ends.SPOILT,
    ),
    HubAttack(
        "what bob says is refused as removed",
        answers_appends(_refused("pruned")),
        frozenset({"failed"}),
        Ends.SPOILT,
    ),
    HubAttack(
        "what bob says is refused and stored all the same",
        answers_appends(_refused("stale_view"), swallows=False),
    ),
)
SAYINGS = (
    HubAttack(
        "somebody else's message is acknowledged", says(lambda s: Appended(STRANGER, s.log, 1, bytes(32)))
    ),
    HubAttack("receipts come from strangers", says(lambda s: Receipts(s.log, [Receipt(STRANGER, 2**50)]))),
    HubAttack("receipts come for a log that is none", says(Receipts(STRANGER, [Receipt(STRANGER, 1)]))),
    HubAttack("everybody is said to be away", says(lambda s: _of_everybody(s, online=False))),
    HubAttack(
        "everybody is said to be of a status from the future",
        says(lambda s: _of_everybody(s, online=True, status=77)),
    ),
    HubAttack(
        "everybody is said to be away with garbage for a reason",
        says(lambda s: _of_everybody(s, online=True, status=2, note=b"x" * 1024)),
    ),
    HubAttack("strangers are said to be here", says(Presence([PersonPresence(STRANGER, online=True)]))),
    HubAttack("a signal is garbage", says(lambda s: Signal(s.log, b"\xc1" * 99))),
    HubAttack("a signal is for a log that is none", says(Signal(STRANGER, b"\xc1" * 99))),
    HubAttack("an answer comes that no admin asked for", says(AdminAnswer(7, b"\xc1")), may_show=GONE),
    HubAttack("an invite is acknowledged that nobody made", says(InviteCreated(99))),
    HubAttack("a pairing comes that nobody asked for", says(PairingTaken(b"x" * 900))),
    HubAttack("members come that nobody asked for", says(lambda s: Members(s.log, 1, []))),
    HubAttack("entries come of a log that is none", says(Entries(STRANGER, 1, bytes(32), 1, []))),
    HubAttack("no entries come at all", says(lambda s: Entries(s.log, 1, bytes(32), 0, []))),
    HubAttack("heads come that say nothing, a thousand times", says(*[Heads([])] * 1000)),
    HubAttack(
        "a second challenge comes",
        says(lambda s: Challenge(1, 1, bytes(32), bytes(64), bytes(32), bytes(32), bytes(16))),
    ),
    HubAttack("a second welcome comes", says(Welcome(bytes(16), bytes(16), "mallory", 0, 0, 0))),
    HubAttack("frames of a kind from the future come", says(*[msgspec.msgpack.encode([200, b"x"])] * 500)),
    HubAttack("a frame is garbage", says(b"\xc1\xc1\xc1"), GONE),
    HubAttack(
        "a frame of a critical kind from the future comes", says(msgspec.msgpack.encode([60, 1])), GONE
    ),
    HubAttack("a frame is nested a thousand deep", says(b"\x91" * 1000 + b"\x01"), GONE),
    HubAttack("the hub slows bob down for ever", says(RatesChanged(1e-9, 1.0))),
    HubAttack("the hub allows no number of messages", says(RatesChanged(math.nan, math.nan)), may_show=GONE),
    HubAttack("the hub allows messages without end", says(RatesChanged(NO_LIMIT, NO_LIMIT)), may_show=GONE),
    HubAttack("the hub allows less than nothing", says(RatesChanged(-1.0, -1.0)), may_show=GONE),
    HubAttack("a notice has a terminal's commands in it", says(Notice("\x1b]52;c;eA==\x07"))),
    HubAttack("the hub says that it goes, and stays", says(Bye("shutting_down", "a lie", 0)), GONE),
    HubAttack(
        "the hub says that bob's device is cut off",
        says(Bye("revoked_device", "a lie", -1)),
        frozenset({"revoked_device"}),
    ),
    HubAttack(
        "the hub sends bob away for a thousand years", says(Bye("shutting_down", "a lie", 2**45)), GONE
    ),
)
DOORS = (
    HubAttack("the clock of the hub is at its beginning", at_the_next_login(Welcome, now_ms=0)),
    HubAttack("the clock of the hub is at its end", at_the_next_login(Welcome, now_ms=2**53 - 1)),
    HubAttack("the hub takes bob for somebody else", at_the_next_login(Welcome, user=STRANGER, handle="ann")),
    HubAttack("the hub promises a million heads", at_the_next_login(Welcome, log_count=1_000_000)),
    HubAttack("the hub promises no heads", at_the_next_login(Welcome, log_count=0)),
    HubAttack(
        "the hub says that it has no keys of bob's",
        at_the_next_login(Welcome, stock=0, has_fallback_key=False),
    ),
    HubAttack("the hub says that it has keys enough", at_the_next_login(Welcome, stock=2**50)),
    HubAttack(
        "the hub allows no number of messages at the door",
        at_the_next_login(Welcome, messages_per_second=math.nan, messages_burst=math.nan),
        may_show=GONE,
    ),
    HubAttack(
        "the hub's certificate is not signed",
        at_the_next_login(Challenge, signature=bytes(64)),
        frozenset({"bad_signature"}),
    ),
    HubAttack(
        "another hub answers",
        at_the_next_login(Challenge, identity_key=bytes(32)),
        frozenset({"bad_signature"}),
    ),
    HubAttack(
        "another hub's database answers",
        at_the_next_login(Challenge, database=bytes(16)),
        frozenset({"HubReplaced"}),
    ),
    HubAttack(
        "the hub speaks no version any more",
        at_the_next_login(Challenge, version=0),
        frozenset({"protocol_too_old"}),
    ),
    HubAttack(
        "the hub needs a version of the future",
        at_the_next_login(Challenge, oldest_version=9),
        frozenset({"protocol_too_new"}),
    ),
    HubAttack("the hub repeats an old challenge", _old_challenge, may_show=frozenset({"bad_signature"})),
)
ATTACKS = (
    *APPENDS,
    *SAYINGS,
    *(with_field(each, deed=come_back_twice_and_talk) for each in DOORS),
)
