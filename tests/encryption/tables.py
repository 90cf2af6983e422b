"""All attacks, for the tests and for the page that lists them."""

import os
from collections.abc import Sequence
from typing import TypeVar

from . import hub_answers, hub_keys, hub_messages, hub_order, hub_people, member_contents, member_envelopes

HUB_ATTACKS = (
    *hub_messages.ATTACKS,
    *hub_order.ATTACKS,
    *hub_keys.ATTACKS,
    *hub_people.ATTACKS,
    *hub_answers.ATTACKS,
)
MEMBER_ATTACKS = (*member_contents.ATTACKS, *member_envelopes.ATTACKS)
ALL = os.environ.get("LANMSG_ATTACKS") == "all"

T = TypeVar("T")


def played(attacks: Sequence[T], count: int) -> Sequence[T]:
    """Return `count` of these attacks, as many of each table as it has its share; all of them if ALL."""
    places = range(len(attacks)) if ALL else (place * len(attacks) // count for place in range(count))
    return [attacks[place] for place in places]
