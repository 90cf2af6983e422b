"""Whom a target means."""

import pytest
from tests.cli.fakes import FakeClient, direct

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.targets import conversation_of, conversations_of
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE


@pytest.mark.parametrize(
    ("target", "conversations"),
    [
        ("#", [EVERYONE]),
        ("everyone", [EVERYONE]),
        ("@bob", [direct("bob")]),
        ("bob", [direct("bob")]),
        (" @bob ", [direct("bob")]),
        ("@bob,@ann", [direct("bob"), direct("ann")]),
        ("@bob, ann,@bob", [direct("bob"), direct("ann")]),
    ],
)
def test_a_target_names_people_or_everyone(target, conversations):
    assert conversations_of(FakeClient(), target) == conversations


@pytest.mark.parametrize("target", ["", "@", "@bob,", "#hello", "# hello"])
def test_what_is_no_target_is_refused_and_says_why(target):
    with pytest.raises(CommandFailed) as raised:
        conversations_of(FakeClient(), target)
    assert raised.value.code is ExitCode.USAGE


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownPerson):
        conversations_of(FakeClient(), "@bob,@carl")


def test_several_are_too_many_where_one_is_shown():
    assert conversation_of(FakeClient(), "@bob") == direct("bob")
    with pytest.raises(CommandFailed):
        conversation_of(FakeClient(), "@bob,@ann")
