"""Whom a target means."""

import pytest
from tests.cli.fakes import FakeClient, direct, group, room

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.targets import conversation_of
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE

KITCHEN = room("kitchen")


@pytest.mark.parametrize(
    ("target", "conversation"),
    [
        ("#", EVERYONE),
        ("everyone", EVERYONE),
        ("@bob", direct("bob")),
        ("bob", direct("bob")),
        (" @bob ", direct("bob")),
        ("@kitchen", KITCHEN.conversation),
        ("@bob,@ann", group("bob", "ann")),
        ("@bob,ann,@bob", group("bob", "ann")),
    ],
)
def test_a_target_names_a_person_a_room_a_group_or_everyone(target, conversation):
    assert conversation_of(FakeClient(all_rooms=[KITCHEN]), target) == conversation


@pytest.mark.parametrize("target", ["", "@", "@bob,", "#hello", "# hello"])
def test_what_is_no_target_is_refused_and_says_why(target):
    with pytest.raises(CommandFailed) as raised:
        conversation_of(FakeClient(), target)
    assert raised.value.code is ExitCode.USAGE


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownPerson):
        conversation_of(FakeClient(), "@bob,@carl")
