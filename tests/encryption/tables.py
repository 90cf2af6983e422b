"""All attacks, for the tests and for the page that lists them."""

from . import hub_answers, hub_keys, hub_messages, hub_order, hub_people, member_contents, member_envelopes

HUB_ATTACKS = (
    *hub_messages.ATTACKS,
    *hub_order.ATTACKS,
    *hub_keys.ATTACKS,
    *hub_people.ATTACKS,
    *hub_answers.ATTACKS,
)
MEMBER_ATTACKS = (*member_contents.ATTACKS, *member_envelopes.ATTACKS)
