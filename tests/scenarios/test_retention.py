"""A hub that keeps messages for some days: who was away longer is told what is gone, and gets the rest."""

import asyncio

import pytest
from msgspec.structs import replace

from lanmsg.client import Alarm, AlarmKind, Gap, GapFound, MessageState
from lanmsg.hub import pages
from lanmsg.hub.retention import DAY_MS
from lanmsg.hub.settings import HubSettings
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Appended, Entries, Heads, Members
from lanmsg.wire.statements import MemberChange, Role

from .test_evil_rooms import forged_change
from .test_rooms import is_in, kitchen, roles
from .world import (
    history,
    join,
    say,
    scenario,
    second_device,
    shows,
    taken,
    texts,
    unreadable,
    until,
)


async def pass_days(world, days, *, keep=None):
    """Let days pass; with `keep` the hub then removes what is older than that."""
    world.skipped_ms += days * DAY_MS
    if keep is not None:
        await keep_days(world, keep)


async def keep_days(world, days):
    done = asyncio.get_running_loop().create_future()
    world.hub.change_settings(HubSettings(keep_days=days), lambda: done.set_result(None))
    await done
    await until(lambda: not world.hub.retention._is_running)


async def back(clients, machine, *, until_shown=None):
    """Open a client again; return it with its events from the start."""
    client = machine.client()
    stream = client.events()
    await client.__aenter__()
    clients._clients.append(client)
    clients.machines[client.handle] = machine
    async with asyncio.timeout(60):
        await client.synced()
    return client, stream


# --- coming back -----------------------------------------------------------------------------


@scenario
async def test_who_was_away_too_long_gets_what_is_left_and_is_told_what_is_not(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "#", "zero")
    await shows(bob, "#", ["zero"])
    await clients.close(bob)
    await say(ann, "#", "one", "two", "three")
    await until(lambda: not ann.waiting)
    await pass_days(world, 31)
    await say(ann, "#", "four")
    await until(lambda: not ann.waiting)
    await keep_days(world, 30)
    bob, events = await back(clients, clients.machines["bob"])
    assert texts(bob, "#") == ["zero", "four"]
    [found] = taken(events, GapFound)
    assert (found.conversation_name, found.gap) == ("everyone", Gap(after_seq=1, up_to_seq=4, count=3))
    assert bob.gaps(found.conversation) == [found.gap]
    assert taken(events, Alarm) == []
    assert texts(ann, "#") == ["zero", "one", "two", "three", "four"], "who has them keeps them"
    await say(bob, "#", "five")
    await shows(ann, "#", ["zero", "one", "two", "three", "four", "five"])


