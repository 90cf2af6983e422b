"""The judge of the fault tests finds what was planted, and nothing where nothing is wrong."""

import pytest
from tests.faults.outcome import Outcome

TEXTS = ["anna/0.0/1", "anna/0.0/2"]


def message(seq, text, state="received", reason=""):
    return [seq, f"{seq:032x}", "anna", text, state, reason]


def records(ben=None, *more):
    """Anna wrote two messages; she and Ben write down what they have."""
    done = [("invoke", {"place": "#"}), ("queued", {}), ("ok", {"state": "sent"})]
    said = [{"did": did, "who": "anna", "text": text, **what} for text in TEXTS for did, what in done]
    all_of_it = [message(seq, text) for seq, text in enumerate(TEXTS, 1)]
    logs = {"anna": all_of_it, "ben": all_of_it if ben is None else ben}
    read = [
        {"did": "history", "who": who, "place": "#", "messages": messages} for who, messages in logs.items()
    ]
    return [{"t": t, **each} for t, each in enumerate([*said, *more, *read])]


def violations(*planted):
    return "\n".join(Outcome(records(*planted), ["anna", "ben"]).violations)


def test_nothing_is_found_where_nothing_is_wrong():
    assert violations() == ""


@pytest.mark.parametrize(
    ("ben", "found"),
    [
        ([message(1, TEXTS[0])], "lost"),
        ([message(1, TEXTS[1]), message(2, TEXTS[0])], "inconsistent offset"),
        ([message(1, TEXTS[0]), message(2, TEXTS[1]), message(3, TEXTS[1])], "duplicate"),
        ([message(1, TEXTS[0]), message(3, TEXTS[1])], "skip"),
        ([message(1, TEXTS[0]), message(2, TEXTS[1]), message(0, TEXTS[1], "waiting")], "convergence"),
        ([message(1, TEXTS[0]), message(2, "anna/0.0/3")], "phantom"),
        ([message(1, TEXTS[0]), message(2, TEXTS[1], "unreadable", "missing_key")], "unreadable to ben"),
    ],
)
def test_what_ben_has_wrong_is_found(ben, found):
    assert found in violations(ben)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ({"did": "alarm", "who": "ben", "text": "a fork"}, "ben was alarmed: a fork"),
        ({"did": "queued", "who": "ben", "text": "ben/0.0/1"}, "never sent: ben/0.0/1"),
        ({"did": "read", "who": "ben", "place": "#", "seq": 0}, "was told of 0 after 0"),
    ],
)
def test_what_happened_on_the_way_is_found(planted, found):
    assert found in violations(None, planted)


def test_a_person_who_wrote_nothing_down_is_missed():
    assert "only ['anna', 'ben'] wrote" in "\n".join(Outcome(records(), ["anna", "ben", "cora"]).violations)
