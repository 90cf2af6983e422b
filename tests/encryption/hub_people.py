"""A hub that lies about people, devices and rooms: statements nobody made, or not so."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.identity import Identity
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.entries import Entry, EntryKind
from lanmsg.wire.frames import Entries
from lanmsg.wire.statements import (
    DeviceStatement,
    MemberChange,
    MembersStatement,
    Role,
    RoomStatement,
    UserStatement,
)

from .attack import Ends, HubAttack
from .hub_messages import entries_of, with_entries
from .stage import Stage

MALLORY = Identity(bytes(range(32)))
Make = Callable[[Stage], tuple[EntryKind, bytes]]


def statement_for_bob(make: Make) -> Callable[[Stage], None]:
    """Give bob another statement in the place of a newcomer's name."""

    def lie(stage: Stage) -> None:
        directory = stage.bob._engine.state.directory_log
        kind, body = make(stage)

        def answers(frame):
            if not isinstance(frame, Entries) or frame.log != directory:
                return [frame]
            entries = [
                replace(each, kind=kind, body=body) if each.kind == EntryKind.USER else each
                for each in entries_of(frame)
            ]
            return [with_entries(frame, entries)]

        stage.hub_of_bob.answers = answers

    return lie


async def somebody_joins(stage: Stage) -> None:
    """Let somebody join, and talk."""
    await stage.join("zoe")
    await stage.talk()


# --- statements --------------------------------------------------------------------------------------


def _named(name: str) -> Make:
    return lambda _: (EntryKind.USER, encode(MALLORY.claim(name)))


def _unsigned(_: Stage) -> tuple[EntryKind, bytes]:
    return EntryKind.USER, encode(replace(MALLORY.claim("carol"), signature=bytes(64)))


def _signed_by_another(stage: Stage) -> tuple[EntryKind, bytes]:
    claim = MALLORY.claim("carol")
    return EntryKind.USER, encode(replace(claim, identity_key=stage.ann._engine.state.identity.public_key))


def _of_anns_device(**changes) -> Make:
    def make(stage: Stage) -> tuple[EntryKind, bytes]:
        state = stage.ann._engine.state
        statement = state.directory.device(state.device)
        assert statement is not None
        return EntryKind.DEVICE, encode(replace(statement, **changes))

    return make


def _mallorys_for_ann(stage: Stage) -> tuple[EntryKind, bytes]:
    account = OlmCrypto().new_account()
    bound = MALLORY.bind(
        signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="phone"
    )
    return EntryKind.DEVICE, encode(replace(bound, user=stage.ann._engine.state.user))


def _revoked_by_mallory(stage: Stage) -> tuple[EntryKind, bytes]:
    state = stage.ann._engine.state
    revocation = MALLORY.revoke(state.device, by=state.device, account=state.account)
    return EntryKind.REVOKE, encode(replace(revocation, user=state.user))


def _revoked_without_a_device(stage: Stage) -> tuple[EntryKind, bytes]:
    """Ann's identity key is stolen, but none of her devices."""
    state = stage.ann._engine.state
    revocation = state.identity.revoke(state.device, by=state.device, account=OlmCrypto().new_account())
    return EntryKind.REVOKE, encode(revocation)


def _added_without_a_voucher(stage: Stage) -> tuple[EntryKind, bytes]:
    """Ann's identity key is stolen, but none of her devices."""
    account = OlmCrypto().new_account()
    bound = stage.ann._engine.state.identity.bind(
        signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="phone"
    )
    return EntryKind.DEVICE, encode(bound)


def _room(**changes) -> Make:
    def make(stage: Stage) -> tuple[EntryKind, bytes]:
        run = stage.world.storage.read_run(
            stage.ann._engine.state.directory_log, 0, max_entries=1000, max_bytes=1 << 20
        )
        body = next(each.body for each in run.entries if each.kind == EntryKind.ROOM)
        return EntryKind.ROOM, encode(replace(decode_as(RoomStatement, body, ""), **changes))

    return make


def _garbage(kind: EntryKind) -> Make:
    return lambda _: (kind, b"garbage")


FALSE = (
    ("a name that nobody signed", _unsigned),
    ("a name under another one's key", _signed_by_another),
    ("ann's name for somebody else", _named("ann")),
    ("a name that looks like ann's", _named("аnn")),  # noqa: RUF001 - it begins with a Cyrillic letter
    ("a name with a terminal's commands in it", _named("\x1b]0;x")),
    ("a name with a turn of direction in it", _named("a\u202enn")),
    ("a name of a thousand letters", _named("a" * 1000)),
    ("no name", _named("")),
    ("a name that means everybody", _named("all")),
    ("a device of ann's with a false key", _of_anns_device(signing_key=MALLORY.public_key)),
    ("a device of ann's with a false agreement key", _of_anns_device(agreement_key=bytes(32))),
    ("a device of mallory's as ann's", _mallorys_for_ann),
    ("a device of ann's that none of hers let in", _added_without_a_voucher),
    ("a revocation that ann did not sign", _revoked_by_mallory),
    ("a revocation that no device of ann's signed", _revoked_without_a_device),
    ("garbage for a name", _garbage(EntryKind.USER)),
    ("garbage for a device", _garbage(EntryKind.DEVICE)),
    ("garbage for a room", _garbage(EntryKind.ROOM)),
    ("a statement from the future", lambda _: (99, b"x")),
)
FALSE_ROOMS = (
    ("a new name for the room that its owner did not give", _room(name="cellar", version=2)),
    ("an owner that the room's owner did not make", _room(owners=[MALLORY.user], version=2)),
    ("an old version of the room's record", _room()),
)


