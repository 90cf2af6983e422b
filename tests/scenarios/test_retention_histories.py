"""Any history of writing, removing, leaving and coming back: everybody ends with what is left, in order."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.client import Alarm, MemberRole

from .test_retention import keep_days, pass_days
from .test_rooms import kitchen, roles
from .virtual_loop import run
from .world import AsyncClients, World, taken, unreadable, until

NAMES = ("ann", "bob", "cid")
TARGETS = ("#", "@kitchen", "@bob")
"""Ann writes to all three, the others to the first two."""

deeds = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(NAMES), st.sampled_from(TARGETS), st.integers(1, 4)),
    st.tuples(st.just("days"), st.integers(1, 3)),
    st.tuples(st.just("prune"), st.integers(1, 3)),
    st.tuples(st.just("leave"), st.sampled_from(NAMES[1:])),
    st.tuples(st.just("crash"), st.sampled_from(NAMES[1:])),
    st.tuples(st.just("come"), st.sampled_from(NAMES[1:])),
    st.tuples(st.just("promote"), st.sampled_from(NAMES[1:])),
    st.tuples(st.just("restart")),
)


class History:
    """Does deeds, and remembers who is here and which alarms there were."""

    def __init__(self, world: World, clients: AsyncClients) -> None:
        self.world = world
        self.clients = clients
        self.here: dict[str, object] = {}
        self.streams: list[object] = []
        self.said = 0

    async def begin(self) -> None:
        self.room, people = await kitchen(self.world, self.clients, *NAMES)
        self.here = dict(zip(NAMES, people, strict=True))
        self.streams = [client.events() for client in people]

    async def do(self, deed) -> None:
        kind, *rest = deed
        await getattr(self, kind)(*rest)

    async def say(self, name, target, count) -> None:
        client = self.here.get(name)
        if client is None or (target == "@bob" and name != "ann"):
            return
        for _ in range(count):
            self.said += 1
            await client.send(client.conversation(target), f"{name} {self.said}")
        await until(lambda: not client.waiting)

    async def days(self, count) -> None:
        await pass_days(self.world, count)

    async def prune(self, keep) -> None:
        await keep_days(self.world, keep)

    async def leave(self, name) -> None:
        client = self.here.pop(name, None)
        if client is not None:
            await self.clients.close(client)

    async def crash(self, name) -> None:
        client = self.here.pop(name, None)
        if client is not None:
            await self.clients.crash(self.clients.machines[name], client)

    async def come(self, name) -> None:
        if name not in self.here:
            machine = self.clients.machines[name]
            client = machine.client()
            self.streams.append(client.events())
            await client.__aenter__()
            self.clients._clients.append(client)
            self.here[name] = client
            async with asyncio.timeout(600):
                await client.synced()

    async def promote(self, name) -> None:
        """Change something about the members, back and forth."""
        ann = self.here["ann"]
        role = next(each.role for each in ann.members(self.room) if each.handle == name)
        other = MemberRole.MODERATOR if role is MemberRole.MEMBER else MemberRole.MEMBER
        await ann.set_role(self.room, name, other)

    async def restart(self) -> None:
        self.world.crash_hub()
        self.world.start_hub()
        await asyncio.sleep(1)  # until everybody has noticed
        for client in self.here.values():
            await until(lambda client=client: client._engine.state.is_online, seconds=120)

    async def end(self) -> None:
        for name in NAMES[1:]:
            await self.come(name)
        for target in TARGETS:
            await self.say("ann", target, 1)


def check_log(history: History, name: str, target: str) -> None:
    """What a client has and what it says is missing are all of the log, chained to the hub's head."""
    client, hub = history.here[name], history.world.hub
    conversation = client.conversation("@ann" if (target, name) == ("@bob", "bob") else target)
    state = client._engine.state
    log = state.logs[state.log_of(conversation)]
    head = hub.published.logs[log.stored.log]
    assert (log.stored.seq, log.stored.hash) == (head.seq, head.hash)
    tables = client._engine._store._tables
    here = {each.seq for each in tables.messages[log.stored.log].by_seq.values()}
    members = {seq for log_id, seq in tables.members if log_id == log.stored.log}
    gone: set[int] = set()
    for gap in client.gaps(conversation):
        missing = set(range(gap.after_seq + 1, gap.up_to_seq + 1)) - members
        assert len(missing) == gap.count
        assert not missing & here
        gone |= missing
    assert here | members | gone >= set(range(log.stored.base + 1, head.seq + 1))
    kept = head.pruned_seq
    assert set(range(max(kept, log.stored.base) + 1, head.seq + 1)) <= here | members
    ann = history.here["ann"]
    by_seq = {each.seq: each.text for each in ann.history(ann.conversation(target), limit=10_000)}
    mine = {each.seq: each.text for each in client.history(conversation, limit=10_000)}
    assert mine.items() <= by_seq.items()


@settings(max_examples=30, deadline=None)
@given(st.lists(deeds, max_size=25))
def test_everybody_ends_with_what_is_left_whatever_happened(history_of_deeds):
    async def main() -> None:
        world = World(asyncio.get_running_loop())
        world.start_hub()
        async with AsyncClients() as clients:
            history = History(world, clients)
            await history.begin()
            for deed in history_of_deeds:
                await history.do(deed)
            await history.end()
            for name in NAMES:
                for target in TARGETS:
                    if target == "@bob" and name == "cid":
                        continue
                    log = history.here["ann"]._engine.state.log_of(history.here["ann"].conversation(target))
                    head = world.hub.published.logs[log]
                    await until(
                        lambda name=name, log=log, head=head: (
                            history.here[name]._engine.state.logs[log].stored.seq == head.seq
                        )
                    )
                    check_log(history, name, target)
                assert unreadable(history.here[name]) == []
            assert len({str(sorted(roles(client).items())) for client in history.here.values()}) == 1
            assert [alarm for stream in history.streams for alarm in taken(stream, Alarm)] == []

    run(main())
