"""Members who say what may not be said: contents that break a bound, or do what their author may not do."""

import math

import msgspec

from lanmsg.wire.content import (
    Delete,
    Edit,
    Lifetime,
    Pin,
    Reaction,
    ReadUpTo,
    Text,
    Topic,
)

from .member import MemberAttack, cid, content
from .stage import Stage

UNKNOWN = bytes(range(16))
NEWER = frozenset({"unknown_content"})
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def anns(stage: Stage, target: str = "") -> bytes:
    """Return what ann said first."""
    log = stage.everyone if target == "#" else stage.log
    ann = stage.ann._engine.state.device
    return next(id_ for id_, said in stage.said.items() if (said.author, said.log) == (ann, log))


def own(stage: Stage) -> bytes:
    """Return what cid said first."""
    device = cid(stage)._engine.state.device
    return next(id_ for id_, said in stage.said.items() if (said.author, said.log) == (device, stage.log))


NOTHING = (
    ("an edit of ann's message", lambda s, _: Edit(anns(s), "forged")),
    ("an edit of ann's message to nothing", lambda s, _: Edit(anns(s), "\u200b")),
    ("a deletion of ann's message", lambda s, _: Delete(anns(s))),
    ("an edit of what nobody said", lambda *_: Edit(UNKNOWN, "forged")),
    ("a deletion of what nobody said", lambda *_: Delete(UNKNOWN)),
    ("a reaction to what nobody said", lambda *_: Reaction(UNKNOWN, "👍")),
    ("a pin of what nobody said", lambda *_: Pin(UNKNOWN)),
    ("an edit of itself", lambda _, p: Edit(p.message_id, "again")),
    ("a deletion of itself", lambda _, p: Delete(p.message_id)),
    ("a reaction to itself", lambda _, p: Reaction(p.message_id, "👍")),
    ("a reaction taken back that nobody made", lambda s, _: Reaction(anns(s), "👍", is_removed=True)),
    ("a pin taken off that nobody put on", lambda s, _: Pin(anns(s), is_removed=True)),
    ("having read the future", lambda *_: ReadUpTo(2**50)),
    ("having read nothing", lambda *_: ReadUpTo(0)),
    ("a topic as of the future", lambda *_: Topic("x", since=2**50)),
    ("a lifetime as of the future", lambda *_: Lifetime(5, since=2**50)),
    ("an edit of a message in another conversation", lambda s, _: Edit(anns(s, "#"), "forged")),
    ("a deletion in another conversation", lambda s, _: Delete(anns(s, "#"))),
)
SHOWN_AS_TEXT = (
    ("a reply to what nobody said", lambda *_: Text("well", reply_to=UNKNOWN)),
    ("a reply to itself", lambda _, p: Text("well", reply_to=p.message_id)),
    ("a reply to a message in another conversation", lambda s, _: Text("well", reply_to=anns(s, "#"))),
    ("a terminal's commands", lambda *_: Text("\x1b]52;c;eA==\x07\x1b[2J")),
    ("a turn of direction", lambda *_: Text("\u202e\u2066txt.exe")),
    ("ten thousand marks on one letter", lambda *_: Text("a" + "\u0301" * 10_000)),
    ("a text of the greatest length", lambda *_: Text("x" * 65_536)),
    ("a name that is not cid's as an action", lambda *_: Text("* ann says yes", is_action=True)),
    ("fields from the future", lambda *_: [1, "text", False, b"", 1, 2, 3]),
)
REFUSED = (
    ("no text", lambda *_: Text("")),
    ("blanks for a text", lambda *_: Text(" \n\t ")),
    ("a text one byte too long", lambda *_: Text("x" * 65_537)),
    ("a reply to no id", lambda *_: Text("x", reply_to=b"short")),
    ("a content of no kind", lambda *_: []),
    ("a content of a kind from the future", lambda *_: [99, "x"]),
    ("the kind that stands for what can't be read", lambda *_: [0]),
    ("the kind that stands for what is over", lambda *_: [-1]),
    ("bytes for a text", lambda *_: [1, b"text"]),
    ("a number for a text", lambda *_: [1, 7]),
    ("a map", lambda *_: {"1": "text"}),
    ("not a number", lambda *_: [7, math.nan]),
    ("a negative lifetime", lambda *_: [7, -5]),
    ("a lifetime of a thousand years", lambda *_: Lifetime(2**40)),
    ("a topic of a thousand letters", lambda *_: Topic("x" * 1000)),
    ("a topic of two lines", lambda *_: Topic("one\ntwo")),
    ("a topic with a terminal's commands", lambda *_: Topic("\x1b[2J")),
    ("a reaction of a thousand letters", lambda s, _: Reaction(anns(s), "x" * 1000)),
    ("a reaction of nothing", lambda s, _: Reaction(anns(s), "")),
    ("a reaction that can't be seen", lambda s, _: Reaction(anns(s), "\u200d\ufe0f")),
    ("a reaction with a turn of direction", lambda s, _: Reaction(anns(s), "\u202e👍")),
    ("a reaction with a terminal's commands", lambda s, _: Reaction(anns(s), "\x1b[2J")),
    ("a target of one byte", lambda *_: [3, b"x"]),
    ("garbage", lambda *_: b"\xc1\xc1"),
    ("nothing at all", lambda *_: b""),
    ("a text that is not UTF-8", lambda *_: b"\x92\x01\xa2\xff\xfe"),
    ("a text and something behind it", lambda *_: msgspec.msgpack.encode([1, "x"]) + b"more"),
    ("lists a thousand deep", lambda *_: b"\x91" * 1000 + b"\x01"),
    ("a list that says it has four billion items", lambda *_: b"\xdd\xff\xff\xff\xff"),
    ("a text that says it has four billion bytes", lambda *_: b"\x92\x01\xdb\xff\xff\xff\xff"),
)
IN_A_ROOM = (
    ("a topic", lambda *_: Topic("mine")),
    ("a lifetime", lambda *_: Lifetime(1)),
    ("a deletion of ann's message", lambda s, _: Delete(anns(s))),
    ("an edit of ann's message", lambda s, _: Edit(anns(s), "forged")),
    ("a repeated topic that was never set", lambda *_: Topic("mine", since=1)),
    ("a repeated lifetime that was never set", lambda *_: Lifetime(1, since=1)),
)
TO_EVERYONE = (
    ("a lifetime", lambda *_: Lifetime(1)),
    ("a deletion of ann's message", lambda s, _: Delete(anns(s, "#"))),
    ("an edit of ann's message", lambda s, _: Edit(anns(s, "#"), "forged")),
    ("a topic", lambda *_: Topic("mine")),
)

ATTACKS = (
    *(MemberAttack(f"{name}", content(make)) for name, make in (*NOTHING, *SHOWN_AS_TEXT)),
    *(MemberAttack(f"{name}", content(make), NEWER) for name, make in REFUSED),
    *(
        MemberAttack(f"{name}, by a plain member of a room", content(make), size="room")
        for name, make in IN_A_ROOM
    ),
    *(
        MemberAttack(f"{name}, to everyone", content(make, target="#"), target="#")
        for name, make in TO_EVERYONE
    ),
)
