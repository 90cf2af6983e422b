"""What an attack of a member is, and how it is played: cid lies, all others are honest."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from lanmsg.client import Client, Message
from lanmsg.wire.codec import decode_message_body, encode
from lanmsg.wire.content import Plaintext, seal, unseal
from lanmsg.wire.entries import MessageBody, message_signed_bytes
from lanmsg.wire.frames import Append
from tests.scenarios.virtual_loop import run
from tests.scenarios.world import AsyncClients, World, until

from .stage import Stage

EVIL = "cid"
Alter = Callable[[Append, MessageBody, Any], Append]


@dataclass(frozen=True)
class MemberAttack:
    """A lie of cid's. `shown` is what the others see of it; `target` is where he tells it, if elsewhere."""

    name: str
    lie: Callable[[Stage], Awaitable[None]]
    shown: frozenset[str] = frozenset()
    size: str = "group"
    target: str = ""


def honest(stage: Stage) -> list[Client]:
    """Return all but the liar."""
    return [client for client in stage.people if client.handle != EVIL]


def cid(stage: Stage) -> Client:
    """Return the liar."""
    return next(client for client in stage.people if client.handle == EVIL)


# --- ways to lie ----------------------------------------------------------------------------------------


def altered(alter: Callable[[Stage, Append, MessageBody, Any], Append], *, target: str = ""):
    """Let cid say something; what leaves his device is altered, and signed by it."""

    async def lie(stage: Stage) -> None:
        sealer = cid(stage)._engine.outbox._sealer
        original = sealer._append

        def append(log, row, sending, counter):
            made = original(log, row, sending, counter)
            return alter(stage, made, decode_message_body(made.body), sending)

        sealer._append = append
        await stage.say(cid(stage), target)
        await asyncio.sleep(2)
        sealer._append = original

    return lie


def signed(stage: Stage, append: Append, body: MessageBody) -> Append:
    """Sign a body as cid's device does."""
    account = cid(stage)._engine.state.account
    signature = account.sign(message_signed_bytes(append.log, append.message_id, body))
    return replace(append, body=encode(replace(body, signature=signature)))


def inside(change: Callable[[Stage, Plaintext], Plaintext], *, target: str = "", pad=seal):
    """Let what is inside the ciphertext be another thing."""

    def alter(stage: Stage, append: Append, body: MessageBody, sending) -> Append:
        engine = cid(stage)._engine
        own = engine._keys.receiving(body.session, engine.state.device)
        plaintext = change(stage, unseal(own.session.decrypt(body.ciphertext).plaintext))
        return signed(stage, append, replace(body, ciphertext=sending.session.encrypt(pad(plaintext))))

    return altered(alter, target=target)


def content(make: Callable[[Stage, Plaintext], object], *, target: str = ""):
    """Let cid send a content: a struct, or anything msgpack can say, or bytes as they are."""

    def change(stage: Stage, plaintext: Plaintext) -> Plaintext:
        made = make(stage, plaintext)
        data = made if isinstance(made, bytes) else msgspec.msgpack.encode(made)
        return replace(plaintext, content=data)

    return inside(change, target=target)


# --- playing --------------------------------------------------------------------------------------------


def _look(message: Message) -> tuple[object, ...]:
    return (
        message.id,
        message.sender,
        message.text,
        message.is_deleted,
        message.is_pinned,
        [(each.emoji, each.people) for each in message.reactions],
        message.reply_to,
    )


def looks(stage: Stage, client: Client, target: str) -> list[tuple[object, ...]]:
    """Return how a conversation looks to somebody, as far as it must look alike to all."""
    conversation = stage.place(client, target)
    return [_look(message) for message in client.history(conversation, limit=1000)]


def harmed(stage: Stage, client: Client) -> list[str]:
    """Return what honest people said and a client shows otherwise, and what only a moderator may set."""
    places = ["#", *([""] if stage.size == "room" else [])]
    found = [
        f"{client.handle} has a topic or a lifetime"
        for place in places
        if client.topic(stage.place(client, place)) or client.lifetime(stage.place(client, place))
    ]
    evil = cid(stage)._engine.state.device
    for row in stage.rows(client):
        said = stage.said.get(row.message_id)
        if row.sender == evil or said is None:
            continue
        message = client.message(row.message_id)
        if message is None or (message.text, message.is_deleted) != (said.text, False):
            found.append(f"{client.handle} shows {message}")
    return found


async def _go(stage: Stage, attack: MemberAttack) -> None:
    await stage.begin()
    await attack.lie(stage)
    await stage.settle()
    everybody = honest(stage)
    probes = {await stage.say(client) for client in stage.members if client in everybody}
    probes |= {await stage.say(client, "#") for client in everybody}
    await stage.settle()
    for client in everybody:
        assert stage.misses(client, stage.everyone, probes) == [], client.handle
        assert stage.misses(client, stage.log, probes) == [] or client not in stage.members, client.handle
        assert harmed(stage, client) == []
    for target in {attack.target, "", "#"}:
        views = [
            looks(stage, client, target) for client in everybody if target == "#" or client in stage.members
        ]
        assert views == views[:1] * len(views), "honest people see different things"
    await until(lambda: all(not client.waiting for client in everybody))
    assert stage.shown(leave_out=EVIL) == attack.shown


def play(attack: MemberAttack) -> None:
    """Play an attack."""

    async def main() -> None:
        world = World(asyncio.get_running_loop())
        world.start_hub()
        async with AsyncClients() as clients:
            await _go(Stage(world, clients, attack.size), attack)

    run(main())
