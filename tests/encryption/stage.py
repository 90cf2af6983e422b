"""Where attacks are played: people in a conversation, what each has said, and what all show of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lanmsg.client import Alarm, Client, Conversation, Disconnected, MessageState, Stopped
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import GapFound
from lanmsg.client.store.interface import StoredMessage
from lanmsg.wire.content import ContentKind, Text, decode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import LogId, MessageId
from tests.scenarios.world import AsyncClients, World, taken, until

from .lying import Answers, LiedTo

NAMES = ("ann", "bob", "cid", "dan", "eve")
SIZES = {"direct chat": 2, "group": 3, "room": 5}
CONVERSATIONS = {LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM}
LIE_LASTS_S = 15.0
"""Long enough for keys to be asked of the sender, and then of others."""


@dataclass(frozen=True)
class Said:
    """What a person really said."""

    author: bytes
    log: LogId
    text: str


@dataclass
class Stage:
    """Ann, bob and others. The hub lies to bob, unless an attack says otherwise."""

    world: World
    clients: AsyncClients
    size: str
    people: list[Client] = field(default_factory=list)
    machines: dict[str, LiedTo] = field(default_factory=dict)
    said: dict[MessageId, Said] = field(default_factory=dict)
    streams: dict[str, list[EventStream]] = field(default_factory=dict)
    lies_to: dict[str, Answers] = field(default_factory=dict)
    """What the hub will tell who joins."""
    conversation: Conversation | None = None

    async def begin(self) -> None:
        """Let everybody join, and say hello in the conversation and to everyone."""
        for name in NAMES[: max(3, SIZES[self.size])]:
            await self.join(name)
        for client in self.people:
            await until(lambda client=client: len(client.people()) >= len(self.people))
        if self.size == "room":
            self.conversation = await self.ann.create_room("kitchen")
            await self.ann.invite(self.conversation, [each.handle for each in self.people[1:]])
            await until(lambda: all(any(r.is_mine for r in each.rooms()) for each in self.people))
        for client in self.members:
            await self.say(client)
            await self.say(client, "#")
        await self.settle()

    async def join(self, name: str) -> Client:
        """Let somebody join the hub."""
        machine = self.machines[name] = LiedTo(self.world, name)
        machine.answers = self.lies_to.get(name)
        client = await self.clients.open(machine)
        self.people.append(client)
        self.streams[name] = [client.events()]
        return client

    async def reopen(self, client: Client) -> Client:
        """Close a client and open it again: as after a restart of the program."""
        place = self.people.index(client)
        await self.clients.close(client)
        machine = self.machines[client.handle]
        again = machine.client()
        self.streams[client.handle].append(again.events())
        await again.__aenter__()
        self.clients._clients.append(again)
        self.people[place] = again
        return again

    # --- who and where -----------------------------------------------------------------------

    @property
    def ann(self) -> Client:
        """Who writes most."""
        return self.people[0]

    @property
    def bob(self) -> Client:
        """Whom the hub lies to."""
        return self.people[1]

    @property
    def hub_of_bob(self) -> LiedTo:
        """What lies to bob."""
        return self.machines["bob"]

    @property
    def hub_of_ann(self) -> LiedTo:
        """What lies to ann."""
        return self.machines["ann"]

    @property
    def members(self) -> list[Client]:
        """Who is in the conversation."""
        return self.people[: SIZES[self.size]]

    def place(self, client: Client, target: str = "") -> Conversation:
        """Return the conversation, or another one, as a client knows it."""
        if target or self.size == "room":
            return client.conversation(target or "@kitchen")
        others = [each.handle for each in self.members if each is not client]
        return client.conversation(",".join(f"@{handle}" for handle in others))

    @property
    def log(self) -> LogId:
        """The log of the conversation."""
        return self.ann._engine.state.log_of(self.place(self.ann))

    @property
    def everyone(self) -> LogId:
        """The log of everyone."""
        return self.ann._engine.state.everyone_log

    # --- talking -----------------------------------------------------------------------------

    async def say(self, client: Client, target: str = "") -> MessageId:
        """Say something that nobody has said before."""
        conversation, text = self.place(client, target), f"{client.handle} {len(self.said)}"
        message = await client.send(conversation, text)
        state = client._engine.state
        self.said[message.id] = Said(state.device, state.log_of(conversation), text)
        return message.id

    async def talk(self) -> None:
        """Say something in turn, ann and bob twice."""
        for client in (self.ann, self.bob, self.ann, self.bob):
            await self.say(client)
            await asyncio.sleep(0.5)
        await self.settle()

    async def settle(self) -> None:
        """Let time pass."""
        await asyncio.sleep(LIE_LASTS_S)

    # --- looking -----------------------------------------------------------------------------

    def rows(self, client: Client) -> list[StoredMessage]:
        """Return all messages a client has, of all conversations."""
        engine = client._engine
        logs = [log for log in engine.state.logs.values() if log.stored.kind in CONVERSATIONS]
        pages = (engine._store.messages_after(log.stored.log, after=0, limit=10_000) for log in logs)
        return [row for page in pages for row in page if row.is_shown]

    def shown(self, *, leave_out: str = "") -> set[str]:
        """Return what people were told or see: alarms, reasons, losses of the link."""
        found: set[str] = set()
        for name, streams in self.streams.items():
            if name == leave_out:
                continue
            for stream in streams:
                found |= {event.kind.value for event in taken(stream, Alarm)}
                found |= {event.code for event in taken(stream, Stopped)}
                found |= {"gap" for _ in taken(stream, GapFound)}
                lost = [each for each in taken(stream, Disconnected) if each.reason not in HONEST_LOSSES]
                found |= {f"{name} is disconnected" for _ in lost}
        for client in [each for each in self.people if each.handle != leave_out]:
            found |= {row.reason for row in self.rows(client) if row.reason}
            history = client.history(self.place(client), limit=10_000) if client in self.members else []
            found |= {"failed" for each in history if each.state is MessageState.FAILED}
        return found

    def false(self) -> list[str]:
        """Return what clients show as said and was not said so: must be empty, whatever the hub does."""
        found = [
            f"{client.handle} shows {row}"
            for client in self.people
            for row in self.rows(client)
            if not row.reason and not self._is_true(row)
        ]
        for client in self.people:
            ids = [row.message_id for row in self.rows(client) if not row.reason]
            found += [f"{client.handle} shows a message twice"] if len(ids) > len(set(ids)) else []
        return found

    def _is_true(self, row: StoredMessage) -> bool:
        said = self.said.get(row.message_id)
        content = decode_content(row.content) if row.kind == ContentKind.TEXT else None
        text = content.text if isinstance(content, Text) else None
        return said is not None and (row.sender, row.log, text) == (said.author, said.log, said.text)

    def misses(self, client: Client, log: LogId, ids: set[MessageId]) -> list[str]:
        """Return which of these messages a client can't read."""
        readable = {row.message_id for row in self.rows(client) if not row.reason and row.log == log}
        return [self.said[message].text for message in ids - readable if self.said[message].log == log]


HONEST_LOSSES = frozenset({"closed by this side", "the lie is over"})

Deed = Callable[[Stage], Awaitable[None]]
Lie = Callable[[Stage], None]
