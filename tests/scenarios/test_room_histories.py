"""Rooms after any history: who reads what, judged from the hub's log by code that neither side shares."""

import asyncio
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.client import MemberRole, MessageState
from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.wire.codec import decode_as, decode_message_body
from lanmsg.wire.entries import Entry, EntryKind, LogKind
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.ids import ZERO_HASH
from lanmsg.wire.statements import MembersStatement, Role

from .world import history, join, scenario, until

NAMES = ("ann", "bob", "cid", "dan")
ROOMS = ("kitchen", "attic")
people = st.integers(0, len(NAMES) - 1)
rooms = st.sampled_from(ROOMS)
owner_mostly = st.sampled_from([0, 0, 0, 1, 2, 3])
comings = st.sampled_from(["join", "leave"])
changes = st.sampled_from(["invite", "invite", "remove", "remove", "ban", "unban", "op", "deop"])
troubles = st.sampled_from(["wait", "cut", "cut one", "crash the hub", "reopen", "away"])
steps = st.one_of(
    st.tuples(st.just("say"), people, people, rooms),
    st.tuples(comings, people, people, rooms),
    st.tuples(changes, owner_mostly, people, rooms),
    st.tuples(troubles, people, people, rooms),
)


class Truth:
    """Who was in a room at each place of its log, read from what the hub has on its disk."""

    def __init__(self, world, log, creator):
        run = world.storage.read_run(log, 0, max_entries=10_000, max_bytes=1 << 30)
        self.came: dict[bytes, list[tuple[int, bool]]] = {creator: [(0, True)]}
        self.messages: dict[int, Entry] = {}
        for seq, entry in enumerate(run.entries, start=run.first_seq):
            if entry.kind == EntryKind.MESSAGE:
                self.messages[seq] = entry
            elif entry.kind == EntryKind.MEMBERS:
                for change in decode_as(MembersStatement, entry.body, "").changes:
                    is_in = change.role in {Role.MEMBER, Role.MODERATOR}
                    self.came.setdefault(change.user, []).append((seq, is_in))

    def was_in(self, user, seq):
        """Tell whether somebody was in it when this entry was written."""
        before = [is_in for at, is_in in self.came.get(user, []) if at < seq]
        return bool(before) and before[-1]

    def is_in(self, user):
        return self.was_in(user, 1 << 60)

    def came_after(self, user, seq):
        """Tell whether somebody came in later: a room that keeps its history may have handed it over."""
        return any(at > seq and is_in for at, is_in in self.came.get(user, []))


class Run:
    """One history. What somebody does goes on while the next thing happens."""

    def __init__(self, world, clients):
        self.world = world
        self.clients = clients
        self.people = []
        self.said = {}
        self.doing = {who: [] for who in range(len(NAMES))}

    async def begin(self):
        self.people = await join(self.world, self.clients, *NAMES)
        ann = self.people[0]
        self.logs = {}
        for name in ROOMS:
            room = await ann.create_room(name, is_open=name == "kitchen", keeps_history=name == "attic")
            await ann.invite(room, ["bob"])
            self.logs[name] = ann._engine.state.log_of(room)
        await until(lambda: all(len(each.rooms()) == len(ROOMS) for each in self.people))
        for name in ROOMS:
            await self.do(
                "say", 0, 0, name
            )  # so that there are sessions which somebody may keep for too long

    async def step(self, action, who, whom, room):
        if action in self.TROUBLES:
            await self.TROUBLES[action](self, who, whom)
        else:
            self.doing[who].append(asyncio.get_running_loop().create_task(self.do(action, who, whom, room)))
            await asyncio.sleep(0)

    async def do(self, action, who, whom, name):
        client = self.people[who]
        try:
            room = client.room(name).conversation
            if action == "say":
                text = f"{client.handle} {len(self.said)}"
                message = await client.send(room, text)
                self.said[message.id] = text
            elif action == "join":
                await client.join_room(name)
            elif action == "leave" and who != 0:  # somebody has to be there to the end
                await client.leave(room)
            elif action in self.TO_SOMEBODY and whom != who:
                await self.TO_SOMEBODY[action](client, room, NAMES[whom])
        except LanmsgError:
            pass  # refused, or the hub is away: nothing was done

    TO_SOMEBODY = {  # noqa: RUF012
        "invite": lambda client, room, name: client.invite(room, [name]),
        "remove": lambda client, room, name: client.remove(room, name),
        "ban": lambda client, room, name: client.remove(room, name, ban=True),
        "unban": lambda client, room, name: client.set_role(room, name, MemberRole.OUTSIDER),
        "op": lambda client, room, name: client.set_role(room, name, MemberRole.MODERATOR),
        "deop": lambda client, room, name: client.set_role(room, name, MemberRole.MEMBER),
    }

    async def wait(self, _who, whom):
        await asyncio.sleep(0.01 * whom)

    async def cut(self, _who, _whom):
        self.world.cut_links()

    async def cut_one(self, who, _whom):
        if self.world.links:
            self.world.links[who % len(self.world.links)][0].cut("cable")

    async def crash_the_hub(self, _who, whom):
        self.world.crash_hub()
        await asyncio.sleep(0.01 * whom)
        self.world.start_hub()

    async def reopen(self, who, whom):
        machine = self.clients.machines[NAMES[who]]
        await self.clients.crash(machine, self.people[who])
        for task in self.doing[who]:  # a dead program answers nobody
            task.cancel()
        await asyncio.sleep(0.01 * whom)
        self.people[who] = await machine.client().__aenter__()
        self.clients._clients.append(self.people[who])

    async def away(self, who, _whom):
        """Be away while the others go on for a while."""
        machine = self.clients.machines[NAMES[who]]
        if machine.link is not None:
            machine.link.cut("asleep")
        await asyncio.sleep(0.05)

    TROUBLES = {  # noqa: RUF012
        "wait": wait,
        "cut": cut,
        "cut one": cut_one,
        "crash the hub": crash_the_hub,
        "reopen": reopen,
        "away": away,
    }

    async def settle(self):
        doing = [task for tasks in self.doing.values() for task in tasks]
        await asyncio.wait_for(asyncio.gather(*doing, return_exceptions=True), 600)
        assert all(task.cancelled() or task.exception() is None for task in doing)
        await until(
            lambda: all(each.is_online and not each.waiting for each in self.people),
            seconds=300,
            why=lambda: str([(each.handle, each.is_online, each.waiting) for each in self.people]),
        )
        await asyncio.sleep(60)  # keys are handed over, whoever was asked and is away is given up

    def truth(self, name):
        return Truth(self.world, self.logs[name], self.people[0]._engine.state.user)


