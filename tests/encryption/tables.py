"""All attacks, for the tests and for the page that lists them."""

from . import hub_answers, hub_keys, hub_messages, hub_order, hub_people

HUB_ATTACKS = (
    *hub_messages.ATTACKS,
    *hub_order.ATTACKS,
    *hub_keys.ATTACKS,
    *hub_people.ATTACKS,
    *hub_answers.ATTACKS,
)
