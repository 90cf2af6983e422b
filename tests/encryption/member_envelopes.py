"""Members whose envelopes lie: about place, order, author, what was seen; and who steal what others wrote."""

import asyncio

from msgspec.structs import replace

from lanmsg.wire import ids
from lanmsg.wire.codec import decode_message_body, encode, encode_frame
from lanmsg.wire.content import Plaintext, Seen, seal, unseal
from lanmsg.wire.entries import EntryKind, MessageBody, View
from lanmsg.wire.frames import Ack, Append, Fetch, FetchMembers, OpenGroup, PublishKeys, Share, Shares, Signal
from lanmsg.wire.limits import PADDING_STEPS
from lanmsg.wire.statements import PublishedKey

from .member import MemberAttack, altered, cid, inside, signed
from .member_contents import NEWER, anns
from .stage import Stage

MISPLACED = frozenset({"misplaced"})
BAD = frozenset({"bad_signature"})
FORK = frozenset({"forked_log"})
NOTHING: frozenset[str] = frozenset()


def _entry_of_ann(stage: Stage):
    """Return ann's first message as the hub has it."""
    row = next(each for each in stage.rows(stage.ann) if each.message_id == anns(stage))
    return stage.world.storage._tables.entries[row.log, row.seq].entry


def _stolen(stage: Stage, append: Append, body: MessageBody, _) -> Append:
    """Say what ann said, in her session, as cid's own."""
    theirs = decode_message_body(_entry_of_ann(stage).body)
    return signed(stage, append, replace(body, session=theirs.session, ciphertext=theirs.ciphertext))


def _anns_body(stage: Stage, append: Append, *_) -> Append:
    """Send ann's message again just as it was, under its own id."""
    entry = _entry_of_ann(stage)
    return replace(append, message_id=entry.message_id, body=entry.body)


def _anns_ciphertext_in_cids_session(stage: Stage, append: Append, body: MessageBody, _) -> Append:
    theirs = decode_message_body(_entry_of_ann(stage).body)
    return signed(stage, append, replace(body, ciphertext=theirs.ciphertext))


def _under_anns_id(stage: Stage, append: Append, body: MessageBody, sending) -> Append:
    """Take the id of a message of ann's, inside and outside."""
    engine = cid(stage)._engine
    own = engine._keys.receiving(body.session, engine.state.device)
    plaintext = unseal(own.session.decrypt(body.ciphertext).plaintext)
    plaintext = replace(plaintext, message_id=ids.MessageId(anns(stage)))
    body = replace(body, ciphertext=sending.session.encrypt(seal(plaintext)))
    return signed(stage, replace(append, message_id=ids.MessageId(anns(stage))), body)


def _body(**changes):
    def alter(stage: Stage, append: Append, body: MessageBody, _) -> Append:
        return signed(
            stage, append, replace(body, **{name: _of(each, body) for name, each in changes.items()})
        )

    return altered(alter)


def _of(each, body: MessageBody):
    return each(body) if callable(each) else each


def _unsigned(_stage: Stage, append: Append, body: MessageBody, _) -> Append:
    return replace(append, body=encode(replace(body, signature=bytes(64))))


def _says(**changes):
    return inside(
        lambda _, plaintext: replace(
            plaintext, **{n: _of_plaintext(v, plaintext) for n, v in changes.items()}
        )
    )


def _of_plaintext(each, plaintext: Plaintext):
    return each(plaintext) if callable(each) else each


def _padded(change):
    return inside(lambda _, plaintext: plaintext, pad=lambda plaintext: change(seal(plaintext)))


def frames(*make):
    """Let cid's device send frames as they are."""

    async def lie(stage: Stage) -> None:
        link = stage.machines["cid"].link
        for each in make:
            link.send(encode_frame(each(stage)))
        await asyncio.sleep(2)

    return lie


def _to_the_inbox_of_bob(number: int, body: object):
    def make(stage: Stage) -> Append:
        state = stage.bob._engine.state
        message = ids.MessageId(number.to_bytes(16, "big"))
        return Append(message, state.inbox, EntryKind.DEVICE_MESSAGE, encode(body))

    return make


def _raw(kind: EntryKind, log, body: bytes = b"x"):
    return lambda stage: Append(ids.MessageId(b"7" * 16), log(stage), kind, body)


