"""A hub that meddles with keys: the published ones that it hands out, and those in people's inboxes."""

from collections.abc import Callable

from msgspec.structs import replace

from lanmsg.wire import ids
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.frames import ClaimedKeys, Entries, Stock
from lanmsg.wire.statements import PublishedKey

from .attack import HubAttack
from .hub_messages import entries_of, with_entries
from .stage import Stage

ForgeKey = Callable[[ClaimedKey], ClaimedKey]


def keys_for_ann(forge: ForgeKey) -> Callable[[Stage], None]:
    """Forge the keys that ann claims of somebody she has no session with."""

    def lie(stage: Stage) -> None:
        stage.hub_of_ann.answers = lambda frame: (
            [replace(frame, keys=[forge(each) for each in frame.keys])]
            if isinstance(frame, ClaimedKeys)
            else [frame]
        )

    return lie


async def meet_somebody_new(stage: Stage) -> None:
    """Let somebody join, and all write to everyone: keys are claimed for the new device."""
    await stage.join("zoe")
    for client in stage.people:
        await stage.say(client, "#")
    await stage.settle()


def _key(claimed: ClaimedKey, **changes) -> ClaimedKey:
    assert claimed.key is not None
    return replace(claimed, key=replace(claimed.key, **changes))


def inbox_of_bob(change: Callable[[Stage, Entries], list]) -> Callable[[Stage], None]:
    """Change what comes into bob's inbox, while ann begins a new session."""

    def lie(stage: Stage) -> None:
        inbox = stage.bob._engine.state.inbox
        stage.hub_of_bob.answers = lambda frame: (
            change(stage, frame) if isinstance(frame, Entries) and frame.log == inbox else [frame]
        )

    return lie


async def begin_new_sessions(stage: Stage) -> None:
    """Talk, ann with a new sending session."""
    stage.ann._engine._keys.drop_sending(stage.log)
    await stage.talk()


def _of_each(alter) -> Callable[[Stage, Entries], list]:
    return lambda stage, frame: [with_entries(frame, [alter(stage, each) for each in entries_of(frame)])]


def _same_key_for_all() -> Callable[[Stage], None]:
    """Hand each device's first claimed key to everybody who asks for one of it."""

    def lie(stage: Stage) -> None:
        first: dict[bytes, ClaimedKey] = {}
        for machine in stage.machines.values():
            machine.answers = lambda frame: (
                [replace(frame, keys=[first.setdefault(each.device, each) for each in frame.keys])]
                if isinstance(frame, ClaimedKeys)
                else [frame]
            )

    return lie


def _push_to_bob(*frames) -> Callable[[Stage], None]:
    return lambda stage: stage.hub_of_bob.push(*frames)


CLAIMED = (
    ("a key of the hub's own", lambda each: _key(each, key=bytes(31) + b"\1")),
    ("a key that nobody signed", lambda each: _key(each, signature=bytes(64))),
    ("a key of no use", lambda each: _key(each, key=bytes(32))),
    ("a one-time key as a fallback key", lambda each: replace(each, is_fallback=not each.is_fallback)),
    ("no key at all", lambda each: ClaimedKey(each.device)),
)
ALARM = frozenset({"forked_log"})
NONE: frozenset[str] = frozenset()
INBOX: tuple[tuple[str, Callable[[Stage, Entries], list], frozenset[str]], ...] = (
    ("withholds", lambda *_: [], NONE),
    ("alters", _of_each(lambda _, each: replace(each, body=each.body[:-8] + b"12345678")), ALARM),
    ("cuts off", _of_each(lambda _, each: replace(each, body=each.body[:20])), ALARM),
    (
        "passes off as another device's",
        _of_each(lambda s, e: replace(e, sender=s.people[2]._engine.state.device)),
        ALARM,
    ),
    (
        "passes off as nobody's",
        _of_each(lambda _, each: replace(each, sender=ids.DeviceId(bytes(16)))),
        ALARM,
    ),
    ("puts messages in the place of", _of_each(lambda _, each: replace(each, kind=EntryKind.MESSAGE)), ALARM),
    ("hands out twice", lambda _, frame: [frame, frame], NONE),
    (
        "repeats within a run",
        lambda _, frame: [with_entries(frame, entries_of(frame) * 2)],
        frozenset({"hub_rolled_back"}),
    ),
    ("empties the bodies of", _of_each(lambda _, each: replace(each, body=b"")), ALARM),
)

ATTACKS = (
    *(
        HubAttack(f"ann is given {name} for a new device", keys_for_ann(forge), deed=meet_somebody_new)
        for name, forge in CLAIMED
    ),
    HubAttack("one key of a device is given to all who ask", _same_key_for_all(), deed=meet_somebody_new),
    HubAttack(
        "ann is given the keys of another device than she asked for",
        keys_for_ann(lambda each: replace(each, device=ids.DeviceId(bytes(16)))),
        frozenset({"ann is disconnected"}),
        deed=meet_somebody_new,
    ),
    HubAttack(
        "keys come that nobody asked for",
        _push_to_bob(
            ClaimedKeys(77, [ClaimedKey(ids.DeviceId(bytes(16)), PublishedKey(bytes(32), bytes(64)))])
        ),
        frozenset({"bob is disconnected"}),
    ),
    *(
        HubAttack(
            f"the hub {deed} the keys in bob's inbox", inbox_of_bob(change), shown, deed=begin_new_sessions
        )
        for deed, change, shown in INBOX
    ),
    HubAttack("the hub says without end that no keys are left", _push_to_bob(*[Stock(0)] * 500)),
    HubAttack(
        "the hub answers to publications that never were", _push_to_bob(*[Stock(0, is_answer=True)] * 200)
    ),
)