@scenario
async def test_what_is_gone_is_told_once_and_never_asked_for_again(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    await say(ann, "#", "one")
    await until(lambda: not ann.waiting)
    await pass_days(world, 3, keep=1)
    log = ann._engine.state.everyone_log
    machine, pages_of_everyone = clients.machines["bob"], []

    def count_pages(frame):
        pages_of_everyone.extend([frame] if isinstance(frame, Entries) and frame.log == log else [])
        return [frame]

    machine.attack = count_pages
    for is_first in (True, False):
        bob, events = await back(clients, machine)
        await asyncio.sleep(5)
        assert bool(taken(events, GapFound)) is is_first
        assert [gap.count for gap in bob.gaps(bob.conversation("#"))] == [1]
        assert (bob._engine.state.logs[log].stored.seq, bob._engine.state.logs[log].is_behind) == (1, False)
        await clients.close(bob)
    assert pages_of_everyone == []


@scenario
async def test_away_twice_leaves_two_gaps(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    for round_ in range(2):
        await clients.close(bob)
        await say(ann, "@bob", f"gone {round_}")
        await until(lambda: not ann.waiting)
        await pass_days(world, 3)
        await say(ann, "@bob", f"kept {round_}")
        await until(lambda: not ann.waiting)
        await keep_days(world, 1)
        bob, _ = await back(clients, clients.machines["bob"])
    await shows(bob, "@ann", ["kept 0", "kept 1"])
    assert bob.gaps(bob.conversation("@ann")) == [Gap(0, 1, 1), Gap(2, 3, 1)]


@scenario
async def test_a_new_device_gets_what_is_left(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "gone")
    await shows(bob, "@ann", ["gone"])
    await pass_days(world, 3, keep=1)
    await say(ann, "@bob", "kept")
    tablet = await second_device(world, clients, "bob")
    assert [each.text for each in history(tablet, "@ann")][:1] != ["gone"]
    assert tablet.gaps(tablet.conversation("@ann")) == [Gap(0, 1, 1)]
    await say(ann, "@bob", "new")
    await until(lambda: texts(tablet, "@ann")[-1:] == ["new"])


@scenario
async def test_messages_that_go_while_they_are_fetched_leave_a_gap_and_nothing_else(
    world, clients, monkeypatch
):
    monkeypatch.setattr(pages, "FETCH_PAGE_ENTRIES", 5)
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    lines = [str(number) for number in range(40)]
    await say(ann, "#", *lines[:30])
    await until(lambda: not ann.waiting)
    await pass_days(world, 3)
    await say(ann, "#", *lines[30:])
    await until(lambda: not ann.waiting)
    machine = clients.machines["bob"]
    world.hub.settings_book.current = HubSettings(keep_days=1)

    def prune_meanwhile(frame):
        if (
            isinstance(frame, Entries)
            and frame.log == ann._engine.state.everyone_log
            and frame.first_seq == 6
        ):
            world.hub.retention.settings_changed()
        return [frame]

    machine.attack = prune_meanwhile
    bob, events = await back(clients, machine)
    [found] = taken(events, GapFound)
    assert 5 < found.gap.after_seq < found.gap.up_to_seq == 30
    assert texts(bob, "#") == lines[: found.gap.after_seq] + lines[30:]
    assert taken(events, Alarm) == []


# --- rooms -----------------------------------------------------------------------------------


@scenario
async def test_who_comes_back_to_a_room_knows_who_came_and_went_meanwhile(world, clients):
    room, [ann, bob, eve] = await kitchen(world, clients, "ann", "bob", "eve")
    [cid] = await join(world, clients, "cid")
    await clients.close(bob)
    await say(ann, "@kitchen", "gone")
    await until(lambda: not ann.waiting)
    await ann.remove(room, "eve")
    await ann.invite(room, ["cid"])
    await until(lambda: is_in(cid))
    await say(cid, "@kitchen", "gone too")
    await shows(ann, "@kitchen", ["gone", "gone too"])
    await pass_days(world, 3)
    await say(ann, "@kitchen", "kept")
    await until(lambda: not ann.waiting)
    await keep_days(world, 1)
    bob, events = await back(clients, clients.machines["bob"])
    assert roles(bob) == roles(ann) == {"ann": "owner", "bob": "member", "cid": "member"}
    assert texts(bob, "@kitchen") == ["kept"]
    assert [gap.count for gap in bob.gaps(room)] == [2], "changes of members are here, so they do not count"
    assert taken(events, Alarm) == []
    await say(bob, "@kitchen", "hello")
    await shows(cid, "@kitchen", ["gone too", "kept", "hello"])
    assert not is_in(eve)


@scenario
async def test_a_newcomer_reads_what_is_left_of_a_room_that_keeps_its_history(world, clients):
    room, [ann, _] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    await say(ann, "@kitchen", "gone")
    await until(lambda: not ann.waiting)
    await pass_days(world, 3)
    await say(ann, "@kitchen", "kept")
    await until(lambda: not ann.waiting)
    await keep_days(world, 1)
    [cid] = await join(world, clients, "cid")
    await cid.join_room("kitchen")
    await until(lambda: texts(cid, "@kitchen") == ["kept"] and not unreadable(cid))
    assert roles(cid) == {"ann": "owner", "bob": "member", "cid": "member"}
    assert [gap.count for gap in cid.gaps(room)] == [1]


@scenario
async def test_who_was_removed_while_away_learns_it_when_nothing_else_is_left(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await clients.close(bob)
    await say(ann, "@kitchen", "gone")
    await ann.remove(room, "bob")
    await say(ann, "@kitchen", "not for bob")
    await until(lambda: not ann.waiting)
    await pass_days(world, 3, keep=1)
    bob, events = await back(clients, clients.machines["bob"])
    assert not is_in(bob)
    assert texts(bob, "@kitchen") == []
    assert taken(events, Alarm) == []


@scenario
async def test_who_comes_back_into_a_room_of_which_little_is_left(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await clients.close(bob)
    await ann.remove(room, "bob")
    await say(ann, "@kitchen", "not for bob")
    await ann.invite(room, ["bob"])
    await say(ann, "@kitchen", "gone")
    await until(lambda: not ann.waiting)
    await pass_days(world, 3)
    await say(ann, "@kitchen", "kept")
    await until(lambda: not ann.waiting)
    await keep_days(world, 1)
    bob, events = await back(clients, clients.machines["bob"])
    await shows(bob, "@kitchen", ["kept"])
    assert roles(bob) == roles(ann)
    assert [gap.count for gap in bob.gaps(room)] == [1]
    assert taken(events, Alarm) == []


# --- what is gone and still wanted -----------------------------------------------------------


@scenario
async def test_a_message_the_hub_took_and_removed_before_we_heard_is_not_sent_twice(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(bob, "@ann", "first")
    await shows(ann, "@bob", ["first"])
    machine = clients.machines["bob"]
    machine.attack = lambda frame: [] if isinstance(frame, Appended | Entries) else [frame]
    await say(bob, "@ann", "second")
    await shows(ann, "@bob", ["first", "second"])
    await clients.crash(machine, bob)
    machine.attack = None
    await pass_days(world, 3, keep=1)
    bob, _ = await back(clients, machine)
    await until(lambda: not bob.waiting)
    [first, second] = history(bob, "@ann")
    assert (first.text, second.text, second.state) == ("first", "second", MessageState.FAILED)
    assert "removed it since" in second.reason
    await say(bob, "@ann", "third")
    await shows(ann, "@bob", ["first", "second", "third"])
    await until(lambda: not bob.waiting)


@scenario
async def test_changes_of_a_message_that_is_gone_do_no_harm(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await clients.close(bob)
    [message] = await say(ann, "@bob", "old")
    await until(lambda: not ann.waiting)
    await pass_days(world, 3)
    await ann.edit(message.id, "edited")
    await ann.react(message.id, "👍")
    await ann.pin(message.id)
    await ann.send(ann.conversation("@bob"), "reply", reply_to=message.id)
    await ann.delete(message.id)
    await until(lambda: not ann.waiting)
    await keep_days(world, 1)
    bob, events = await back(clients, clients.machines["bob"])
    assert texts(bob, "@ann") == ["reply"]
    [reply] = history(bob, "@ann")
    assert bob.message(reply.reply_to) is None
    assert bob.pinned(bob.conversation("@ann")) == []
    assert bob.thread(reply.id) == [reply]
    assert taken(events, Alarm) == unreadable(bob) == []


# --- lies ------------------------------------------------------------------------------------


async def lying_heads(world, clients, change):
    """Let Bob come back to a hub that alters the head of everyone; return his alarms."""
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "#", "one", "two")
    await shows(bob, "#", ["one", "two"])
    await clients.close(bob)
    await say(ann, "#", "three", "four")
    await until(lambda: not ann.waiting)
    log = ann._engine.state.everyone_log

    def lie(frame):
        if not isinstance(frame, Heads):
            return [frame]
        return [Heads([change(head) if head.log == log else head for head in frame.heads])]

    machine = clients.machines["bob"]
    machine.attack = lie
    bob = machine.client()
    stream = bob.events()
    await bob.__aenter__()
    clients._clients.append(bob)
    await asyncio.sleep(5)
    assert texts(bob, "#")[:2] == ["one", "two"]
    return bob, taken(stream, Alarm)


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_a_hub_whose_removal_contradicts_what_we_have_or_what_follows_is_found_out(seq):
    @scenario
    async def lie(world, clients):
        change = lambda head: replace(head, pruned_seq=seq, pruned_hash=b"f" * 32)  # noqa: E731 - one line
        bob, alarms = await lying_heads(world, clients, change)
        assert [alarm.kind for alarm in alarms] == [AlarmKind.FORKED_LOG]
        assert "four" not in texts(bob, "#")

    lie()


@scenario
async def test_a_hub_that_has_removed_more_than_there_is_breaks_the_protocol(world, clients):
    bob, alarms = await lying_heads(world, clients, lambda head: replace(head, pruned_seq=head.seq + 1))
    assert alarms == []
    assert texts(bob, "#") == ["one", "two"]
    assert not bob._engine.state.is_online


@pytest.mark.parametrize("kind", [LogKind.DIRECTORY, LogKind.INBOX, LogKind.ACCOUNT])
def test_a_hub_cannot_pass_off_people_keys_or_marks_as_removed(kind):
    @scenario
    async def lie(world, clients):
        _, bob = await join(world, clients, "ann", "bob")
        await clients.close(bob)

        def hide(frame):
            if not isinstance(frame, Heads):
                return [frame]
            lied = [
                replace(head, pruned_seq=head.seq, pruned_hash=head.hash) if head.kind == kind else head
                for head in frame.heads
            ]
            return [
                Heads(
                    [
                        replace(head, seq=max(head.seq, 1), pruned_seq=1) if head.kind == kind else head
                        for head in lied
                    ]
                )
            ]

        machine = clients.machines["bob"]
        machine.attack = hide
        bob = machine.client()
        await bob.__aenter__()
        clients._clients.append(bob)
        await asyncio.sleep(5)
        assert not bob._engine.state.is_online

    lie()


@pytest.mark.parametrize("way", ["nothing", "the old ones", "another one"])
def test_a_hub_cannot_hide_who_left_in_what_is_gone(way):
    """Whoever comes back would write for somebody who was put out."""

    @scenario
    async def lie(world, clients):
        room, [ann, bob, eve] = await kitchen(world, clients, "ann", "bob", "eve")
        [cid] = await join(world, clients, "cid")
        await clients.close(bob)
        await ann.remove(room, "eve")
        await say(ann, "@kitchen", "gone")
        await until(lambda: not ann.waiting)
        await pass_days(world, 3)
        await say(ann, "@kitchen", "kept")
        await until(lambda: not ann.waiting)
        await keep_days(world, 1)
        log, invited = ann._engine.state.log_of(room), MemberChange(cid._engine.state.user, Role.MEMBER)

        def hide(frame):
            if not isinstance(frame, Members):
                return [frame]
            removed, *rest = frame.items
            match way:
                case "nothing":
                    return [replace(frame, items=[])]
                case "the old ones":
                    return [replace(frame, items=rest)]
                case _:
                    fake = forged_change(eve, log, removed.entry, invited)
                    return [replace(frame, items=[replace(removed, entry=fake), *rest])]

        machine = clients.machines["bob"]
        machine.attack = hide
        bob = machine.client()
        stream = bob.events()
        await bob.__aenter__()
        clients._clients.append(bob)
        await until(
            lambda: bool(taken(stream, Alarm)) or bool(unreadable(bob)) or "kept" in texts(bob, "@kitchen")
        )
        kind = AlarmKind.FORBIDDEN_CHANGE if way == "nothing" else AlarmKind.FORKED_LOG
        assert [alarm.kind for alarm in taken(stream, Alarm)] == [kind]
        assert "kept" not in texts(bob, "@kitchen")

    lie()