def check(run, name):
    """Compare what everybody shows of a room with what the hub's log entitles them to."""
    truth = run.truth(name)
    present = []
    for client in run.people:
        user, log = client._engine.state.user, client._engine.state.logs.get(run.logs[name])
        is_in = truth.is_in(user)
        assert client.room(name).is_mine == is_in, (client.handle, name)
        rows = client._engine._store.messages_after(run.logs[name], after=0, limit=10_000) if log else []
        shown = {row.message_id: row for row in rows}
        for seq, entry in truth.messages.items():
            row = shown.get(entry.message_id)
            must = truth.was_in(user, seq) or (name == "attic" and is_in)
            may = must or (name == "attic" and truth.came_after(user, seq))
            is_readable = row is not None and not row.reason
            where = (client.handle, name, seq, row and row.reason)
            assert is_readable or not must or not is_in, f"cannot read what they may: {where}"
            assert may or not is_readable, f"reads what they may not: {where}"
            assert may or not could_open(client, entry), f"has the key of what they may not read: {where}"
        if is_in:
            present.append(client)
    views = [{(each.handle, each.role) for each in members_of(client, name)} for client in present]
    assert views == views[:1] * len(views), name


def could_open(client, entry):
    """Try what keys a client holds on an entry as the hub has it, whether it was ever given it or not."""
    body = decode_message_body(entry.body)
    receiving = client._engine._keys.receiving(body.session, entry.sender)
    try:
        return receiving is not None and bool(receiving.session.decrypt(body.ciphertext))
    except CannotDecrypt:
        return False


def members_of(client, name):
    return client.members(client.room(name).conversation)


def look(client, name):
    """All of a room that must be the same for a device that reads it anew."""
    return [
        dataclasses.replace(each, delivered_to=0, state=MessageState.SENT, read_by=())
        for each in history(client, f"@{name}")
    ], members_of(client, name)


def without_rooms(machine):
    """A machine's disk as if nothing of any room had come yet, but the keys."""
    store = machine.disk()
    tables = store._tables
    for log in list(tables.logs.values()):
        if log.kind is LogKind.ROOM:
            assert log.base == 0
            tables.logs[log.log] = dataclasses.replace(log, seq=0, hash=ZERO_HASH)
            tables.messages.pop(log.log, None)
    tables.members.clear()
    return store


@pytest.mark.timeout(300)
@settings(max_examples=40)
@given(st.lists(steps, min_size=10, max_size=50))
def test_after_any_history_each_reads_what_was_written_while_they_were_in_and_nothing_else(history_steps):
    @scenario
    async def property_(world, clients):
        run = Run(world, clients)
        await run.begin()
        for step in history_steps:
            await run.step(*step)
        await run.settle()
        for name in ROOMS:
            check(run, name)
        before = [look(run.people[0], name) for name in ROOMS]
        machine = clients.machines["ann"]
        await clients.close(run.people[0])
        machine.restore(without_rooms(machine))
        run.people[0] = await clients.open(machine)
        await run.settle()
        assert [look(run.people[0], name) for name in ROOMS] == before

    property_()
