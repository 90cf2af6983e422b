"""E-06: a hub that lies. Each attack by its name, in a direct chat, a group and a room.

Whatever it does, nobody is shown what was not said so; what people see of the lie is written beside it; and
when the hub is honest again, they go on. `LANMSG_ATTACKS=all` plays each in all sizes, else 60 of all kinds
in one.
"""

import pytest

from .attack import play
from .tables import ALL, HUB_ATTACKS, played

CASES = [
    pytest.param(attack, size, id=f"{attack.name} ({size})")
    for attack in played(HUB_ATTACKS, 60)
    for size in (attack.sizes if ALL else attack.sizes[:1])
]


@pytest.mark.parametrize(("attack", "size"), CASES)
def test_nothing_false_is_shown_and_people_go_on_when(attack, size):
    play(attack, size)


def test_each_attack_has_a_name_of_its_own():
    names = [attack.name for attack in HUB_ATTACKS]
    assert len(set(names)) == len(names) >= 60
