"""The numbered list of several hubs."""

import pytest

from lanmsg.cli.choosing import choose_hub
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.client.finding import HubOffer

HUBS = [
    HubOffer("10.0.0.1:7777", "kit\x1b[2Jchen", is_known=True),
    HubOffer("10.0.0.2:7777", "lab", is_known=False),
]


def answers(*texts):
    given = iter(texts)
    return lambda _: next(given)


def test_the_number_chooses(capsys):
    assert choose_hub(HUBS, question=answers("2")) == "10.0.0.2:7777"
    assert capsys.readouterr().out.splitlines() == [
        "There are several hubs here:",
        '  1  "kit␛[2Jchen"  10.0.0.1:7777  (you were there)',
        '  2  "lab"  10.0.0.2:7777',
    ]


def test_what_is_no_number_of_the_list_is_asked_again():
    assert choose_hub(HUBS, question=answers("", "3", " 1 ")) == "10.0.0.1:7777"


def test_three_wrong_answers_are_enough():
    with pytest.raises(CommandFailed) as raised:
        choose_hub(HUBS, question=answers("0", "x", "9" * 5000))
    assert raised.value.code is ExitCode.NO_HUB
