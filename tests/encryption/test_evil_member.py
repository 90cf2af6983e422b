"""E-11: a member whose program lies. Each attack by its name; all others see the same, unharmed."""

import pytest

from lanmsg.client import EVERYONE
from lanmsg.wire.content import Reaction, Text, encode_content
from lanmsg.wire.ids import MessageId
from lanmsg.wire.limits import MAX_EMOJI_PER_MESSAGE
from tests.scenarios.world import join, say, scenario, shows, texts, until

from .member import play
from .tables import ALL, MEMBER_ATTACKS, played


@pytest.mark.parametrize("attack", played(MEMBER_ATTACKS, 80), ids=lambda attack: attack.name)
def test_nobody_is_harmed_and_all_see_the_same_of(attack):
    play(attack)


def test_each_attack_has_a_name_of_its_own():
    names = [attack.name for attack in MEMBER_ATTACKS]
    assert len(set(names)) == len(names) >= 80


@pytest.mark.timeout(600)
def test_a_flood_of_messages_and_reactions_stops_nobody():
    """E-11, F-10: many at once, from a program that keeps to no rate; the hub's own limits are off here."""
    many = 10_000 if ALL else 300

    @scenario
    async def flood(world, clients):
        ann, bob, eve = await join(world, clients, "ann", "bob", "eve")
        [hello] = await say(ann, "#", "hello")
        await shows(eve, "#", ["hello"])
        for number in range(many):
            kind = Text(f"flood {number}") if number % 2 else Reaction(hello.id, chr(0x1F300 + number % 400))
            eve._engine.outbox.add(EVERYONE, MessageId(number.to_bytes(16, "big")), encode_content(kind))
        eve._engine.flush()
        await say(ann, "#", "still here")
        await until(lambda: "still here" in texts(bob, "#")[-many:], seconds=600)
        await until(lambda: len(texts(bob, "#")) == many // 2 + 2, seconds=600)
        assert len(bob.message(hello.id).reactions) <= MAX_EMOJI_PER_MESSAGE
        assert ann.message(hello.id).reactions == bob.message(hello.id).reactions

    flood()
