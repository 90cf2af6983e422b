"""What an attack of a hub is, and how it is played: before, the lie, after."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from lanmsg.client import Client
from lanmsg.client.connection import LONGEST_FAREWELL_S, LONGEST_RETRY_S
from lanmsg.wire.ids import MessageId
from tests.scenarios.virtual_loop import run
from tests.scenarios.world import AsyncClients, World

from .stage import SIZES, Deed, Lie, Stage


class Ends(StrEnum):
    """What is left of the conversation when the hub is honest again."""

    WHOLE = "all goes on, and nothing is missing"
    SPOILT = "all goes on; what was said during the lie may be missing or be shown as unreadable"
    CLOSED = "nothing more is taken from the hub for this conversation; others go on"
    ALONE = "the hub's list of people is believed no more: among who was known before, all goes on"


async def talk(stage: Stage) -> None:
    """Talk, while the hub lies."""
    await stage.talk()


@dataclass(frozen=True)
class HubAttack:
    """A lie of the hub. `shown` is what people see of it, no more and no less; `deed` what they do meanwhile.

    Who is `closed_for` takes nothing more from the hub for this conversation, if the attack ends so.
    """

    name: str
    lie: Lie
    shown: frozenset[str] = frozenset()
    ends: Ends = Ends.WHOLE
    deed: Deed = talk
    closed_for: tuple[str, ...] = ("bob",)
    sizes: tuple[str, ...] = tuple(SIZES)
    may_show: frozenset[str] = frozenset()


@dataclass
class _Play:
    stage: Stage
    attack: HubAttack
    before: set[MessageId] = field(default_factory=set)
    at_first: list[Client] = field(default_factory=list)

    async def go(self) -> None:
        stage, attack = self.stage, self.attack
        await stage.begin()
        self.before = set(stage.said)
        self.at_first = list(stage.people)
        attack.lie(stage)
        await attack.deed(stage)
        assert stage.false() == []
        await self._end_the_lie()
        meanwhile = set(stage.said) - self.before
        after = await self._probe()
        assert stage.false() == []
        shown = stage.shown()
        assert attack.shown <= shown <= attack.shown | attack.may_show, f"shown is {sorted(shown)}"
        self._check_all_read(
            self.before | after | (meanwhile if attack.ends in {Ends.WHOLE, Ends.ALONE} else set())
        )

    async def _end_the_lie(self) -> None:
        for machine in self.stage.machines.values():
            machine.answers = machine.requests = None
            if machine.link is not None:
                machine.link.cut("the lie is over")
        await asyncio.sleep(LONGEST_FAREWELL_S + LONGEST_RETRY_S)
        for client in list(self.stage.people):
            if client._task is None or client._task.done():
                await self.stage.reopen(client)
        await self.stage.settle()

    async def _probe(self) -> set[MessageId]:
        """Let everybody say something in the conversation, and to everyone."""
        stage = self.stage
        probes = {await stage.say(client) for client in stage.members if not self._is_closed(client)}
        probes |= {await stage.say(client, "#") for client in stage.people if not self._is_alone(client)}
        await stage.settle()
        return probes

    def _is_closed(self, client: Client) -> bool:
        return self.attack.ends is Ends.CLOSED and client.handle in self.attack.closed_for

    def _is_alone(self, client: Client) -> bool:
        return self.attack.ends is Ends.ALONE and client.handle in self.attack.closed_for

    def _check_all_read(self, ids: set[MessageId]) -> None:
        stage = self.stage
        newcomers = set(stage.people) - set(self.at_first)
        for client in [each for each in stage.people if not self._is_alone(each)]:
            readable = ids - self.before if client in newcomers else ids
            assert stage.misses(client, stage.everyone, readable) == [], f"{client.handle} of everyone"
        for client in stage.members:
            if self._is_closed(client):
                assert stage.misses(client, stage.log, self.before) == [], f"{client.handle} lost"
                assert client._engine.state.logs[stage.log].is_stopped
            else:
                assert stage.misses(client, stage.log, ids) == [], f"{client.handle}"


def play(attack: HubAttack, size: str) -> None:
    """Play an attack in a conversation of this size."""

    async def main() -> None:
        world = World(asyncio.get_running_loop())
        world.start_hub()
        async with AsyncClients() as clients:
            await _Play(Stage(world, clients, size), attack).go()

    run(main())