INSIDE = (
    ("another log inside", _says(log=ids.LogId(bytes(16))), MISPLACED),
    ("another database inside", _says(database=ids.DatabaseId(bytes(16))), MISPLACED),
    ("another message id inside", _says(message_id=ids.MessageId(bytes(16))), MISPLACED),
    ("another counter inside", _says(counter=lambda p: p.counter + 1), MISPLACED),
    (
        "having seen what comes later",
        _says(seen=lambda p: Seen(p.seen.seq + 99, bytes(32))),
        MISPLACED | FORK,
    ),
    ("having seen another entry", _says(seen=lambda p: Seen(p.seen.seq, bytes(32))), FORK),
    (
        "having seen another directory",
        _says(directory_seen=lambda p: Seen(p.directory_seen.seq, bytes(32))),
        FORK,
    ),
    (
        "having seen a directory of the future",
        _says(directory_seen=lambda _: Seen(2**50, bytes(32))),
        NOTHING,
    ),
    ("a version of the future", _says(version=99), NOTHING),
    ("a time at the beginning", _says(sent_at_ms=0), NOTHING),
    ("a time at the end of days", _says(sent_at_ms=2**53 - 1), NOTHING),
    ("members of no room", _says(members_seen=b"m" * 32), MISPLACED | FORK),
    ("padding that is not zero", _padded(lambda data: data[:-1] + b"x"), NEWER),
    ("padding to no step", _padded(lambda data: data + bytes(7)), NEWER),
    ("a length beyond its end", _padded(lambda data: b"\xff\xff\xff\xff" + data[4:]), NEWER),
    ("no length at all", _padded(lambda _: b""), NEWER),
    ("the largest step, empty", _padded(lambda _: bytes(PADDING_STEPS[-1])), NEWER),
)
OUTSIDE = (
    ("a message of ann's as cid's own", altered(_stolen), frozenset({"missing_key"})),
    ("a message of ann's once more", altered(_anns_body), NOTHING),
    (
        "ann's ciphertext in cid's session",
        altered(_anns_ciphertext_in_cids_session),
        frozenset({"bad_ciphertext"}),
    ),
    ("the id of a message of ann's", altered(_under_anns_id), NOTHING),
    ("no signature", altered(_unsigned), BAD),
    ("a session that nobody has", _body(session=bytes(32)), frozenset({"missing_key"})),
    ("no ciphertext", _body(ciphertext=b""), frozenset({"bad_ciphertext"})),
    ("the longest ciphertext of garbage", _body(ciphertext=b"\3" * 80_000), frozenset({"bad_ciphertext"})),
    ("a counter that skips one", _body(counter=lambda b: b.counter + 1), NOTHING),
    ("a counter that was used", _body(counter=1), NOTHING),
    ("a view of the future", _body(view=lambda b: View(0, b.view.directory_seq + 1000)), NOTHING),
    ("a view of before anybody came", _body(view=lambda _: View(0, 0)), NOTHING),
    ("a view of other members", _body(view=lambda b: View(5, b.view.directory_seq)), NOTHING),
)
FRAMES = (
    ("garbage for bob's inbox", frames(*(_to_the_inbox_of_bob(n, [n % 3, b"\3" * n]) for n in range(200)))),
    ("nothing for bob's inbox", frames(_to_the_inbox_of_bob(1, b""))),
    ("a share for bob without a message", frames(_raw(EntryKind.SHARE, lambda s: s.bob._engine.state.inbox))),
    ("an entry in the directory", frames(_raw(EntryKind.USER, lambda s: s.ann._engine.state.directory_log))),
    (
        "a device in the directory",
        frames(_raw(EntryKind.DEVICE, lambda s: s.ann._engine.state.directory_log)),
    ),
    ("a room in the directory", frames(_raw(EntryKind.ROOM, lambda s: s.ann._engine.state.directory_log))),
    (
        "a revocation in the directory",
        frames(_raw(EntryKind.REVOKE, lambda s: s.ann._engine.state.directory_log)),
    ),
    (
        "an entry in ann's account log",
        frames(_raw(EntryKind.MESSAGE, lambda s: s.ann._engine.state.account_log)),
    ),
    ("new members of a group", frames(_raw(EntryKind.MEMBERS, lambda s: s.log))),
    ("an entry in a log that is none", frames(_raw(EntryKind.MESSAGE, lambda _: ids.LogId(bytes(16))))),
    (
        "shares for devices that are none",
        frames(lambda _: Shares(ids.MessageId(bytes(16)), [Share(ids.DeviceId(bytes(16)), b"x")] * 50)),
    ),
    ("a fetch of ann's inbox", frames(lambda s: Fetch(s.ann._engine.state.inbox, 0))),
    ("a fetch of ann's account log", frames(lambda s: Fetch(s.ann._engine.state.account_log, 0))),
    ("the members of a log that has none", frames(lambda s: FetchMembers(s.log, 1))),
    ("a receipt for what has not come", frames(lambda s: Ack(s.log, 2**50))),
    ("a receipt for ann's inbox", frames(lambda s: Ack(s.ann._engine.state.inbox, 2**50))),
    ("a group of strangers", frames(lambda _: OpenGroup(1, [ids.UserId(bytes([n]) * 16) for n in range(3)]))),
    ("a group without cid", frames(lambda s: OpenGroup(2, [c._engine.state.user for c in s.people[:2]] * 2))),
    ("keys that are none", frames(lambda _: PublishKeys([PublishedKey(bytes(32), bytes(64))] * 100))),
    ("a signal of garbage", frames(lambda s: Signal(s.log, b"\xc1" * 500))),
    ("a signal to everyone", frames(lambda s: Signal(s.everyone, b"x"))),
)

ATTACKS = (
    *(MemberAttack(f"a message with {name}", lie, shown) for name, lie, shown in INSIDE),
    *(MemberAttack(f"a message with {name} outside", lie, shown) for name, lie, shown in OUTSIDE),
    *(MemberAttack(f"{name}, sent as it is", lie) for name, lie in FRAMES),
)
