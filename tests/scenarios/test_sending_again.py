"""What waited is sent at the pace of the hub, and what was sent never leaves the screen on its way."""

import asyncio
from functools import partial

from lanmsg.client.store.executor import InlineStoreExecutor
from lanmsg.hub.config import HubConfig
from lanmsg.wire.frames import Appended, Entries, Refused, Welcome

from .world import history, join, say, scenario, shows, texts, until


class Ear:
    """Hears what the hub answers a machine, and may be deaf to what it has stored."""

    def __init__(self) -> None:
        self.is_deaf = False
        self.logins = 0
        self.refusals: list[str] = []

    def __call__(self, frame):
        self.logins += isinstance(frame, Welcome)
        if isinstance(frame, Refused):
            self.refusals.append(frame.code)
        return [] if self.is_deaf and isinstance(frame, Appended | Entries) else [frame]


def restart_with(world, config):
    """Start the hub anew, with a limit."""
    world.crash_hub()
    world.config = config
    world.start_hub()


@scenario
async def test_what_was_in_flight_is_sent_again_at_the_pace_of_the_hub(world, clients):
    restart_with(world, HubConfig(messages_per_second=20, messages_burst=60))
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    lines = [f"line {number}" for number in range(64)]
    ear = clients.machines["ann"].attack = Ear()
    ear.is_deaf = True
    for target in ("#", "@bob", "@cid"):
        await say(ann, target, *lines)
    await asyncio.sleep(20)
    sealed = [row for name in ("#", "@bob", "@cid") for row in sealed_rows(ann, name)]
    assert len(sealed) > 120, "far more than the hub takes at once are in flight"
    ear.is_deaf = False
    world.cut_links()
    await all_sent(ann)
    for client, target in ((ann, "#"), (bob, "@ann"), (cid, "@ann")):
        await shows(client, target, lines)
    assert (ear.logins, ear.refusals) == (1, [])


async def all_sent(client):
    """Wait until nothing waits: dearer questions are asked then."""
    await until(lambda: client.is_online and not client.waiting)


def sealed_rows(client, target):
    """What of a conversation has been sealed and not answered."""
    rows = client._engine.outbox.book.rows_of(client.conversation(target))
    return [row for row in rows if row.frames]


@scenario
async def test_five_hundred_that_waited_for_the_hub_are_sent_at_its_pace(world, clients):
    restart_with(world, HubConfig(messages_per_second=20, messages_burst=60))
    ann, bob = await join(world, clients, "ann", "bob")
    ear = clients.machines["ann"].attack = Ear()
    await world.stop_hub()
    lines = [f"line {number}" for number in range(500)]
    await say(ann, "@bob", *lines)
    world.start_hub()
    await all_sent(ann)
    await shows(bob, "@ann", lines)
    assert ear.refusals == []


@scenario
async def test_a_new_login_brings_no_new_burst(world, clients):
    restart_with(world, HubConfig(messages_per_second=2, messages_burst=10))
    ann, bob = await join(world, clients, "ann", "bob")
    ear = clients.machines["ann"].attack = Ear()
    lines = [f"line {number}" for number in range(40)]
    for start in range(0, 40, 10):
        await say(ann, "@bob", *lines[start : start + 10])
        await asyncio.sleep(0.3)
        world.cut_links()
    await all_sent(ann)
    await shows(bob, "@ann", lines)
    assert ear.logins >= 3
    assert ear.refusals == []


class SlowExecutor(InlineStoreExecutor):
    """Takes a while for each commit, as a disk does."""

    def submit(self, changes, done, failed):
        asyncio.get_running_loop().call_later(0.2, partial(super().submit, changes, done, failed))


@scenario
async def test_a_message_of_ours_is_always_shown_while_it_enters_the_log(world, clients):
    (ann,) = await join(world, clients, "ann")
    ann._engine._committer._executor = SlowExecutor(ann._engine._store, world.loop)
    first = await ann.send(ann.conversation("#"), "first")
    reply = await ann.send(ann.conversation("#"), "second", reply_to=first.id)
    for _ in range(300):
        assert texts(ann, "#") == ["first", "second"]
        assert [each.text for each in ann.page(ann.conversation("#"), after=0, limit=10).messages] == [
            "first",
            "second",
        ]
        assert ann.message(reply.id).text == "second"
        assert [each.text for each in ann.thread(first.id)] == ["first", "second"]
        await asyncio.sleep(0.005)
    await until(lambda: [each.seq for each in history(ann, "#")] == [1, 2])
