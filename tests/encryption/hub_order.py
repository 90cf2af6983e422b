"""A hub that repeats, leaves out, moves and delays: entries, pages, and the heads it tells of."""

import asyncio
from collections.abc import Callable
from dataclasses import replace as with_field

from msgspec.structs import replace

from lanmsg.wire.entries import LogKind, entry_hash
from lanmsg.wire.frames import Entries, Head, Heads
from lanmsg.wire.limits import GAP_BUFFER_ENTRIES

from .attack import Ends, HubAttack
from .hub_messages import entries_of, with_entries
from .stage import Stage

Change = Callable[[Stage, Entries], list]


def runs_for_bob(change: Change) -> Callable[[Stage], None]:
    """Change the runs of the conversation that bob gets."""

    def lie(stage: Stage) -> None:
        log = stage.log
        stage.hub_of_bob.answers = lambda frame: (
            change(stage, frame) if isinstance(frame, Entries) and frame.log == log else [frame]
        )

    return lie


def heads_for_bob(change: Callable[[Stage, Head], Head | None]) -> Callable[[Stage], None]:
    """Change the heads that bob is told at his next login."""

    def lie(stage: Stage) -> None:
        def answers(frame):
            if not isinstance(frame, Heads):
                return [frame]
            changed = [change(stage, head) for head in frame.heads]
            return [Heads([head for head in changed if head is not None])]

        stage.hub_of_bob.answers = answers

    return lie


def anew(make: Callable[[], Callable[[Stage], None]]) -> Callable[[Stage], None]:
    """Make a lie that remembers something for each play."""
    return lambda stage: make()(stage)


async def come_back_and_talk(stage: Stage) -> None:
    """Let bob's connection break, and talk when he has had time to come back."""
    stage.hub_of_bob.link.cut("the lie is over")
    await asyncio.sleep(3)
    await stage.talk()


def of_the_conversation(**changes) -> Callable[[Stage, Head], Head]:
    """Change the head of the conversation alone; a function gets the head."""

    def change(stage: Stage, head: Head) -> Head:
        if head.log != stage.log:
            return head
        return replace(head, **{name: _value(each, head) for name, each in changes.items()})

    return change


def _value(each, head: Head):
    return each(head) if callable(each) else each


# --- repeated, left out, in another order ----------------------------------------------------------


def _repeat_in_the_run(_: Stage, frame: Entries) -> list:
    return [with_entries(frame, [*entries_of(frame), *entries_of(frame)])]


def _replay_the_first() -> Callable[[Stage], None]:
    kept: list = []

    def change(_: Stage, frame: Entries) -> list:
        kept.extend(entries_of(frame))
        return [with_entries(frame, [*entries_of(frame), kept[0]])]

    return runs_for_bob(change)


def _hold_one_back() -> Callable[[Stage], None]:
    held: list[Entries] = []

    def change(_: Stage, frame: Entries) -> list:
        held.append(frame)
        if len(held) < 2:
            return []
        frames, held[:] = held[::-1], []
        return frames

    return runs_for_bob(change)


def _backwards(stage: Stage, frame: Entries) -> list:
    return [with_entries(frame, entries_of(frame)[::-1])]


def _leave_ann_out() -> Callable[[Stage], None]:
    """Leave out what ann says, and number and chain the rest so that it fits."""
    last: list[tuple[int, bytes]] = []

    def change(stage: Stage, frame: Entries) -> list:
        ann = stage.ann._engine.state.device
        entries = [entry for entry in entries_of(frame) if entry.sender != ann]
        stored = stage.bob._engine.state.logs[stage.log].stored
        seq, previous = last[0] if last else (stored.seq, stored.hash)
        run = with_entries(frame, entries, first_seq=seq + 1, previous=previous, head=seq + len(entries))
        for entry in entries:
            seq += 1
            previous = entry_hash(stage.log, seq, previous, entry)
        last[:] = [(seq, previous)]
        return [run] if entries else []

    return runs_for_bob(change)