# --- what a newcomer is told --------------------------------------------------------------------------


def _another_ann_for_a_newcomer(stage: Stage) -> None:
    """Tell who joins that ann's name has another key: she can't know better, until ann writes to her."""
    account = OlmCrypto().new_account()
    bound = MALLORY.bind(
        signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="x"
    )
    ann = stage.ann._engine.state.user
    directory = stage.ann._engine.state.directory_log

    def forged(entry: Entry) -> Entry:
        if entry.kind == EntryKind.USER and decode_as(UserStatement, entry.body, "").user == ann:
            return replace(entry, body=encode(MALLORY.claim("ann")))
        if entry.kind == EntryKind.DEVICE and decode_as(DeviceStatement, entry.body, "").user == ann:
            return replace(entry, sender=bound.device, body=encode(bound))
        return entry

    def answers(frame):
        if not isinstance(frame, Entries) or frame.log != directory:
            return [frame]
        entries = [forged(each) for each in entries_of(frame)]
        return [with_entries(frame, entries)]

    stage.lies_to["zoe"] = answers


async def everybody_greets_the_newcomer(stage: Stage) -> None:
    """Bob writes to everyone, so that the newcomer hears from somebody who saw the true directory."""
    await stage.join("zoe")
    await stage.say(stage.bob, "#")
    await stage.settle()


# --- members of a room --------------------------------------------------------------------------------


def members_for_bob(change: Callable[[Stage, Entry], Entry]) -> Callable[[Stage], None]:
    """Change the MEMBERS entries that bob gets."""

    def lie(stage: Stage) -> None:
        log = stage.log

        def answers(frame):
            if not isinstance(frame, Entries) or frame.log != log:
                return [frame]
            entries = [
                change(stage, each) if each.kind == EntryKind.MEMBERS else each for each in entries_of(frame)
            ]
            return [with_entries(frame, entries)]

        stage.hub_of_bob.answers = answers

    return lie


async def put_eve_out_and_talk(stage: Stage) -> None:
    """Remove eve from the room, and take her in again when it was talked about."""
    room = stage.place(stage.ann)
    await stage.ann.remove(room, "eve")
    for client in (stage.ann, stage.bob, stage.ann):
        await stage.say(client)
        await asyncio.sleep(0.5)
    await stage.settle()
    await stage.ann.invite(room, ["eve"])
    await stage.settle()


def _with_changes(*changes: tuple[str, Role]) -> Callable[[Stage, Entry], Entry]:
    def change(stage: Stage, entry: Entry) -> Entry:
        known = decode_as(MembersStatement, entry.body, "")
        users = {each.handle: each._engine.state.user for each in stage.people}
        made = [MemberChange(users[handle], role) for handle, role in changes]
        return replace(entry, body=encode(replace(known, changes=made)))

    return change


MEMBERS = (
    ("another one put out", _with_changes(("cid", Role.NONE))),
    ("somebody made a moderator", _with_changes(("dan", Role.MODERATOR))),
    ("nobody changed", _with_changes()),
    ("the hub's friend for its author", lambda s, e: replace(e, sender=s.people[2]._engine.state.device)),
    ("garbage for a change", lambda _, entry: replace(entry, body=b"garbage")),
    ("another message id", lambda _, entry: replace(entry, message_id=bytes(16))),
)

ATTACKS = (
    *(
        HubAttack(
            f"bob is told {name}",
            statement_for_bob(make),
            frozenset({"false_statement", "forked_log", "unknown_sender"}),
            Ends.ALONE,
            deed=somebody_joins,
        )
        for name, make in FALSE
    ),
    *(
        HubAttack(
            f"bob is told {name}",
            statement_for_bob(make),
            frozenset({"false_statement", "forked_log", "unknown_sender"}),
            Ends.ALONE,
            deed=somebody_joins,
            sizes=("room",),
        )
        for name, make in FALSE_ROOMS
    ),
    HubAttack(
        "a newcomer is told another key for ann",
        _another_ann_for_a_newcomer,
        frozenset({"forked_log", "unknown_sender"}),
        Ends.ALONE,
        deed=everybody_greets_the_newcomer,
        closed_for=("zoe",),
    ),
    *(
        HubAttack(
            f"bob is told of a removal with {name}",
            members_for_bob(change),
            frozenset({"forbidden_change", "forked_log"}),
            Ends.CLOSED,
            deed=put_eve_out_and_talk,
            sizes=("room",),
        )
        for name, change in MEMBERS
    ),
)
