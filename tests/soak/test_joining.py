"""L-07: many join a real hub while others talk. Who is in reads all that is written then; nobody loses.

`make deep-crowds` lets 50 join while 20 talk; `make test` fewer.
"""

import asyncio
import contextlib
import time

import pytest
from tests.faults.crowd import figure
from tests.processes import Hub
from tests.records import keep

from lanmsg.client import EVERYONE, Client, ClientSettings, UnreadableReason
from lanmsg.client.errors import HubNotFound
from lanmsg.wire.errors import RemoteError

NEWCOMERS = figure("LANMSG_NEWCOMERS", 4)
TALKERS = figure("LANMSG_TALKERS", 2)
JOIN_WITHIN_S = 10 if NEWCOMERS >= 50 else 1
TALKS_EVERY_S = TALKERS / 5
"""All clients are in one process: it has to read each message once for each of them."""
MAX_TEXTS_EACH = 1000
WAIT_S = 300


class Everybody:
    """Who is there, and what was written in the order in which it was."""

    def __init__(self, home, address):
        self.home, self.address = home, address
        self.stack = contextlib.AsyncExitStack()
        self.talkers, self.newcomers = [], {}
        self.written = []
        self.took_s = []
        self.turned_away = 0
        self.is_over = False

    async def open(self, name) -> Client:
        settings = ClientSettings(home=self.home / name, name=name, hub=self.address)
        client = await self.stack.enter_async_context(Client(settings))
        await client.synced()
        return client

    async def join(self, number):
        """Join; from now on everything that anybody writes must be read."""
        await asyncio.sleep(JOIN_WITHIN_S * number / NEWCOMERS)
        started_s = time.monotonic()
        client = await self.let_in(f"new{number}")
        self.newcomers[client] = len(self.written)
        self.took_s.append(time.monotonic() - started_s)

    async def let_in(self, name) -> Client:
        """Try until there is room at the door: of one address, the hub lets in eight at a time."""
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    return await self.open(name)
                except (HubNotFound, RemoteError):  # or this one process was too slow for all of them
                    self.turned_away += 1
                    await asyncio.sleep(1)

    async def talk(self, client):
        for _ in range(MAX_TEXTS_EACH):
            text = f"{client.handle} {len(self.written)}"
            self.written.append(text)
            await client.send(EVERYONE, text)
            await asyncio.sleep(TALKS_EVERY_S)
            if self.is_over:
                break
        self.written.append(f"{client.handle} says goodbye")
        await client.send(EVERYONE, f"{client.handle} says goodbye")

    async def meet(self):
        """Let everybody join while they talk, and a little longer."""
        self.talkers = [await self.open(f"talker{number}") for number in range(TALKERS)]
        async with asyncio.TaskGroup() as tasks:
            for client in self.talkers:
                tasks.create_task(self.talk(client))
            async with asyncio.timeout(WAIT_S):
                await asyncio.gather(*map(self.join, range(NEWCOMERS)))
            self.is_over = True

    async def settle(self):
        async with asyncio.timeout(WAIT_S):
            while not all(self._has_all(each) for each in (*self.talkers, *self.newcomers)):  # noqa: ASYNC110
                await asyncio.sleep(0.2)  # what is waited for comes from another process

    def _has_all(self, client):
        return not client.waiting and not self.lacks(client)

    def lacks(self, client):
        """Return what somebody must be able to read and can't."""
        return set(self.written[self.newcomers.get(client, 0) :]) - set(texts(client))

    def violations(self):
        order = texts(self.talkers[0])
        found = [f"{each.handle} lacks {text}" for each in self.newcomers for text in self.lacks(each)]
        found += [f"{each.handle} has another order" for each in self.talkers if texts(each) != order]
        for each in self.newcomers:
            read = texts(each)
            found += [f"{each.handle} has another order"] if read != order[-len(read) :] else []
        found += [] if sorted(order) == sorted(self.written) else ["what was written is not what is read"]
        reasons = {row.reason for each in self.newcomers for row in each._engine._store.unreadable()}
        return found + [f"unreadable: {each}" for each in reasons - {UnreadableReason.BEFORE_YOU_JOINED}]


def texts(client):
    """Return all texts of everyone that a client can read, in their order."""
    return [each.text for each in client.history(EVERYONE, limit=100_000) if not each.reason]


@pytest.mark.timeout(3 * WAIT_S)
def test_who_joins_while_others_talk_reads_all_that_is_written_from_then_on(tmp_path, capsys):
    async def main(address):
        everybody = Everybody(tmp_path, address)
        async with everybody.stack:
            await everybody.meet()
            await everybody.settle()
            return everybody, everybody.violations()

    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        everybody, violations = asyncio.run(main(hub.address))
    figures = {
        "joined": NEWCOMERS,
        "talked": TALKERS,
        "messages": len(everybody.written),
        "times somebody was turned away at the door": everybody.turned_away,
        "s at most to be in": round(max(everybody.took_s), 1),
    }
    line = keep("newcomers while others talk", figures, violations=len(violations), plan="L-07")
    with capsys.disabled():
        print(f"\n  {line}")  # noqa: T201 - the figures of a run belong to its result
    assert violations == []