def _swap_two() -> Callable[[Stage], None]:
    """Let bob have each two messages in the other order, chained so that it fits."""
    held: list[Entries] = []

    def change(_: Stage, frame: Entries) -> list:
        held.append(frame)
        if len(held) < 2:
            return []
        first, second = held
        held.clear()
        entries = [*entries_of(second), *entries_of(first)]
        return [with_entries(first, entries, head=second.head)]

    return runs_for_bob(change)


def _another_past(_: Stage, frame: Entries) -> list:
    return [replace(frame, previous=bytes(32))]


def _other_old_entries(stage: Stage, frame: Entries) -> list:
    """Say again what bob has, and say it otherwise."""
    old = stage.world.storage.read_run(frame.log, 0, max_entries=100, max_bytes=1 << 20)
    entries = [replace(each, at_ms=7) for each in old.entries]
    return [with_entries(frame, entries, first_seq=1, previous=bytes(32)), frame]


def _what_ann_said_to_everyone(stage: Stage, frame: Entries) -> list:
    """Move it to the conversation, where it would mean another thing."""
    run = stage.world.storage.read_run(stage.everyone, 0, max_entries=1, max_bytes=1 << 20)
    return [with_entries(frame, [*run.entries, *entries_of(frame)])]


# --- pages ------------------------------------------------------------------------------------------


def _one_at_a_time(_: Stage, frame: Entries) -> list:
    return [replace(frame, items=frame.items[:1])]


def _far_ahead(_: Stage, frame: Entries) -> list:
    return [replace(frame, first_seq=frame.first_seq + 1000, head=frame.head + 1000)]


def _a_thousand_far_ahead(stage: Stage, frame: Entries) -> list:
    ahead = replace(frame, items=frame.items[:1] * 50, first_seq=frame.first_seq + 1000)
    stage.hub_of_bob.push(*[replace(ahead, first_seq=ahead.first_seq + 50 * n) for n in range(200)])
    buffered = stage.bob._engine.state.logs[stage.log].buffered.values()
    assert sum(len(each.items) for each in buffered) <= GAP_BUFFER_ENTRIES
    return [frame]


def _cut_in_an_entry(_: Stage, frame: Entries) -> list:
    return [replace(frame, items=[type(item)(bytes(item)[:-3]) for item in frame.items])]


def _of_no_log(_: Stage, frame: Entries) -> list:
    return [replace(frame, log=type(frame.log)(b"?" * 16))]


def _while_bob_is_away(lie: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Lie about what he missed: it comes in pages."""

    def begin(stage: Stage) -> None:
        lie(stage)
        answers = stage.hub_of_bob.answers
        stage.hub_of_bob.answers = lambda frame: [] if isinstance(frame, Entries | Heads) else [frame]

        def back() -> None:
            stage.hub_of_bob.answers = answers
            stage.hub_of_bob.link.cut("the lie is over")

        stage.world.loop.call_later(3, back)

    return begin


ORDER = (
    HubAttack(
        "messages are repeated in one run",
        runs_for_bob(_repeat_in_the_run),
        frozenset({"misplaced", "forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "an earlier message is said again",
        anew(_replay_the_first),
        frozenset({"misplaced", "forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack("runs come twice", runs_for_bob(lambda _, frame: [frame, frame])),
    HubAttack("runs come twenty times", runs_for_bob(lambda _, frame: [frame] * 20)),
    HubAttack("runs come in the other order", anew(_hold_one_back)),
    HubAttack(
        "messages of a page are put in the other order",
        _while_bob_is_away(runs_for_bob(_backwards)),
        frozenset({"misplaced", "forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "two messages of two people change places for one reader",
        anew(_swap_two),
        frozenset({"forked_log"}),
        Ends.CLOSED,
        may_show=frozenset({"misplaced"}),
    ),
    HubAttack(
        "what one person says is left out for one reader",
        anew(_leave_ann_out),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack("nothing of a conversation is given out", runs_for_bob(lambda *_: [])),
    HubAttack(
        "what comes is said to follow another past",
        runs_for_bob(_another_past),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "what was said is said again otherwise",
        runs_for_bob(_other_old_entries),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "a message to everyone is moved to the conversation",
        runs_for_bob(_what_ann_said_to_everyone),
        frozenset({"bad_signature", "misplaced", "forked_log"}),
        Ends.CLOSED,
    ),
)
PAGES = (
    HubAttack("pages hold one entry each", _while_bob_is_away(runs_for_bob(_one_at_a_time))),
    HubAttack("pages are empty", _while_bob_is_away(runs_for_bob(lambda _, f: [replace(f, items=[])]))),
    HubAttack("pages begin a thousand entries later", runs_for_bob(_far_ahead)),
    HubAttack("ten thousand entries come before their time", runs_for_bob(_a_thousand_far_ahead)),
    HubAttack(
        "entries are cut off in the middle",
        runs_for_bob(_cut_in_an_entry),
        frozenset({"bob is disconnected"}),
    ),
    HubAttack("pages are of a log that is none", runs_for_bob(_of_no_log)),
)
HEADS = (
    HubAttack(
        "the hub says it has less than it gave out",
        heads_for_bob(of_the_conversation(seq=1, hash=b"1" * 32)),
        frozenset({"hub_rolled_back"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "the hub names another end of the conversation",
        heads_for_bob(of_the_conversation(hash=bytes(32))),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack("the hub says that there is more", heads_for_bob(of_the_conversation(seq=lambda h: h.seq + 5))),
    HubAttack("the hub hides the conversation", heads_for_bob(lambda s, h: None if h.log == s.log else h)),
    HubAttack(
        "the hub says that what it has is removed",
        heads_for_bob(of_the_conversation(pruned_seq=2, pruned_hash=b"p" * 32)),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "the hub says that more is removed than there is",
        heads_for_bob(of_the_conversation(pruned_seq=lambda h: h.seq + 9)),
        frozenset({"bob is disconnected"}),
    ),
    HubAttack(
        "the hub says that people are removed from the directory",
        heads_for_bob(lambda _, h: replace(h, pruned_seq=1) if h.kind == LogKind.DIRECTORY else h),
        frozenset({"bob is disconnected"}),
    ),
    HubAttack(
        "the hub passes a log off as another one",
        heads_for_bob(lambda s, h: replace(h, log=b"?" * 16) if h.log == s.everyone else h),
        frozenset({"bob is disconnected"}),
    ),
    HubAttack(
        "the hub puts somebody else into the conversation",
        heads_for_bob(lambda s, h: replace(h, users=[*h.users, b"?" * 16]) if h.log == s.log else h),
        frozenset({"bob is disconnected"}),
        sizes=("direct chat", "group"),
    ),
    HubAttack(
        "the hub takes somebody out of the conversation",
        heads_for_bob(lambda s, h: replace(h, users=h.users[1:]) if h.log == s.log else h),
        frozenset({"bob is disconnected"}),
        sizes=("direct chat", "group"),
    ),
    HubAttack("logs are of a kind from the future", heads_for_bob(lambda _, h: replace(h, kind=h.kind + 90))),
    HubAttack(
        "the hub says that bob wrote more than he did",
        heads_for_bob(of_the_conversation(counter=lambda h: h.counter + 9)),
        frozenset({"store_rolled_back"}),
    ),
    HubAttack(
        "the hub says that bob wrote less than he did",
        heads_for_bob(of_the_conversation(counter=0)),
    ),
    HubAttack(
        "the hub says that bob has had keys that he never got",
        heads_for_bob(lambda _, h: replace(h, counter=99, seq=h.seq + 99) if h.kind == LogKind.INBOX else h),
        frozenset({"store_rolled_back"}),
    ),
    HubAttack(
        "the hub says that bob came later to the conversation",
        heads_for_bob(of_the_conversation(base=lambda h: h.seq, base_hash=lambda h: h.hash)),
        sizes=("direct chat", "group"),
    ),
)
ATTACKS = (*ORDER, *PAGES, *(with_field(each, deed=come_back_and_talk) for each in HEADS))
